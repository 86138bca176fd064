/* account: see account.h. */
#include "daemon/store/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"

#define PERSON                                                                                     \
	"json_build_object('id', a.id, 'login', a.login, 'name', a.name, 'title', a.title, 'organ', a.organ, "      \
	"'organ_code', o.code, 'organ_name', o.name, 'unit', a.unit, 'unit_name', u.name, 'key_id', a.key_id, "     \
	"'roles', a.roles"
#define PERSON_TABLES " account a JOIN organ o ON o.id = a.organ LEFT JOIN unit u ON u.id = a.unit "

/* What the directory shows: no password, and how he proves who he is only as far as an administrator set it. */
#define ACCOUNT                                                                                    \
	"json_build_object('id', a.id, 'login', a.login, 'name', a.name, 'title', a.title, "           \
	"'organ', a.organ, 'organ_code', o.code, 'unit', a.unit, 'unit_name', u.name, 'roles', a.roles, "               \
	"'os_uid', a.os_uid, 'cert_sha256', a.cert_sha256, 'key_id', a.key_id, 'has_password', a.password IS NOT NULL, " \
	"'disabled', a.disabled, 'created_at', utc(a.created_at))"

/* Ids, codes and names are all taken for organs and units: people type what they know. */
#define ORGAN_OF(x) "(SELECT id FROM organ WHERE id::text = " x " OR code = " x " LIMIT 1)"
#define UNIT_OF(x, organ) "(SELECT id FROM unit WHERE organ = " organ " AND (id::text = " x " OR name = " x ") LIMIT 1)"

static const struct db_stmt by_token = {"account_by_token",
	"SELECT " PERSON ", 'session', s.id, 'by_password', s.kind = 'session', 'rested', s.last_used < now() - interval '1 minute') "
	"FROM session s JOIN" PERSON_TABLES "ON a.id = s.account AND NOT a.disabled "
	"WHERE s.token_sha256 = $1 AND s.revoked_at IS NULL AND s.expires_at > now()", 1};
static const struct db_stmt session_used = {"session_used", "UPDATE session SET last_used = now() WHERE id = $1::uuid AND last_used < now() - interval '1 minute'", 1};
static const struct db_stmt by_certificate = {"account_by_certificate",
	"SELECT " PERSON ") FROM" PERSON_TABLES "WHERE a.cert_sha256 = $1 AND NOT a.disabled", 1};
static const struct db_stmt by_uid = {"account_by_uid",
	"SELECT " PERSON ") FROM" PERSON_TABLES "WHERE a.os_uid = $1::bigint AND NOT a.disabled", 1};
static const struct db_stmt by_login = {"account_by_login",
	"SELECT " PERSON ", 'password', a.password, "
	"'wait', ceil(greatest(extract(epoch FROM a.locked_until - now()), 0))::bigint) "
	"FROM" PERSON_TABLES "WHERE a.login = $1 AND NOT a.disabled", 1};
static const struct db_stmt ended = {"account_ended",
	"SELECT json_build_object('session', x.session, 'account', x.account, 'organ', x.organ) FROM jsonb_to_recordset($1::jsonb) AS x(session text, account text, organ text) "
	"WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.id = x.account::uuid AND a.organ = x.organ::uuid AND NOT a.disabled) OR (x.session <> '' AND NOT EXISTS "
	"(SELECT 1 FROM session s WHERE s.id = nullif(x.session, '')::uuid AND s.revoked_at IS NULL AND s.expires_at > now()))", 1};
static const struct db_stmt failed = {"account_failed",
	"UPDATE account SET failures = failures + 1, locked_until = CASE WHEN failures + 1 >= 5 THEN "
	"now() + least(interval '30 seconds' * 2 ^ least(failures + 1 - 5, 7), interval '1 hour') END "
	"WHERE id = $1::uuid RETURNING json_build_object('failures', failures, "
	"'wait', ceil(greatest(extract(epoch FROM locked_until - now()), 0))::bigint)", 1};
static const struct db_stmt succeeded = {"account_succeeded",
	"UPDATE account SET failures = 0, locked_until = NULL WHERE id = $1::uuid AND failures > 0", 1};
static const struct db_stmt insert_session = {"session_insert",
	"INSERT INTO session (token_sha256, id, account, kind, name, expires_at) "
	"VALUES ($1, $2::uuid, $3::uuid, $4, $5, now() + interval '1 second' * $6::bigint) "
	"RETURNING json_build_object('expires_at', utc(expires_at))", 6};
static const struct db_stmt revoke_session = {"session_revoke",
	"UPDATE session SET revoked_at = now() WHERE id = $1::uuid AND account = $2::uuid AND revoked_at IS NULL "
	"RETURNING json_build_object('id', id)", 2};
static const struct db_stmt list_tokens = {"session_list_tokens",
	"SELECT json_build_object('id', id, 'name', name, 'created_at', utc(created_at), 'last_used', utc(last_used), "
	"'expires_at', utc(expires_at)) FROM session WHERE account = $1::uuid AND kind = 'token' AND revoked_at IS NULL "
	"AND expires_at > now() ORDER BY id", 1};
static const struct db_stmt set_password = {"account_set_password",
	"WITH gone AS (UPDATE session SET revoked_at = now() WHERE account = $1::uuid AND kind = 'session' AND revoked_at IS NULL) "
	"UPDATE account SET password = $2, failures = 0, locked_until = NULL WHERE id = $1::uuid RETURNING json_build_object('id', id)", 2};
static const struct db_stmt list_accounts = {"account_list",
	"SELECT " ACCOUNT " FROM" PERSON_TABLES
	"WHERE ($1::uuid IS NULL OR a.organ = $1::uuid) AND a.login > $2 ORDER BY a.login LIMIT $3::int", 3};
static const struct db_stmt insert_account = {"account_insert",
	"WITH x AS (SELECT * FROM jsonb_to_record($1::jsonb) AS x(id uuid, login text, name text, title text, organ text, unit text, "
	"roles text[], password text, os_uid bigint, cert_sha256 text, key_id text, disabled boolean)), "
	"y AS (SELECT x.*, " ORGAN_OF("x.organ") " AS organ_id FROM x), "
	"a AS (INSERT INTO account (id, login, name, title, organ, unit, roles, password, os_uid, cert_sha256, key_id, disabled) "
	"SELECT id, login, name, coalesce(title, ''), organ_id, " UNIT_OF("y.unit", "y.organ_id") ", coalesce(roles, '{}'), "
	"password, os_uid, cert_sha256, nullif(key_id, ''), coalesce(disabled, false) FROM y RETURNING *) "
	"SELECT " ACCOUNT " FROM a JOIN organ o ON o.id = a.organ LEFT JOIN unit u ON u.id = a.unit", 1};
static const struct db_stmt update_account = {"account_update",
	"WITH x AS (SELECT * FROM jsonb_to_record($2::jsonb) AS x(name text, title text, organ text, unit text, "
	"roles text[], password text, os_uid bigint, cert_sha256 text, key_id text, disabled boolean)), "
	"old AS (SELECT t.*, coalesce(" ORGAN_OF("x.organ") ", t.organ) AS organ_id FROM account t, x WHERE t.id = $1::uuid), "
	"a AS (UPDATE account t SET name = coalesce(x.name, t.name), title = coalesce(x.title, t.title), organ = old.organ_id, "
	"unit = CASE WHEN $2::jsonb ? 'unit' THEN " UNIT_OF("x.unit", "old.organ_id") " ELSE t.unit END, "
	"roles = coalesce(x.roles, t.roles), password = coalesce(x.password, t.password), "
	"os_uid = CASE WHEN $2::jsonb ? 'os_uid' THEN x.os_uid ELSE t.os_uid END, "
	"cert_sha256 = CASE WHEN $2::jsonb ? 'cert_sha256' THEN nullif(x.cert_sha256, '') ELSE t.cert_sha256 END, "
	"key_id = CASE WHEN $2::jsonb ? 'key_id' THEN nullif(x.key_id, '') ELSE t.key_id END, "
	"disabled = coalesce(x.disabled, t.disabled), "
	"failures = CASE WHEN x.password IS NOT NULL THEN 0 ELSE t.failures END, "
	"locked_until = CASE WHEN x.password IS NOT NULL THEN NULL ELSE t.locked_until END "
	"FROM x, old WHERE t.id = old.id RETURNING t.*) "
	"SELECT " ACCOUNT " FROM a JOIN organ o ON o.id = a.organ LEFT JOIN unit u ON u.id = a.unit", 2};
static const struct db_stmt unread = {"account_unread",
	"SELECT json_build_object('unread', count(*)) FROM notification WHERE account = $1::uuid AND read_at IS NULL", 1};

void
account_by_token(struct db *db, const struct digest *token, store_cb cb, void *arg)
{
	store_read(db, &by_token, (struct db_param[]){DB_BYTES(token->bytes, DIGEST_BYTES)}, STORE_ONE, cb, arg);
}

void
account_session_used(struct db *db, const char *id)
{
	store_read(db, &session_used, (struct db_param[]){DB_TEXT(id)}, STORE_NONE, NULL, NULL);
}

void
account_by_certificate(struct db *db, const char *sha256_hex, store_cb cb, void *arg)
{
	store_read(db, &by_certificate, (struct db_param[]){DB_TEXT(sha256_hex)}, STORE_ONE, cb, arg);
}

void
account_by_uid(struct db *db, uint32_t uid, store_cb cb, void *arg)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", uid);
	store_read(db, &by_uid, (struct db_param[]){DB_TEXT(text)}, STORE_ONE, cb, arg);
}

void
account_by_login(struct db *db, const char *login, store_cb cb, void *arg)
{
	store_read(db, &by_login, (struct db_param[]){DB_TEXT(login)}, STORE_ONE, cb, arg);
}

void
account_ended(struct db *db, const json_t *listeners, store_cb cb, void *arg)
{
	char *text = json_dumps(listeners, JSON_COMPACT);

	store_read(db, &ended, (struct db_param[]){text != NULL ? DB_TEXT(text) : DB_NULL}, STORE_LIST, cb, arg);
	free(text);
}

void
account_failed(struct db *db, const char *id, store_cb cb, void *arg)
{
	store_read(db, &failed, (struct db_param[]){DB_TEXT(id)}, STORE_ONE, cb, arg);
}

void
account_succeeded(struct db *db, const char *id)
{
	store_read(db, &succeeded, (struct db_param[]){DB_TEXT(id)}, STORE_NONE, NULL, NULL);
}

static unsigned
roles_of(const json_t *list)
{
	unsigned roles = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

#define ROLE(n, text, bit) if (name != NULL && strcmp(name, text) == 0) roles |= bit;
		ROLE_TABLE(ROLE)
#undef ROLE
	}
	return roles;
}

struct person *
person_from_json(const json_t *o, struct arena *arena)
{
	struct person *p = arena_alloc(arena, sizeof(*p));
	const struct {
		const char **to, *member;
	} texts[] = {{&p->id, "id"}, {&p->login, "login"}, {&p->name, "name"}, {&p->title, "title"},
		{&p->organ, "organ"}, {&p->organ_code, "organ_code"}, {&p->organ_name, "organ_name"},
		{&p->unit, "unit"}, {&p->unit_name, "unit_name"}, {&p->key_id, "key_id"}, {&p->session, "session"}};

	if (p == NULL || store_text(o, "id")[0] == '\0')
		return NULL;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((*texts[i].to = arena_strdup(arena, store_text(o, texts[i].member))) == NULL)
			return NULL;
	p->roles = roles_of(json_object_get(o, "roles"));
	p->by_password = store_flag(o, "by_password");
	return p;
}

json_t *
person_json(const struct person *p)
{
	json_t *roles = json_array();

#define ROLE(n, text, bit) if (p->roles & bit) json_array_append_new(roles, json_string(text));
	ROLE_TABLE(ROLE)
#undef ROLE
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "id", p->id, "login", p->login, "name", p->name,
		"title", p->title, "organ", p->organ, "organ_code", p->organ_code, "organ_name", p->organ_name,
		"unit", p->unit, "unit_name", p->unit_name, "key_id", p->key_id, "roles", roles);
}

void
session_insert(struct act *act, const char *id, const char *account, const char *kind, const char *name,
	const struct digest *token, int64_t seconds, store_cb cb, void *arg)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)seconds);
	store_write(act, &insert_session, (struct db_param[]){DB_BYTES(token->bytes, DIGEST_BYTES), DB_TEXT(id),
		DB_TEXT(account), DB_TEXT(kind), DB_TEXT(name), DB_TEXT(text)}, STORE_ONE, cb, arg);
}

void
session_revoke(struct act *act, const char *id, const char *account, store_cb cb, void *arg)
{
	store_write(act, &revoke_session, (struct db_param[]){DB_TEXT(id), DB_TEXT(account)}, STORE_ONE, cb, arg);
}

void
session_list_tokens(struct db *db, const char *account, store_cb cb, void *arg)
{
	store_read(db, &list_tokens, (struct db_param[]){DB_TEXT(account)}, STORE_LIST, cb, arg);
}

void
account_set_password(struct act *act, const char *id, const char *encoded, store_cb cb, void *arg)
{
	store_write(act, &set_password, (struct db_param[]){DB_TEXT(id), DB_TEXT(encoded)}, STORE_ONE, cb, arg);
}

void
account_list(struct db *db, const struct person *who, const char *cursor, int limit, store_cb cb, void *arg)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", limit);
	store_read(db, &list_accounts, (struct db_param[]){who->roles & ROLE_ADMIN ? DB_NULL : DB_TEXT(who->organ),
		DB_TEXT(cursor), DB_TEXT(text)}, STORE_LIST, cb, arg);
}

void
account_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert_account, row, STORE_ONE, cb, arg);
}

void
account_update(struct act *act, const char *id, const json_t *members, store_cb cb, void *arg)
{
	char *text = json_dumps(members, JSON_COMPACT);

	store_write(act, &update_account, (struct db_param[]){DB_TEXT(id), DB_TEXT(text ? text : "{}")}, STORE_ONE, cb, arg);
	free(text);
}

void
account_unread(struct db *db, const char *id, store_cb cb, void *arg)
{
	store_read(db, &unread, (struct db_param[]){DB_TEXT(id)}, STORE_ONE, cb, arg);
}
