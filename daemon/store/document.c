/* document: reads; see document.h. The writes stand in document_write.c. */
#include "daemon/store/document.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/store/mandate.h"
#include "daemon/store/visible.h"

#define PERSON_OF(column) "(SELECT json_build_object('id', p.id, 'name', p.name, 'title', p.title) FROM account p WHERE p.id = " column ")"

#define VERSIONS                                                                                   \
	"coalesce((SELECT json_agg(json_build_object('id', v.id, 'part', v.part, 'part_number', v.part_number, "        \
	"'ordinal', v.ordinal, 'name', v.name, 'mime', v.mime, 'sha256', encode(v.sha256, 'hex'), 'size', v.size, "     \
	"'cause', v.cause, 'findings', v.findings, 'signed', v.verdict IS NOT NULL, 'created_at', utc(v.created_at)) "         \
	"ORDER BY v.part DESC, v.part_number, v.ordinal) FROM version v WHERE v.document = d.id), '[]')"
#define ASSIGNMENTS                                                                                \
	"coalesce((SELECT json_agg(json_build_object('id', s.id, 'role', s.role, 'unit', s.unit, 'unit_name', u.name, " \
	"'account', s.account, 'account_name', p.name, 'instruction', s.instruction, 'deadline', s.deadline, "          \
	"'state', s.state, 'created_by', " PERSON_OF("s.created_by") ", 'created_at', utc(s.created_at)) ORDER BY s.id) " \
	"FROM assignment s LEFT JOIN unit u ON u.id = s.unit LEFT JOIN account p ON p.id = s.account "  \
	"WHERE s.document = d.id), '[]')"
#define NOTES                                                                                      \
	"coalesce((SELECT json_agg(json_build_object('id', n.id, 'kind', n.kind, 'body', n.body, "     \
	"'author', " PERSON_OF("n.author") ", 'at', utc(n.at)) ORDER BY n.id) FROM note n WHERE n.document = d.id), '[]')"
#define REGISTER                                                                                   \
	"(SELECT json_build_object('register', e.register, 'name', r.name, 'period', e.period, 'number', e.number, "    \
	"'line', e.line, 'taken_at', utc(e.taken_at), 'voided_at', utc(e.voided_at), 'void_reason', e.void_reason) "    \
	"FROM register_entry e JOIN register r ON r.id = e.register WHERE e.document = d.id ORDER BY e.taken_at DESC LIMIT 1)"
#define EXCHANGE                                                                                   \
	"coalesce((SELECT json_agg(json_build_object('way', e.way, 'organ_code', e.organ_code, 'code', e.code, "        \
	"'description', e.description, 'at', utc(e.at)) ORDER BY e.at, e.id) FROM exchange_status e WHERE e.document = d.id), '[]')"
#define SENT                                                                                       \
	"coalesce((SELECT json_agg(json_build_object('id', b.id, 'receiver_code', b.receiver_code, 'kind', b.kind, "    \
	"'business', b.business, 'status_code', b.status_code, 'state', b.state, 'attempts', b.attempts, "              \
	"'last_error', b.last_error, 'sent_at', utc(b.sent_at)) ORDER BY b.id) FROM outbox b WHERE b.document = d.id), '[]')"
#define DELIVERIES                                                                                 \
	"coalesce((SELECT json_agg(json_build_object('receiver_code', t.receiver_code, 'receiver_name', coalesce(g.name, t.receiver_code), "             \
	"'sending', t.sending, 'sent_at', utc(t.sent_at), 'status', t.status, 'description', t.description, 'heard_at', utc(t.heard_at), "               \
	"'accepted', t.accepted, 'asked_back_at', utc(t.asked_back_at), 'asked_back_answer', t.asked_back_answer) ORDER BY t.outbox) "                    \
	"FROM delivery t LEFT JOIN organ g ON g.id = t.receiver WHERE t.document = d.id), '[]')"
#define SIGNATURES                                                                                 \
	"coalesce((SELECT v.verdict->'signatures' FROM version v WHERE v.document = d.id AND v.part = 'main' "          \
	"AND v.verdict IS NOT NULL ORDER BY v.ordinal DESC LIMIT 1), '[]'::jsonb)"

/* Level wanted and held of each signature made here, and why the one is not the other. */
#define LEVELS                                                                                     \
	"coalesce((SELECT json_agg(json_build_object('signing', s.id, 'role', s.role, 'by', " PERSON_OF("s.account") ", " \
	"'level_wanted', s.wanted_level, 'level_held', s.held_level, 'signed_at', utc(s.signed_at), 'next_try', utc(s.next_try), " \
	"'tries', s.tries, 'reason', s.level_reason) ORDER BY s.signed_at, s.id) FROM signing s WHERE s.document = d.id AND s.state = 'done'), '[]')"

/* What acts look at, and what only people do: the plan of a statement is set up each time, and most of what it may show is empty most of the time. */
#define PLAIN                                                                                      \
	"'organ', d.organ, 'organ_code', o.code, "                                                     \
	"'organ_name', o.name, 'unit_name', w.name, 'summary', d.summary, 'place', d.place, "           \
	"'signer_position', d.signer_position, 'signer_competence', d.signer_competence, "             \
	"'language', d.language, 'page_amount', d.page_amount, 'copies', d.copies, "                   \
	"'response_for', d.response_for, 'answers', d.answers, "                                       \
	"'replaces', d.replaces, 'external_id', d.external_id, 'metadata', d.metadata, 'parallel', d.parallel, "         \
	"'created_at', utc(d.created_at), 'versions', " VERSIONS ", 'assignments', " ASSIGNMENTS ", 'register', " REGISTER
#define FOR_PEOPLE                                                                                 \
	"'answered_by', coalesce((SELECT json_agg(q.id) FROM document q WHERE q.answers = d.id), '[]'), "               \
	"'replaced_by', coalesce((SELECT json_agg(q.id) FROM document q WHERE q.replaces = d.id), '[]'), "       \
	"'created_by', " PERSON_OF("d.created_by") ", 'reviewer', " PERSON_OF("d.reviewer") ", 'leader', " PERSON_OF("d.leader") ", " \
	"'cosigners', coalesce((SELECT json_agg(" PERSON_OF("e.a::uuid") " ORDER BY e.n) FROM jsonb_array_elements_text(d.cosigners) WITH ORDINALITY AS e(a, n)), '[]'), " \
	"'notes', " NOTES ", 'exchange', " EXCHANGE ", 'sent', " SENT ", 'deliveries', " DELIVERIES ", 'signatures', " SIGNATURES ", 'levels', " LEVELS ", " \
	"'mandate', " MANDATE_OF_DOCUMENT
#define VIEW(more) "json_build_object(" DOCUMENT_SHORT ") AS short, json_build_object(" more ") AS more"

#define FACTS                                                                                      \
	"json_build_object('organ_mark', o.mark, 'regime', o.regime, 'unit_mark', coalesce(w.mark, ''), "               \
	"'from', json_build_object('organ_id', o.code, 'organ_name', o.name, 'in_charge', o.in_charge, 'email', o.email, "      \
	"'telephone', o.telephone), 'organ_place', coalesce(o.place, ''), "                            \
	"'answered', (SELECT json_build_object('organ_id', q.issuer_code, 'code', q.notation, 'promulgation_date', q.issued_date, " \
	"'document_id', nullif(q.external_id, '')) FROM document q WHERE q.id = d.answers), "           \
	"'replaced', (SELECT json_build_object('document_id', q.external_id, 'receivers', delivery_receivers(q.id)) FROM document q "   \
	"WHERE q.id = d.replaces AND q.external_id <> ''), "                                           \
	"'unsealed', CASE WHEN d.state = 'sealed' THEN attachments_unsealed(d.id) END, "               \
	"'asking_back', EXISTS (SELECT 1 FROM outbox b WHERE b.document = d.id) AND delivery_is_asked_back(d.id), "    \
	"'created_by', d.created_by, 'reviewer', d.reviewer, 'leader', d.leader, 'cosigners', d.cosigners, 'parallel', d.parallel, " \
	"'main', (SELECT json_build_object('id', v.id, 'mime', v.mime, 'name', v.name, 'cause', v.cause, 'sha256', encode(v.sha256, 'hex')) FROM version v " \
	"WHERE v.document = d.id AND v.part = 'main' ORDER BY v.ordinal DESC LIMIT 1), "               \
	"'asked_back', coalesce((SELECT e.code = '13' FROM exchange_status e WHERE e.document = d.id AND ((e.way = 'heard' AND e.code = '13') " \
	"OR (e.way = 'told' AND e.code IN ('15', '16'))) ORDER BY e.at DESC, e.id DESC LIMIT 1), false)"

#define TABLES "document d JOIN organ o ON o.id = d.organ LEFT JOIN unit w ON w.id = d.unit"

#define LOADED "SELECT json_build_object('short', x.short, 'more', x.more, 'facts', x.facts) FROM x"

#define MINE                                                                                       \
	", 'lead', EXISTS (SELECT 1 FROM assignment s WHERE s.document = d.id AND s.role = 'lead' "    \
	"AND s.state IN ('open', 'accepted') AND (s.account = me.id OR (s.account IS NULL AND s.unit = me.unit))), 'mandates', " MANDATES_IN_FORCE ") AS facts " \
	"FROM " TABLES " JOIN account me ON me.id = $2::uuid WHERE d.id = $1::uuid AND " VISIBLE ") "

static const struct db_stmt load = {"document_load", "WITH x AS (SELECT " VIEW(PLAIN ", " FOR_PEOPLE) ", " FACTS MINE LOADED, 2};
static const struct db_stmt load_to_act = {"document_load_to_act", "WITH x AS (SELECT " VIEW(PLAIN) ", " FACTS MINE LOADED, 2};
static const struct db_stmt load_any = {"document_load_any",
	"WITH x AS (SELECT " VIEW(PLAIN) ", " FACTS ", 'lead', false) AS facts FROM " TABLES " WHERE d.id = $1::uuid) " LOADED, 1};

static const struct db_stmt history = {"document_history",
	"SELECT json_build_object('revision', m.revision, 'name', m.name, 'from_state', m.from_state, 'to_state', m.to_state, "
	"'actor', " PERSON_OF("m.actor") ", 'note', m.note, 'details', m.details, 'at', utc(m.at), 'leaf', l.id, 'leaf_index', l.index) "
	"FROM move m JOIN document d ON d.id = m.document JOIN account me ON me.id = $2::uuid "
	"LEFT JOIN leaf l ON l.id = m.leaf WHERE m.document = $1::uuid AND " VISIBLE " ORDER BY m.revision", 2};

/*
 * A signature beside a file belongs to it by its name (NAME.p7s, NAME.p7m, NAME.asice beside NAME) and by its time: made after that version and before the next of the file, or come
 * in the same packet. Of each signature the newest form (a raised level is a newer one).
 */
#define BELONGS(f, s)                                                                              \
	s ".document = " f ".document AND " s ".part <> 'packet' AND lower(" s ".name) IN (lower(" f ".name) || '.p7s', lower(" f ".name) || '.p7m', "           \
	"lower(" f ".name) || '.asice', lower(" f ".name) || '.asics', lower(" f ".name) || '.sce', lower(" f ".name) || '.scs') AND ((" s ".cause = 'received' AND " f  \
	".cause = 'received') OR (" s ".id > " f ".id AND NOT EXISTS (SELECT 1 FROM version n WHERE n.document = " f ".document AND n.part = " f ".part " \
	"AND n.part_number = " f ".part_number AND n.id > " f ".id AND n.id < " s ".id)))"
#define DETACHED                                                                                   \
	"coalesce((SELECT json_agg(json_build_object('id', x.id, 'sha256', encode(x.sha256, 'hex'), 'name', x.name) ORDER BY x.part_number) FROM " \
	"(SELECT DISTINCT ON (s.part, s.part_number) s.id, s.sha256, s.part_number, s.name " \
	"FROM version s WHERE " BELONGS("v", "s") " ORDER BY s.part, s.part_number, s.ordinal DESC) x), '[]')"
#define SIGNED_FILE "(SELECT encode(f.sha256, 'hex') FROM version f WHERE " BELONGS("f", "v") " ORDER BY f.id DESC LIMIT 1)"

static const struct db_stmt find_version = {"version_find",
	"SELECT json_build_object('id', v.id, 'part', v.part, 'sha256', encode(v.sha256, 'hex'), 'size', v.size, 'name', v.name, "
	"'mime', v.mime, 'verdict', v.verdict, 'detached', " DETACHED ", 'signed', " SIGNED_FILE ") FROM version v JOIN document d ON d.id = v.document JOIN account me ON me.id = $3::uuid "
	"WHERE v.document = $1::uuid AND (v.id::text = $2 OR ($2 = 'main' AND v.part = 'main')) AND " VISIBLE
	" ORDER BY v.ordinal DESC LIMIT 1", 3};

/* Names are tried as id, login, unit's name, in that order. */
static const struct db_stmt context = {"document_context",
	"WITH q AS (SELECT $1::uuid AS organ, coalesce(nullif($2::text, ''), (SELECT regime FROM organ WHERE id = $1::uuid)) AS regime, $3::text AS direction, $4::text AS kind, $5::date AS day) SELECT json_build_object("
	"'targets', coalesce((SELECT json_agg(json_build_object('asked', t.asked, 'id', coalesce(p.id, u.id), "
	"'type', CASE WHEN p.id IS NOT NULL THEN 'account' WHEN u.id IS NOT NULL THEN 'unit' END, 'name', coalesce(p.name, u.name), 'roles', p.roles)) "
	"FROM q CROSS JOIN jsonb_array_elements_text($6::jsonb) AS t(asked) "
	"LEFT JOIN account p ON p.organ = q.organ AND NOT p.disabled AND (p.id::text = t.asked OR p.login = t.asked) "
	"LEFT JOIN unit u ON u.organ = q.organ AND (u.id::text = t.asked OR u.name = t.asked)), '[]'), "
	"'registers', coalesce((SELECT json_agg(json_build_object('id', r.id, 'name', r.name, 'period_kind', r.period, 'kinds', to_json(r.kinds), "
	"'period', coalesce((SELECT label FROM register_period p WHERE p.register = r.id AND p.starts <= q.day AND coalesce(p.ends, 'infinity') >= q.day "
	"ORDER BY p.starts DESC LIMIT 1), ''), 'last', coalesce((SELECT last_number FROM register_period p WHERE p.register = r.id AND p.starts <= q.day "
	"AND coalesce(p.ends, 'infinity') >= q.day ORDER BY p.starts DESC LIMIT 1), 0)) ORDER BY r.id) "
	"FROM q JOIN register r ON r.organ = q.organ AND r.direction = q.direction), '[]'), "
	"'kind', (SELECT json_build_object('code', k.code, 'name', k.name, 'mark', k.mark, 'is_letter', k.is_letter, 'rule_set', s.code, 'prefix', s.prefix, "
	"'join', s.join_mark, 'notation', s.notation, 'notation_letter', s.notation_letter, 'digits', s.number_digits) "
	"FROM q JOIN rule_set s ON s.regime = q.regime AND s.valid_from <= q.day AND coalesce(s.valid_to, 'infinity') >= q.day "
	"JOIN document_kind k ON k.rule_set = s.code AND k.code = q.kind ORDER BY s.valid_from DESC LIMIT 1), "
	"'contents', coalesce((SELECT json_agg(json_build_object('sha256', encode(c.sha256, 'hex'), 'size', c.size)) FROM content c "
	"WHERE c.sha256 IN (SELECT decode(h, 'hex') FROM jsonb_array_elements_text($7::jsonb) AS e(h))), '[]'), "
	"'documents', coalesce((SELECT json_agg(d.id) FROM document d JOIN account me ON me.id = $9::uuid "
	"WHERE d.id IN (SELECT i::uuid FROM jsonb_array_elements_text($8::jsonb) AS e(i)) AND " VISIBLE "), '[]'))", 9};

void
document_load(struct db *db, const struct person *person, const char *id, store_cb cb, void *arg)
{
	store_read(db, &load, (struct db_param[]){DB_TEXT(id), DB_TEXT(person->id)}, STORE_ONE, cb, arg);
}

void
document_load_to_act(struct db *db, const struct person *person, const char *id, store_cb cb, void *arg)
{
	if (person == NULL)
		store_read(db, &load_any, (struct db_param[]){DB_TEXT(id)}, STORE_ONE, cb, arg);
	else
		store_read(db, &load_to_act, (struct db_param[]){DB_TEXT(id), DB_TEXT(person->id)}, STORE_ONE, cb, arg);
}

void
document_history(struct db *db, const struct person *person, const char *id, store_cb cb, void *arg)
{
	store_read(db, &history, (struct db_param[]){DB_TEXT(id), DB_TEXT(person->id)}, STORE_LIST, cb, arg);
}

void
version_find(struct db *db, const struct person *person, const char *document, const char *version, store_cb cb,
	void *arg)
{
	store_read(db, &find_version, (struct db_param[]){DB_TEXT(document), DB_TEXT(version), DB_TEXT(person->id)},
		STORE_ONE, cb, arg);
}

static char *
list_text(const json_t *list)
{
	return json_is_array(list) ? json_dumps(list, JSON_COMPACT) : strdup("[]");
}

void
document_context(struct db *db, const struct person *person, const struct document_question *q, store_cb cb,
	void *arg)
{
	char *targets = list_text(q->targets), *contents = list_text(q->contents), *documents = list_text(q->documents);

	store_read(db, &context, (struct db_param[]){DB_TEXT(q->organ), DB_TEXT(q->regime), DB_TEXT(q->direction),
		DB_TEXT(q->kind), DB_TEXT(q->day), DB_TEXT(targets), DB_TEXT(contents), DB_TEXT(documents),
		person != NULL ? DB_TEXT(person->id) : DB_NULL}, STORE_ONE, cb, arg);
	free(targets);
	free(contents);
	free(documents);
}
