/* search: see search.h. */
#include "daemon/store/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/visible.h"
#include "lib/base/arena.h"

/* Each step may read the words of a whole text: beyond so many the index of words is sooner done, for whatever stands in fewer than one document of 50. */
#define WALK "1000"

/* $1 account, $2 query, $3 key, $4 number, $5 direction, $6 state, $7 kind, $8 register, $9 organ, $10 organ folded, $11 from, $12 to, $13 $14 cursor */
#define FILTER                                                                                     \
	"($2 = '' OR d.search @@ $2::tsquery) AND ($3 = '' OR d.notation_key LIKE $3 || '%' "          \
	"OR ($4 <> '' AND d.arrival_number = nullif($4, '')::integer)) "                               \
	"AND ($5 = '' OR d.direction = $5) AND ($6 = '' OR d.state = ANY(string_to_array($6, ','))) AND ($7 = '' OR d.kind = $7) " \
	"AND ($8 = '' OR EXISTS (SELECT 1 FROM register_entry e WHERE e.document = d.id AND e.register = nullif($8, '')::uuid)) "  \
	"AND ($9 = '' OR d.issuer_code = $9 OR d.issuer_fold LIKE '%' || $10 || '%')"
#define DATES                                                                                      \
	"($11 = '' OR d.sort_date >= nullif($11, '')::date) AND ($12 = '' OR d.sort_date <= nullif($12, '')::date) "    \
	"AND ($13 = '' OR (d.sort_date, d.id) < (nullif($13, '')::date, nullif($14, '')::uuid))"

#define SHOWN                                                                                      \
	"SELECT json_build_object('items', coalesce((SELECT json_agg(json_build_object(" DOCUMENT_SHORT ", 'sort_date', d.sort_date) " \
	"ORDER BY d.sort_date DESC, d.id DESC) FROM f d), '[]'))"

/*
 * The page is full long before the walk ends, mostly: rows come from the index in order and are looked at one by one. That holds only while the walk is the outer
 * side of the join: a planner that is free to choose takes the one account first, then all rows of the walk, and sorts them. Hence LATERAL and OFFSET 0.
 */
#define WALK_OVER(dates)                                                                           \
	"WITH f AS (SELECT d.* FROM (SELECT d.* FROM document d WHERE d.organ = (SELECT organ FROM account WHERE id = $1::uuid)" dates                    \
	" ORDER BY d.sort_date DESC, d.id DESC LIMIT " WALK ") d CROSS JOIN LATERAL (SELECT * FROM account WHERE id = $1::uuid AND d.id IS NOT NULL OFFSET 0) me " \
	"WHERE " FILTER " AND " VISIBLE " ORDER BY d.sort_date DESC, d.id DESC LIMIT $15::integer) " SHOWN
static const struct db_stmt walk = {"search_walk", WALK_OVER(" AND " DATES), 15};
/* Without dates and cursor, which is most often: a plan for any of their values expects that few rows are left, and reads and sorts all documents. */
static const struct db_stmt walk_newest = {"search_walk_newest",
	WALK_OVER("") " WHERE $11::text = '' AND $12::text = '' AND $13::text = '' AND $14::text = ''", 15};
static const struct db_stmt whole = {"search_whole",
	"WITH f AS (SELECT d.* FROM document d JOIN account me ON me.id = $1::uuid WHERE " FILTER " AND " DATES " AND " VISIBLE
	" ORDER BY d.sort_date DESC, d.id DESC LIMIT $15::integer) " SHOWN, 15};

/* In the words of the index document_active. */
#define ACTIVE "d.state NOT IN ('rejected', 'withdrawn', 'recalled', 'draft', 'filed', 'cancelled', 'voided')"
#define DUE "coalesce(d.deadline, d.due_date)"

/*
 * What waits for a person, from four sides, each by an index: an unanswered take-back (13), what he personally is asked for, his and his unit's assignments,
 * and what his roles do next. The states are those of the move tables (daemon/flow/move_table.c). A document that waits for two reasons shows the first.
 */
#define TAKE_BACKS                                                                                 \
	"SELECT d.id, 'asked_back' AS why, " DUE " AS due, 1 AS rank FROM me JOIN document d ON d.organ = me.organ JOIN (SELECT DISTINCT ON (e.document) " \
	"e.document, e.code FROM exchange_status e WHERE (e.way = 'heard' AND e.code = '13') OR (e.way = 'told' AND e.code IN ('15', '16')) " \
	"ORDER BY e.document, e.at DESC, e.id DESC) x ON x.document = d.id AND x.code = '13' "           \
	"WHERE me.roles && '{clerk}' AND d.direction = 'incoming' AND d.state NOT IN ('rejected', 'withdrawn', 'recalled')"
#define ASKED                                                                                      \
	"SELECT d.id, CASE d.state WHEN 'submitted' THEN 'sign' WHEN 'under_review' THEN 'review' ELSE 'revise' END, " DUE ", 2 " \
	"FROM me JOIN document d ON d.organ = me.organ WHERE " ACTIVE " AND ((d.state = 'submitted' AND (d.leader = me.id OR (d.parallel AND d.cosigners ? me.id::text))) OR "  \
	"(d.state = 'under_review' AND d.reviewer = me.id) OR (d.state = 'returned' AND d.created_by = me.id))"
#define ASSIGNED                                                                                   \
	"SELECT d.id, CASE WHEN s.role = 'lead' AND d.state = 'assigned' THEN 'accept' WHEN s.role = 'lead' AND d.state = 'in_progress' THEN 'complete' " \
	"WHEN s.role = 'coordinate' AND d.state IN ('assigned', 'in_progress') THEN 'coordinate' "     \
	"WHEN s.role = 'inform' AND EXISTS (SELECT 1 FROM notification m WHERE m.account = me.id AND m.document = d.id AND m.read_at IS NULL) " \
	"THEN 'inform' END, coalesce(s.deadline, " DUE "), CASE s.role WHEN 'lead' THEN 3 WHEN 'coordinate' THEN 4 ELSE 6 END "  \
	"FROM me JOIN assignment s ON s.state IN ('open', 'accepted') AND (s.account = me.id OR (s.account IS NULL AND s.unit = me.unit)) " \
	"JOIN document d ON d.id = s.document"
#define BY_ROLE                                                                                    \
	"SELECT d.id, CASE d.state WHEN 'arrived' THEN 'register' WHEN 'registered' THEN 'assign' WHEN 'signed' THEN 'number' "  \
	"WHEN 'numbered' THEN 'seal' WHEN 'sealed' THEN CASE d.direction WHEN 'outgoing' THEN 'dispatch' ELSE 'issue' END ELSE 'file' END, " \
	DUE ", 5 FROM me JOIN document d ON d.organ = me.organ WHERE " ACTIVE " AND d.state = ANY("    \
	"CASE WHEN me.roles && '{clerk}' THEN '{arrived,signed,numbered,sealed}'::text[] ELSE '{}' END || "                     \
	"CASE WHEN me.roles && '{leader}' THEN '{registered}'::text[] ELSE '{}' END || "               \
	"CASE WHEN me.roles && '{archivist}' THEN '{completed,delivered,issued}'::text[] ELSE '{}' END)"

/* A deadline that was told and not yet looked at: for who directed it, above all; who works on it has it for that. */
#define DEADLINES                                                                                  \
	"SELECT d.id, m.kind, " DUE ", 7 FROM me JOIN notification m ON m.account = me.id AND m.read_at IS NULL AND m.kind IN ('deadline_near', 'deadline_passed') " \
	"JOIN document d ON d.id = m.document WHERE d.state IN ('registered', 'assigned', 'in_progress')"

/* Signatures: verifiers that contradicted each other come before everything, a level not reached for long after it. */
#define SIGNATURE_ALARMS                                                                           \
	"SELECT d.id, m.kind, " DUE ", CASE m.kind WHEN 'disagreement' THEN 0 ELSE 8 END FROM me JOIN notification m ON m.account = me.id "      \
	"AND m.read_at IS NULL AND m.kind IN ('disagreement', 'level') JOIN document d ON d.id = m.document"

static const struct db_stmt inbox = {"search_inbox",
	"WITH me AS (SELECT * FROM account WHERE id = $1::uuid), "
	"c AS (" TAKE_BACKS " UNION ALL " ASKED " UNION ALL " ASSIGNED " UNION ALL " BY_ROLE " UNION ALL " DEADLINES " UNION ALL " SIGNATURE_ALARMS "), "
	"one AS (SELECT DISTINCT ON (id) id, why, coalesce(due, 'infinity') AS due FROM c WHERE why IS NOT NULL ORDER BY id, rank, why DESC), "
	"f AS (SELECT d.*, one.why, one.due FROM one JOIN document d ON d.id = one.id JOIN me ON true WHERE " VISIBLE " AND ($2 = '' OR "
	"(one.due, one.id) > (nullif($2, '')::date, nullif($3, '')::uuid)) ORDER BY one.due, one.id LIMIT $4::integer) "
	"SELECT json_build_object('document', json_build_object(" DOCUMENT_SHORT "), 'why', d.why, 'deadline', nullif(d.due, 'infinity'), "
	"'overdue', d.due < (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) FROM f d ORDER BY d.due, d.id", 4};
static const struct db_stmt mark_read = {"search_mark_read",
	"UPDATE notification SET read_at = now() WHERE account = $1::uuid AND ($2::uuid IS NULL OR document = $2::uuid) AND read_at IS NULL", 2};

/* By number: the few that have it, by index, whatever their age. The range is LIKE $3 || '%' in a form that an index takes with a parameter. */
static const struct db_stmt numbered = {"search_numbered",
	"WITH f AS (SELECT d.* FROM document d JOIN account me ON me.id = $1::uuid WHERE d.id = ANY(ARRAY("
	"SELECT id FROM document WHERE notation_key ~>=~ $3 AND notation_key ~<~ ($3 || chr(1114109)) "
	"UNION SELECT id FROM document WHERE arrival_number = nullif($4, '')::integer)) AND " FILTER " AND " DATES " AND " VISIBLE
	" ORDER BY d.sort_date DESC, d.id DESC LIMIT $15::integer) " SHOWN, 15};

#define PARAMS 15

/* Parameters kept for a second query after the first. */
struct search {
	struct db *db;
	struct arena *arena;
	struct db_param params[PARAMS];
	size_t limit;
	store_cb cb;
	void *arg;
};

static void
search_end(struct search *s, enum status st, json_t *value, const char *constraint)
{
	s->cb(s->arg, st, st == STATUS_OK ? json_object_get(value, "items") : NULL, constraint);
	arena_free(s->arena);
}

static void
on_whole(void *arg, enum status st, json_t *value, const char *constraint)
{
	search_end(arg, st, value, constraint);
}

static void
on_walk(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct search *s = arg;

	if (st == STATUS_OK && json_array_size(json_object_get(value, "items")) < s->limit)
		store_read(s->db, &whole, s->params, STORE_ONE, on_whole, s);
	else
		search_end(s, st, value, constraint);
}

void
search_documents(struct db *db, const struct person *person, const struct search_filter *f, store_cb cb,
	void *arg)
{
	struct arena *arena = arena_new(1u << 20);
	struct search *s = arena_alloc(arena, sizeof(*s));
	const char *texts[PARAMS] = {person->id, f->query, f->key, f->number, f->direction, f->state, f->kind, f->reg,
		f->organ, f->organ_fold, f->from, f->to, f->cursor_date, f->cursor_id, NULL};

	if (s == NULL)
		abort();
	s->db = db;
	s->arena = arena;
	s->limit = (size_t)f->limit + 1;
	s->cb = cb;
	s->arg = arg;
	texts[PARAMS - 1] = arena_printf(arena, "%d", f->limit + 1);
	for (size_t i = 0; i < PARAMS; i++)
		s->params[i] = DB_TEXT(arena_strdup(arena, texts[i]));
	if (f->key[0] != '\0')
		store_read(db, &numbered, s->params, STORE_ONE, on_whole, s);
	else
		store_read(db, f->from[0] == '\0' && f->to[0] == '\0' && f->cursor_date[0] == '\0' ? &walk_newest : &walk, s->params,
			STORE_ONE, on_walk, s);
}

void
search_inbox(struct db *db, const struct person *person, const char *cursor_deadline, const char *cursor_id,
	int limit, store_cb cb, void *arg)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", limit + 1);
	store_read(db, &inbox, (struct db_param[]){DB_TEXT(person->id), DB_TEXT(cursor_deadline), DB_TEXT(cursor_id),
		DB_TEXT(text)}, STORE_LIST, cb, arg);
}

void
search_mark_read(struct db *db, const struct person *person, const char *document)
{
	store_read(db, &mark_read, (struct db_param[]){DB_TEXT(person->id), document != NULL ? DB_TEXT(document) : DB_NULL},
		STORE_NONE, NULL, NULL);
}
