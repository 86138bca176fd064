/* directory: see directory.h. */
#include "daemon/store/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

#define ORGAN                                                                                      \
	"json_build_object('id', o.id, 'code', o.code, 'old_code', o.old_code, 'code102', o.code102, 'name', o.name, " \
	"'in_charge', o.in_charge, 'mark', o.mark, 'regime', o.regime, 'parent', o.parent, 'own', o.own, "             \
	"'transport', o.transport, 'address', o.address, 'email', o.email, 'telephone', o.telephone, 'place', o.place)"
#define ORGAN_OF(x) "(SELECT id FROM organ WHERE id::text = " x " OR code = " x " LIMIT 1)"
#define UNIT "json_build_object('id', u.id, 'organ', u.organ, 'parent', u.parent, 'name', u.name, 'mark', u.mark)"

static const struct db_stmt list_organs = {"organ_list",
	"SELECT " ORGAN " FROM organ o WHERE o.code > $1 AND (NOT $3::boolean OR o.own) AND ($2 = '' OR o.name_fold LIKE '%' || $2 || '%' "
	"OR lower(o.code) LIKE $2 || '%' OR lower(o.old_code) LIKE $2 || '%' OR lower(o.code102) LIKE $2 || '%') "
	"ORDER BY o.code LIMIT $4::int", 4};
static const struct db_stmt insert_organ = {"organ_insert",
	"WITH o AS (INSERT INTO organ (id, code, old_code, code102, name, name_fold, in_charge, mark, regime, parent, own, transport, "
	"address, email, telephone, place) "
	"SELECT id, code, old_code, code102, name, name_fold, in_charge, coalesce(mark, ''), coalesce(regime, 'party'), "
	ORGAN_OF("x.parent") ", coalesce(own, false), coalesce(transport, 'none'), coalesce(address, ''), email, telephone, place "
	"FROM jsonb_to_record($1::jsonb) AS x(id uuid, code text, old_code text, code102 text, name text, name_fold text, in_charge text, "
	"mark text, regime text, parent text, own boolean, transport text, address text, email text, telephone text, place text) "
	"RETURNING *) SELECT " ORGAN " FROM o", 1};
static const struct db_stmt update_organ = {"organ_update",
	"WITH o AS (UPDATE organ t SET old_code = coalesce(x.old_code, t.old_code), code102 = coalesce(x.code102, t.code102), "
	"name = coalesce(x.name, t.name), name_fold = coalesce(x.name_fold, t.name_fold), in_charge = coalesce(x.in_charge, t.in_charge), "
	"mark = coalesce(x.mark, t.mark), regime = coalesce(x.regime, t.regime), parent = coalesce(" ORGAN_OF("x.parent") ", t.parent), "
	"transport = coalesce(x.transport, t.transport), address = coalesce(x.address, t.address), email = coalesce(x.email, t.email), "
	"telephone = coalesce(x.telephone, t.telephone), place = coalesce(x.place, t.place) "
	"FROM jsonb_to_record($2::jsonb) AS x(old_code text, code102 text, name text, name_fold text, in_charge text, mark text, regime text, "
	"parent text, transport text, address text, email text, telephone text, place text) "
	"WHERE t.id::text = $1 OR t.code = $1 RETURNING t.*) SELECT " ORGAN " FROM o", 2};
static const struct db_stmt list_units = {"unit_list",
	"SELECT " UNIT " FROM unit u WHERE ($1::text = '' OR u.organ = " ORGAN_OF("$1::text") ") ORDER BY u.organ, u.name", 1};
static const struct db_stmt insert_unit = {"unit_insert",
	"WITH x AS (SELECT * FROM jsonb_to_record($1::jsonb) AS x(id uuid, organ text, parent text, name text, mark text)), "
	"y AS (SELECT x.*, " ORGAN_OF("x.organ") " AS organ_id FROM x), "
	"u AS (INSERT INTO unit (id, organ, parent, name, mark) SELECT id, organ_id, "
	"(SELECT p.id FROM unit p WHERE p.organ = organ_id AND (p.id::text = y.parent OR p.name = y.parent) LIMIT 1), name, coalesce(mark, '') "
	"FROM y RETURNING *) SELECT " UNIT " FROM u", 1};
static const struct db_stmt list_kinds = {"kind_list",
	"SELECT json_build_object('rule_set', r.code, 'regime', r.regime, 'code', k.code, 'name', k.name, 'mark', k.mark, "
	"'is_letter', k.is_letter, 'archive_type', k.archive_type, 'valid_from', r.valid_from, 'valid_to', r.valid_to) "
	"FROM document_kind k JOIN rule_set r ON r.code = k.rule_set "
	"WHERE $1 = '' OR (r.valid_from <= $1::date AND coalesce(r.valid_to, 'infinity') >= $1::date) ORDER BY r.code, k.name", 1};

void
organ_list(struct db *db, const char *cursor, const char *q, bool own, int limit, store_cb cb, void *arg)
{
	char text[16], *folded = NULL;

	snprintf(text, sizeof(text), "%d", limit);
	if (text_fold(q, strlen(q), &folded) != STATUS_OK)
		folded = NULL;
	store_read(db, &list_organs, (struct db_param[]){DB_TEXT(cursor), DB_TEXT(folded ? folded : ""),
		DB_TEXT(own ? "true" : "false"), DB_TEXT(text)}, STORE_LIST, cb, arg);
	free(folded);
}

/* The search form of a name goes into the row with it. */
static json_t *
with_fold(const json_t *row)
{
	json_t *copy = json_copy((json_t *)row);
	const char *name = store_text(row, "name");
	char *folded = NULL;

	if (name[0] != '\0' && text_fold(name, strlen(name), &folded) == STATUS_OK)
		json_object_set_new(copy, "name_fold", json_string(folded));
	free(folded);
	return copy;
}

void
organ_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	json_t *copy = with_fold(row);

	store_write_json(act, &insert_organ, copy, STORE_ONE, cb, arg);
	json_decref(copy);
}

void
organ_update(struct act *act, const char *id, const json_t *members, store_cb cb, void *arg)
{
	json_t *copy = with_fold(members);
	char *text = json_dumps(copy, JSON_COMPACT);

	store_write(act, &update_organ, (struct db_param[]){DB_TEXT(id), DB_TEXT(text ? text : "{}")}, STORE_ONE, cb, arg);
	free(text);
	json_decref(copy);
}

void
unit_list(struct db *db, const char *organ, store_cb cb, void *arg)
{
	store_read(db, &list_units, (struct db_param[]){DB_TEXT(organ)}, STORE_LIST, cb, arg);
}

void
unit_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert_unit, row, STORE_ONE, cb, arg);
}

void
kind_list(struct db *db, const char *day, store_cb cb, void *arg)
{
	store_read(db, &list_kinds, (struct db_param[]){DB_TEXT(day)}, STORE_LIST, cb, arg);
}
