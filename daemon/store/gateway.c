/* gateway: see gateway.h. */
#include "daemon/store/gateway.h"

#include "daemon/store/store.h"

#define KNOWN                                                                                      \
	"SELECT json_build_object('id', g.id, 'name', g.name, 'organ_code', o.code, 'codes', CASE WHEN NOT g.relay THEN "       \
	"to_json(array_remove(ARRAY[o.code, o.old_code, o.code102], NULL)) END) FROM gateway g JOIN organ o ON o.id = g.organ " \
	"WHERE g.disabled_at IS NULL AND "
#define SHOWN(g) "json_build_object('id', " g ".id, 'organ_code', o.code, 'organ_name', o.name, 'name', " g ".name, 'cert_sha256', " g ".cert_sha256, " \
	"'relay', " g ".relay, 'disabled', " g ".disabled_at IS NOT NULL, 'created_at', utc(" g ".created_at))"

static const struct db_stmt by_token = {"gateway_by_token", KNOWN "g.token = decode($1, 'hex')", 1};
static const struct db_stmt by_certificate = {"gateway_by_certificate", KNOWN "g.cert_sha256 = $1", 1};
static const struct db_stmt list = {"gateway_list",
	"SELECT " SHOWN("g") " FROM gateway g JOIN organ o ON o.id = g.organ ORDER BY g.id", 0};
static const struct db_stmt insert = {"gateway_insert",
	"WITH x AS (SELECT * FROM jsonb_to_record($1::jsonb) AS x(id uuid, organ text, name text, token text, cert_sha256 text, relay boolean)), "
	"g AS (INSERT INTO gateway (id, organ, name, token, cert_sha256, relay) SELECT x.id, o.id, x.name, decode(x.token, 'hex'), lower(x.cert_sha256), "
	"coalesce(x.relay, false) FROM x JOIN organ o ON (o.id::text = x.organ OR o.code = x.organ) AND NOT o.own RETURNING *) "
	"SELECT " SHOWN("g") " FROM g JOIN organ o ON o.id = g.organ", 1};
static const struct db_stmt disable = {"gateway_disable",
	"WITH g AS (UPDATE gateway SET disabled_at = now() WHERE id = $1::uuid AND disabled_at IS NULL RETURNING *) "
	"SELECT " SHOWN("g") " FROM g JOIN organ o ON o.id = g.organ", 1};

void
gateway_by_token(struct db *db, const struct digest *token, store_cb cb, void *arg)
{
	char hex[DIGEST_HEX];

	digest_hex(token, hex);
	store_read(db, &by_token, (struct db_param[]){DB_TEXT(hex)}, STORE_ONE, cb, arg);
}

void
gateway_by_certificate(struct db *db, const char *sha256_hex, store_cb cb, void *arg)
{
	store_read(db, &by_certificate, (struct db_param[]){DB_TEXT(sha256_hex)}, STORE_ONE, cb, arg);
}

void
gateway_list(struct db *db, store_cb cb, void *arg)
{
	store_read(db, &list, NULL, STORE_LIST, cb, arg);
}

void
gateway_insert(struct act *act, const json_t *row, store_cb cb, void *arg)
{
	store_write_json(act, &insert, row, STORE_ONE, cb, arg);
}

void
gateway_disable(struct act *act, const char *id, store_cb cb, void *arg)
{
	store_write(act, &disable, (struct db_param[]){DB_TEXT(id)}, STORE_ONE, cb, arg);
}
