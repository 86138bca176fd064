/* gateway: other offices' gateways that may hand in packets by HTTP (schemas/sql/081_gateway.sql). */
#ifndef CONGVAN_STORE_GATEWAY_H
#define CONGVAN_STORE_GATEWAY_H

#include "daemon/store/store.h"
#include "lib/base/digest.h"

/* -> {"id","name","organ_code","codes":[all codes of its organ] or null for a relay}. NOT_FOUND: nobody's, or disabled. */
void gateway_by_token(struct db *db, const struct digest *token, store_cb cb, void *arg);
void gateway_by_certificate(struct db *db, const char *sha256_hex, store_cb cb, void *arg);

/* -> [{"id","organ_code","organ_name","name","cert_sha256","relay","disabled","created_at"}], never a token. */
void gateway_list(struct db *db, store_cb cb, void *arg);
/* row: {"id","organ" (id or code),"name","token" (hex) or "cert_sha256","relay"} -> as listed; NOT_FOUND: no such organ, or one of our own. */
void gateway_insert(struct act *act, const json_t *row, store_cb cb, void *arg);
/* -> as listed; NOT_FOUND when there is none that works. */
void gateway_disable(struct act *act, const char *id, store_cb cb, void *arg);

#endif
