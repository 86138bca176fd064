/*
 * db: see db.h. Puts the parts together and starts them in order: the embedded server (when there is no URL), the migrations, then all
 * connections. What each part does is in its own file.
 */
#include "daemon/db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/db/combiner.h"
#include "daemon/db/control.h"
#include "daemon/db/embedded.h"
#include "daemon/db/dbpool.h"
#include "daemon/db/migrate.h"
#include "daemon/db/place.h"
#include "daemon/db/request.h"
#include "daemon/db/room.h"
#include "daemon/db/session.h"
#include "daemon/io/loop.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/message.h"

#define TICK_MS 500
#define CONNECT_MS 20000 /* to reach the database at start */
#define WAIT_MS 5000     /* of a statement or act for a connection */
#define BULK_CONNECTIONS 3

enum db_state {
	DB_SERVER,     /* the embedded PostgreSQL is starting */
	DB_MIGRATING,
	DB_CONNECTING, /* for the first time */
	DB_READY,      /* ready was called with STATUS_OK; connections come and go */
	DB_FAILED,     /* ready was called with another status */
	DB_STOPPING
};

struct db {
	struct loop *loop;
	enum db_state state;
	char *own_url, *own_owner_url, *data_dir, *migrations, *service_user;
	const char *url, *owner_url; /* own ones, or the embedded server's */
	char role[64];               /* that of url, when it is not the owner's; else "" */
	struct diag *diag;
	struct embedded *embedded;
	struct migrate *migrate;
	struct dbpool *queries, *bulk;
	struct combiner *combiner;
	struct sessions *sessions;
	struct control *control;
	struct loop_timer *tick;
	bool full; /* the disk of the embedded server */
	clock_us since; /* of the state */
	void (*ready)(void *arg, enum status st);
	void *ready_arg;
	void (*done)(void *arg);
	void *done_arg;
	void *companion;
	void (*forget)(void *companion);
	unsigned held; /* db_hold without db_release */
	bool ended;    /* all parts are gone: the last release is the end */
};

/* What every connection sets first. Answers above are a little later than the server's own limit, so that it speaks first. */
#define SETTLE(statement, lock, more)                                                              \
	"SELECT set_config('statement_timeout', '" statement "', false), "                         \
	"set_config('lock_timeout', '" lock "', false), "                                          \
	"set_config('idle_in_transaction_session_timeout', '60s', false), "                        \
	"set_config('bytea_output', 'hex', false), set_config('timezone', 'UTC', false), "         \
	"set_config('datestyle', 'ISO, YMD', false), set_config('jit', 'off', false)" more

static const struct db_stmt settle_queries = {"settle_queries", SETTLE("30s", "5s", ""), 0};
/* The chunks of a content become durable with the act that ends their upload: its flush covers every earlier record. */
static const struct db_stmt settle_bulk = {"settle_bulk",
	SETTLE("60s", "5s", ", set_config('synchronous_commit', 'off', false)"), 0};
static const struct db_stmt settle_acts = {"settle_acts", SETTLE("10s", "5s", ""), 0};
static const struct db_stmt settle_sessions = {"settle_sessions", SETTLE("60s", "5s", ""), 0};
static const struct db_stmt settle_control = {"settle_control", SETTLE("5s", "5s", ""), 0};

static void
set_state(struct db *db, enum db_state state)
{
#define TO(x) (1u << DB_##x)
	static const unsigned moves[] = {
		[DB_SERVER] = TO(MIGRATING) | TO(FAILED) | TO(STOPPING),
		[DB_MIGRATING] = TO(CONNECTING) | TO(FAILED) | TO(STOPPING),
		[DB_CONNECTING] = TO(READY) | TO(FAILED) | TO(STOPPING),
		[DB_READY] = TO(STOPPING),
		[DB_FAILED] = TO(STOPPING),
		[DB_STOPPING] = 0,
	};
#undef TO

	if (!(moves[db->state] & 1u << state))
		abort();
	db->state = state;
	db->since = clock_monotonic();
}

static void
log_findings(const struct diag *diag)
{
	for (size_t i = 0; i < diag_count(diag); i++) {
		const struct finding *f = diag_at(diag, i);

		log_error("db", "finding=%s where=\"%s\" got=\"%s\" want=\"%s\" text=\"%s\"", f->code, f->where,
			f->got != NULL ? f->got : "", f->want != NULL ? f->want : "",
			message_text(f->code, LANGUAGE_EN));
	}
}

/* ready, once. */
static void
report(struct db *db, enum status st)
{
	set_state(db, st == STATUS_OK ? DB_READY : DB_FAILED);
	if (st != STATUS_OK)
		log_findings(db->diag);
	db->ready(db->ready_arg, st);
}

/* ---- starting, step by step ---- */

static void
on_changed(void *arg)
{
	struct db *db = arg;

	if (db->state == DB_CONNECTING && db_is_up(db) && control_is_up(db->control))
		report(db, STATUS_OK);
}

static void
connect_all(struct db *db)
{
	enum status st = dbpool_connect(db->queries, db->url);

	set_state(db, DB_CONNECTING);
	if (st == STATUS_OK)
		st = dbpool_connect(db->bulk, db->url);
	if (st == STATUS_OK)
		st = combiner_connect(db->combiner, db->url);
	if (st == STATUS_OK)
		st = control_connect(db->control, db->url);
	if (st != STATUS_OK)
		report(db, st);
	else
		sessions_connect(db->sessions, db->url);
}

static void
on_migrated(void *arg, enum status st, unsigned applied)
{
	struct db *db = arg;

	db->migrate = NULL;
	if (st != STATUS_OK) {
		report(db, st);
		return;
	}
	log_info("db", "event=migrated applied=%u", applied);
	connect_all(db);
}

static void
migrate(struct db *db)
{
	enum status st;

	struct migrate_config config = {db->owner_url, db->migrations, CONNECT_MS, db->role[0] != '\0' ? db->role : NULL,
		db->embedded != NULL};

	set_state(db, DB_MIGRATING);
	st = migrate_start(db->loop, &config, db->diag, on_migrated, db, &db->migrate);
	if (st != STATUS_OK)
		report(db, st);
}

static void
on_server(void *arg, enum status st)
{
	struct db *db = arg;

	if (st != STATUS_OK) {
		report(db, st);
	} else if (db->state == DB_SERVER) {
		migrate(db);
	} else {
		/* It is back after a crash. */
		dbpool_retry(db->queries);
		dbpool_retry(db->bulk);
		combiner_retry(db->combiner);
		control_retry(db->control);
	}
}

static void
on_tick(void *arg)
{
	struct db *db = arg;

	if (db->url != NULL && db->state == DB_SERVER && db->embedded == NULL) {
		migrate(db);
		return;
	}
	if (db->embedded != NULL)
		db->full = room_is_full(db->data_dir, db->full);
	dbpool_tick(db->queries);
	dbpool_tick(db->bulk);
	combiner_tick(db->combiner);
	sessions_tick(db->sessions);
	control_tick(db->control);
	if (db->state == DB_CONNECTING && clock_monotonic() - db->since > CONNECT_MS * CLOCK_SECOND / 1000) {
		diag_error(db->diag, "db.unreachable", "database", NULL, NULL);
		report(db, STATUS_UNAVAILABLE);
	}
}

/* ---- life ---- */

static enum status
make_parts(struct db *db, const struct db_config *config)
{
	size_t queue = config->queue > 0 ? config->queue : 1000;
	struct dbpool_config queries = {"db=query", &settle_queries, config->connections > 0 ? config->connections : 4,
		queue, WAIT_MS, 40000, false, on_changed, db};
	struct dbpool_config bulk = {"db=bulk", &settle_bulk, BULK_CONNECTIONS, queue, 60000, 70000, true, NULL, NULL};
	struct combiner_config acts = {&settle_acts, queue, 2 * WAIT_MS, 3000, 20000, on_changed, db};
	struct sessions_config sessions = {&settle_sessions, queue, 2 * WAIT_MS, 70000};
	enum status st;

	st = dbpool_new(db->loop, &queries, &db->queries);
	if (st == STATUS_OK)
		st = dbpool_new(db->loop, &bulk, &db->bulk);
	if (st == STATUS_OK)
		st = combiner_new(db->loop, &acts, &db->combiner);
	if (st == STATUS_OK)
		st = sessions_new(db->loop, &sessions, &db->sessions);
	if (st == STATUS_OK)
		st = control_new(db->loop, &settle_control, on_changed, db, &db->control);
	return st;
}

static void
free_parts(struct db *db)
{
	loop_timer_stop(db->tick);
	db->tick = NULL;
	migrate_cancel(db->migrate);
	control_free(db->control);
	combiner_free(db->combiner);
	dbpool_free(db->queries);
	dbpool_free(db->bulk);
	sessions_free(db->sessions);
}

static void
free_db(struct db *db)
{
	diag_free(db->diag);
	free(db->own_url);
	free(db->own_owner_url);
	free(db->data_dir);
	free(db->migrations);
	free(db->service_user);
	free(db);
}

static bool
copy(const char *from, char **to)
{
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

/* Names that need no care in a statement. */
static bool
is_plain(const char *role)
{
	size_t n = strspn(role, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n > 0 && n < 64 && role[n] == '\0';
}

static void
set_embedded_urls(struct db *db, bool as_owner)
{
	db->owner_url = embedded_owner_url(db->embedded);
	db->url = as_owner ? db->owner_url : embedded_url(db->embedded);
	if (!as_owner)
		snprintf(db->role, sizeof(db->role), "%s", PLACE_ROLE);
}

/* The user that url names, when another one owns the schema. */
static enum status
set_urls(struct db *db)
{
	char user[64] = "";

	db->url = db->own_url;
	db->owner_url = db->own_owner_url != NULL ? db->own_owner_url : db->url;
	if (db->own_owner_url == NULL)
		return STATUS_OK;
	if (!dbconn_user(db->own_url, user, sizeof(user)) || !is_plain(user)) {
		diag_error(db->diag, "conf.value", "database.url", user, "postgresql://USER@…");
		return STATUS_INVALID;
	}
	snprintf(db->role, sizeof(db->role), "%s", user);
	return STATUS_OK;
}

enum status
db_start(struct loop *loop, const struct db_config *config, void (*ready)(void *arg, enum status st), void *arg,
	struct db **out)
{
	struct db *db = calloc(1, sizeof(*db));
	enum status st = STATUS_NO_MEMORY;

	if (db == NULL)
		return st;
	db->loop = loop;
	db->ready = ready;
	db->ready_arg = arg;
	db->since = clock_monotonic();
	db->diag = diag_new();
	if (db->diag != NULL && copy(config->url, &db->own_url) && copy(config->owner_url, &db->own_owner_url) && copy(config->data_dir, &db->data_dir) &&
		copy(config->migrations, &db->migrations) && copy(config->service_user, &db->service_user))
		st = make_parts(db, config);
	if (st == STATUS_OK && db->own_url != NULL && (st = set_urls(db)) != STATUS_OK)
		log_findings(db->diag);
	if (st == STATUS_OK)
		st = loop_timer_start(loop, 0, TICK_MS, on_tick, db, &db->tick);
	if (st == STATUS_OK && db->own_url == NULL) {
		st = embedded_start(loop, db->data_dir, db->service_user, db->diag, on_server, db, &db->embedded);
		log_findings(db->diag);
	}
	if (st != STATUS_OK) {
		free_parts(db);
		free_db(db);
		return st;
	}
	if (db->own_url == NULL)
		set_embedded_urls(db, config->as_owner);
	*out = db;
	return STATUS_OK;
}

static void
finish_stop(void *arg)
{
	struct db *db = arg;
	void (*done)(void *) = db->done;
	void *done_arg = db->done_arg;

	free_db(db);
	done(done_arg);
}

static void
on_stopped(void *arg)
{
	struct db *db = arg;

	db->ended = true;
	if (db->held == 0)
		finish_stop(db);
}

bool
db_is_stopping(const struct db *db)
{
	return db->state == DB_STOPPING;
}

void
db_hold(struct db *db)
{
	db->held++;
}

void
db_release(struct db *db)
{
	db->held--;
	if (db->ended && db->held == 0 && loop_soon(db->loop, finish_stop, db) != STATUS_OK)
		abort();
}

void
db_stop(struct db *db, void (*done)(void *arg), void *arg)
{
	set_state(db, DB_STOPPING);
	db->done = done;
	db->done_arg = arg;
	if (db->companion != NULL)
		db->forget(db->companion);
	db->companion = NULL;
	free_parts(db);
	if (db->embedded != NULL)
		embedded_stop(db->embedded, on_stopped, db);
	else if (loop_soon(db->loop, on_stopped, db) != STATUS_OK)
		abort();
}

bool
db_is_up(const struct db *db)
{
	return combiner_is_up(db->combiner) && dbpool_up(db->queries) > 0;
}

struct loop *
db_loop(const struct db *db)
{
	return db->loop;
}

const char *
db_dir(const struct db *db)
{
	return db->data_dir;
}

/* ---- the parts, by their public names ---- */

/* After db_stop, until done, whoever had not heard of it is answered all the same; and who would write much on a full disk. */
static void
on_refused(void *arg)
{
	struct request *r = arg;

	request_answer(r, r->refused, NULL, NULL);
}

static void
refuse_query(struct db *db, enum status st, const struct db_stmt *stmt, const struct db_param *params, db_cb cb,
	void *arg)
{
	struct request *r = request_new(stmt, params, cb, arg);

	r->refused = st;
	if (loop_soon(db->loop, on_refused, r) != STATUS_OK)
		abort();
}

void
db_query(struct db *db, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg)
{
	if (db->state == DB_STOPPING)
		refuse_query(db, STATUS_CANCELLED, stmt, params, cb, arg);
	else
		dbpool_query(db->queries, stmt, params, cb, arg);
}

void
db_bulk(struct db *db, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg)
{
	if (db->state == DB_STOPPING)
		refuse_query(db, STATUS_CANCELLED, stmt, params, cb, arg);
	else if (db->full && !dbpool_only_reads(stmt->sql))
		refuse_query(db, STATUS_NO_SPACE, stmt, params, cb, arg);
	else
		dbpool_query(db->bulk, stmt, params, cb, arg);
}

struct refused_act {
	enum status status;
	const struct act_kind *kind;
	void *arg;
};

static void
on_refused_act(void *arg)
{
	struct refused_act a = *(struct refused_act *)arg;

	free(arg);
	a.kind->done(a.arg, a.status);
}

static void
refuse_act(struct db *db, enum status st, const struct act_kind *kind, void *arg)
{
	struct refused_act *a = malloc(sizeof(*a));

	if (a == NULL)
		abort();
	*a = (struct refused_act){st, kind, arg};
	if (loop_soon(db->loop, on_refused_act, a) != STATUS_OK)
		abort();
}

void
db_act(struct db *db, const struct act_kind *kind, void *arg)
{
	if (db->state == DB_STOPPING)
		refuse_act(db, STATUS_CANCELLED, kind, arg);
	else if (db->full)
		refuse_act(db, STATUS_NO_SPACE, kind, arg);
	else
		combiner_act(db->combiner, kind, arg);
}

void
db_session_open(struct db *db, void (*opened)(void *arg, enum status st, struct db_session *s), void *arg)
{
	sessions_open(db->sessions, opened, arg);
}

bool
db_set_companion(struct db *db, void *thing, void (*forget)(void *thing))
{
	if (db->state == DB_STOPPING || db->companion != NULL)
		return false;
	db->companion = thing;
	db->forget = forget;
	return true;
}

void *
db_companion(const struct db *db)
{
	return db->companion;
}

void
db_listen(struct db *db, const char *channel, void (*fn)(void *arg, const char *payload), void *arg)
{
	control_listen(db->control, channel, fn, arg);
}

struct db_leader *
db_leader_start(struct db *db, int64_t key, void (*gained)(void *arg), void (*lost)(void *arg), void *arg)
{
	return control_lead(db->control, key, gained, lost, arg);
}

int
db_server_pid(const struct db *db)
{
	return db->embedded != NULL ? (int)embedded_pid(db->embedded) : 0;
}

struct db_counters
db_counters(const struct db *db)
{
	struct db_counters n = {0};

	dbpool_count(db->queries, &n);
	dbpool_count(db->bulk, &n);
	combiner_count(db->combiner, &n);
	control_count(db->control, &n);
	n.full = db->full;
	return n;
}
