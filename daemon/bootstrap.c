/*
 * bootstrap: fills an empty database from one JSON file, in one act: everything of the file stands or nothing. A database that has an organ is
 * left alone. The file (docs/operations.md): {"organs":[…],"units":[…],"accounts":[…],"registers":[…]}, members as in the API; organs with "own":true are
 * ours; registers take "periods":[{"label","starts","ends"}] and "each_kind":true for one register per kind of the regime (Party rule).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/password.h"
#include "daemon/app.h"
#include "daemon/flow/facts.h"
#include "daemon/io/offload.h"
#include "daemon/store/account.h"
#include "daemon/store/directory.h"
#include "daemon/store/leaf.h"
#include "daemon/store/normal.h"
#include "daemon/store/register.h"
#include "lib/base/log.h"
#include "lib/base/uuid.h"

struct bootstrap {
	struct app *app;
	char *path;
	json_t *file, *kinds;
	struct leaf leaf;
	char where[240];
	bool failed;
	enum status hashed;
};

static void
finish(struct bootstrap *b, enum status st)
{
	struct app *app = b->app;

	if (st != STATUS_OK)
		diag_error(app->diag, b->file == NULL ? "bootstrap.file" : "bootstrap.entry", b->path, b->where, NULL);
	leaf_free(&b->leaf);
	json_decref(b->file);
	json_decref(b->kinds);
	free(b->path);
	free(b);
	app_started(app, st);
}

/* ---- the act ---- */

struct row {
	struct bootstrap *b;
	const char *list;
	size_t i;
};

static void
on_row(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct row *r = arg;

	(void)value;
	if (st != STATUS_OK && st != STATUS_CANCELLED && !r->b->failed) {
		r->b->failed = true;
		snprintf(r->b->where, sizeof(r->b->where), "%s[%zu] %s", r->list, r->i, constraint);
	}
	free(r);
}

static struct row *
row_new(struct bootstrap *b, const char *list, size_t i)
{
	struct row *r = malloc(sizeof(*r));

	if (r == NULL)
		abort();
	*r = (struct row){b, list, i};
	return r;
}

static void
write_periods(struct bootstrap *b, struct act *act, const json_t *reg, const char *id, size_t i)
{
	const json_t *periods = json_object_get(reg, "periods");
	json_t *p, *row;
	size_t k;

	json_array_foreach(periods, k, p) {
		row = json_copy(p);
		json_object_set_new(row, "register", json_string(id));
		register_period_insert(act, row, on_row, row_new(b, "registers", i));
		json_decref(row);
	}
}

static void
write_register(struct bootstrap *b, struct act *act, const json_t *reg, const json_t *kind, size_t i)
{
	json_t *row = json_copy((json_t *)reg);
	char id[UUID_TEXT], name[400];

	uuid_new(id);
	json_object_set_new(row, "id", json_string(id));
	if (kind != NULL) {
		snprintf(name, sizeof(name), "%s: %s", store_text(reg, "name"), store_text(kind, "name"));
		json_object_set(row, "kind_group", json_object_get(kind, "code"));
		json_object_set_new(row, "kinds", json_pack("[O]", json_object_get(kind, "code")));
		json_object_set_new(row, "name", json_string(name));
	}
	register_insert(act, row, on_row, row_new(b, "registers", i));
	write_periods(b, act, reg, id, i);
	json_decref(row);
}

static const char *
regime_of(const struct bootstrap *b, const char *organ)
{
	const json_t *organs = json_object_get(b->file, "organs"), *o;
	size_t i;

	json_array_foreach(organs, i, o)
		if (strcmp(store_text(o, "code"), organ) == 0)
			return store_text(o, "regime")[0] ? store_text(o, "regime") : "party";
	return "party";
}

static void
write_registers(struct bootstrap *b, struct act *act)
{
	const json_t *list = json_object_get(b->file, "registers"), *reg, *kind;
	size_t i, k;

	json_array_foreach(list, i, reg) {
		if (!store_flag(reg, "each_kind")) {
			write_register(b, act, reg, NULL, i);
			continue;
		}
		json_array_foreach(b->kinds, k, kind)
			if (strcmp(store_text(kind, "regime"), regime_of(b, store_text(reg, "organ"))) == 0)
				write_register(b, act, reg, kind, i);
	}
}

static void
write_list(struct bootstrap *b, struct act *act, const char *list,
	void (*insert)(struct act *act, const json_t *row, store_cb cb, void *arg))
{
	const json_t *rows = json_object_get(b->file, list), *e;
	char id[UUID_TEXT];
	size_t i;

	json_array_foreach(rows, i, e) {
		json_t *row = json_copy((json_t *)e);

		uuid_new(id);
		json_object_set_new(row, "id", json_string(id));
		insert(act, row, on_row, row_new(b, list, i));
		json_decref(row);
	}
}

static json_t *
names_of(const json_t *rows, const char *member)
{
	json_t *list = json_array();
	const json_t *e;
	size_t i;

	json_array_foreach(rows, i, e)
		json_array_append_new(list, json_string(store_text(e, member)));
	return list;
}

static void
run(struct act *act, void *arg)
{
	struct bootstrap *b = arg;
	json_t *details = json_pack("{s:{s:o,s:o}}", "details", "organs", names_of(json_object_get(b->file, "organs"), "code"),
		"accounts", names_of(json_object_get(b->file, "accounts"), "login"));
	const char *organ = store_text(json_array_get(json_object_get(b->file, "organs"), 0), "code");
	enum status st;

	b->failed = false;
	write_list(b, act, "organs", organ_insert);
	write_list(b, act, "units", unit_insert);
	write_list(b, act, "accounts", account_insert);
	write_registers(b, act);
	leaf_free(&b->leaf);
	st = leaf_make("office.bootstrap", NULL, organ, details, &b->leaf);
	if (st == STATUS_OK)
		leaf_insert(act, &b->leaf, NULL, NULL, NULL);
	json_decref(details);
	act_end(act, st);
}

static void
done(void *arg, enum status st)
{
	struct bootstrap *b = arg;

	if (st == STATUS_OK)
		log_info("bootstrap", "event=done organs=%zu accounts=%zu", json_array_size(json_object_get(b->file, "organs")),
			json_array_size(json_object_get(b->file, "accounts")));
	finish(b, st);
}

static const struct act_kind kind = {.run = run, .done = done};

/* ---- before it ---- */

static void
on_kinds(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct bootstrap *b = arg;

	(void)constraint;
	if (st != STATUS_OK) {
		finish(b, st);
		return;
	}
	b->kinds = json_incref(value);
	db_act(b->app->api.db, &kind, b);
}

static void
hash_all(void *arg)
{
	struct bootstrap *b = arg;
	json_t *accounts = json_object_get(b->file, "accounts"), *a;
	char encoded[PASSWORD_ENCODED];
	size_t i;

	json_array_foreach(accounts, i, a) {
		const char *password = store_text(a, "password");

		if (password[0] == '\0')
			continue;
		b->hashed = password_hash(password, encoded);
		if (b->hashed != STATUS_OK)
			return;
		json_object_set_new(a, "password", json_string(encoded));
	}
}

static void
on_hashed(void *arg, enum status st)
{
	struct bootstrap *b = arg;
	char today[CLOCK_TEXT];

	if (st == STATUS_OK)
		st = b->hashed;
	if (st != STATUS_OK) {
		finish(b, st);
		return;
	}
	clock_format_date(clock_date_vietnam(clock_now()), today);
	kind_list(b->app->api.db, today, on_kinds, b);
}

static void
on_organs(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct bootstrap *b = arg;

	(void)constraint;
	if (st == STATUS_OK && json_array_size(value) > 0) {
		log_info("bootstrap", "event=skipped reason=\"the database is not empty\"");
		finish(b, STATUS_OK);
		return;
	}
	if (st == STATUS_OK)
		st = offload_run(b->app->api.offload, hash_all, on_hashed, b);
	if (st != STATUS_OK)
		finish(b, st);
}

static enum status
read_file(struct bootstrap *b)
{
	json_error_t error;
	json_t *raw = json_load_file(b->path, JSON_REJECT_DUPLICATES, &error);
	enum status st;

	if (raw == NULL) {
		snprintf(b->where, sizeof(b->where), "%d:%d %s", error.line, error.column, error.text);
		return STATUS_INVALID;
	}
	st = json_is_object(raw) ? normal_json(raw, false, &b->file) : STATUS_INVALID;
	json_decref(raw);
	return st;
}

void
bootstrap_start(struct app *app)
{
	struct bootstrap *b;
	enum status st;

	if (app->bootstrap == NULL && conf_string(app->conf, "office", "bootstrap")[0] == '\0') {
		app_started(app, STATUS_OK);
		return;
	}
	b = calloc(1, sizeof(*b));
	if (b == NULL) {
		app_started(app, STATUS_NO_MEMORY);
		return;
	}
	b->app = app;
	b->path = app->bootstrap != NULL ? strdup(app->bootstrap) : strdup(conf_string(app->conf, "office", "bootstrap"));
	st = read_file(b);
	if (st != STATUS_OK)
		finish(b, st);
	else
		organ_list(app->api.db, "", "", false, 1, on_organs, b);
}
