/*
 * repeat: what a request with an Idempotency-Key was answered, written in the transaction that did the work. The same key with the same
 * request is answered again from here, also after a lost connection or a restart; with another request it is refused.
 */
#ifndef CONGVAN_STORE_REPEAT_H
#define CONGVAN_STORE_REPEAT_H

#include "daemon/store/store.h"
#include "lib/base/digest.h"

struct repeat {
	const char *account;
	const char *key;            /* 1-200 visible characters */
	struct digest request;      /* of method, path and body */
};

/* -> {"same":bool,"code":n,"answer":…} or STATUS_NOT_FOUND. */
void repeat_find(struct db *db, const struct repeat *r, store_cb cb, void *arg);

/* answer NULL: an empty one. A key used meanwhile: STATUS_DUPLICATE, constraint idempotency_pkey. */
void repeat_insert(struct act *act, const struct repeat *r, int code, const json_t *answer, store_cb cb, void *arg);

#define REPEAT_CONSTRAINT "idempotency_pkey"

/* Forgets keys older than a week. */
void repeat_sweep(struct db *db);

#endif
