/* holder: see holder.h. */
#include "daemon/store/holder.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/store/visible.h"

static const struct db_stmt insert = {"holder_insert",
	"INSERT INTO content_holder (sha256, account) VALUES ($1, $2::uuid) ON CONFLICT DO NOTHING", 2};

/* No query plan that reads all versions: each digest is looked up by itself. */
#define MAY_NAME                                                                                   \
	"(EXISTS (SELECT 1 FROM content_holder h WHERE h.sha256 = c.sha256 AND h.account = me.id) "     \
	"OR EXISTS (SELECT 1 FROM version v JOIN document d ON d.id = v.document WHERE v.sha256 = c.sha256 AND " VISIBLE "))"

static const struct db_stmt find = {"holder_find",
	"SELECT to_json(encode(c.sha256, 'hex')) FROM account me, content c WHERE me.id = $1::uuid "
	"AND c.sha256 IN (SELECT decode(h, 'hex') FROM jsonb_array_elements_text($2::jsonb) AS e(h)) AND " MAY_NAME, 2};

static const struct db_stmt find_one = {"holder_find_one",
	"SELECT to_json(encode(c.sha256, 'hex')) FROM account me, content c WHERE me.id = $1::uuid AND c.sha256 = decode($2, 'hex') AND " MAY_NAME, 2};

void
holder_insert(struct act *act, const char *account, const struct digest *sha256, db_cb cb, void *arg)
{
	act_query(act, &insert, (struct db_param[]){DB_BYTES(sha256->bytes, DIGEST_BYTES), DB_TEXT(account)}, cb, arg);
}

void
holder_find(struct db *db, const struct person *person, const json_t *digests, store_cb cb, void *arg)
{
	char *text = json_dumps(digests, JSON_COMPACT);

	store_read(db, &find, (struct db_param[]){DB_TEXT(person->id), text != NULL ? DB_TEXT(text) : DB_NULL}, STORE_LIST, cb, arg);
	free(text);
}

void
holder_find_one(struct db *db, const struct person *person, const char *digest, store_cb cb, void *arg)
{
	store_read(db, &find_one, (struct db_param[]){DB_TEXT(person->id), DB_TEXT(digest)}, STORE_ONE, cb, arg);
}

bool
holder_has(const json_t *found, const char *digest)
{
	const json_t *one;
	size_t i;

	json_array_foreach(found, i, one)
		if (strcasecmp(json_string_value(one), digest) == 0)
			return true;
	return false;
}
