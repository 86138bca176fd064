/* mandate: see mandate.h. */
#include "daemon/store/mandate.h"

#include <stdio.h>
#include <stdlib.h>

#define PERSON(asked)                                                                              \
	"(SELECT json_build_object('id', p.id, 'login', p.login, 'name', p.name, 'title', p.title, 'leader', 'leader' = ANY (p.roles), "         \
	"'key', coalesce(p.key_id, '') <> '') FROM account p WHERE p.organ = $1::uuid AND NOT p.disabled AND (p.id::text = " asked \
	" OR p.login = " asked ") LIMIT 1)"

static const struct db_stmt people = {"mandate_people",
	"SELECT json_build_object('grantor', " PERSON("$2") ", 'holder', " PERSON("$3") ", 'organ', (SELECT json_build_object('code', o.code, 'name', o.name, 'regime', o.regime) "
	"FROM organ o WHERE o.id = $1::uuid), 'unknown', coalesce((SELECT json_agg(k) FROM jsonb_array_elements_text($4::jsonb) AS e(k) "
	"WHERE NOT EXISTS (SELECT 1 FROM document_kind q WHERE q.code = k)), '[]'), 'now', utc(now()))", 4};

static const struct db_stmt insert = {"mandate_insert",
	"INSERT INTO mandate (id, document, organ, kind, grantor, holder, kinds, valid_from, valid_until, basis) "
	"SELECT x.id, x.document, x.organ, x.kind, x.grantor, x.holder, ARRAY(SELECT jsonb_array_elements_text(x.kinds)), x.\"from\", x.until, x.basis "
	"FROM jsonb_to_record($1::jsonb) AS x(id uuid, document uuid, organ uuid, kind text, grantor uuid, holder uuid, kinds jsonb, \"from\" timestamptz, "
	"until timestamptz, basis text)", 1};

static const struct db_stmt list = {"mandate_list",
	"SELECT " MANDATE_JSON("m") " FROM mandate_state m WHERE m.organ = $1::uuid AND ($2 = '' OR m.id < nullif($2, '')::uuid) "
	"AND (NOT $3::boolean OR m.in_force) AND ($4 = '' OR EXISTS (SELECT 1 FROM account p WHERE p.id IN (m.grantor, m.holder) "
	"AND (p.id::text = $4 OR p.login = $4))) ORDER BY m.id DESC LIMIT $5::int", 5};

static const struct db_stmt show = {"mandate_show",
	"SELECT " MANDATE_JSON("m") " FROM mandate_state m WHERE m.id = $2::uuid AND m.organ = $1::uuid", 2};

static const struct db_stmt revoke = {"mandate_revoke",
	"WITH r AS (UPDATE mandate SET revoked_from = coalesce(nullif($4, '')::timestamptz, now()), revoked_at = now(), revoked_by = $2::uuid, "
	"revoke_reason = $5 WHERE id = $3::uuid AND organ = $1::uuid AND revoked_at IS NULL AND (grantor = $2::uuid OR $6::boolean) RETURNING *) "
	"SELECT json_build_object('id', r.id, 'document', r.document, 'kind', r.kind, 'grantor', r.grantor, 'holder', r.holder, 'revoked_from', "
	"utc(r.revoked_from), 'revoked_at', utc(r.revoked_at), 'revoked_by', r.revoked_by, 'revoke_reason', r.revoke_reason) FROM r", 6};

/*
 * A signature is the last one of the report that was stored with its version, not counting document timestamps (a B-LTA file has one after it). In a PDF
 * all leaders' signatures so far are asked for, in a detached signature file its own.
 */
static const struct db_stmt uses = {"mandate_uses",
	"SELECT json_build_object('competence', d.signer_competence, 'document_kind', d.kind, 'at', utc(v.at), 'signature', "
	"coalesce((SELECT max(e.n) - 1 FROM jsonb_array_elements(s.verdict->'signatures') WITH ORDINALITY AS e(v, n) "
	"WHERE NOT coalesce((e.v->>'is_timestamp')::boolean, false)), -1), 'mandate', (SELECT " MANDATE_JSON("m") " FROM mandate_state m "
	"WHERE m.id = (v.details->'mandate'->>'id')::uuid)) "
	"FROM version w JOIN document d ON d.id = w.document JOIN version s ON s.document = d.id AND s.cause = 'signed' AND s.part = w.part "
	"AND s.part_number = w.part_number AND s.ordinal <= w.ordinal JOIN move v ON v.id = s.move AND v.name = 'sign' "
	"WHERE w.id = $1::uuid AND d.signer_competence <> '' AND d.direction <> 'incoming' ORDER BY v.revision", 1};

void
mandate_people(struct db *db, const char *organ, const char *grantor, const char *holder, const json_t *kinds, store_cb cb, void *arg)
{
	char *text = json_is_array(kinds) ? json_dumps(kinds, JSON_COMPACT) : NULL;

	store_read(db, &people, (struct db_param[]){DB_TEXT(organ), DB_TEXT(grantor), DB_TEXT(holder), DB_TEXT(text != NULL ? text : "[]")}, STORE_ONE,
		cb, arg);
	free(text);
}

void
mandate_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert, row, STORE_NONE, cb, arg);
}

void
mandate_list(struct db *db, const struct person *who, const char *person, bool in_force, const char *cursor, int limit, store_cb cb, void *arg)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", limit);
	store_read(db, &list, (struct db_param[]){DB_TEXT(who->organ), DB_TEXT(cursor), DB_TEXT(in_force ? "true" : "false"), DB_TEXT(person), DB_TEXT(text)},
		STORE_LIST, cb, arg);
}

void
mandate_show(struct db *db, const struct person *who, const char *id, store_cb cb, void *arg)
{
	store_read(db, &show, (struct db_param[]){DB_TEXT(who->organ), DB_TEXT(id)}, STORE_ONE, cb, arg);
}

void
mandate_revoke(struct act *act, const struct person *who, const char *id, const char *from, const char *reason, store_cb cb, void *arg)
{
	store_write(act, &revoke, (struct db_param[]){DB_TEXT(who->organ), DB_TEXT(who->id), DB_TEXT(id), DB_TEXT(from), DB_TEXT(reason),
		DB_TEXT(who->roles & ROLE_ADMIN ? "true" : "false")}, STORE_ONE, cb, arg);
}

void
mandate_uses(struct db *db, const char *version, store_cb cb, void *arg)
{
	store_read(db, &uses, (struct db_param[]){DB_TEXT(version)}, STORE_LIST, cb, arg);
}
