/* session_api: signing in and out, oneself, own tokens and password. */
#include <stdio.h>
#include <string.h>

#include "daemon/api/auth.h"
#include "daemon/api/guard.h"
#include "daemon/api/password.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/flow/param.h"
#include "daemon/io/loop.h"
#include "daemon/io/offload.h"
#include "daemon/store/account.h"
#include "lib/base/log.h"
#include "lib/base/secret.h"
#include "lib/base/uuid.h"

#define PASSWORD_MOST 200
#define DELAY_MS 300
#define DELAY_MOST_MS 3000

/*
 * Signing in: find the account, verify on another thread (always, so that time does not tell which logins there are), then either
 * open a session or count the failure and answer after a delay.
 */
struct sign_in {
	struct http_call *call;
	struct api *api;
	const char *login, *password, *encoded; /* encoded NULL: no such account, or no password */
	const struct person *person;
	bool right;
	unsigned wait;           /* seconds the account is locked */
	struct loop_timer *delay;
	char id[UUID_TEXT], token[AUTH_TOKEN];
	struct digest kept;
	json_t *session;
};

static void
locked(struct sign_in *s)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", s->wait);
	http_answer_header(s->call, "Retry-After", text);
	api_refuse(s->call, STATUS_LOCKED, "session.locked", "login", NULL, NULL);
}

static void
refuse_late(void *arg)
{
	struct sign_in *s = arg;

	loop_timer_stop(s->delay);
	if (s->wait > 0)
		locked(s);
	else
		api_refuse(s->call, STATUS_UNAUTHENTICATED, "session.refused", "login", NULL, NULL);
}

static void
refuse(struct sign_in *s, int64_t failures)
{
	int64_t ms = DELAY_MS * (failures > 0 ? failures : 1);

	guard_failed(s->api->guard, http_call_peer(s->call), clock_monotonic());
	log_info("session", "event=refused login=%s address=%s failures=%lld", s->login, http_call_peer(s->call)->address,
		(long long)failures);
	if (loop_timer_start(s->api->loop, (uint64_t)(ms < DELAY_MOST_MS ? ms : DELAY_MOST_MS), 0, refuse_late, s,
		&s->delay) != STATUS_OK)
		refuse_late(s);
}

static void
on_counted(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct sign_in *s = arg;

	(void)constraint;
	s->wait = st == STATUS_OK ? (unsigned)store_number(value, "wait") : 0;
	refuse(s, st == STATUS_OK ? store_number(value, "failures") : 1);
}

static void
on_session_row(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct sign_in *s = arg;

	(void)constraint;
	json_decref(s->session);
	s->session = st == STATUS_OK ? json_incref(value) : NULL;
}

static void
run_session(struct act *act, void *arg)
{
	struct sign_in *s = arg;

	session_insert(act, s->id, s->person->id, "session", "", &s->kept, s->api->settings.session_seconds, on_session_row, s);
	act_end(act, STATUS_OK);
}

static void
session_done(void *arg, enum status st)
{
	struct sign_in *s = arg;

	if (st != STATUS_OK || s->session == NULL)
		http_answer_problem(s->call, st != STATUS_OK ? st : STATUS_INTERNAL, NULL, NULL);
	else
		http_answer_json(s->call, 201, json_pack("{s:s,s:s,s:s,s:o}", "token", s->token, "expires_at",
			store_text(s->session, "expires_at"), "id", s->id, "account", person_json(s->person)));
	json_decref(s->session);
}

static const struct act_kind session_kind = {.run = run_session, .done = session_done};

static void
verify(void *arg)
{
	struct sign_in *s = arg;

	s->right = password_verify(s->encoded, s->password);
}

static void
on_verified(void *arg, enum status st)
{
	struct sign_in *s = arg;

	if (st != STATUS_OK) {
		http_answer_problem(s->call, st, NULL, NULL);
	} else if (s->right) {
		account_succeeded(s->api->db, s->person->id);
		uuid_new(s->id);
		auth_token_new(s->token, &s->kept);
		db_act(s->api->db, &session_kind, s);
	} else if (s->person != NULL) {
		account_failed(s->api->db, s->person->id, on_counted, s);
	} else {
		refuse(s, 1);
	}
}

static void
on_login(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct sign_in *s = arg;
	struct arena *arena = http_call_arena(s->call);

	(void)constraint;
	if (st == STATUS_OK) {
		s->person = person_from_json(value, arena);
		s->wait = (unsigned)store_number(value, "wait");
		if (store_text(value, "password")[0] != '\0')
			s->encoded = arena_strdup(arena, store_text(value, "password"));
	} else if (st != STATUS_NOT_FOUND) {
		http_answer_problem(s->call, st, NULL, NULL);
		return;
	}
	if (s->wait > 0) {
		locked(s);
		return;
	}
	st = offload_run(s->api->offload, verify, on_verified, s);
	if (st != STATUS_OK)
		http_answer_problem(s->call, st, NULL, NULL);
}

static void
sessions_create(struct http_call *call)
{
	static const struct flow_param members[] = {{"login", PARAM_TEXT, true, 64}, {"password", PARAM_TEXT, true, PASSWORD_MOST}};
	struct sign_in *s = arena_alloc(http_call_arena(call), sizeof(*s));
	const json_t *body = http_call_json(call);
	struct diag *diag = diag_new();
	unsigned wait = guard_wait(api_of(call)->guard, http_call_peer(call), clock_monotonic());
	char text[16];

	flow_params_check(members, 2, body, diag);
	if (wait > 0) {
		snprintf(text, sizeof(text), "%u", wait);
		http_answer_header(call, "Retry-After", text);
		api_refuse(call, STATUS_TOO_MANY, "session.rate", "address", NULL, NULL);
	} else if (diag_has_error(diag)) {
		api_problem(call, STATUS_INVALID, NULL, diag);
	} else {
		*s = (struct sign_in){.call = call, .api = api_of(call), .login = store_text(body, "login"),
			.password = store_text(body, "password")};
		account_by_login(s->api->db, s->login, on_login, s);
	}
	diag_free(diag);
}

/* ---- signing out ---- */

static void
on_revoked(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	(void)value;
	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, 204, NULL, NULL, NULL, NULL);
}

struct revoking {
	struct http_call *call;
	const char *id;
};

static void
run_sign_out(struct act *act, void *arg)
{
	struct revoking *r = arg;

	session_revoke(act, r->id, api_person(r->call)->id, NULL, NULL);
	act_end(act, STATUS_OK);
}

static void
signed_out(void *arg, enum status st)
{
	struct revoking *r = arg;

	if (st == STATUS_OK)
		http_answer_empty(r->call, 204);
	else
		http_answer_problem(r->call, st, NULL, NULL);
}

static const struct act_kind sign_out_kind = {.run = run_sign_out, .done = signed_out};

/* Needs no Idempotency-Key: signing out twice is signing out. */
static void
sessions_delete(struct http_call *call)
{
	struct revoking *r = arena_alloc(http_call_arena(call), sizeof(*r));

	if (api_person(call)->session[0] == '\0') {
		http_answer_empty(call, 204);
		return;
	}
	*r = (struct revoking){call, api_person(call)->session};
	db_act(api_of(call)->db, &sign_out_kind, r);
}

/* ---- oneself ---- */

static void
on_unread(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;

	(void)constraint;
	if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
	else
		http_answer_json(call, 200, json_pack("{s:o,s:O}", "account", person_json(api_person(call)), "unread",
			json_object_get(value, "unread")));
}

static void
me(struct http_call *call)
{
	account_unread(api_of(call)->db, api_person(call)->id, on_unread, call);
}

/* ---- API tokens ---- */

struct token {
	char id[UUID_TEXT], text[AUTH_TOKEN];
	struct digest kept;
	int64_t days;
};

static void
on_token_row(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;
	struct token *t = w->data;
	json_t *answer, *details;

	if (st != STATUS_OK) {
		api_act_fail(w, st, constraint);
		return;
	}
	answer = json_pack("{s:s,s:s,s:s,s:O}", "id", t->id, "token", t->text, "name", store_text(w->body, "name"), "expires_at",
		json_object_get(value, "expires_at"));
	details = json_pack("{s:s,s:s,s:O}", "token", t->id, "name", store_text(w->body, "name"), "expires_at",
		json_object_get(value, "expires_at"));
	api_act_done(w, 201, answer, "token.create", details, "token");
	json_decref(answer);
	json_decref(details);
}

static void
run_token(struct api_write *w)
{
	struct token *t = w->data;

	session_insert(w->act, t->id, w->person->id, "token", store_text(w->body, "name"), &t->kept, t->days * 86400, on_token_row, w);
}

static void
begin_token(struct api_write *w)
{
	static const struct flow_param members[] = {{"name", PARAM_TEXT, true, 100}, {"days", PARAM_NUMBER, false, 3650}};
	struct token *t = arena_alloc(http_call_arena(w->call), sizeof(*t));

	flow_params_check(members, 2, w->body, w->diag);
	if (diag_has_error(w->diag)) {
		api_write_refuse(w, STATUS_INVALID, NULL);
		return;
	}
	uuid_new(t->id);
	auth_token_new(t->text, &t->kept);
	t->days = store_number(w->body, "days") ? store_number(w->body, "days") : 365;
	w->data = t;
	api_write_act(w, run_token);
}

static void
tokens_create(struct http_call *call)
{
	api_write(call, 0, begin_token);
}

static void
tokens_list(struct http_call *call)
{
	session_list_tokens(api_of(call)->db, api_person(call)->id, api_answer_items, call);
}

static void
on_token_gone(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;
	json_t *details;

	if (st != STATUS_OK) {
		on_revoked(arg, st, value, constraint);
		return;
	}
	details = json_pack("{s:O}", "token", json_object_get(value, "id"));
	api_act_done(w, 204, NULL, "token.revoke", details, NULL);
	json_decref(details);
}

static void
run_token_revoke(struct api_write *w)
{
	session_revoke(w->act, w->data, w->person->id, on_token_gone, w);
}

static void
begin_token_revoke(struct api_write *w)
{
	w->data = (char *)http_call_param(w->call, "id");
	api_write_act(w, run_token_revoke);
}

static void
tokens_delete(struct http_call *call)
{
	if (api_id(call, "id", "status.not-found") != NULL)
		api_write(call, 0, begin_token_revoke);
}

/* ---- own password: the old one is proved first ---- */

struct change {
	struct api_write *w;
	const char *encoded_old, *old, *new;
	char encoded[PASSWORD_ENCODED];
	bool right;
	enum status st;
};

static void
on_password_set(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, 204, NULL, "account.password.set", value, NULL);
}

static void
run_password(struct api_write *w)
{
	struct change *c = w->data;

	account_set_password(w->act, w->person->id, c->encoded, on_password_set, w);
}

static void
prove_and_hash(void *arg)
{
	struct change *c = arg;

	c->right = c->encoded_old == NULL || password_verify(c->encoded_old, c->old);
	if (c->right)
		c->st = password_hash(c->new, c->encoded);
}

static void
on_proved(void *arg, enum status st)
{
	struct change *c = arg;
	struct api_write *w = c->w;

	if (st != STATUS_OK || (c->right && c->st != STATUS_OK)) {
		api_write_refuse(w, st != STATUS_OK ? st : c->st, NULL);
	} else if (!c->right) {
		guard_failed(w->api->guard, http_call_peer(w->call), clock_monotonic());
		diag_error(w->diag, "account.password.old", "old", NULL, NULL);
		api_write_refuse(w, STATUS_DENIED, NULL);
	} else {
		api_write_act(w, run_password);
	}
}

static void
on_own_account(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct change *c = arg;

	(void)constraint;
	if (st == STATUS_OK && store_text(value, "password")[0] != '\0')
		c->encoded_old = arena_strdup(http_call_arena(c->w->call), store_text(value, "password"));
	if (st == STATUS_OK)
		st = offload_run(c->w->api->offload, prove_and_hash, on_proved, c);
	if (st != STATUS_OK)
		api_write_refuse(c->w, st, NULL);
}

static void
begin_password(struct api_write *w)
{
	static const struct flow_param members[] = {{"old", PARAM_TEXT, false, PASSWORD_MOST}, {"new", PARAM_TEXT, true, PASSWORD_MOST}};
	struct change *c = arena_alloc(http_call_arena(w->call), sizeof(*c));

	flow_params_check(members, 2, w->body, w->diag);
	*c = (struct change){.w = w, .old = store_text(w->body, "old"), .new = store_text(w->body, "new")};
	if (!diag_has_error(w->diag) && strlen(c->new) < 8)
		diag_error(w->diag, "account.password", "new", NULL, NULL);
	if (guard_wait(w->api->guard, http_call_peer(w->call), clock_monotonic()) > 0) {
		diag_error(w->diag, "session.rate", "address", NULL, NULL);
		api_write_refuse(w, STATUS_TOO_MANY, NULL);
	} else if (diag_has_error(w->diag)) {
		api_write_refuse(w, STATUS_INVALID, NULL);
	} else {
		w->data = c;
		account_by_login(w->api->db, w->person->login, on_own_account, c);
	}
}

static void
me_password(struct http_call *call)
{
	api_write(call, 0, begin_password);
}

const struct http_route session_routes[] = {
	{"POST", "/v1/sessions", HTTP_BODY_JSON, 0, sessions_create},
	{"DELETE", "/v1/sessions/current", HTTP_BODY_NONE, HTTP_NEED_SESSION, sessions_delete},
	{"GET", "/v1/me", HTTP_BODY_NONE, HTTP_NEED_SESSION, me},
	{"PUT", "/v1/me/password", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, me_password},
	{"POST", "/v1/tokens", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, tokens_create},
	{"GET", "/v1/tokens", HTTP_BODY_NONE, HTTP_NEED_SESSION, tokens_list},
	{"DELETE", "/v1/tokens/{id}", HTTP_BODY_NONE, HTTP_NEED_SESSION | HTTP_NEED_KEY, tokens_delete},
};
const size_t session_route_count = sizeof(session_routes) / sizeof(session_routes[0]);
