/*
 * loop: see loop.h. Tasks run from an idle handle, which also keeps libuv from waiting while any is
 * posted. The length of a turn is taken between two prepare callbacks, less the time libuv spent
 * waiting in the kernel: I/O callbacks run inside libuv's poll, so that a prepare-check pair alone
 * would miss them.
 */
#include "daemon/io/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/io/loop_uv.h"
#include "lib/base/log.h"

struct loop_timer {
	uv_timer_t handle;
	TAILQ_ENTRY(loop_timer) link;
	struct loop *loop;
	uint64_t repeat_ms;
	void (*fn)(void *arg);
	void *arg;
	bool closing;
};

struct loop_signal {
	uv_signal_t handle;
	struct loop_signal *next;
	void (*fn)(void *arg);
	void *arg;
};

/* What loop_soon allocates. */
struct once {
	struct loop_task task;
	void (*fn)(void *arg);
	void *arg;
};

/* A callback, for the account of long turns. */
struct work {
	const char *what, *note;
	void (*fn)(void *arg); /* of a task, timer or signal; else NULL */
	uint64_t ns;           /* began at; when it has ended, how long it took */
	const char *now;       /* the note since `since`; `note` is the one that took longest, note_ns */
	uint64_t since, note_ns;
};

struct loop {
	uv_loop_t uv;
	uv_idle_t idle;
	uv_prepare_t prepare;
	TAILQ_HEAD(, loop_task) tasks;
	TAILQ_HEAD(, loop_timer) timers;
	struct loop_signal *signals;
	unsigned held; /* loop_hold without loop_release */
	uint64_t turn;
	uint64_t turn_began_ns, idle_ns, cpu_ns; /* at the last prepare, or when loop_run began */
	uint64_t longest_ns, longest_cpu_ns;
	struct work work, turn_work, longest_work; /* under way; the longest of this turn; of the longest turn */
	unsigned depth;                            /* of loop_enter */
};

static void run_tasks(uv_idle_t *handle);

/* Time this thread has spent computing: on a busy machine a turn lasts longer than its work. */
static uint64_t
cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

extern const char __executable_start[]; /* the linker's: function addresses as addr2line wants them */

static void
work_begin(struct loop *l, const char *what, void (*fn)(void *arg))
{
	uint64_t now = uv_hrtime();

	if (l->depth++ == 0)
		l->work = (struct work){.what = what, .note = "", .now = "", .fn = fn, .ns = now, .since = now};
}

static void
work_end(struct loop *l)
{
	if (--l->depth > 0)
		return;
	loop_note(l, "");
	l->work.ns = uv_hrtime() - l->work.ns;
	if (l->work.ns > l->turn_work.ns)
		l->turn_work = l->work;
}

static void
log_long_turn(const struct loop *l, uint64_t wall_ns, uint64_t cpu_ns)
{
	const struct work *w = &l->turn_work;

	log_debug("loop", "event=long-turn cpu_us=%llu wall_us=%llu what=%s note=%s work_us=%llu fn=%#llx", (unsigned long long)cpu_ns / 1000,
		(unsigned long long)wall_ns / 1000, w->what, w->note, (unsigned long long)w->ns / 1000,
		w->fn != NULL ? (unsigned long long)((uintptr_t)w->fn - (uintptr_t)__executable_start) : 0);
}

static void
measure_turn(uv_prepare_t *handle)
{
	struct loop *l = handle->data;
	uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(&l->uv), cpu = cpu_time(), busy;

	busy = now - l->turn_began_ns - (idle - l->idle_ns);
	if (busy > l->longest_ns && busy < INT64_MAX)
		l->longest_ns = busy;
	if (cpu - l->cpu_ns > l->longest_cpu_ns) {
		l->longest_cpu_ns = cpu - l->cpu_ns;
		l->longest_work = l->turn_work;
	}
	if (cpu - l->cpu_ns > LOOP_TURN_US * 1000)
		log_long_turn(l, busy, cpu - l->cpu_ns);
	l->turn_work = (struct work){.what = "", .note = ""};
	l->cpu_ns = cpu;
	l->turn_began_ns = now;
	l->idle_ns = idle;
}

enum status
loop_new(struct loop **out)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return STATUS_NO_MEMORY;
	if (uv_loop_init(&l->uv) != 0) {
		free(l);
		return STATUS_IO;
	}
	l->uv.data = l;
	l->turn_work = l->longest_work = (struct work){.what = "", .note = ""};
	(void)uv_loop_configure(&l->uv, UV_METRICS_IDLE_TIME);
	signal(SIGPIPE, SIG_IGN);
	TAILQ_INIT(&l->tasks);
	TAILQ_INIT(&l->timers);
	uv_idle_init(&l->uv, &l->idle);
	l->idle.data = l;
	uv_prepare_init(&l->uv, &l->prepare);
	l->prepare.data = l;
	uv_prepare_start(&l->prepare, measure_turn);
	uv_unref((uv_handle_t *)&l->prepare);
	*out = l;
	return STATUS_OK;
}

void
loop_run(struct loop *l)
{
	l->turn_began_ns = uv_hrtime();
	l->idle_ns = uv_metrics_idle_time(&l->uv);
	l->cpu_ns = cpu_time();
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void
loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

static void
signal_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
close_signals(struct loop *l)
{
	struct loop_signal *s;

	while ((s = l->signals) != NULL) {
		l->signals = s->next;
		uv_close((uv_handle_t *)&s->handle, signal_closed);
	}
}

/* loop_soon's own memory goes even when its turn never comes. */
static void
run_once(void *arg)
{
	struct once *o = arg;
	void (*fn)(void *) = o->fn;
	void *fn_arg = o->arg;

	free(o);
	fn(fn_arg);
}

static void
drop_tasks(struct loop *l)
{
	struct loop_task *t;

	while ((t = TAILQ_FIRST(&l->tasks)) != NULL) {
		loop_task_cancel(t);
		if (t->fn == run_once)
			free(t->arg);
	}
}

void
loop_hold(struct loop *l)
{
	l->held++;
}

void
loop_release(struct loop *l)
{
	l->held--;
}

void
loop_free(struct loop *l)
{
	struct loop_timer *t;

	if (l == NULL)
		return;
	drop_tasks(l);
	while ((t = TAILQ_FIRST(&l->timers)) != NULL)
		loop_timer_stop(t);
	close_signals(l);
	uv_close((uv_handle_t *)&l->idle, NULL);
	uv_close((uv_handle_t *)&l->prepare, NULL);
	uv_run(&l->uv, UV_RUN_NOWAIT);
	while (l->held > 0)
		uv_run(&l->uv, UV_RUN_ONCE);
	if (uv_loop_close(&l->uv) != 0) {
		log_error("loop", "error=handles-left");
		return; /* they point into the loop: better kept than used after free */
	}
	free(l);
}

uv_loop_t *
loop_uv(struct loop *l)
{
	return &l->uv;
}

enum status
loop_uv_status(int error)
{
	switch (error) {
	case 0:
		return STATUS_OK;
	case UV_ENOMEM:
		return STATUS_NO_MEMORY;
	case UV_ENOENT:
		return STATUS_NOT_FOUND;
	case UV_EACCES:
	case UV_EPERM:
		return STATUS_DENIED;
	case UV_EADDRINUSE:
		return STATUS_DUPLICATE;
	case UV_ECANCELED:
		return STATUS_CANCELLED;
	case UV_ETIMEDOUT:
		return STATUS_TIMEOUT;
	case UV_ECONNREFUSED:
		return STATUS_UNAVAILABLE;
	case UV_ENOSPC:
		return STATUS_NO_SPACE;
	default:
		return STATUS_IO;
	}
}

uint64_t
loop_now_ms(const struct loop *l)
{
	return uv_now(&l->uv);
}

/* --- tasks --- */

void
loop_task_init(struct loop_task *t, void (*fn)(void *arg), void *arg)
{
	*t = (struct loop_task){.fn = fn, .arg = arg};
}

void
loop_task_post(struct loop *l, struct loop_task *t)
{
	if (t->waiting != NULL)
		return;
	if (TAILQ_EMPTY(&l->tasks))
		uv_idle_start(&l->idle, run_tasks);
	t->waiting = l;
	t->turn = l->turn;
	TAILQ_INSERT_TAIL(&l->tasks, t, link);
}

void
loop_task_cancel(struct loop_task *t)
{
	struct loop *l = t->waiting;

	if (l == NULL)
		return;
	TAILQ_REMOVE(&l->tasks, t, link);
	t->waiting = NULL;
	if (TAILQ_EMPTY(&l->tasks))
		uv_idle_stop(&l->idle);
}

/* Runs those that were posted before this turn; what they post waits for the next one. */
static void
run_tasks(uv_idle_t *handle)
{
	struct loop *l = handle->data;
	uint64_t now = ++l->turn;
	struct loop_task *t;

	while ((t = TAILQ_FIRST(&l->tasks)) != NULL && t->turn != now) {
		loop_task_cancel(t);
		work_begin(l, "task", t->fn == run_once ? ((struct once *)t->arg)->fn : t->fn);
		t->fn(t->arg);
		work_end(l);
	}
}

enum status
loop_soon(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct once *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return STATUS_NO_MEMORY;
	o->fn = fn;
	o->arg = arg;
	loop_task_init(&o->task, run_once, o);
	loop_task_post(l, &o->task);
	return STATUS_OK;
}

/* --- timers --- */

static void
timer_fired(uv_timer_t *handle)
{
	struct loop_timer *t = handle->data;

	struct loop *l = t->loop;

	work_begin(l, "timer", t->fn);
	t->fn(t->arg); /* may stop the timer; its memory lives until the close callback */
	work_end(l);
}

static void
timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

enum status
loop_timer_start(struct loop *l, uint64_t ms, uint64_t repeat_ms, void (*fn)(void *arg), void *arg,
	struct loop_timer **out)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return STATUS_NO_MEMORY;
	t->loop = l;
	t->repeat_ms = repeat_ms;
	t->fn = fn;
	t->arg = arg;
	uv_timer_init(&l->uv, &t->handle);
	t->handle.data = t;
	uv_timer_start(&t->handle, timer_fired, ms, repeat_ms);
	TAILQ_INSERT_TAIL(&l->timers, t, link);
	*out = t;
	return STATUS_OK;
}

void
loop_timer_again(struct loop_timer *t, uint64_t ms)
{
	if (!t->closing)
		uv_timer_start(&t->handle, timer_fired, ms, t->repeat_ms);
}

void
loop_timer_stop(struct loop_timer *t)
{
	if (t == NULL || t->closing)
		return;
	t->closing = true;
	TAILQ_REMOVE(&t->loop->timers, t, link);
	uv_close((uv_handle_t *)&t->handle, timer_closed);
}

/* --- signals --- */

static void
signal_fired(uv_signal_t *handle, int signum)
{
	struct loop_signal *s = handle->data;

	(void)signum;
	loop_enter(handle->loop, "signal");
	s->fn(s->arg);
	loop_leave(handle->loop);
}

enum status
loop_on_signal(struct loop *l, int signum, void (*fn)(void *arg), void *arg)
{
	struct loop_signal *s = calloc(1, sizeof(*s));
	int error;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	s->fn = fn;
	s->arg = arg;
	error = uv_signal_init(&l->uv, &s->handle);
	if (error != 0) {
		free(s);
		return loop_uv_status(error);
	}
	s->handle.data = s;
	s->next = l->signals;
	l->signals = s;
	error = uv_signal_start(&s->handle, signal_fired, signum);
	uv_unref((uv_handle_t *)&s->handle);
	return loop_uv_status(error);
}

/* --- the longest turn --- */

void
loop_enter(uv_loop_t *uv, const char *what)
{
	work_begin(uv->data, what, NULL);
}

void
loop_leave(uv_loop_t *uv)
{
	work_end(uv->data);
}

void
loop_note(struct loop *l, const char *note)
{
	struct work *w = &l->work;
	uint64_t now = uv_hrtime();

	if (now - w->since > w->note_ns) {
		w->note_ns = now - w->since;
		w->note = w->now;
	}
	w->now = note;
	w->since = now;
}

const char *
loop_longest_turn_what(const struct loop *l)
{
	return l->longest_work.what;
}

const char *
loop_longest_turn_note(const struct loop *l)
{
	return l->longest_work.note;
}

uint64_t
loop_longest_turn_us(const struct loop *l)
{
	return l->longest_ns / 1000;
}

uint64_t
loop_longest_turn_cpu_us(const struct loop *l)
{
	return l->longest_cpu_ns / 1000;
}

void
loop_reset_longest_turn(struct loop *l)
{
	l->longest_ns = 0;
	l->longest_cpu_ns = 0;
	l->longest_work = (struct work){.what = "", .note = ""};
}
