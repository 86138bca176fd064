/* document_write: the statements that acts chain; see document.h. Rows come as JSON whose members are the columns. */
#include "daemon/store/document.h"

#include <stdio.h>
#include <stdlib.h>

#define COLUMNS                                                                                    \
	"direction text, state text, organ uuid, unit uuid, kind text, kind_name text, code_number text, code_notation text, " \
	"notation text, notation_key text, issued_date date, issuer_code text, issuer_name text, place text, subject text, "   \
	"summary text, signer_name text, signer_position text, signer_competence text, priority smallint, secrecy text, "      \
	"language text, page_amount integer, copies integer, due_date date, deadline date, receivers jsonb, response_for jsonb, " \
	"answers uuid, replaces uuid, reviewer uuid, leader uuid, cosigners jsonb, parallel boolean, external_id text, metadata jsonb, arrived_at timestamptz, "  \
	"arrival_number integer, file_code text, created_by uuid, sort_date date, issuer_fold text, words text"

static const struct db_stmt insert_document = {"document_insert",
	"INSERT INTO document (id, direction, state, organ, unit, kind, kind_name, code_number, code_notation, notation, notation_key, "
	"issued_date, issuer_code, issuer_name, place, subject, summary, signer_name, signer_position, signer_competence, priority, "
	"secrecy, language, page_amount, copies, due_date, receivers, response_for, answers, replaces, external_id, metadata, "
	"arrived_at, created_by, sort_date, issuer_fold, words) "
	"SELECT id, direction, state, organ, unit, coalesce(kind, ''), coalesce(kind_name, ''), coalesce(code_number, ''), "
	"coalesce(code_notation, ''), coalesce(notation, ''), coalesce(notation_key, ''), issued_date, coalesce(issuer_code, ''), "
	"coalesce(issuer_name, ''), coalesce(place, ''), subject, coalesce(summary, ''), coalesce(signer_name, ''), "
	"coalesce(signer_position, ''), coalesce(signer_competence, ''), coalesce(priority, 0), coalesce(secrecy, 'none'), "
	"coalesce(language, 'vi'), page_amount, copies, due_date, coalesce(receivers, '[]'), coalesce(response_for, '[]'), answers, "
	"replaces, coalesce(external_id, ''), coalesce(metadata, '{}'), arrived_at, created_by, coalesce(sort_date, current_date), "
	"coalesce(issuer_fold, ''), coalesce(words, '') FROM jsonb_to_record($1::jsonb) AS x(id uuid, " COLUMNS ")", 1};

/* SET(c): the member when given, null included, else what it was. */
#define SET(c) c " = CASE WHEN $3::jsonb ? '" c "' THEN x." c " ELSE d." c " END, "
static const struct db_stmt set_document = {"document_set",
	"UPDATE document d SET " SET("state") SET("unit") SET("kind") SET("kind_name") SET("code_number") SET("code_notation")
	SET("notation") SET("notation_key") SET("issued_date") SET("issuer_code") SET("issuer_name") SET("place") SET("subject")
	SET("summary") SET("signer_name") SET("signer_position") SET("signer_competence") SET("priority") SET("secrecy")
	SET("language") SET("page_amount") SET("copies") SET("due_date") SET("deadline") SET("receivers") SET("answers")
	SET("replaces") SET("external_id") SET("reviewer") SET("leader") SET("cosigners") SET("parallel") SET("arrival_number") SET("file_code") SET("sort_date") SET("issuer_fold")
	SET("words") "revision = $2::bigint, updated_at = now() FROM jsonb_to_record($3::jsonb) AS x(" COLUMNS ") "
	"WHERE d.id = $1::uuid AND d.revision = $2::bigint - 1", 3};

static const struct db_stmt insert_move = {"move_insert",
	"INSERT INTO move (id, document, revision, name, from_state, to_state, actor, note, details, leaf) "
	"SELECT id, document, revision, name, from_state, to_state, actor, coalesce(note, ''), coalesce(details, '{}'), leaf "
	"FROM jsonb_to_record($1::jsonb) AS x(id uuid, document uuid, revision bigint, name text, from_state text, to_state text, "
	"actor uuid, note text, details jsonb, leaf uuid)", 1};

/*
 * The text of what can be searched is made later, from rows that wait (daemon/archive). A signature adds no words to the document: what was signed and begins with a content whose text
 * is known has that one.
 */
static const struct db_stmt insert_versions = {"version_insert",
	"WITH x AS (SELECT x.*, decode(x.sha256, 'hex') AS digest FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, document uuid, part text, "
	"part_number integer, name text, mime text, sha256 text, cause text, verdict jsonb, findings jsonb, created_by uuid, move uuid)), "
	"y AS (SELECT x.*, coalesce(part_number, CASE WHEN part = 'main' THEN 0 ELSE (SELECT coalesce(max(v.part_number), 0) "
	"FROM version v WHERE v.document = x.document AND v.part = x.part) + row_number() OVER (PARTITION BY x.part, x.part_number IS NULL ORDER BY x.id) END) AS place FROM x), "
	"text AS (INSERT INTO derived_text (sha256, state, pages, body, search) SELECT DISTINCT ON (y.digest) y.digest, coalesce(t.state, 'waiting'), t.pages, "
	"t.body, coalesce(t.search, '') FROM y LEFT JOIN content c ON c.sha256 = y.digest LEFT JOIN derived_text t ON t.sha256 = c.base AND t.state = 'done' "
	"AND y.cause IN ('initialled', 'signed', 'sealed') WHERE y.part IN ('main', 'attachment') AND y.mime IN ('application/pdf', 'text/plain') "
	"ON CONFLICT DO NOTHING) "
	"INSERT INTO version (id, document, part, part_number, ordinal, name, mime, sha256, size, cause, verdict, findings, created_by, move) "
	"SELECT y.id, y.document, y.part, y.place, (SELECT coalesce(max(v.ordinal), 0) + 1 FROM version v WHERE v.document = y.document "
	"AND v.part = y.part AND v.part_number = y.place), y.name, y.mime, y.digest, (SELECT size FROM content c WHERE c.sha256 = y.digest), "
	"y.cause, nullif(y.verdict, 'null'::jsonb), coalesce(y.findings, '[]'), y.created_by, y.move FROM y", 1};

static const struct db_stmt insert_assignments = {"assignment_insert",
	"INSERT INTO assignment (id, document, role, unit, account, instruction, deadline, created_by) "
	"SELECT id, document, role, unit, account, coalesce(instruction, ''), deadline, created_by FROM jsonb_to_recordset($1::jsonb) "
	"AS x(id uuid, document uuid, role text, unit uuid, account uuid, instruction text, deadline date, created_by uuid)", 1};
static const struct db_stmt end_assignments = {"assignment_end",
	"UPDATE assignment SET state = $2 WHERE document = $1::uuid AND state IN ('open', 'accepted')", 2};
static const struct db_stmt accept_assignment = {"assignment_accept",
	"UPDATE assignment a SET state = 'accepted' FROM account me WHERE me.id = $2::uuid AND a.document = $1::uuid AND a.role = 'lead' "
	"AND a.state = 'open' AND (a.account = me.id OR (a.account IS NULL AND a.unit = me.unit))", 2};
static const struct db_stmt reopen_assignment = {"assignment_reopen",
	"UPDATE assignment SET state = 'accepted' WHERE document = $1::uuid AND role = 'lead' AND id = (SELECT id FROM assignment "
	"WHERE document = $1::uuid AND role = 'lead' ORDER BY id DESC LIMIT 1)", 1};

static const struct db_stmt insert_note = {"note_insert",
	"INSERT INTO note (id, document, kind, author, body) SELECT id, document, kind, author, body "
	"FROM jsonb_to_record($1::jsonb) AS x(id uuid, document uuid, kind text, author uuid, body text) "
	"RETURNING json_build_object('id', id, 'kind', kind, 'body', body, 'at', utc(at), 'author', "
	"(SELECT json_build_object('id', a.id, 'name', a.name, 'title', a.title) FROM account a WHERE a.id = author))", 1};

#define RECEIVER_OF(x) "(SELECT id FROM organ WHERE " x " IN (code, old_code, code102) ORDER BY code = " x " DESC LIMIT 1)"

/* The occasion counts how many times this status may rightly be said (05 again after reopening). */
static const struct db_stmt tell_status = {"status_tell",
	"WITH x AS (SELECT * FROM jsonb_to_record($1::jsonb) AS x(id uuid, document uuid, receiver_code text, status_code text, "
	"description text, staff jsonb, body jsonb)), "
	"told AS (INSERT INTO exchange_status (id, document, way, organ_code, code, description, staff, said_at) "
	"SELECT uuid7(), document, 'told', receiver_code, status_code, coalesce(description, ''), staff, now() FROM x) "
	"INSERT INTO outbox (id, document, receiver, receiver_code, kind, status_code, occasion, description, body) "
	"SELECT x.id, x.document, " RECEIVER_OF("x.receiver_code") ", x.receiver_code, 'status', x.status_code, "
	"(SELECT coalesce(max(o.occasion), 0) + 1 FROM outbox o WHERE o.document = x.document AND o.receiver_code = x.receiver_code "
	"AND o.kind = 'status' AND o.status_code = x.status_code), coalesce(x.description, ''), x.body FROM x", 1};
static const struct db_stmt queue_packets = {"packet_queue",
	"INSERT INTO outbox (id, document, receiver, receiver_code, kind, business, occasion, description, body) "
	"SELECT x.id, x.document, " RECEIVER_OF("x.receiver_code") ", x.receiver_code, 'document', x.business, "
	"(SELECT coalesce(max(o.occasion), 0) + 1 FROM outbox o WHERE o.document = x.document AND o.receiver_code = x.receiver_code "
	"AND o.kind = 'document' AND o.business = x.business), coalesce(x.description, ''), x.body "
	"FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, document uuid, receiver_code text, business smallint, description text, body jsonb)", 1};

/* One notification a person, and one event for the connected (NOTIFY holds 8000 bytes: beyond 150 people, everybody of the organ looks). */
static const struct db_stmt notify_people = {"notify",
	"WITH x AS (SELECT * FROM jsonb_to_record($1::jsonb) AS x(document uuid, organ uuid, kind text, actor uuid, roles text[], units uuid[], "
	"accounts uuid[], revision bigint, state text)), "
	"who AS (SELECT a.id FROM x JOIN account a ON a.organ = x.organ AND NOT a.disabled AND a.id IS DISTINCT FROM x.actor "
	"WHERE a.roles && x.roles OR a.unit = ANY(x.units) OR a.id = ANY(x.accounts)), "
	"told AS (INSERT INTO notification (id, account, document, kind) SELECT uuid7(), who.id, x.document, x.kind FROM who, x WHERE x.kind <> ''), "
	"list AS (SELECT coalesce(json_agg(id), '[]') AS accounts, count(*) AS n FROM who) "
	"SELECT pg_notify('congvan_event', json_build_object('document', x.document, 'organ', x.organ, 'kind', x.kind, 'revision', x.revision, "
	"'state', x.state, 'actor', x.actor, 'accounts', CASE WHEN list.n <= 150 THEN list.accounts END)::text) FROM x, list", 1};

void
document_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert_document, row, STORE_NONE, cb, arg);
}

void
document_set(struct act *act, const char *id, int64_t revision, const json_t *columns, store_cb cb, void *arg)
{
	char number[24], *text = json_dumps(columns, JSON_COMPACT);

	snprintf(number, sizeof(number), "%lld", (long long)revision);
	store_write(act, &set_document, (struct db_param[]){DB_TEXT(id), DB_TEXT(number), DB_TEXT(text ? text : "{}")},
		STORE_NONE, cb, arg);
	free(text);
}

void
move_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert_move, row, STORE_NONE, cb, arg);
}

void
version_insert(struct act *act, const json_t *rows, store_cb cb, void *arg)
{
	store_write_json(act, &insert_versions, rows, STORE_NONE, cb, arg);
}

void
assignment_insert(struct act *act, const json_t *rows, store_cb cb, void *arg)
{
	store_write_json(act, &insert_assignments, rows, STORE_NONE, cb, arg);
}

void
assignment_end(struct act *act, const char *document, const char *state, store_cb cb, void *arg)
{
	store_write(act, &end_assignments, (struct db_param[]){DB_TEXT(document), DB_TEXT(state)}, STORE_NONE, cb, arg);
}

void
assignment_accept(struct act *act, const char *document, const struct person *person, store_cb cb, void *arg)
{
	store_write(act, &accept_assignment, (struct db_param[]){DB_TEXT(document), DB_TEXT(person->id)}, STORE_NONE, cb, arg);
}

void
assignment_reopen(struct act *act, const char *document, store_cb cb, void *arg)
{
	store_write(act, &reopen_assignment, (struct db_param[]){DB_TEXT(document)}, STORE_NONE, cb, arg);
}

void
note_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert_note, row, STORE_ONE, cb, arg);
}

void
status_tell(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &tell_status, row, STORE_NONE, cb, arg);
}

void
packet_queue(struct act *act, const json_t *rows, store_cb cb, void *arg)
{
	store_write_json(act, &queue_packets, rows, STORE_NONE, cb, arg);
}

void
notify(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &notify_people, row, STORE_NONE, cb, arg);
}
