/* signing: see signing.h. */
#include "daemon/store/signing.h"

#include <stdlib.h>

static const struct db_stmt insert = {"signing_insert",
	"INSERT INTO signing (id, document, base_version, document_revision, move, role, container, account, key_id, wanted_level, state, digest, tail, plan) "
	"SELECT r.id, r.document, r.base_version, r.document_revision, r.move, r.role, r.container, r.account, r.key_id, "
	"r.wanted_level, 'prepared', decode(r.digest, 'hex'), decode(r.tail, 'hex'), r.plan "
	"FROM jsonb_to_record($1::jsonb) AS r(id uuid, document uuid, base_version uuid, document_revision bigint, move text, role text, "
	"container text, account uuid, key_id text, wanted_level text, digest text, tail text, plan jsonb)", 1};

#define TITLE "trim(d.notation || ' ' || d.kind_name || ': ' || d.subject)"

static const struct db_stmt load = {"signing_load",
	"SELECT json_build_object('id', s.id, 'document', s.document, 'revision', s.document_revision, 'move', s.move, 'role', s.role, "
	"'container', s.container, 'key_id', s.key_id, 'wanted_level', s.wanted_level, 'state', s.state, "
	"'held_level', s.held_level, 'version', s.result_version, 'error', s.error, "
	"'digest', encode(s.digest, 'hex'), 'tail', encode(s.tail, 'hex'), 'plan', s.plan, 'base_version', s.base_version, "
	"'base_sha256', encode(v.sha256, 'hex'), 'base_name', v.name, 'title', " TITLE ", "
	"'stale', d.revision <> s.document_revision, 'age', floor(extract(epoch FROM now() - s.created_at))) "
	"FROM jsonb_array_elements_text($2::jsonb) WITH ORDINALITY AS w(id, n) "
	"JOIN signing s ON s.id::text = w.id AND s.account = $1::uuid "
	"JOIN document d ON d.id = s.document JOIN version v ON v.id = s.base_version ORDER BY w.n", 2};

static const struct db_stmt show = {"signing_show",
	"SELECT json_build_object('id', s.id, 'document', s.document, 'move', s.move, 'role', s.role, 'key', s.key_id, 'state', s.state, "
	"'wanted_level', s.wanted_level, 'held_level', s.held_level, 'digest', encode(s.digest, 'hex'), 'title', " TITLE ", "
	"'error', s.error, 'version', s.result_version, 'base_sha256', encode(v.sha256, 'hex'), 'tail', encode(s.tail, 'hex'), "
	"'container', s.container, 'created_at', utc(s.created_at)) "
	"FROM signing s JOIN document d ON d.id = s.document JOIN version v ON v.id = s.base_version "
	"WHERE s.account = $1::uuid AND s.id = $2::uuid", 2};

static const struct db_stmt done = {"signing_done",
	"UPDATE signing SET state = 'done', result_version = $2::uuid, held_level = $3, updated_at = now() "
	"WHERE id = $1::uuid AND state IN ('prepared', 'approved')", 3};

static const struct db_stmt failed = {"signing_failed",
	"UPDATE signing SET state = 'failed', error = left($2, 1000), updated_at = now() "
	"WHERE id = $1::uuid AND state IN ('prepared', 'approved')", 2};

void
signing_insert(struct db *db, const json_t *row, store_cb cb, void *arg)
{
	char *text = json_dumps(row, JSON_COMPACT);

	store_read(db, &insert, (struct db_param[]){text != NULL ? DB_TEXT(text) : DB_NULL}, STORE_NONE, cb, arg);
	free(text);
}

void
signing_load(struct db *db, const char *account, const json_t *ids, store_cb cb, void *arg)
{
	char *text = json_dumps(ids, JSON_COMPACT);

	store_read(db, &load, (struct db_param[]){DB_TEXT(account), text != NULL ? DB_TEXT(text) : DB_NULL}, STORE_LIST,
		cb, arg);
	free(text);
}

void
signing_show(struct db *db, const char *account, const char *id, store_cb cb, void *arg)
{
	store_read(db, &show, (struct db_param[]){DB_TEXT(account), DB_TEXT(id)}, STORE_ONE, cb, arg);
}

void
signing_done(struct act *act, const char *id, const char *version, const char *level, store_cb cb, void *arg)
{
	store_write(act, &done, (struct db_param[]){DB_TEXT(id), DB_TEXT(version), DB_TEXT(level)}, STORE_NONE, cb, arg);
}

void
signing_failed(struct db *db, const char *id, const char *why, store_cb cb, void *arg)
{
	store_read(db, &failed, (struct db_param[]){DB_TEXT(id), DB_TEXT(why)}, STORE_NONE, cb, arg);
}
