/* signing: see signing.h. */
#include "daemon/store/signing.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/uuid.h"

static const struct db_stmt insert = {"signing_insert",
	"INSERT INTO signing (id, document, base_version, document_revision, move, role, container, account, key_id, wanted_level, state, digest, tail, plan, extract, whole, whole_count) "
	"SELECT r.id, r.document, r.base_version, r.document_revision, r.move, r.role, r.container, r.account, r.key_id, "
	"r.wanted_level, 'prepared', decode(r.digest, 'hex'), decode(r.tail, 'hex'), r.plan, decode(r.extract, 'hex'), r.whole, r.whole_count "
	"FROM jsonb_to_record($1::jsonb) AS r(id uuid, document uuid, base_version uuid, document_revision bigint, move text, role text, "
	"container text, account uuid, key_id text, wanted_level text, digest text, tail text, plan jsonb, extract text, whole uuid, whole_count integer)", 1};

#define TITLE "trim(d.notation || ' ' || d.kind_name || ': ' || d.subject) || CASE WHEN v.part = 'attachment' OR s.plan ? 'attachment' THEN ' · ' || v.name ELSE '' END"

static const struct db_stmt load = {"signing_load",
	"SELECT json_build_object('id', s.id, 'document', s.document, 'revision', s.document_revision, 'move', s.move, 'role', s.role, "
	"'container', s.container, 'key_id', s.key_id, 'wanted_level', s.wanted_level, 'state', s.state, "
	"'held_level', s.held_level, 'version', s.result_version, 'error', s.error, "
	"'digest', coalesce(s.plan->>'imprint', encode(s.digest, 'hex')), 'algorithm', coalesce(s.plan->>'algorithm', 'SHA256'), 'tail', encode(s.tail, 'hex'), 'plan', s.plan, 'base_version', s.base_version, "
	"'base_sha256', encode(coalesce(s.extract, v.sha256), 'hex'), 'base_name', v.name, 'base_part', v.part, 'base_part_number', v.part_number, 'attachment', coalesce((s.plan->>'attachment')::integer, v.part_number), 'whole', s.whole, 'whole_count', coalesce(s.whole_count, 1), 'title', " TITLE ", "
	"'stale', d.revision <> s.document_revision, 'age', floor(extract(epoch FROM now() - s.created_at))) "
	"FROM unnest(ARRAY(SELECT jsonb_array_elements_text($2::jsonb))) WITH ORDINALITY AS w(id, n) " /* as an array: it is planned for few, by the indexes */
	"JOIN signing s ON s.id = w.id::uuid AND s.account = $1::uuid "
	"JOIN document d ON d.id = s.document JOIN version v ON v.id = s.base_version ORDER BY w.n", 2};

static const struct db_stmt show = {"signing_show",
	"SELECT json_build_object('id', s.id, 'document', s.document, 'move', s.move, 'role', s.role, 'key', s.key_id, 'state', s.state, "
	"'wanted_level', s.wanted_level, 'held_level', s.held_level, 'digest', coalesce(s.plan->>'imprint', encode(s.digest, 'hex')), 'algorithm', coalesce(s.plan->>'algorithm', 'SHA256'), 'title', " TITLE ", "
	"'error', s.error, 'version', s.result_version, 'next_try', utc(s.next_try), 'level_reason', s.level_reason, 'tries', s.tries, 'base_sha256', encode(coalesce(s.extract, v.sha256), 'hex'), 'tail', encode(s.tail, 'hex'), "
	"'container', s.container, 'objects', s.plan->'objects', 'created_at', utc(s.created_at)) "
	"FROM signing s JOIN document d ON d.id = s.document JOIN version v ON v.id = s.base_version "
	"WHERE s.account = $1::uuid AND s.id = $2::uuid", 2};

static const struct db_stmt done = {"signing_done",
	"UPDATE signing s SET state = 'done', error = '', result_version = r.version, held_level = r.level, field = r.field, level_reason = r.reason, "
	"next_try = nullif(r.next_try, '')::timestamptz, rules = coalesce(r.rules, ''), signed_at = now(), updated_at = now() "
	"FROM jsonb_to_record($1::jsonb) AS r(id uuid, version uuid, level text, field text, reason text, next_try text, rules text) "
	"WHERE s.id = r.id AND s.state IN ('prepared', 'approved', 'failed')", 1}; /* failed: another request for the same, whose end was no signature */

static const struct db_stmt claim = {"signing_claim",
	"WITH due AS (SELECT s.id FROM signing s JOIN document d ON d.id = s.document WHERE s.state = 'done' "
	"AND (s.next_try <= now() OR ($4::boolean AND s.next_try IS NOT NULL AND s.held_level = 'B-LTA' AND s.tries = 0 AND s.rules <> $3)) "
	"AND (s.claimed_until IS NULL OR s.claimed_until < now()) AND NOT EXISTS (SELECT 1 FROM signing p WHERE p.document = s.document "
	"AND p.state IN ('prepared', 'approved') AND p.document_revision = d.revision AND p.created_at > now() - interval '15 minutes') "
	"ORDER BY s.next_try LIMIT 1 FOR UPDATE OF s SKIP LOCKED), "
	"mine AS (UPDATE signing s SET claimed_until = now() + make_interval(secs => $1::integer) FROM due WHERE s.id = due.id RETURNING s.*) "
	"SELECT json_build_object('id', s.id, 'document', s.document, 'organ', d.organ, 'organ_code', o.code, 'revision', d.revision, "
	"'container', s.container, 'field', s.field, 'wanted_level', s.wanted_level, 'held_level', s.held_level, 'tries', s.tries, "
	"'sha256', encode(CASE WHEN s.container = 'cms' THEN coalesce(decode(CASE WHEN s.plan ? 'counter' THEN s.plan->'objects'->0->>'sha256' END, 'hex'), b.sha256) "
	"ELSE n.sha256 END, 'hex'), "
	"'signature', CASE WHEN s.container = 'cms' THEN encode(n.sha256, 'hex') END, 'name', n.name, 'part', n.part, "
	"'part_number', n.part_number, 'mime', n.mime, 'look', s.rules <> $3, "
	"'overdue', s.alarmed_at IS NULL AND s.signed_at < now() - make_interval(secs => $2::integer)) "
	"FROM mine s JOIN document d ON d.id = s.document JOIN organ o ON o.id = d.organ JOIN version b ON b.id = s.base_version "
	"JOIN version v ON v.id = s.result_version "
	"JOIN LATERAL (SELECT * FROM version n WHERE n.document = v.document AND n.part = v.part AND n.part_number = v.part_number "
	"ORDER BY n.ordinal DESC LIMIT 1) n ON true", 4};

static const struct db_stmt level = {"signing_level",
	"UPDATE signing s SET held_level = CASE WHEN level_rank(r.level) > level_rank(s.held_level) THEN r.level ELSE s.held_level END, "
	"level_reason = left(r.reason, 1000), next_try = nullif(r.next_try, '')::timestamptz, claimed_until = NULL, "
	"tries = CASE WHEN $2::boolean THEN s.tries + 1 ELSE 0 END, rules = coalesce(r.rules, s.rules), updated_at = now() "
	"FROM jsonb_to_record($1::jsonb) AS r(id uuid, level text, reason text, next_try text, rules text) WHERE s.id = r.id", 2};

static const struct db_stmt alarmed = {"signing_alarmed", "UPDATE signing SET alarmed_at = now() WHERE id = $1::uuid", 1};

static const struct db_stmt waiting = {"signing_waiting",
	"SELECT json_build_object('waiting', count(*), 'overdue', count(*) FILTER (WHERE signed_at < now() - make_interval(secs => $1::integer))) "
	"FROM signing WHERE state = 'done' AND next_try IS NOT NULL AND level_rank(held_level) < level_rank(wanted_level)", 1};

static const struct db_stmt failed = {"signing_failed",
	"UPDATE signing SET state = 'failed', error = left($2, 1000), updated_at = now() "
	"WHERE id = $1::uuid AND state IN ('prepared', 'approved')", 2};

void
signing_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert, row, STORE_NONE, cb, arg);
}

void
signing_load(struct db *db, const char *account, const json_t *ids, store_cb cb, void *arg)
{
	json_t *known = json_array();
	const json_t *id;
	char *text;
	size_t i;

	json_array_foreach(ids, i, id) /* what is no id is nobody's */
		if (json_is_string(id) && uuid_is_valid(json_string_value(id)))
			json_array_append(known, (json_t *)id);
	text = json_dumps(known, JSON_COMPACT);
	store_read(db, &load, (struct db_param[]){DB_TEXT(account), text != NULL ? DB_TEXT(text) : DB_NULL}, STORE_LIST,
		cb, arg);
	free(text);
	json_decref(known);
}

void
signing_show(struct db *db, const char *account, const char *id, store_cb cb, void *arg)
{
	store_read(db, &show, (struct db_param[]){DB_TEXT(account), DB_TEXT(id)}, STORE_ONE, cb, arg);
}

void
signing_done(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &done, row, STORE_NONE, cb, arg);
}

void
signing_claim(struct db *db, unsigned seconds, unsigned alarm, const char *rules, bool sweep, store_cb cb, void *arg)
{
	char s[24], a[24];

	snprintf(s, sizeof(s), "%u", seconds);
	snprintf(a, sizeof(a), "%u", alarm);
	store_read(db, &claim, (struct db_param[]){DB_TEXT(s), DB_TEXT(a), DB_TEXT(rules), DB_TEXT(sweep ? "true" : "false")}, STORE_ONE, cb, arg);
}

void
signing_level(struct act *act, const json_t *row, bool failed_, store_cb cb, void *arg)
{
	char *text = json_dumps(row, JSON_COMPACT);

	store_write(act, &level, (struct db_param[]){text != NULL ? DB_TEXT(text) : DB_NULL, DB_TEXT(failed_ ? "true" : "false")},
		STORE_NONE, cb, arg);
	free(text);
}

void
signing_alarmed(struct act *act, const char *id, store_cb cb, void *arg)
{
	store_write(act, &alarmed, (struct db_param[]){DB_TEXT(id)}, STORE_NONE, cb, arg);
}

void
signing_waiting(struct db *db, unsigned alarm, store_cb cb, void *arg)
{
	char a[24];

	snprintf(a, sizeof(a), "%u", alarm);
	store_read(db, &waiting, (struct db_param[]){DB_TEXT(a)}, STORE_ONE, cb, arg);
}

void
signing_failed(struct db *db, const char *id, const char *why, store_cb cb, void *arg)
{
	store_read(db, &failed, (struct db_param[]){DB_TEXT(id), DB_TEXT(why)}, STORE_NONE, cb, arg);
}
