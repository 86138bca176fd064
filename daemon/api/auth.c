/* auth: see auth.h. The person is made in the call's arena and lives as long as the call. */
#include "daemon/api/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "daemon/api/api.h"
#include "daemon/api/gateway_api.h"
#include "daemon/api/guard.h"
#include "daemon/store/account.h"
#include "daemon/store/gateway.h"
#include "lib/base/hex.h"

void
auth_token_new(char to[AUTH_TOKEN], struct digest *kept)
{
	unsigned char raw[32];
	char *text;

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw) || (text = base64_encode(raw, sizeof(raw))) == NULL)
		abort();
	for (char *c = text; *c != '\0'; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c);
	snprintf(to, AUTH_TOKEN, "cv_%s", text);
	free(text);
	*kept = auth_token_digest(to);
}

struct digest
auth_token_digest(const char *token)
{
	return digest_of(token, strlen(token));
}

static void
known(struct http_call *call, const json_t *value)
{
	struct person *p = person_from_json(value, http_call_arena(call));

	if (p == NULL)
		http_auth_done(call, STATUS_INTERNAL, NULL, NULL);
	else
		http_auth_done(call, STATUS_OK, p, p->id);
}

static void
on_token(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;

	(void)constraint;
	if (st == STATUS_OK) {
		if (store_flag(value, "rested"))
			account_session_used(api_of(call)->db, store_text(value, "session"));
		known(call, value);
	} else if (st == STATUS_NOT_FOUND) {
		guard_failed(api_of(call)->guard, http_call_peer(call), clock_monotonic());
		http_auth_done(call, STATUS_UNAUTHENTICATED, NULL, NULL);
	} else {
		http_auth_done(call, st, NULL, NULL);
	}
}

/* A certificate or uid that is nobody's leaves the call anonymous: it may still sign in. */
static void
on_peer(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;

	(void)constraint;
	if (st == STATUS_OK)
		known(call, value);
	else
		http_auth_done(call, st == STATUS_NOT_FOUND ? STATUS_OK : st, NULL, NULL);
}

/* Gateways of other offices are no persons: their token opens their route, and nothing else does. */
static void
on_gateway(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;
	struct gateway_peer *p;

	(void)constraint;
	if (st == STATUS_OK) {
		p = gateway_peer_from_json(value, http_call_arena(call));
		http_auth_done(call, STATUS_OK, p, p->id);
		return;
	}
	if (st == STATUS_NOT_FOUND)
		guard_failed(api_of(call)->guard, http_call_peer(call), clock_monotonic());
	http_auth_done(call, st == STATUS_NOT_FOUND ? STATUS_UNAUTHENTICATED : st, NULL, NULL);
}

static void
identify_gateway(struct http_call *call)
{
	const struct http_peer *peer = http_call_peer(call);
	const char *bearer = http_call_header(call, "Authorization");
	struct digest d;

	if (guard_wait(api_of(call)->guard, peer, clock_monotonic()) > 0) {
		http_auth_done(call, STATUS_TOO_MANY, NULL, NULL);
	} else if (bearer != NULL && strncasecmp(bearer, "Bearer ", 7) == 0 && bearer[7] != '\0') {
		d = auth_token_digest(bearer + 7);
		gateway_by_token(api_of(call)->db, &d, on_gateway, call);
	} else if (bearer == NULL && peer->kind == HTTP_PEER_TLS && peer->cert_sha256[0] != '\0') {
		gateway_by_certificate(api_of(call)->db, peer->cert_sha256, on_gateway, call);
	} else {
		http_auth_done(call, STATUS_UNAUTHENTICATED, NULL, NULL);
	}
}

/* What needs nobody asks the database nothing: alive checks and pages must answer without it. */
static bool
is_public(const char *path)
{
	static const char *const open[] = {"/v1/openapi.json", "/v1/messages", "/v1/sessions"};

	if (strncmp(path, "/v1/", 4) != 0)
		return true;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (strcmp(path, open[i]) == 0)
			return true;
	return false;
}

static void
identify(struct http_call *call)
{
	struct api *api = api_of(call);
	const struct http_peer *peer = http_call_peer(call);
	const char *bearer = http_call_header(call, "Authorization");
	unsigned wait;

	if (is_public(http_call_path(call))) {
		http_auth_done(call, STATUS_OK, NULL, NULL);
	} else if (gateway_is_path(http_call_path(call))) {
		identify_gateway(call);
	} else if (bearer != NULL) {
		struct digest d;

		wait = guard_wait(api->guard, peer, clock_monotonic());
		if (wait > 0) {
			http_auth_done(call, STATUS_TOO_MANY, NULL, NULL);
			return;
		}
		if (strncasecmp(bearer, "Bearer ", 7) != 0 || bearer[7] == '\0') {
			http_auth_done(call, STATUS_UNAUTHENTICATED, NULL, NULL);
			return;
		}
		d = auth_token_digest(bearer + 7);
		account_by_token(api->db, &d, on_token, call);
	} else if (peer->kind == HTTP_PEER_TLS && peer->cert_sha256[0] != '\0') {
		account_by_certificate(api->db, peer->cert_sha256, on_peer, call);
	} else if (peer->kind == HTTP_PEER_UNIX) {
		account_by_uid(api->db, peer->uid, on_peer, call);
	} else {
		http_auth_done(call, STATUS_OK, NULL, NULL);
	}
}

const struct http_auth api_auth = {identify, NULL};
