/*
 * dbpool: see dbpool.h. One statement at a time on each connection: its PREPARE, itself and the sync go in one write; a second statement behind
 * it would gain a round trip over a local socket (about 50 us) and lose whatever a slow one before it takes.
 */
#include "daemon/db/dbpool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/db/request.h"
#include "daemon/io/loop.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

/* A reading statement is run again this often after a lost connection. */
#define ATTEMPTS 3

struct pooled {
	struct dbpool *pool;
	struct dbconn *conn;
	struct request *running;
	clock_us up_since;
};

struct dbpool {
	struct loop *loop;
	struct dbpool_config config;
	struct pooled *conns;
	struct request_queue waiting;
	struct request_queue again;   /* lost their connection; `since` is when */
	struct request_queue refused; /* answered in the next turn */
	bool soon;                    /* that turn is asked for */
	bool closing;
	uint64_t queries, lost, uncertain;
};

static void dispatch(struct dbpool *p);

/* ---- answers ---- */

static void
answer_refused(void *arg)
{
	struct dbpool *p = arg;
	struct request *r;

	p->soon = false;
	while ((r = request_pop(&p->refused)) != NULL)
		request_answer(r, r->refused, NULL, NULL);
	if (p->closing)
		free(p);
}

static void
refuse_later(struct dbpool *p, struct request *r, enum status st)
{
	r->refused = st;
	request_push(&p->refused, r);
	if (!p->soon && loop_soon(p->loop, answer_refused, p) != STATUS_OK)
		abort();
	p->soon = true;
}

bool
dbpool_only_reads(const char *sql)
{
	static const char *const writing[] = {"INSERT", "UPDATE", "DELETE", "MERGE", "pg_notify", "nextval", "set_config", "advisory"};
	const char *from;

	while (isspace((unsigned char)*sql))
		sql++;
	from = strcasestr(sql, " FROM ");
	if ((strncasecmp(sql, "SELECT ", 7) != 0 && strncasecmp(sql, "WITH ", 5) != 0) || from == NULL)
		return false;
	for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++)
		if (strcasestr(sql, writing[i]) != NULL)
			return false;
	/* FROM a function: who knows what that does. */
	from += 6;
	from += strspn(from, " \t\n");
	return from[0] == '(' || from[strcspn(from, " (\t\n")] != '(';
}

static void
on_answer(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct pooled *pc = arg;
	struct dbpool *p = pc->pool;
	struct request *r = pc->running;

	pc->running = NULL;
	if (st == STATUS_UNCERTAIN && dbpool_only_reads(r->stmt->sql)) {
		if (++r->attempts < ATTEMPTS) {
			r->since = clock_monotonic();
			request_push(&p->again, r);
			dispatch(p);
			return;
		}
		st = STATUS_UNAVAILABLE;
	}
	p->uncertain += st == STATUS_UNCERTAIN;
	request_answer(r, st, result, error);
	if (!p->closing)
		dispatch(p);
}

/* ---- running ---- */

static struct pooled *
free_conn(struct dbpool *p, clock_us made_after)
{
	for (unsigned i = 0; i < p->config.connections; i++)
		if (p->conns[i].running == NULL && dbconn_is_up(p->conns[i].conn) && p->conns[i].up_since > made_after)
			return &p->conns[i];
	return NULL;
}

/* Runs the first of q on pc; false when that connection turns out to be down. */
static bool
run_first(struct dbpool *p, struct pooled *pc, struct request_queue *q)
{
	struct request *r = request_pop(q);

	pc->running = r;
	if (!dbconn_send(pc->conn, r->stmt, r->params, p->config.binary, on_answer, pc)) {
		pc->running = NULL;
		request_push_front(q, r);
		return false;
	}
	dbconn_sync(pc->conn, NULL, NULL);
	dbconn_flush(pc->conn);
	return true;
}

static void
dispatch(struct dbpool *p)
{
	struct pooled *pc;

	/*
	 * What lost its connection: when one goes the others often follow, so it goes to one made since, or after a while to any (each that is
	 * not up leaves the choice, so the loops end).
	 */
	while (p->again.head != NULL) {
		bool long_ago = clock_monotonic() - p->again.head->since > CLOCK_SECOND;

		pc = free_conn(p, long_ago ? 0 : p->again.head->since);
		if (pc == NULL)
			break;
		run_first(p, pc, &p->again);
	}
	while (p->waiting.head != NULL && (pc = free_conn(p, 0)) != NULL)
		run_first(p, pc, &p->waiting);
}

void
dbpool_query(struct dbpool *p, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg)
{
	struct request *r = request_new(stmt, params, cb, arg);

	p->queries++;
	if (p->closing) {
		refuse_later(p, r, STATUS_CANCELLED);
	} else if (p->waiting.count >= p->config.queue) {
		refuse_later(p, r, STATUS_TOO_MANY);
	} else {
		request_push(&p->waiting, r);
		dispatch(p);
	}
}

void
dbpool_tick(struct dbpool *p)
{
	clock_us oldest = clock_monotonic() - (clock_us)p->config.wait_ms * 1000;

	while (p->waiting.head != NULL && p->waiting.head->since < oldest)
		refuse_later(p, request_pop(&p->waiting), STATUS_UNAVAILABLE);
	while (p->again.head != NULL && p->again.head->since < oldest)
		refuse_later(p, request_pop(&p->again), STATUS_UNAVAILABLE);
	for (unsigned i = 0; i < p->config.connections; i++)
		dbconn_check(p->conns[i].conn, p->config.answer_ms);
	dispatch(p);
}

/* ---- connections ---- */

static void
on_up(void *arg)
{
	struct pooled *pc = arg;

	pc->up_since = clock_monotonic();
	dispatch(pc->pool);
	if (pc->pool->config.changed != NULL)
		pc->pool->config.changed(pc->pool->config.arg);
}

static void
on_down(void *arg, bool was_up, const char *why)
{
	struct pooled *pc = arg;

	(void)why;
	pc->pool->lost += was_up;
	if (was_up && pc->pool->config.changed != NULL)
		pc->pool->config.changed(pc->pool->config.arg);
}

enum status
dbpool_new(struct loop *loop, const struct dbpool_config *config, struct dbpool **out)
{
	struct dbpool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return STATUS_NO_MEMORY;
	p->loop = loop;
	p->config = *config;
	p->conns = calloc(config->connections, sizeof(*p->conns));
	if (p->conns == NULL) {
		free(p);
		return STATUS_NO_MEMORY;
	}
	*out = p;
	return STATUS_OK;
}

enum status
dbpool_connect(struct dbpool *p, const char *url)
{
	static const struct dbconn_hooks hooks = {on_up, on_down, NULL};
	struct dbconn_target target = {url, p->config.settle, false};

	for (unsigned i = 0; i < p->config.connections; i++) {
		p->conns[i].pool = p;
		p->conns[i].conn = dbconn_new(p->loop, p->config.label, &target, &hooks, &p->conns[i]);
		if (p->conns[i].conn == NULL)
			return STATUS_NO_MEMORY;
	}
	return STATUS_OK;
}

void
dbpool_retry(struct dbpool *p)
{
	for (unsigned i = 0; i < p->config.connections; i++)
		dbconn_retry(p->conns[i].conn);
}

void
dbpool_free(struct dbpool *p)
{
	struct request *r;

	if (p == NULL)
		return;
	p->closing = true;
	for (unsigned i = 0; i < p->config.connections; i++)
		dbconn_close(p->conns[i].conn);
	while ((r = request_pop(&p->waiting)) != NULL || (r = request_pop(&p->again)) != NULL)
		refuse_later(p, r, STATUS_CANCELLED);
	free(p->conns);
	p->conns = NULL;
	if (!p->soon)
		free(p);
}

unsigned
dbpool_up(const struct dbpool *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->config.connections; i++)
		n += dbconn_is_up(p->conns[i].conn);
	return n;
}

void
dbpool_count(const struct dbpool *p, struct db_counters *to)
{
	to->queries += p->queries;
	to->queued += p->waiting.count + p->again.count;
	to->reconnects += p->lost;
	to->uncertain += p->uncertain;
	to->connections += dbpool_up(p);
}
