/* register: see register.h. */
#include "daemon/store/register.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/visible.h"

#define ORGAN_OF(x) "(SELECT id FROM organ WHERE id::text = " x " OR code = " x " LIMIT 1)"
#define REGISTER                                                                                   \
	"'id', r.id, 'organ', r.organ, 'direction', r.direction, 'kind_group', r.kind_group, 'kinds', to_json(r.kinds), "       \
	"'name', r.name, 'period', r.period, 'periods', coalesce((SELECT json_agg(json_build_object('label', p.label, "         \
	"'starts', p.starts, 'ends', p.ends, 'last_number', p.last_number) ORDER BY p.starts DESC) FROM register_period p "       \
	"WHERE p.register = r.id), '[]')"

static const struct db_stmt list = {"register_list",
	"SELECT json_build_object(" REGISTER ") FROM register r WHERE r.organ = $1::uuid ORDER BY r.direction, r.kind_group", 1};
static const struct db_stmt insert = {"register_insert",
	"WITH r AS (INSERT INTO register (id, organ, direction, kind_group, kinds, name, period) "
	"SELECT id, " ORGAN_OF("x.organ") ", direction, coalesce(kind_group, ''), coalesce(kinds, '{}'), name, period FROM "
	"jsonb_to_record($1::jsonb) AS x(id uuid, organ text, direction text, kind_group text, kinds text[], name text, period text) "
	"RETURNING *) SELECT json_build_object(" REGISTER ") FROM r", 1};
#define PERIOD_ROW "jsonb_to_record($1::jsonb) AS x(register uuid, label text, starts date, ends date)"
static const struct db_stmt close_period = {"register_period_close",
	"UPDATE register_period p SET ends = x.starts - 1 FROM " PERIOD_ROW " WHERE p.register = x.register AND p.ends IS NULL "
	"AND p.starts < x.starts", 1};
static const struct db_stmt insert_period = {"register_period_insert",
	"INSERT INTO register_period (register, label, starts, ends) SELECT register, label, starts, ends FROM " PERIOD_ROW
	" RETURNING json_build_object('register', register, 'label', label, 'starts', starts, 'ends', ends, 'last_number', last_number)", 1};
static const struct db_stmt make_year = {"register_make_year",
	"INSERT INTO register_period (register, label, starts, ends) VALUES ($1::uuid, $2, ($2 || '-01-01')::date, ($2 || '-12-31')::date) "
	"ON CONFLICT DO NOTHING", 2};
static const struct db_stmt take = {"register_take",
	"UPDATE register_period SET last_number = last_number + 1 WHERE register = $1::uuid AND label = $2 "
	"RETURNING json_build_object('number', last_number)", 2};
static const struct db_stmt insert_entry = {"register_entry_insert",
	"INSERT INTO register_entry (register, period, number, document, taken_by, line) "
	"SELECT register, period, number, document, taken_by, line FROM jsonb_to_record($1::jsonb) "
	"AS x(register uuid, period text, number integer, document uuid, taken_by uuid, line jsonb)", 1};
static const struct db_stmt void_document = {"register_void_document",
	"UPDATE register_entry SET voided_at = now(), voided_by = $2::uuid, void_reason = $3 WHERE document = $1::uuid AND voided_at IS NULL "
	"RETURNING json_build_object('register', register, 'period', period, 'number', number)", 3};
static const struct db_stmt void_number = {"register_void_number",
	"UPDATE register_entry SET voided_at = now(), voided_by = $4::uuid, void_reason = $5 WHERE register = $1::uuid AND period = $2 "
	"AND number = $3::integer AND voided_at IS NULL RETURNING json_build_object('register', register, 'period', period, 'number', number, "
	"'taken_at', utc(taken_at), 'taken_by', (SELECT a.name FROM account a WHERE a.id = taken_by), 'document', document, 'line', line, 'voided_at', utc(voided_at), 'void_reason', void_reason)", 5};
static const struct db_stmt find_entry = {"register_entry_find",
	"SELECT json_build_object('document', e.document, 'direction', r.direction, 'organ', r.organ, 'organ_code', o.code, 'state', d.state, 'voided', e.voided_at IS NOT NULL) "
	"FROM register_entry e JOIN register r ON r.id = e.register JOIN organ o ON o.id = r.organ JOIN document d ON d.id = e.document "
	"WHERE e.register = $1::uuid AND e.period = $2 AND e.number = $3::integer", 3};
/* Of a state secret only whoever may see the document reads more than number and day. */
#define LINE                                                                                       \
	"CASE WHEN e.seen THEN e.line ELSE e.line - '{issuer,signer,receivers,subject,note}'::text[] END"

static const struct db_stmt entries = {"register_entries",
	"WITH r AS (SELECT r.*, o.name AS organ_name FROM register r JOIN organ o ON o.id = r.organ WHERE r.id = $1::uuid AND r.organ = $2::uuid), "
	"p AS (SELECT label FROM register_period WHERE register = $1::uuid AND ($3 = '' OR label = $3) ORDER BY starts DESC LIMIT 1), "
	"e AS (SELECT e.*, a.name AS taken_name, CASE WHEN d.secrecy = 'none' THEN true ELSE " VISIBLE " END AS seen FROM r, p, register_entry e JOIN document d ON d.id = e.document "
	"JOIN account me ON me.id = $8::uuid LEFT JOIN account a ON a.id = e.taken_by WHERE e.register = r.id "
	"AND e.period = p.label AND e.number > $6::integer AND ($4 = '' OR e.taken_at >= ($4 || ' 00:00+07')::timestamptz) "
	"AND ($5 = '' OR e.taken_at < ($5 || ' 00:00+07')::timestamptz + interval '1 day') ORDER BY e.number LIMIT $7::integer) "
	"SELECT json_build_object('register', json_build_object(" REGISTER ", 'organ_name', r.organ_name), "
	"'period', coalesce((SELECT label FROM p), ''), 'items', coalesce((SELECT json_agg(json_build_object('number', e.number, "
	"'taken_at', utc(e.taken_at), 'taken_by', e.taken_name, 'document', e.document, 'line', " LINE ", 'voided_at', utc(e.voided_at), "
	"'void_reason', e.void_reason) ORDER BY e.number) FROM e), '[]')) FROM r", 8};

void
register_list(struct db *db, const char *organ, store_cb cb, void *arg)
{
	store_read(db, &list, (struct db_param[]){DB_TEXT(organ)}, STORE_LIST, cb, arg);
}

void
register_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert, row, STORE_ONE, cb, arg);
}

void
register_period_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &close_period, row, STORE_NONE, NULL, NULL);
	store_write_json(act, &insert_period, row, STORE_ONE, cb, arg);
}

void
register_take(struct act *act, const char *reg, const char *period, bool year, store_cb cb, void *arg)
{
	struct db_param params[] = {DB_TEXT(reg), DB_TEXT(period)};

	if (year)
		store_write(act, &make_year, params, STORE_NONE, NULL, NULL);
	store_write(act, &take, params, STORE_ONE, cb, arg);
}

void
register_entry_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert_entry, row, STORE_NONE, cb, arg);
}

void
register_void_document(struct act *act, const char *document, const char *account, const char *reason,
	store_cb cb, void *arg)
{
	store_write(act, &void_document, (struct db_param[]){DB_TEXT(document), DB_TEXT(account), DB_TEXT(reason)},
		STORE_ONE, cb, arg);
}

void
register_void_number(struct act *act, const char *reg, const char *period, int number, const char *account,
	const char *reason, store_cb cb, void *arg)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	store_write(act, &void_number, (struct db_param[]){DB_TEXT(reg), DB_TEXT(period), DB_TEXT(text), DB_TEXT(account),
		DB_TEXT(reason)}, STORE_ONE, cb, arg);
}

void
register_entry_find(struct db *db, const char *reg, const char *period, int number, store_cb cb, void *arg)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	store_read(db, &find_entry, (struct db_param[]){DB_TEXT(reg), DB_TEXT(period), DB_TEXT(text)}, STORE_ONE, cb, arg);
}

void
register_entries(struct db *db, const struct person *person, const struct register_filter *f, store_cb cb,
	void *arg)
{
	char after[16], limit[16];

	snprintf(after, sizeof(after), "%d", f->after);
	snprintf(limit, sizeof(limit), "%d", f->limit);
	store_read(db, &entries, (struct db_param[]){DB_TEXT(f->reg), DB_TEXT(person->organ), DB_TEXT(f->period), DB_TEXT(f->from),
		DB_TEXT(f->to), DB_TEXT(after), DB_TEXT(limit), DB_TEXT(person->id)}, STORE_ONE, cb, arg);
}
