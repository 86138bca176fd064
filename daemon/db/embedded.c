/* embedded: see embedded.h. Paths and users are place's, processes child's; here is the order of things. */
#include "daemon/db/embedded.h"

#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/db/child.h"
#include "daemon/db/pid_file.h"
#include "daemon/db/place.h"
#include "daemon/db/watch.h"
#include "daemon/io/loop.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define POLL_MS 20
#define START_MOST_S 120   /* crash recovery of a large log takes its time */
#define FIRST_ATTEMPTS 5   /* before ready reports failure */
#define BACKOFF_LEAST_MS 100
#define BACKOFF_MOST_MS 3000
#define STOP_MS 10000      /* SIGINT to SIGQUIT, SIGQUIT to SIGKILL */

enum embedded_state {
	EMBEDDED_EVICTING, /* a postgres that an earlier congvand left behind is being stopped */
	EMBEDDED_CLEANING, /* the remains of an unfinished initdb are removed */
	EMBEDDED_MAKING,   /* initdb writes data.new */
	EMBEDDED_SYNCING,  /* data.new is flushed to disk, then renamed */
	EMBEDDED_STARTING, /* postgres runs and does not accept connections yet */
	EMBEDDED_READY,    /* it does */
	EMBEDDED_RESTING,  /* it has ended; the back-off timer runs */
	EMBEDDED_STOPPING, /* embedded_stop was called; a process is still to end */
	EMBEDDED_FAILED    /* ready has reported why; only embedded_stop is left */
};

struct embedded {
	struct loop *loop;
	struct place place;
	enum embedded_state state;
	struct diag *diag; /* until ready is called */
	struct child *child;
	int old_pidfd; /* of the postgres being evicted */
	struct watch *old_watch;
	struct loop_timer *timer;
	clock_us since; /* of the state */
	bool reported; /* ready has been called */
	unsigned backoff_ms, attempts, signals;
	char url[PATH_MAX * 2 + 100], owner_url[PATH_MAX * 2 + 100];
	void (*ready)(void *arg, enum status st);
	void *ready_arg;
	void (*done)(void *arg);
	void *done_arg;
};

static void run_child(struct embedded *e);
static void on_timer(void *arg);

static void
set_state(struct embedded *e, enum embedded_state state)
{
#define TO(x) (1u << EMBEDDED_##x)
	static const unsigned moves[] = {
		[EMBEDDED_EVICTING] = TO(CLEANING) | TO(STARTING) | TO(FAILED),
		[EMBEDDED_CLEANING] = TO(MAKING) | TO(FAILED),
		[EMBEDDED_MAKING] = TO(SYNCING) | TO(FAILED),
		[EMBEDDED_SYNCING] = TO(STARTING) | TO(FAILED),
		[EMBEDDED_STARTING] = TO(READY) | TO(RESTING) | TO(FAILED),
		[EMBEDDED_READY] = TO(RESTING),
		[EMBEDDED_RESTING] = TO(STARTING) | TO(FAILED),
		[EMBEDDED_STOPPING] = 0,
		[EMBEDDED_FAILED] = 0,
	};
#undef TO

	if (state != EMBEDDED_STOPPING && !(moves[e->state] & 1u << state))
		abort();
	e->state = state;
	e->since = clock_monotonic();
}

static void
timer_every(struct embedded *e, uint64_t ms, uint64_t repeat_ms)
{
	loop_timer_stop(e->timer);
	e->timer = NULL;
	if (loop_timer_start(e->loop, ms, repeat_ms, on_timer, e, &e->timer) != STATUS_OK)
		abort();
}

static void
timer_off(struct embedded *e)
{
	loop_timer_stop(e->timer);
	e->timer = NULL;
}

static void
report(struct embedded *e, enum status st)
{
	e->diag = NULL;
	e->reported = true;
	e->ready(e->ready_arg, st);
}

static void
fail(struct embedded *e, const char *what, const char *got)
{
	diag_error(e->diag, "db.postgres.start", what, got, NULL);
	timer_off(e);
	set_state(e, EMBEDDED_FAILED);
	report(e, STATUS_UNAVAILABLE);
}

/* ---- programs ---- */

/* What an administrator may not get wrong stands on the command line; the rest of postgresql.conf is his. */
static const char *const settings[] = {
	"listen_addresses=", "unix_socket_permissions=0700", "port=5432", "fsync=on", "full_page_writes=on",
	"synchronous_commit=on", "recovery_init_sync_method=syncfs", "wal_level=replica", "max_connections=60", "shared_buffers=96MB", "work_mem=8MB",
	"maintenance_work_mem=64MB", "wal_buffers=8MB", "max_wal_size=1GB", "min_wal_size=128MB",
	"max_wal_senders=3", "checkpoint_completion_target=0.9", "jit=off", "max_parallel_workers_per_gather=0",
	"autovacuum=on", "timezone=UTC", "log_timezone=UTC", "log_destination=stderr", "logging_collector=off",
	/* never texts of statements or rows in the log */
	"log_min_error_statement=panic", "log_error_verbosity=terse", "log_min_duration_statement=-1",
	"log_statement=none", "log_line_prefix=",
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* execve's signature is older than const; it does not write. */
static char *
word(const char *s)
{
	return (char *)(uintptr_t)s;
}

static enum status
start_postgres(struct embedded *e, void (*ended)(void *arg, int wait_status))
{
	char program[PATH_MAX + 16], hba[PATH_MAX + 16], ident[PATH_MAX + 16], socket[PATH_MAX + 32];
	char *argv[2 * SETTINGS + 12];
	size_t n = 0;

	snprintf(program, sizeof(program), "%s/postgres", e->place.bin);
	snprintf(hba, sizeof(hba), "hba_file=%s", e->place.hba);
	snprintf(ident, sizeof(ident), "ident_file=%s", e->place.ident);
	/* A list of folders: quoted, for a comma or a space in the path. */
	snprintf(socket, sizeof(socket), "unix_socket_directories=\"%s\"", e->place.socket_dir);
	argv[n++] = program;
	argv[n++] = word("-D");
	argv[n++] = e->place.data;
	argv[n++] = word("-c");
	argv[n++] = hba;
	argv[n++] = word("-c");
	argv[n++] = ident;
	argv[n++] = word("-c");
	argv[n++] = socket;
	for (size_t i = 0; i < SETTINGS; i++) {
		argv[n++] = word("-c");
		argv[n++] = word(settings[i]);
	}
	argv[n] = NULL;
	return child_start(e->loop, "postgres", argv, &e->place.user, ended, e, &e->child);
}

static enum status
start_initdb(struct embedded *e, bool sync_only, void (*ended)(void *arg, int wait_status))
{
	char program[PATH_MAX + 16];
	char *make[] = {program, word("-D"), e->place.fresh, word("-U"), word("congvan"),
		word("-A"), word("peer"), word("--no-sync"), word("--locale=C"),
		word("--encoding=UTF8"), word("--no-instructions"), word("--data-checksums"), NULL};
	char *sync[] = {program, word("-D"), e->place.fresh, word("--sync-only"), NULL};

	snprintf(program, sizeof(program), "%s/initdb", e->place.bin);
	return child_start(e->loop, "initdb", sync_only ? sync : make, &e->place.user, ended, e, &e->child);
}

static enum status
start_cleaning(struct embedded *e, void (*ended)(void *arg, int wait_status))
{
	char *argv[] = {word("/usr/bin/find"), e->place.fresh, word("-mindepth"), word("1"),
		word("-delete"), NULL};

	return child_start(e->loop, "initdb", argv, &e->place.user, ended, e, &e->child);
}

/* ---- one thing after the other ---- */

static void
free_embedded(struct embedded *e)
{
	void (*done)(void *) = e->done;
	void *arg = e->done_arg;

	timer_off(e);
	watch_stop(e->old_watch);
	if (e->old_pidfd >= 0)
		close(e->old_pidfd);
	place_close(&e->place);
	free(e);
	done(arg);
}

static void
rest(struct embedded *e)
{
	set_state(e, EMBEDDED_RESTING);
	timer_every(e, e->backoff_ms, 0);
	e->backoff_ms = e->backoff_ms * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : e->backoff_ms * 2;
}

static void
postgres_ended(struct embedded *e, const char *how)
{
	bool was_ready = e->state == EMBEDDED_READY;

	if (was_ready && clock_monotonic() - e->since > 2 * CLOCK_SECOND)
		e->backoff_ms = BACKOFF_LEAST_MS;
	log_write(was_ready ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, "postgres", "event=ended how=\"%s\"", how);
	if (!was_ready && !e->reported && ++e->attempts >= FIRST_ATTEMPTS)
		fail(e, e->place.data, how);
	else
		rest(e);
}

static void
on_ended(void *arg, int wait_status)
{
	struct embedded *e = arg;
	bool fine = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
	char how[40];

	snprintf(how, sizeof(how), WIFSIGNALED(wait_status) ? "signal %d" : "exit %d",
		WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
	e->child = NULL;
	switch (e->state) {
	case EMBEDDED_STOPPING:
		free_embedded(e);
		return;
	case EMBEDDED_STARTING:
	case EMBEDDED_READY:
		postgres_ended(e, how);
		return;
	case EMBEDDED_CLEANING:
		set_state(e, EMBEDDED_MAKING);
		break;
	case EMBEDDED_MAKING:
		if (!fine) {
			fail(e, "initdb", how);
			return;
		}
		set_state(e, EMBEDDED_SYNCING);
		break;
	case EMBEDDED_SYNCING:
		if (!fine || place_adopt_fresh(&e->place) != STATUS_OK) {
			fail(e, "initdb", how);
			return;
		}
		set_state(e, EMBEDDED_STARTING);
		break;
	default:
		return;
	}
	run_child(e);
}

/* Starts the process that belongs to the state. */
static void
run_child(struct embedded *e)
{
	enum status st = STATUS_INTERNAL;

	switch (e->state) {
	case EMBEDDED_CLEANING:
		st = start_cleaning(e, on_ended);
		break;
	case EMBEDDED_MAKING:
		st = start_initdb(e, false, on_ended);
		break;
	case EMBEDDED_SYNCING:
		st = start_initdb(e, true, on_ended);
		break;
	case EMBEDDED_STARTING:
		if (pid_file_drop_stale(e->place.data))
			log_warn("postgres", "event=stale-pid-file");
		st = start_postgres(e, on_ended);
		if (st == STATUS_OK)
			timer_every(e, POLL_MS, POLL_MS);
		break;
	default:
		break;
	}
	if (st == STATUS_OK)
		return;
	if (e->state == EMBEDDED_STARTING)
		postgres_ended(e, "no process");
	else
		fail(e, "initdb", "no process");
}

static void
begin(struct embedded *e)
{
	set_state(e, place_has_data(&e->place) ? EMBEDDED_STARTING : EMBEDDED_CLEANING);
	run_child(e);
}

/* ---- a postgres left behind ---- */

static void
on_evicted(void *arg)
{
	struct embedded *e = arg;

	watch_stop(e->old_watch);
	e->old_watch = NULL;
	close(e->old_pidfd);
	e->old_pidfd = -1;
	timer_off(e);
	log_info("postgres", "event=evicted");
	if (e->state == EMBEDDED_STOPPING)
		free_embedded(e);
	else
		begin(e);
}

/* SIGINT is a fast shutdown, SIGQUIT one without a checkpoint; both are safe. Never SIGKILL: its children would be left. */
static void
evict(struct embedded *e)
{
	int signum = e->signals++ == 0 ? SIGINT : SIGQUIT;

	log_warn("postgres", "event=left-behind signal=%d", signum);
	syscall(SYS_pidfd_send_signal, e->old_pidfd, signum, NULL, 0);
	if (e->signals > 3) {
		watch_stop(e->old_watch);
		e->old_watch = NULL;
		fail(e, e->place.data, "a postgres left behind does not stop");
	}
}

/* ---- the timer, by state ---- */

static void
look_if_ready(struct embedded *e)
{
	struct pid_file file;

	if (pid_file_read(e->place.data, &file) && file.pid == child_pid(e->child) && file.ready) {
		timer_off(e);
		log_info("postgres", "event=ready pid=%d ms=%lld", (int)file.pid,
			(long long)(clock_monotonic() - e->since) / 1000);
		set_state(e, EMBEDDED_READY);
		report(e, STATUS_OK);
	} else if (clock_monotonic() - e->since > START_MOST_S * CLOCK_SECOND) {
		timer_off(e);
		child_kill(e->child, SIGQUIT);
	}
}

static void
stop_harder(struct embedded *e)
{
	static const int signals[] = {SIGINT, SIGQUIT, SIGKILL};

	if (e->child != NULL)
		child_kill(e->child, signals[e->signals < 2 ? e->signals : 2]);
	e->signals++;
}

static void
on_timer(void *arg)
{
	struct embedded *e = arg;

	switch (e->state) {
	case EMBEDDED_EVICTING:
		if (e->old_pidfd >= 0) {
			evict(e);
			break;
		}
		timer_off(e);
		begin(e);
		break;
	case EMBEDDED_STARTING:
		look_if_ready(e);
		break;
	case EMBEDDED_RESTING:
		timer_off(e);
		set_state(e, EMBEDDED_STARTING);
		run_child(e);
		break;
	case EMBEDDED_STOPPING:
		if (e->child == NULL)
			free_embedded(e);
		else
			stop_harder(e);
		break;
	default:
		timer_off(e);
	}
}

/* ---- life ---- */

/* libpq quotes with ' and \. */
static void
make_urls(struct embedded *e)
{
	char quoted[PATH_MAX * 2];
	size_t n = 0;

	for (const char *s = e->place.socket_dir; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			quoted[n++] = '\\';
		quoted[n++] = *s;
	}
	quoted[n] = '\0';
	snprintf(e->owner_url, sizeof(e->owner_url), "host='%s' port=5432 user=congvan dbname=postgres", quoted);
	snprintf(e->url, sizeof(e->url), "host='%s' port=5432 user=" PLACE_ROLE " dbname=postgres", quoted);
}

enum status
embedded_start(struct loop *loop, const char *data_dir, const char *service_user, struct diag *diag,
	void (*ready)(void *arg, enum status st), void *arg, struct embedded **out)
{
	struct embedded *e = calloc(1, sizeof(*e));
	enum status st;

	if (e == NULL)
		return STATUS_NO_MEMORY;
	e->loop = loop;
	e->diag = diag;
	e->ready = ready;
	e->ready_arg = arg;
	e->state = EMBEDDED_EVICTING;
	e->backoff_ms = BACKOFF_LEAST_MS;
	e->old_pidfd = -1;
	st = place_prepare(data_dir, service_user, diag, &e->place);
	if (st != STATUS_OK) {
		free(e);
		return st;
	}
	make_urls(e);
	e->old_pidfd = pid_file_open(e->place.data);
	if (e->old_pidfd >= 0)
		st = watch_start(loop, e->old_pidfd, on_evicted, e, &e->old_watch);
	if (st != STATUS_OK) {
		close(e->old_pidfd);
		place_close(&e->place);
		free(e);
		return st;
	}
	timer_every(e, 0, STOP_MS);
	*out = e;
	return STATUS_OK;
}

const char *
embedded_owner_url(const struct embedded *e)
{
	return e->owner_url;
}

const char *
embedded_url(const struct embedded *e)
{
	return e->url;
}

void
embedded_stop(struct embedded *e, void (*done)(void *arg), void *arg)
{
	e->diag = NULL;
	e->done = done;
	e->done_arg = arg;
	e->signals = 0;
	set_state(e, EMBEDDED_STOPPING);
	/* The first signal, or the end when nothing runs, in the next turn. A postgres left behind is left alone. */
	timer_every(e, 0, STOP_MS);
}

pid_t
embedded_pid(const struct embedded *e)
{
	bool runs = e->state == EMBEDDED_STARTING || e->state == EMBEDDED_READY;

	return runs && e->child != NULL ? child_pid(e->child) : 0;
}
