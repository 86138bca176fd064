/*
 * store: what every file of daemon/store shares. A store file has the SQL of one noun as constants; its functions take the database (reads) or
 * an act (writes) and answer in JSON, so that flow and api see neither SQL nor libpq. Acts themselves are those of daemon/db/db.h (db_act, act_end),
 * re-exported here: whoever writes through the store chains its functions in an act's run.
 *
 * Callbacks fire exactly once and never inside the call. In an act, a write that fails makes the whole act fail; its callback
 * (which may be NULL) only serves to remember why.
 */
#ifndef CONGVAN_STORE_STORE_H
#define CONGVAN_STORE_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/db/db.h"
#include "lib/base/status.h"

struct db;
struct act;

/*
 * value: the row's JSON or the array of rows, borrowed until the callback returns; NULL unless OK. constraint: name of the violated
 * constraint, or "".
 */
typedef void (*store_cb)(void *arg, enum status st, json_t *value, const char *constraint);

/* How the rows of a statement become a value. The first column is JSON text (or NULL). */
enum store_shape {
	STORE_ONE,  /* one row: its JSON; no row: STATUS_NOT_FOUND */
	STORE_LIST, /* any number: an array */
	STORE_NONE  /* not looked at: NULL */
};

/* For the files of daemon/store. */
void store_read(struct db *db, const struct db_stmt *stmt, const struct db_param *params, enum store_shape shape,
	store_cb cb, void *arg);
void store_write(struct act *act, const struct db_stmt *stmt, const struct db_param *params, enum store_shape shape,
	store_cb cb, void *arg);
/* A write whose one parameter is a JSON value. */
void store_write_json(struct act *act, const struct db_stmt *stmt, const json_t *value, enum store_shape shape,
	store_cb cb, void *arg);

/* The text of a member of an object: "" when absent, null or no string. Lives as long as the object. */
const char *store_text(const json_t *o, const char *member);
int64_t store_number(const json_t *o, const char *member);
bool store_flag(const json_t *o, const char *member);

#endif
