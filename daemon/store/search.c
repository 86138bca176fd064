/* search: see search.h. */
#include "daemon/store/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/visible.h"
#include "lib/base/arena.h"

#define WALK "5000"

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

/* The page is full long before the walk ends, mostly: rows come from the index in order and are looked at one by one. */
static const struct db_stmt walk = {"search_walk",
	"WITH f AS (SELECT d.* FROM (SELECT d.* FROM document d WHERE d.organ = (SELECT organ FROM account WHERE id = $1::uuid) AND " DATES
	" ORDER BY d.sort_date DESC, d.id DESC LIMIT " WALK ") d JOIN account me ON me.id = $1::uuid WHERE " FILTER " AND " VISIBLE
	" ORDER BY d.sort_date DESC, d.id DESC LIMIT $15::integer) " SHOWN, 15};
static const struct db_stmt whole = {"search_whole",
	"WITH f AS (SELECT d.* FROM document d JOIN account me ON me.id = $1::uuid WHERE " FILTER " AND " DATES " AND " VISIBLE
	" ORDER BY d.sort_date DESC, d.id DESC LIMIT $15::integer) " SHOWN, 15};

/* A row of the inbox: the condition and why. The states are those of the move tables (daemon/flow/move_table.c). */
#define WAITS                                                                                      \
	"CASE WHEN me.roles && '{clerk}' AND d.direction = 'incoming' AND asked.back THEN 'asked_back' " \
	"WHEN me.roles && '{clerk}' AND d.state = 'arrived' THEN 'register' "                          \
	"WHEN me.roles && '{leader}' AND d.state = 'registered' THEN 'assign' "                        \
	"WHEN d.state = 'submitted' AND d.leader = me.id THEN 'sign' "                                 \
	"WHEN d.state = 'under_review' AND d.reviewer = me.id THEN 'review' "                          \
	"WHEN d.state = 'returned' AND d.created_by = me.id THEN 'revise' "                            \
	"WHEN me.roles && '{clerk}' AND d.state = 'signed' THEN 'number' "                             \
	"WHEN me.roles && '{clerk}' AND d.state = 'numbered' THEN 'seal' "                             \
	"WHEN me.roles && '{clerk}' AND d.state = 'sealed' AND d.direction = 'outgoing' THEN 'dispatch' " \
	"WHEN me.roles && '{clerk}' AND d.state = 'sealed' THEN 'issue' "                              \
	"WHEN mine.role = 'lead' AND d.state = 'assigned' THEN 'accept' "                              \
	"WHEN mine.role = 'lead' AND d.state = 'in_progress' THEN 'complete' "                         \
	"WHEN mine.role = 'coordinate' AND d.state IN ('assigned', 'in_progress') THEN 'coordinate' "  \
	"WHEN mine.role = 'inform' AND n.unread THEN 'inform' "                                        \
	"WHEN me.roles && '{archivist}' AND d.state IN ('completed', 'delivered', 'issued') THEN 'file' END"

/* In the words of the index document_active. */
#define ACTIVE "d.state NOT IN ('rejected', 'withdrawn', 'recalled', 'draft', 'filed', 'cancelled', 'voided')"

static const struct db_stmt inbox = {"search_inbox",
	"WITH c AS (SELECT d.*, " WAITS " AS why, coalesce(mine.deadline, d.deadline, d.due_date) AS due "
	"FROM account me JOIN document d ON d.organ = me.organ "
	"LEFT JOIN LATERAL (SELECT s.role, s.deadline FROM assignment s WHERE s.document = d.id AND s.state IN ('open', 'accepted') "
	"AND (s.account = me.id OR (s.account IS NULL AND s.unit = me.unit)) ORDER BY s.role = 'lead' DESC, s.role LIMIT 1) mine ON true "
	"LEFT JOIN LATERAL (SELECT (SELECT e.code = '13' FROM exchange_status e WHERE e.document = d.id AND ((e.way = 'heard' AND e.code = '13') "
	"OR (e.way = 'told' AND e.code IN ('15', '16'))) ORDER BY e.at DESC, e.id DESC LIMIT 1) AS back) asked ON d.direction = 'incoming' "
	"LEFT JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM notification m WHERE m.account = me.id AND m.document = d.id AND m.read_at IS NULL) "
	"AS unread) n ON mine.role = 'inform' "
	"WHERE me.id = $1::uuid AND " ACTIVE " AND " VISIBLE "), "
	"f AS (SELECT * FROM c WHERE why IS NOT NULL AND (coalesce(due, 'infinity'), id) > (nullif($2, '')::date, nullif($3, '')::uuid) "
	"OR (why IS NOT NULL AND $2 = '') ORDER BY coalesce(due, 'infinity'), id LIMIT $4::integer) "
	"SELECT json_build_object('document', json_build_object(" DOCUMENT_SHORT "), 'why', d.why, 'deadline', d.due, "
	"'overdue', coalesce(d.due < (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, false)) FROM f d ORDER BY coalesce(d.due, 'infinity'), d.id", 4};
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
		store_read(db, &walk, s->params, STORE_ONE, on_walk, s);
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
