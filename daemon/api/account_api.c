/* account_api: the directory of accounts, for administrators. A password is hashed on another thread before the act. */
#include <string.h>

#include "daemon/api/password.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/flow/param.h"
#include "daemon/io/offload.h"
#include "daemon/store/account.h"
#include "lib/base/uuid.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))
#define MEMBERS                                                                                    \
	{"title", PARAM_TEXT, false, 200}, {"unit", PARAM_TARGET, false, 1}, {"password", PARAM_TEXT, false, 200},      \
	{"os_uid", PARAM_LEVEL, false, 4294967294u}, {"cert_sha256", PARAM_TEXT, false, 64}, {"key_id", PARAM_TEXT, false, 64}

static const struct flow_param new_account[] = {{"login", PARAM_TEXT, true, 63}, {"name", PARAM_TEXT, true, 100},
	{"organ", PARAM_TARGET, true, 1}, MEMBERS};
static const struct flow_param changed_account[] = {{"name", PARAM_TEXT, false, 100}, {"organ", PARAM_TARGET, false, 1}, MEMBERS};

struct page {
	struct http_call *call;
	int limit;
};

static void
on_accounts(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct page *p = arg;

	(void)constraint;
	if (st != STATUS_OK)
		http_answer_problem(p->call, st, NULL, NULL);
	else
		api_answer_page(p->call, value, p->limit, "login", NULL);
}

static void
accounts_list(struct http_call *call)
{
	struct page *p = arena_alloc(http_call_arena(call), sizeof(*p));
	const char *login, *none;

	p->call = call;
	if (api_limit(call, &p->limit) && api_cursor(call, &login, &none))
		account_list(api_of(call)->db, api_person(call), login, p->limit + 1, on_accounts, p);
}

/* ---- create and change ---- */

struct account_write {
	struct api_write *w;
	void (*run)(struct api_write *w);
	const char *password;
	char encoded[PASSWORD_ENCODED]; /* "" without */
	enum status st;
};

static bool
login_is_valid(const char *s)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	return s[0] != '\0' && strchr(first, s[0]) != NULL && strspn(s, rest) == strlen(s) && strlen(s) <= 63;
}

static void
check_roles(const json_t *roles, struct diag *diag)
{
	const json_t *r;
	size_t i;

	if (roles != NULL && !json_is_array(roles))
		diag_error(diag, "param.type", "roles", NULL, "array");
	json_array_foreach(roles, i, r) {
		const char *name = json_string_value(r);
		bool known = false;

#define ROLE(n, text, bit) known = known || (name != NULL && strcmp(name, text) == 0);
		ROLE_TABLE(ROLE)
#undef ROLE
		if (!known)
			diag_error(diag, "account.roles", "roles", name, "leader, clerk, specialist, archivist, admin");
	}
}

/* The members that are no flow_param: roles, disabled. */
static void
check(struct api_write *w, const struct flow_param *members, size_t count)
{
	json_t *plain = json_copy(w->body), *disabled = json_object_get(w->body, "disabled");
	const char *password = store_text(w->body, "password"), *cert = store_text(w->body, "cert_sha256");

	json_object_del(plain, "roles");
	json_object_del(plain, "disabled");
	flow_params_check(members, count, plain, w->diag);
	json_decref(plain);
	check_roles(json_object_get(w->body, "roles"), w->diag);
	if (disabled != NULL && !json_is_boolean(disabled))
		diag_error(w->diag, "param.type", "disabled", NULL, "boolean");
	if (password[0] != '\0' && strlen(password) < 8)
		diag_error(w->diag, "account.password", "password", NULL, NULL);
	if (cert[0] != '\0' && !flow_is_digest(cert))
		diag_error(w->diag, "param.digest", "cert_sha256", cert, NULL);
}

static json_t *
row_of(struct api_write *w)
{
	struct account_write *a = w->data;
	json_t *row = json_copy(w->body);

	json_object_del(row, "password");
	if (a->encoded[0] != '\0')
		json_object_set_new(row, "password", json_string(a->encoded));
	return row;
}

static void
hash(void *arg)
{
	struct account_write *a = arg;

	a->st = password_hash(a->password, a->encoded);
}

static void
on_hashed(void *arg, enum status st)
{
	struct account_write *a = arg;

	if (st == STATUS_OK)
		st = a->st;
	if (st != STATUS_OK)
		api_write_refuse(a->w, st, NULL);
	else
		api_write_act(a->w, a->run);
}

static void
begin(struct api_write *w, void (*run)(struct api_write *w))
{
	struct account_write *a = arena_alloc(http_call_arena(w->call), sizeof(*a));
	enum status st = STATUS_OK;

	if (diag_has_error(w->diag)) {
		api_write_refuse(w, STATUS_INVALID, NULL);
		return;
	}
	*a = (struct account_write){.w = w, .run = run, .password = store_text(w->body, "password")};
	w->data = a;
	if (a->password[0] == '\0') {
		api_write_act(w, run);
		return;
	}
	st = offload_run(w->api->offload, hash, on_hashed, a);
	if (st != STATUS_OK)
		api_write_refuse(w, st, NULL);
}

static void
created(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, 201, value, "account.create", value, NULL);
}

static void
run_create(struct api_write *w)
{
	json_t *row = row_of(w);
	char id[UUID_TEXT];

	uuid_new(id);
	json_object_set_new(row, "id", json_string(id));
	account_insert(w->act, row, created, w);
	json_decref(row);
}

static void
begin_create(struct api_write *w)
{
	check(w, new_account, COUNT(new_account));
	if (!diag_has_error(w->diag) && !login_is_valid(store_text(w->body, "login")))
		diag_error(w->diag, "account.login", "login", store_text(w->body, "login"), "[a-z][a-z0-9._-]{0,62}");
	begin(w, run_create);
}

static void
accounts_create(struct http_call *call)
{
	api_write(call, ROLE_ADMIN, begin_create);
}

static void
changed(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, 200, value, "account.change", value, NULL);
}

static void
run_change(struct api_write *w)
{
	json_t *row = row_of(w);

	account_update(w->act, http_call_param(w->call, "id"), row, changed, w);
	json_decref(row);
}

static void
begin_change(struct api_write *w)
{
	check(w, changed_account, COUNT(changed_account));
	begin(w, run_change);
}

static void
accounts_change(struct http_call *call)
{
	if (api_id(call, "id", "account.missing") != NULL)
		api_write(call, ROLE_ADMIN, begin_change);
}

const struct http_route account_routes[] = {
	{"GET", "/v1/accounts", HTTP_BODY_NONE, HTTP_NEED_SESSION, accounts_list},
	{"POST", "/v1/accounts", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, accounts_create},
	{"PATCH", "/v1/accounts/{id}", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, accounts_change},
};
const size_t account_route_count = COUNT(account_routes);
