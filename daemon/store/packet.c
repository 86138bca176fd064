/* packet: see packet.h. */
#include "daemon/store/packet.h"

#include <stdio.h>
#include <stdlib.h>

#define CODES "ARRAY(SELECT jsonb_array_elements_text(coalesce(x.q->'to', '[]')))"
#define ADDRESSED "o.own AND (o.code = ANY(" CODES ") OR o.old_code = ANY(" CODES ") OR o.code102 = ANY(" CODES "))"
/* Status messages have no To. */
#define NO_TO "coalesce(jsonb_array_length(x.q->'to'), 0) = 0"
#define FOUND(alias) "json_build_object('id', " alias ".id, 'state', " alias ".state, 'organ', " alias ".organ, 'revision', " alias ".revision, " \
	"'people', CASE WHEN " alias ".created_by IS NULL THEN '[]'::json ELSE json_build_array(" alias ".created_by) END)"
/* An organ is addressed by any of its three codes (Decision 20/2020 against QCVN 102:2016). */
#define SENDER "(SELECT coalesce(array_agg(c), ARRAY[x.q->>'from']) FROM organ o, unnest(ARRAY[o.code, o.old_code, o.code102]) c "    \
	"WHERE x.q->>'from' IN (o.code, o.old_code, o.code102))::text[]"
#define INCOMING(id) "(SELECT " FOUND("d") " FROM document d WHERE d.direction = 'incoming' AND d.external_id = x.q->>'" id "' "         \
	"AND x.q->>'" id "' <> '' AND d.state <> 'rejected' AND (" NO_TO " OR d.organ IN (SELECT o.id FROM organ o WHERE " ADDRESSED ")) AND d.issuer_code = ANY(" SENDER ") ORDER BY d.id DESC LIMIT 1)"

static const struct db_stmt context = {"packet_context",
	"SELECT json_build_object("
	"'own', (SELECT json_build_object('id', o.id, 'code', o.code, 'regime', o.regime, 'name', o.name) FROM organ o "
	"WHERE " ADDRESSED " ORDER BY o.id LIMIT 1), "
	"'same', (SELECT json_build_object('packet', p.id, 'document', p.document) FROM packet p "
	"WHERE p.way = 'in' AND p.state = 'accepted' AND p.sha256 = decode(x.q->>'sha256', 'hex') LIMIT 1), "
	"'existing', " INCOMING("document_id") ", 'earlier', " INCOMING("earlier") ", 'theirs', " INCOMING("answered") ", "
	"'ours', (SELECT " FOUND("d") " FROM document d WHERE d.direction = 'outgoing' AND d.external_id = x.q->>'answered' "
	"AND d.external_id <> '' ORDER BY d.id DESC LIMIT 1), "
	"'receiver', EXISTS (SELECT 1 FROM document d JOIN outbox b ON b.document = d.id LEFT JOIN organ g ON g.id = b.receiver "
	"WHERE d.direction = 'outgoing' AND d.external_id = x.q->>'answered' AND d.external_id <> '' AND b.kind = 'document' "
	"AND x.q->>'from' IN (b.receiver_code, g.code, g.old_code, g.code102))) FROM (SELECT $1::jsonb AS q) x", 1};

static const struct db_stmt insert = {"packet_insert",
	"INSERT INTO packet (id, way, transport, source, sha256, size, state, kind, findings, body, document) "
	"SELECT x.id, x.way, x.transport, left(coalesce(x.source, ''), 500), decode(x.sha256, 'hex'), x.size, x.state, coalesce(x.kind, ''), "
	"coalesce(x.findings, '[]'), x.body, x.document FROM jsonb_to_record($1::jsonb) AS x(id uuid, way text, transport text, source text, "
	"sha256 text, size bigint, state text, kind text, findings jsonb, body jsonb, document uuid)", 1};

static const struct db_stmt hear = {"status_hear",
	"INSERT INTO exchange_status (id, document, way, organ_code, code, description, staff, said_at) "
	"SELECT uuid7(), x.document, 'heard', x.organ_code, x.code, coalesce(x.description, ''), x.staff, x.said_at "
	"FROM jsonb_to_record($1::jsonb) AS x(document uuid, organ_code text, code text, description text, staff jsonb, said_at timestamptz)", 1};

/* Documents on their way of which every receiver has said that it has them (accepted) or gives them back. $1: one document, or NULL: all. */
static const struct db_stmt settled = {"delivery_settled",
	"SELECT json_build_object('document', d.id, 'move', CASE WHEN bool_and(t.asked_back_answer = '15') THEN 'withdraw' ELSE 'complete' END) "
	"FROM document d JOIN delivery t ON t.document = d.id WHERE d.direction = 'outgoing' AND d.state IN ('dispatched', 'delivered') "
	"AND ($1::uuid IS NULL OR d.id = $1::uuid) GROUP BY d.id "
	"HAVING bool_and(coalesce(t.asked_back_answer = '15', false)) OR (d.state = 'dispatched' AND bool_and(t.accepted)) LIMIT 100", 1};

#define PACKET_SHORT "'id', p.id, 'way', p.way, 'transport', p.transport, 'source', p.source, 'state', p.state, 'kind', p.kind, "      \
	"'document', p.document, 'size', p.size, 'sha256', encode(p.sha256, 'hex'), 'at', utc(p.at), 'findings', p.findings"

/* A packet that became no document belongs to those of our organs that it is addressed to; to all when it is to none of them. */
#define ADDRESSEE(p, condition)                                                                    \
	"EXISTS (SELECT 1 FROM jsonb_array_elements(CASE WHEN jsonb_typeof(" p ".body->'to') = 'array' THEN " p ".body->'to' ELSE '[]' END) t "  \
	"JOIN organ o ON o.own AND t->>'organ_id' IN (o.code, o.old_code, o.code102) WHERE " condition ")"
#define SHOWN_TO(organ)                                                                            \
	"(p.document IN (SELECT d.id FROM document d WHERE d.organ = " organ ") OR (p.document IS NULL AND (" \
	ADDRESSEE("p", "o.id = " organ) " OR NOT " ADDRESSEE("p", "true") ")))"

static const struct db_stmt list = {"packet_list",
	"WITH f AS (SELECT $1::jsonb AS q), page AS (SELECT p.* FROM packet p, f WHERE " SHOWN_TO("(f.q->>'organ')::uuid") " AND (f.q->>'way' IS NULL OR p.way = f.q->>'way') "
	"AND (f.q->>'state' IS NULL OR p.state = f.q->>'state') AND (f.q->>'cursor' IS NULL OR p.id < (f.q->>'cursor')::uuid) "
	"ORDER BY p.id DESC LIMIT (SELECT (q->>'limit')::integer FROM f)) "
	"SELECT json_build_object('items', coalesce((SELECT json_agg(json_build_object(" PACKET_SHORT ") ORDER BY p.id DESC) FROM page p), '[]'), "
	"'next', (SELECT CASE WHEN count(*) = (SELECT (q->>'limit')::integer FROM f) THEN min(id::text) END FROM page))", 1};

static const struct db_stmt show = {"packet_show",
	"SELECT json_build_object(" PACKET_SHORT ", 'body', p.body) FROM packet p WHERE p.id = $1::uuid AND " SHOWN_TO("$2::uuid"), 2};

static const struct db_stmt due = {"outbox_due",
	"SELECT json_build_object('id', b.id, 'document', b.document, 'receiver_code', b.receiver_code, 'kind', b.kind, 'business', b.business, "
	"'status_code', b.status_code, 'body', b.body, 'packet', encode(b.packet, 'hex'), 'attempts', b.attempts, "
	"'transport', coalesce(o.transport, 'none'), 'address', coalesce(o.address, ''), 'organ_code', own.code, 'receiver_organ', o.code) "
	"FROM outbox b JOIN document d ON d.id = b.document JOIN organ own ON own.id = d.organ LEFT JOIN organ o ON o.id = b.receiver "
	"WHERE b.state = 'queued' AND b.next_try <= now() ORDER BY b.next_try, b.id LIMIT 20", 0};

static const struct db_stmt built = {"outbox_built",
	"UPDATE outbox SET packet = decode($2, 'hex') WHERE id = $1::uuid AND packet IS NULL", 2};

static const struct db_stmt sent = {"outbox_sent",
	"UPDATE outbox SET state = 'sent', sent_at = now(), attempts = attempts + 1, last_error = '' "
	"WHERE id = $1::uuid AND state IN ('queued', 'cancelled') RETURNING json_build_object('id', id)", 1}; /* cancelled on its way: it is there */

static const struct db_stmt waits = {"outbox_waits", "SELECT json_build_object('id', id) FROM outbox WHERE id = $1::uuid AND state = 'queued'", 1};

static const struct db_stmt again = {"outbox_again",
	"UPDATE outbox SET attempts = attempts + 1, last_error = left($3, 500), "
	"state = CASE WHEN $2::integer > 0 THEN 'queued' ELSE 'failed' END, next_try = now() + make_interval(secs => $2::integer) "
	"WHERE id = $1::uuid AND state = 'queued'", 3};

#define OUTBOX_SHORT "'id', b.id, 'document', b.document, 'receiver_code', b.receiver_code, 'kind', b.kind, 'business', b.business, "  \
	"'status_code', b.status_code, 'state', b.state, 'attempts', b.attempts, 'next_try', CASE WHEN isfinite(b.next_try) THEN utc(b.next_try) END, 'last_error', b.last_error, "   \
	"'queued_at', utc(b.queued_at), 'sent_at', utc(b.sent_at), 'description', b.description, " \
	"'to_carry', b.state = 'queued' AND NOT isfinite(b.next_try)"

static const struct db_stmt outbox = {"outbox_list",
	"WITH f AS (SELECT $1::jsonb AS q), page AS (SELECT b.* FROM outbox b, f WHERE b.document IN (SELECT d.id FROM document d "
	"WHERE d.organ = (f.q->>'organ')::uuid) AND (f.q->>'state' IS NULL OR b.state = f.q->>'state') "
	"AND (f.q->>'cursor' IS NULL OR b.id < (f.q->>'cursor')::uuid) "
	"ORDER BY b.id DESC LIMIT (SELECT (q->>'limit')::integer FROM f)) "
	"SELECT json_build_object('items', coalesce((SELECT json_agg(json_build_object(" OUTBOX_SHORT ") ORDER BY b.id DESC) FROM page b), '[]'), "
	"'next', (SELECT CASE WHEN count(*) = (SELECT (q->>'limit')::integer FROM f) THEN min(id::text) END FROM page))", 1};

/* Built, and waiting for somebody who carries it. */
static const struct db_stmt hold = {"outbox_hold",
	"UPDATE outbox SET next_try = 'infinity', last_error = '' WHERE id = $1::uuid AND state = 'queued'", 1};
#define TO_CARRY "b.state = 'queued' AND NOT isfinite(b.next_try) AND b.packet IS NOT NULL AND b.document IN (SELECT d.id FROM document d WHERE d.organ = $2::uuid)"
static const struct db_stmt to_carry = {"outbox_to_carry",
	"SELECT json_build_object('id', b.id, 'sha256', encode(b.packet, 'hex'), 'size', c.size) FROM outbox b JOIN content c ON c.sha256 = b.packet "
	"WHERE b.id = $1::uuid AND " TO_CARRY, 2};
static const struct db_stmt carried = {"outbox_carried",
	"WITH b AS (UPDATE outbox b SET state = 'sent', sent_at = now(), attempts = attempts + 1, next_try = now() WHERE b.id = $1::uuid AND " TO_CARRY
	" RETURNING b.*), p AS (INSERT INTO packet (id, way, transport, source, sha256, size, state, kind, body, document) SELECT uuid7(), 'out', 'carried', "
	"b.receiver_code, b.packet, c.size, 'accepted', b.kind, b.body, b.document FROM b JOIN content c ON c.sha256 = b.packet) "
	"SELECT json_build_object(" OUTBOX_SHORT ") FROM b", 2};

static const struct db_stmt retry = {"outbox_retry",
	"UPDATE outbox b SET state = 'queued', next_try = now(), attempts = 0 WHERE b.id = $1::uuid AND b.state IN ('queued', 'failed') "
	"AND b.document IN (SELECT d.id FROM document d WHERE d.organ = $2::uuid) RETURNING json_build_object(" OUTBOX_SHORT ")", 2};

static const struct db_stmt cancel = {"outbox_cancel",
	"UPDATE outbox b SET state = 'cancelled' WHERE b.id = $1::uuid AND b.state IN ('queued', 'failed') "
	"AND b.document IN (SELECT d.id FROM document d WHERE d.organ = $2::uuid) RETURNING json_build_object(" OUTBOX_SHORT ")", 2};

static void
read_json(struct db *db, const struct db_stmt *stmt, const json_t *value, store_cb cb, void *arg)
{
	char *text = json_dumps(value, JSON_COMPACT);

	store_read(db, stmt, (struct db_param[]){text != NULL ? DB_TEXT(text) : DB_NULL}, STORE_ONE, cb, arg);
	free(text);
}

void
packet_context(struct db *db, const json_t *question, store_cb cb, void *arg)
{
	read_json(db, &context, question, cb, arg);
}

void
packet_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert, row, STORE_NONE, cb, arg);
}

void
status_hear(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &hear, row, STORE_NONE, cb, arg);
}

void
delivery_settled(struct db *db, const char *document, store_cb cb, void *arg)
{
	store_read(db, &settled, (struct db_param[]){document != NULL ? DB_TEXT(document) : DB_NULL}, STORE_LIST, cb, arg);
}

void
packet_list(struct db *db, const json_t *filter, store_cb cb, void *arg)
{
	read_json(db, &list, filter, cb, arg);
}

void
packet_show(struct db *db, const char *id, const char *organ, store_cb cb, void *arg)
{
	store_read(db, &show, (struct db_param[]){DB_TEXT(id), DB_TEXT(organ)}, STORE_ONE, cb, arg);
}

void
outbox_due(struct db *db, store_cb cb, void *arg)
{
	store_read(db, &due, NULL, STORE_LIST, cb, arg);
}

void
outbox_built(struct db *db, const char *id, const char *sha256, store_cb cb, void *arg)
{
	store_read(db, &built, (struct db_param[]){DB_TEXT(id), DB_TEXT(sha256)}, STORE_NONE, cb, arg);
}

void
outbox_waits(struct db *db, const char *id, store_cb cb, void *arg)
{
	store_read(db, &waits, (struct db_param[]){DB_TEXT(id)}, STORE_ONE, cb, arg);
}

void
outbox_sent(struct act *act, const char *id, store_cb cb, void *arg)
{
	store_write(act, &sent, (struct db_param[]){DB_TEXT(id)}, STORE_ONE, cb, arg);
}

void
outbox_again(struct db *db, const char *id, int seconds, const char *error, store_cb cb, void *arg)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", seconds);
	store_read(db, &again, (struct db_param[]){DB_TEXT(id), DB_TEXT(text), DB_TEXT(error)}, STORE_NONE, cb, arg);
}

void
outbox_hold(struct db *db, const char *id, store_cb cb, void *arg)
{
	store_read(db, &hold, (struct db_param[]){DB_TEXT(id)}, STORE_NONE, cb, arg);
}

void
outbox_to_carry(struct db *db, const char *id, const char *organ, store_cb cb, void *arg)
{
	store_read(db, &to_carry, (struct db_param[]){DB_TEXT(id), DB_TEXT(organ)}, STORE_ONE, cb, arg);
}

void
outbox_carried(struct act *act, const char *id, const char *organ, store_cb cb, void *arg)
{
	store_write(act, &carried, (struct db_param[]){DB_TEXT(id), DB_TEXT(organ)}, STORE_ONE, cb, arg);
}

void
outbox_list(struct db *db, const json_t *filter, store_cb cb, void *arg)
{
	read_json(db, &outbox, filter, cb, arg);
}

void
outbox_retry(struct act *act, const char *id, const char *organ, store_cb cb, void *arg)
{
	store_write(act, &retry, (struct db_param[]){DB_TEXT(id), DB_TEXT(organ)}, STORE_ONE, cb, arg);
}

void
outbox_cancel(struct act *act, const char *id, const char *organ, store_cb cb, void *arg)
{
	store_write(act, &cancel, (struct db_param[]){DB_TEXT(id), DB_TEXT(organ)}, STORE_ONE, cb, arg);
}
