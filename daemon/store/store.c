/* store: see store.h. */
#include "daemon/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"

struct pending {
	const struct db_stmt *stmt;
	enum store_shape shape;
	store_cb cb;
	void *arg;
};

static json_t *
row_json(const struct db_result *r, size_t row)
{
	if (db_is_null(r, row, 0))
		return json_null();
	return json_loads(db_text(r, row, 0), JSON_DECODE_ANY, NULL);
}

static enum status
rows_json(const struct pending *p, const struct db_result *r, json_t **out)
{
	json_t *list, *row;

	if (p->shape == STORE_NONE)
		return STATUS_OK;
	if (p->shape == STORE_ONE) {
		if (db_rows(r) == 0)
			return STATUS_NOT_FOUND;
		*out = row_json(r, 0);
		return *out != NULL ? STATUS_OK : STATUS_INTERNAL;
	}
	list = json_array();
	for (size_t i = 0; i < db_rows(r); i++) {
		row = row_json(r, i);
		if (row == NULL || json_array_append_new(list, row) != 0) {
			json_decref(list);
			return STATUS_INTERNAL;
		}
	}
	*out = list;
	return STATUS_OK;
}

static void
on_result(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct pending *p = arg;
	json_t *value = NULL;

	if (st == STATUS_OK)
		st = rows_json(p, r, &value);
	else if (st == STATUS_INTERNAL && error != NULL)
		log_error("store", "statement=%s sqlstate=%s message=\"%s\"", p->stmt->name, error->sqlstate,
			error->message);
	if (p->cb != NULL)
		p->cb(p->arg, st, value, error != NULL && error->constraint != NULL ? error->constraint : "");
	json_decref(value);
	free(p);
}

static struct pending *
pending_new(const struct db_stmt *stmt, enum store_shape shape, store_cb cb, void *arg)
{
	struct pending *p = malloc(sizeof(*p));

	if (p == NULL)
		abort();
	*p = (struct pending){stmt, shape, cb, arg};
	return p;
}

void
store_read(struct db *db, const struct db_stmt *stmt, const struct db_param *params, enum store_shape shape,
	store_cb cb, void *arg)
{
	db_query(db, stmt, params, on_result, pending_new(stmt, shape, cb, arg));
}

void
store_write(struct act *act, const struct db_stmt *stmt, const struct db_param *params, enum store_shape shape,
	store_cb cb, void *arg)
{
	act_query(act, stmt, params, on_result, pending_new(stmt, shape, cb, arg));
}

void
store_write_json(struct act *act, const struct db_stmt *stmt, const json_t *value, enum store_shape shape,
	store_cb cb, void *arg)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text == NULL)
		abort();
	store_write(act, stmt, (struct db_param[]){DB_TEXT(text)}, shape, cb, arg);
	free(text);
}

const char *
store_text(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	return s != NULL ? s : "";
}

int64_t
store_number(const json_t *o, const char *member)
{
	return json_integer_value(json_object_get(o, member));
}

bool
store_flag(const json_t *o, const char *member)
{
	return json_is_true(json_object_get(o, member));
}
