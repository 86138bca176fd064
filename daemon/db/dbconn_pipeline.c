/*
 * dbconn_pipeline: the statements of a connection. Each command sent has an entry in a queue; results belong to the entry at its head. Results
 * are always drained while libpq has some before the socket is waited for again (libpq_pipeline.c, test_uniqviol).
 */
#include "daemon/db/dbconn_private.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/db/watch.h"
#include "daemon/io/loop.h"
#include "lib/base/log.h"

#define PARAMS_MAX 64

size_t
dbconn_pending(const struct dbconn *c)
{
	return c->pending;
}

/* ---- sending ---- */

static void
push(struct dbconn *c, enum dbconn_entry_kind kind, const struct db_stmt *stmt, db_cb cb, void *arg)
{
	struct dbconn_entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		abort(); /* an answer owed and nowhere to write it down; the database is safe */
	*e = (struct dbconn_entry){kind, stmt, cb, arg, NULL};
	if (c->head == NULL)
		c->progress = clock_monotonic();
	*c->tail = e;
	c->tail = &e->next;
	c->pending += cb != NULL;
	/* Rows one by one, so that result.c bounds them; libpq takes the wish only for the command at the head. */
	if (c->head == e && kind == ENTRY_EXECUTE)
		PQsetSingleRowMode(c->pg);
}

static bool
prepare(struct dbconn *c, const struct db_stmt *stmt, char name[PREPARED_NAME])
{
	unsigned number = prepared_find(&c->prepared, stmt);

	if (number != 0) {
		prepared_name(number, name);
		return true;
	}
	number = prepared_add(&c->prepared, stmt);
	if (number == 0)
		return false;
	prepared_name(number, name);
	if (PQsendPrepare(c->pg, name, stmt->sql, 0, NULL) != 1)
		return false;
	push(c, ENTRY_PREPARE, stmt, NULL, NULL);
	return true;
}

bool
dbconn_send(struct dbconn *c, const struct db_stmt *stmt, const struct db_param *params, bool binary, db_cb cb,
	void *arg)
{
	const char *values[PARAMS_MAX];
	int lengths[PARAMS_MAX], formats[PARAMS_MAX];
	char name[PREPARED_NAME];

	if (c->state != DBCONN_UP)
		return false;
	if (stmt->params > PARAMS_MAX)
		abort(); /* a constant of daemon/store is wrong */
	for (int i = 0; i < stmt->params; i++) {
		values[i] = params[i].value;
		lengths[i] = (int)params[i].len;
		formats[i] = params[i].bytes;
	}
	if (!prepare(c, stmt, name) ||
		PQsendQueryPrepared(c->pg, name, stmt->params, values, lengths, formats, binary) != 1) {
		dbconn_break(c);
		return false;
	}
	push(c, ENTRY_EXECUTE, stmt, cb, arg);
	return true;
}

bool
dbconn_sync(struct dbconn *c, db_cb cb, void *arg)
{
	if (c->state != DBCONN_UP)
		return false;
	if (PQpipelineSync(c->pg) != 1) {
		dbconn_break(c);
		return false;
	}
	push(c, ENTRY_SYNC, NULL, cb, arg);
	c->wants_results = false;
	return true;
}

void
dbconn_request(struct dbconn *c)
{
	c->wants_results = true;
}

bool
dbconn_script(struct dbconn *c, const char *text, db_cb cb, void *arg)
{
	if (c->state != DBCONN_UP || c->head != NULL)
		return false;
	if (PQexitPipelineMode(c->pg) != 1 || PQsendQuery(c->pg, text) != 1) {
		dbconn_break(c);
		return false;
	}
	push(c, ENTRY_SCRIPT, NULL, cb, arg);
	return true;
}

/* One request for results serves all statements before it. */
void
dbconn_flush(struct dbconn *c)
{
	int left;

	if (c->state != DBCONN_UP)
		return;
	if (c->wants_results && PQsendFlushRequest(c->pg) != 1) {
		dbconn_break(c);
		return;
	}
	c->wants_results = false;
	left = PQflush(c->pg);
	if (left < 0)
		dbconn_break(c);
	else
		watch_set(c->watch, true, left > 0);
}

/* ---- answers ---- */

static void
clear_query(struct dbconn *c)
{
	result_free(&c->query.result);
	PQclear(c->query.error_result);
	c->query.error_result = NULL;
	c->query.status = STATUS_OK;
	c->query.begun = false;
}

static struct dbconn_entry *
pop(struct dbconn *c)
{
	struct dbconn_entry *e = c->head;

	c->head = e->next;
	if (c->head == NULL)
		c->tail = &c->head;
	c->pending -= e->cb != NULL;
	return e;
}

static void
answer(struct dbconn *c, struct dbconn_entry *e, enum status st, const struct db_result *result, const PGresult *failed)
{
	struct loop *loop = c->loop;
	struct db_error error;

	if (e->cb == NULL)
		return;
	if (failed != NULL)
		result_error(failed, &error);
	loop_note(loop, e->stmt != NULL ? e->stmt->name : "script");
	e->cb(e->arg, st, st == STATUS_OK ? result : NULL, failed != NULL ? &error : NULL);
	loop_note(loop, "");
}

void
dbconn_answer_all(struct dbconn *c, enum status st)
{
	struct dbconn_entry *e, *next;

	e = c->head;
	c->head = NULL;
	c->tail = &c->head;
	c->pending = 0;
	clear_query(c);
	for (; e != NULL; e = next) {
		next = e->next;
		answer(c, e, st, NULL, NULL);
		free(e);
	}
}

/* The head entry is complete. The next one becomes the head before the callback, which may send more. */
static void
finish(struct dbconn *c)
{
	struct dbconn_entry *e = pop(c);
	struct db_result result = c->query.result;
	enum status st = c->query.status;
	PGresult *failed = c->query.error_result;

	c->progress = clock_monotonic();
	result_init(&c->query.result);
	c->query.error_result = NULL;
	c->query.status = STATUS_OK;
	c->query.begun = false;
	if (c->head != NULL && c->head->kind == ENTRY_EXECUTE)
		PQsetSingleRowMode(c->pg);
	if (e->kind == ENTRY_SCRIPT && PQenterPipelineMode(c->pg) != 1)
		dbconn_break(c);
	if (e->kind == ENTRY_PREPARE && st != STATUS_OK) {
		/* Its EXECUTE is aborted by the server and reports this error instead. */
		prepared_forget(&c->prepared, e->stmt);
		c->query.status = st;
		c->query.error_result = failed;
		failed = NULL;
	}
	answer(c, e, st, &result, failed);
	result_free(&result);
	PQclear(failed);
	free(e);
}

static void
take_rows(struct dbconn *c, const PGresult *res)
{
	if (c->query.status != STATUS_OK)
		return;
	c->query.status = result_add(&c->query.result, res);
	if (c->query.status != STATUS_OK) {
		log_warn(c->label, "event=result-refused stmt=%s status=%s",
			c->head->stmt != NULL ? c->head->stmt->name : "script",
			status_code(c->query.status));
		result_free(&c->query.result);
	}
}

static void
take_error(struct dbconn *c, PGresult **res)
{
	const char *sqlstate = PQresultErrorField(*res, PG_DIAG_SQLSTATE);

	if (c->query.status != STATUS_OK)
		return; /* of a script, the first error counts */
	c->query.status = result_status(sqlstate != NULL ? sqlstate : "");
	c->query.error_result = *res;
	*res = NULL;
	if (c->query.status == STATUS_INTERNAL)
		log_error(c->label, "event=statement-failed stmt=%s sqlstate=%s message=\"%s\"",
			c->head->stmt != NULL ? c->head->stmt->name : "script", sqlstate,
			PQresultErrorField(c->query.error_result, PG_DIAG_MESSAGE_PRIMARY));
}

/* One result of the head entry. False: the connection is lost (why_out says so). */
static bool
take(struct dbconn *c, PGresult *res, const char **why_out)
{
	bool fine = true;

	c->query.begun = true;
	switch (PQresultStatus(res)) {
	case PGRES_SINGLE_TUPLE:
		take_rows(c, res);
		break;
	case PGRES_TUPLES_OK:
		take_rows(c, res);
		result_end(&c->query.result, res);
		break;
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		result_end(&c->query.result, res);
		break;
	case PGRES_PIPELINE_ABORTED:
		if (c->query.status == STATUS_OK)
			c->query.status = STATUS_CANCELLED;
		break;
	case PGRES_PIPELINE_SYNC:
		finish(c);
		break;
	case PGRES_FATAL_ERROR:
		/* FATAL, or no SQLSTATE: libpq itself lost the connection. What became of the statement is not known. */
		fine = !result_is_fatal(res) && PQresultErrorField(res, PG_DIAG_SQLSTATE) != NULL;
		if (fine)
			take_error(c, &res);
		else
			snprintf(c->broken_why, sizeof(c->broken_why), "%s",
				PQresultErrorMessage(res));
		break;
	default:
		fine = false;
		snprintf(c->broken_why, sizeof(c->broken_why), "unexpected result %s",
			PQresStatus(PQresultStatus(res)));
	}
	*why_out = c->broken_why;
	PQclear(res);
	return fine;
}

/* Hands out every answer that is complete. False: lost. */
static bool
drain(struct dbconn *c, const char **why_out)
{
	PGresult *res;

	while (c->state == DBCONN_UP && c->head != NULL && !PQisBusy(c->pg)) {
		res = PQgetResult(c->pg);
		if (res != NULL) {
			if (!take(c, res, why_out))
				return false;
		} else if (c->query.begun) {
			finish(c);
		} else {
			break; /* nothing more: the connection has ended, and dbconn_read reports it */
		}
	}
	return true;
}

static void
notifications(struct dbconn *c)
{
	PGnotify *n;

	while (c->state == DBCONN_UP && (n = PQnotifies(c->pg)) != NULL) {
		if (c->hooks.notify != NULL)
			c->hooks.notify(c->arg, n->relname, n->extra);
		PQfreemem(n);
	}
}

void
dbconn_read(struct dbconn *c)
{
	const char *why = "";
	/* At the end of the stream libpq keeps what had arrived: answers in it count. */
	bool alive = PQconsumeInput(c->pg) == 1, fine;

	fine = drain(c, &why);
	if (c->state != DBCONN_UP)
		return;
	if (fine)
		notifications(c);
	if (c->state != DBCONN_UP)
		return;
	if (!fine || !alive || PQstatus(c->pg) == CONNECTION_BAD)
		dbconn_lost(c, fine ? PQerrorMessage(c->pg) : why);
	else
		dbconn_flush(c);
}

/* NOTICE, WARNING, and the last words of a server to a connection at rest. */
void
dbconn_notice(void *arg, const PGresult *res)
{
	const struct dbconn *c = arg;
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	bool note = severity == NULL || strcmp(severity, "NOTICE") == 0;

	log_write(note ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, c->label, "event=notice message=\"%s\"",
		message != NULL ? message : "");
}

void
dbconn_settled(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct dbconn *c = arg;

	(void)result;
	(void)error;
	if (st != STATUS_OK && st != STATUS_CANCELLED && st != STATUS_UNCERTAIN)
		dbconn_break(c);
}
