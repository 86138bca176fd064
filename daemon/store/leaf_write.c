/* leaf_write: a leaf into the act of what it says; see leaf.h. Apart from leaf.c, which needs no database. */
#include "daemon/store/leaf.h"

void
leaf_insert(struct act *act, const struct leaf *leaf, const char *document, store_cb cb, void *arg)
{
	static const struct db_stmt insert = {"leaf_insert", "INSERT INTO leaf (id, at, type, document, body, hash) "
		"VALUES ($1::uuid, $2::timestamptz, $3, $4::uuid, $5, $6)", 6};

	store_write(act, &insert, (struct db_param[]){DB_TEXT(leaf->id), DB_TEXT(leaf->at), DB_TEXT(leaf->type),
		document != NULL ? DB_TEXT(document) : DB_NULL, DB_BYTES(leaf->body.data, leaf->body.len),
		DB_BYTES(leaf->hash.bytes, DIGEST_BYTES)}, STORE_NONE, cb, arg);
}
