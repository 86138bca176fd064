/*
 * gateway_api: packets handed in by other offices' gateways, and the administrator's list of those gateways. A gateway is no person: it proves itself by a token or
 * client certificate of its own, reaches this one route, and speaks for its own office only, unless it is a relay.
 */
#include "daemon/api/gateway_api.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/api/auth.h"
#include "daemon/api/content_receive.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/exchange/exchange.h"
#include "daemon/flow/param.h"
#include "daemon/store/content.h"
#include "daemon/store/gateway.h"
#include "lib/base/hex.h"
#include "lib/base/uuid.h"

/* ---- handing in ---- */

bool
gateway_is_path(const char *path)
{
	return strncmp(path, GATEWAY_PATH, sizeof(GATEWAY_PATH) - 1) == 0;
}

struct gateway_peer *
gateway_peer_from_json(const json_t *value, struct arena *arena)
{
	struct gateway_peer *p = arena_alloc(arena, sizeof(*p));
	char *codes = json_dumps(json_object_get(value, "codes"), JSON_COMPACT | JSON_ENCODE_ANY);

	*p = (struct gateway_peer){arena_strdup(arena, store_text(value, "id")), arena_strdup(arena, store_text(value, "organ_code")),
		codes != NULL ? arena_strdup(arena, codes) : "[]"}; /* without memory: speaks for nobody */
	free(codes);
	return p;
}

static void
on_judged(void *arg, enum status st, const struct diag *diag, json_t *value)
{
	struct http_call *call = arg;

	if (st == STATUS_OK)
		http_answer_json(call, store_flag(value, "again") ? 200 : 201, json_incref(value));
	else
		api_problem(call, st, NULL, diag);
}

static void
on_received(struct http_call *call, void *arg, const struct content_received *received)
{
	const struct gateway_peer *p = arg;
	json_t *senders = json_loads(p->codes, JSON_DECODE_ANY, NULL);
	char hex[DIGEST_HEX];
	struct exchange_packet packet = {.transport = "http", .source = p->organ_code, .sha256 = hex, .size = received->size,
		.senders = json_is_array(senders) ? senders : NULL};

	digest_hex(&received->sha256, hex);
	exchange_receive(api_of(call)->exchange, &packet, on_judged, call);
	json_decref(senders);
}

static void
packets_take(struct http_call *call)
{
	if (!gateway_is_path(http_call_path(call))) /* whatever way the router found here: then this is no gateway's call */
		http_answer_problem(call, STATUS_NOT_FOUND, NULL, NULL);
	else if (api_of(call)->exchange == NULL)
		http_answer_problem(call, STATUS_UNAVAILABLE, NULL, NULL);
	else
		content_receive(call, CONTENT_NO_LIMIT, on_received, http_call_identity(call));
}

/* ---- the administrator's list ---- */

static void
gateways_list(struct http_call *call)
{
	if (api_has_role(call, ROLE_ADMIN))
		gateway_list(api_of(call)->db, api_answer_items, call);
}

struct secret {
	char text[AUTH_TOKEN];
	struct digest kept;
	bool used;
};

static void
created(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;
	const struct secret *s = w->data;
	json_t *answer;

	if (st == STATUS_NOT_FOUND)
		diag_error(w->diag, "organ.missing", "organ", store_text(w->body, "organ"), NULL);
	if (st != STATUS_OK) {
		api_act_fail(w, st == STATUS_NOT_FOUND ? STATUS_INVALID : st, constraint);
		return;
	}
	answer = json_copy(value);
	if (s->used)
		json_object_set_new(answer, "token", json_string(s->text));
	api_act_done(w, 201, answer, "gateway.create", value, "token");
	json_decref(answer);
}

static void
run_create(struct api_write *w)
{
	const struct secret *s = w->data;
	json_t *row = json_copy(w->body);
	char id[UUID_TEXT], hex[DIGEST_HEX];

	uuid_new(id);
	json_object_set_new(row, "id", json_string(id));
	if (s->used) {
		digest_hex(&s->kept, hex);
		json_object_set_new(row, "token", json_string(hex));
	}
	gateway_insert(w->act, row, created, w);
	json_decref(row);
}

static bool
is_digest(const char *hex)
{
	unsigned char bytes[DIGEST_BYTES];

	return strlen(hex) == 2 * DIGEST_BYTES && hex_decode(hex, bytes, sizeof(bytes));
}

static void
begin_create(struct api_write *w)
{
	static const struct flow_param members[] = {{"organ", PARAM_TEXT, true, 40}, {"name", PARAM_TEXT, true, 100},
		{"cert_sha256", PARAM_TEXT, false, 64}, {"relay", PARAM_FLAG, false, 1}};
	const char *cert = store_text(w->body, "cert_sha256");
	struct secret *s = arena_alloc(http_call_arena(w->call), sizeof(*s));

	flow_params_check(members, sizeof(members) / sizeof(members[0]), w->body, w->diag);
	if (cert[0] != '\0' && !is_digest(cert))
		diag_error(w->diag, "param.digest", "cert_sha256", cert, NULL);
	if (diag_has_error(w->diag)) {
		api_write_refuse(w, STATUS_INVALID, NULL);
		return;
	}
	s->used = cert[0] == '\0';
	auth_token_new(s->text, &s->kept);
	w->data = s;
	api_write_act(w, run_create);
}

static void
gateways_create(struct http_call *call)
{
	api_write(call, ROLE_ADMIN, begin_create);
}

static void
disabled(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	if (st == STATUS_NOT_FOUND)
		diag_error(w->diag, "gateway.missing", "gateway", http_call_param(w->call, "id"), NULL);
	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, 204, NULL, "gateway.disable", value, NULL);
}

static void
run_disable(struct api_write *w)
{
	gateway_disable(w->act, http_call_param(w->call, "id"), disabled, w);
}

static void
begin_disable(struct api_write *w)
{
	api_write_act(w, run_disable);
}

static void
gateways_delete(struct http_call *call)
{
	if (api_id(call, "id", "gateway.missing") != NULL)
		api_write(call, ROLE_ADMIN, begin_disable);
}

#define WRITE (HTTP_NEED_SESSION | HTTP_NEED_KEY)
const struct http_route gateway_routes[] = {
	{"POST", GATEWAY_PATH "packets", HTTP_BODY_STREAM, HTTP_NEED_SESSION, packets_take},
	{"GET", "/v1/gateways", HTTP_BODY_NONE, HTTP_NEED_SESSION, gateways_list},
	{"POST", "/v1/gateways", HTTP_BODY_JSON, WRITE, gateways_create},
	{"DELETE", "/v1/gateways/{id}", HTTP_BODY_NONE, WRITE, gateways_delete},
};
const size_t gateway_route_count = sizeof(gateway_routes) / sizeof(gateway_routes[0]);
