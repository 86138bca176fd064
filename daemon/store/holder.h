/*
 * holder: which contents a person may name in a request: those he uploaded, and those of documents that he may see (schemas/sql/125_content_holder.sql).
 */
#ifndef CONGVAN_STORE_HOLDER_H
#define CONGVAN_STORE_HOLDER_H

#include "daemon/db/db.h"
#include "daemon/store/person.h"
#include "daemon/store/store.h"
#include "lib/base/digest.h"

/* In the act that stores the bytes. cb as for act_query. */
void holder_insert(struct act *act, const char *account, const struct digest *sha256, db_cb cb, void *arg);

/* -> those of the hex digests (an array of text) that are stored and that the person may name. */
void holder_find(struct db *db, const struct person *person, const json_t *digests, store_cb cb, void *arg);

/* For a single one. cb: STATUS_OK when he may. */
void holder_find_one(struct db *db, const struct person *person, const char *digest, store_cb cb, void *arg);

bool holder_has(const json_t *found, const char *digest);

#endif
