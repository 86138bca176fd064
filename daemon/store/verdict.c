/* verdict: see verdict.h. */
#include "daemon/store/verdict.h"

#include <stdio.h>
#include <stdlib.h>

static const struct db_stmt find = {"verdict_find",
	"WITH v AS (UPDATE verdict SET used_at = now() WHERE key = decode($1, 'hex') AND valid_until > now() RETURNING report) "
	"SELECT report FROM v", 1};

static const struct db_stmt keep = {"verdict_keep",
	"WITH r AS (SELECT * FROM jsonb_to_record($1::jsonb) AS r(key text, report jsonb, certs text[], until text, "
	"judged timestamptz)), "
	"gone AS (DELETE FROM verdict WHERE key IN (SELECT key FROM verdict ORDER BY used_at DESC OFFSET $3::integer) OR valid_until <= now()) "
	"INSERT INTO verdict (key, report, certs, valid_until) SELECT decode(r.key, 'hex'), r.report, "
	"ARRAY(SELECT decode(c, 'hex') FROM unnest(r.certs) AS c), "
	"least(coalesce(nullif(r.until, '')::timestamptz, 'infinity'), now() + make_interval(secs => $2::integer)) FROM r "
	"WHERE NOT EXISTS (SELECT 1 FROM proof p WHERE p.fetched_at > r.judged AND p.about IN (SELECT decode(c, 'hex') FROM unnest(r.certs) AS c)) "
	"ON CONFLICT (key) DO UPDATE SET report = excluded.report, certs = excluded.certs, valid_until = excluded.valid_until, "
	"made_at = now(), used_at = now()", 3};

void
verdict_find(struct db *db, const char *key, store_cb cb, void *arg)
{
	store_read(db, &find, (struct db_param[]){DB_TEXT(key)}, STORE_ONE, cb, arg);
}

void
verdict_keep(struct db *db, const json_t *row, unsigned max_age, unsigned most, store_cb cb, void *arg)
{
	char *text = json_dumps(row, JSON_COMPACT), age[24], rows[24];

	snprintf(age, sizeof(age), "%u", max_age);
	snprintf(rows, sizeof(rows), "%u", most);
	store_read(db, &keep, (struct db_param[]){text != NULL ? DB_TEXT(text) : DB_NULL, DB_TEXT(age), DB_TEXT(rows)}, STORE_NONE, cb, arg);
	free(text);
}
