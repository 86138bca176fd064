/* proof: see proof.h. */
#include "daemon/store/proof.h"

#include <stdio.h>

static const struct db_stmt find = {"proof_find",
	"WITH p AS (UPDATE proof SET used_at = now() WHERE key = decode($1, 'hex') RETURNING *) "
	"SELECT json_build_object('sha256', encode(sha256, 'hex'), 'state', state, 'fresh', sha256 IS NOT NULL AND usable_until > now(), "
	"'wait', failures > 0 AND next_try > now(), 'last_error', last_error) FROM p", 1};

static const struct db_stmt keep = {"proof_keep",
	"SELECT to_json(proof_keep(decode($1, 'hex'), $2, $3, decode($4, 'hex'), decode($5, 'hex'), $6::bigint, $7, "
	"nullif($8, '')::timestamptz, nullif($9, '')::timestamptz, $10::integer, $11::bigint))", 11};

static const struct db_stmt fail = {"proof_fail",
	"SELECT to_json(proof_fail(decode($1, 'hex'), $2, $3, decode($4, 'hex'), $5, $6::integer)::text)", 6};

void
proof_find(struct db *db, const char *key, store_cb cb, void *arg)
{
	store_read(db, &find, (struct db_param[]){DB_TEXT(key)}, STORE_ONE, cb, arg);
}

void
proof_keep(struct db *db, const json_t *row, unsigned max_age, uint64_t most, store_cb cb, void *arg)
{
	char size[24], age[24], all[24];

	snprintf(size, sizeof(size), "%lld", (long long)store_number(row, "size"));
	snprintf(age, sizeof(age), "%u", max_age);
	snprintf(all, sizeof(all), "%llu", (unsigned long long)most);
	store_read(db, &keep, (struct db_param[]){DB_TEXT(store_text(row, "key")), DB_TEXT(store_text(row, "kind")),
		DB_TEXT(store_text(row, "url")), DB_TEXT(store_text(row, "about")), DB_TEXT(store_text(row, "sha256")), DB_TEXT(size),
		DB_TEXT(store_text(row, "state")), DB_TEXT(store_text(row, "this_update")), DB_TEXT(store_text(row, "next_update")),
		DB_TEXT(age), DB_TEXT(all)}, STORE_NONE, cb, arg);
}

void
proof_fail(struct db *db, const json_t *row, const char *why, unsigned pause, store_cb cb, void *arg)
{
	char seconds[24];

	snprintf(seconds, sizeof(seconds), "%u", pause);
	store_read(db, &fail, (struct db_param[]){DB_TEXT(store_text(row, "key")), DB_TEXT(store_text(row, "kind")),
		DB_TEXT(store_text(row, "url")), DB_TEXT(store_text(row, "about")), DB_TEXT(why), DB_TEXT(seconds)}, STORE_NONE, cb, arg);
}
