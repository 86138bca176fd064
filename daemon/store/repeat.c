/* repeat: see repeat.h. */
#include "daemon/store/repeat.h"

#include <stdio.h>
#include <stdlib.h>

static const struct db_stmt find = {"repeat_find",
	"SELECT json_build_object('same', request_sha256 = $3, 'code', code, 'answer', answer) FROM idempotency "
	"WHERE account = $1::uuid AND key = $2", 3};
static const struct db_stmt insert = {"repeat_insert",
	"INSERT INTO idempotency (account, key, request_sha256, code, answer) VALUES ($1::uuid, $2, $3, $4::integer, $5::jsonb)", 5};
static const struct db_stmt sweep = {"repeat_sweep", "DELETE FROM idempotency WHERE at < now() - interval '7 days'", 0};

void
repeat_find(struct db *db, const struct repeat *r, store_cb cb, void *arg)
{
	store_read(db, &find, (struct db_param[]){DB_TEXT(r->account), DB_TEXT(r->key),
		DB_BYTES(r->request.bytes, DIGEST_BYTES)}, STORE_ONE, cb, arg);
}

void
repeat_insert(struct act *act, const struct repeat *r, int code, const json_t *answer, store_cb cb, void *arg)
{
	char number[16], *text = answer != NULL ? json_dumps(answer, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	snprintf(number, sizeof(number), "%d", code);
	store_write(act, &insert, (struct db_param[]){DB_TEXT(r->account), DB_TEXT(r->key),
		DB_BYTES(r->request.bytes, DIGEST_BYTES), DB_TEXT(number), text != NULL ? DB_TEXT(text) : DB_NULL},
		STORE_NONE, cb, arg);
	free(text);
}

void
repeat_sweep(struct db *db)
{
	store_read(db, &sweep, NULL, STORE_NONE, NULL, NULL);
}
