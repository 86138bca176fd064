/* proof: answers of OCSP responders, revocation lists and issuers' certificates kept for as long as they count (schemas/sql/070_proof.sql). */
#ifndef CONGVAN_STORE_PROOF_H
#define CONGVAN_STORE_PROOF_H

#include "daemon/store/store.h"

/*
 * key: 64 hex digits -> {"sha256":hex or null,"state","fresh":bool (may be used without asking again),"wait":bool (failed lately: not to be asked yet),
 * "last_error"}; STATUS_NOT_FOUND. Marks it as used.
 */
void proof_find(struct db *db, const char *key, store_cb cb, void *arg);

/*
 * row: {"key","kind","url","about","sha256","size","state","this_update","next_update" ("" or time)}. max_age: seconds after which it is asked for again
 * whatever it says; most: bytes of all together.
 */
void proof_keep(struct db *db, const json_t *row, unsigned max_age, uint64_t most, store_cb cb, void *arg);

/* row: key, kind, url, about. pause: seconds until the next try, doubled with each failure in a row. */
void proof_fail(struct db *db, const json_t *row, const char *why, unsigned pause, store_cb cb, void *arg);

#endif
