/*
 * pool: real workers on a real loop: every job ends exactly once, whatever becomes of the
 * processes.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/io/loop.h"
#include "daemon/io/pool.h"
#include "lib/base/log.h"

#define JOBS 64

static char program[4096];

struct scene {
	struct loop *loop;
	struct pool *pool;
	bool inside_submit;
	unsigned expected, ended;
	int order[JOBS];
	enum status status[JOBS];
	char finding[JOBS][64];
	int kept;
	bool stop_when_all_ended;
	struct loop_timer *timer;
	unsigned ticks;
	int signum; /* what ends a worker */
};

struct ticket {
	struct scene *scene;
	int number;
	bool keep;
};
static struct ticket tickets[JOBS];

static void
stopped(void *arg)
{
	struct scene *s = arg;

	s->pool = NULL;
}

static void
ended(void *arg, struct job_result *result)
{
	struct ticket *t = arg;
	struct scene *s = t->scene;

	assert_false(s->inside_submit);
	assert_non_null(result->diag);
	assert_true(s->ended < JOBS);
	s->order[s->ended++] = t->number;
	assert_int_equal(s->status[t->number], STATUS_COUNT_); /* not ended before */
	s->status[t->number] = result->status;
	if (diag_count(result->diag) > 0)
		snprintf(s->finding[t->number], sizeof(s->finding[0]), "%s",
			diag_at(result->diag, 0)->code);
	if (t->keep && result->file_count == 1) {
		s->kept = result->files[0];
		result->files[0] = -1;
	}
	if (s->stop_when_all_ended && s->ended == s->expected)
		pool_stop(s->pool, stopped, s);
}

static void
scene_open(struct scene *s, struct pool_config *config)
{
	struct pool_config base = {
		.program = program, .workers = 1, .queue = 100, .log_level = "warn"};

	memset(s, 0, sizeof(*s));
	for (int i = 0; i < JOBS; i++)
		s->status[i] = STATUS_COUNT_;
	s->kept = -1;
	s->stop_when_all_ended = true;
	if (config->program == NULL)
		config->program = base.program;
	if (config->workers == 0)
		config->workers = base.workers;
	if (config->queue == 0)
		config->queue = base.queue;
	config->log_level = base.log_level;
	assert_int_equal(loop_new(&s->loop), STATUS_OK);
	assert_int_equal(pool_start(s->loop, config, &s->pool), STATUS_OK);
}

/* Runs until the pool has stopped. */
static void
scene_run(struct scene *s)
{
	loop_run(s->loop);
	assert_null(s->pool);
	loop_free(s->loop);
}

static int
memory_file(const void *bytes, size_t n)
{
	int fd = frame_memfd("test");

	assert_int_equal(write(fd, bytes, n), n);
	return fd;
}

static enum status
submit(struct scene *s, int number, struct job *job, enum pool_priority priority)
{
	enum status st;

	tickets[number].scene = s;
	tickets[number].number = number;
	s->inside_submit = true;
	st = pool_submit(s->pool, job, priority, ended, &tickets[number]);
	s->inside_submit = false;
	if (st == STATUS_OK)
		s->expected++;
	return st;
}

static enum status
submit_sniff(struct scene *s, int number, enum pool_priority priority)
{
	struct job job = {.type = JOB_SNIFF, .file_count = 1, .params = json_object()};
	enum status st;

	tickets[number].keep = false;
	job.files[0] = memory_file("%PDF-1.7\n", 9);
	st = submit(s, number, &job, priority);
	close(job.files[0]); /* at once: the pool has its own */
	json_decref(job.params);
	return st;
}

/* The process ids of this process' children, up to n. */
static size_t
children(pid_t *to, size_t n)
{
	char path[64], text[1024];
	size_t count = 0;
	ssize_t len;
	char *at = text, *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	for (long pid; count < n && (pid = strtol(at, &end, 10)) > 0; at = end)
		to[count++] = (pid_t)pid;
	return count;
}

static void
signal_children(int signum)
{
	pid_t pids[16];
	size_t n = children(pids, 16);

	for (size_t i = 0; i < n; i++)
		kill(pids[i], signum);
}

static bool
all_ready(const struct scene *s)
{
	struct pool_counters c = pool_counters(s->pool);

	return c.ready == c.workers;
}

/* Calls fn every 20 ms until it stops the timer. */
static void
scene_every(struct scene *s, void (*fn)(void *))
{
	assert_int_equal(loop_timer_start(s->loop, 20, 20, fn, s, &s->timer), STATUS_OK);
}

static void
test_many_jobs(void **state)
{
	struct pool_config config = {.workers = 3};
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	for (int i = 0; i < 60; i++)
		assert_int_equal(submit_sniff(&s, i, POOL_NORMAL), STATUS_OK);
	assert_int_equal(pool_counters(s.pool).queued, 60);
	assert_int_equal(s.ended, 0);
	scene_run(&s);
	assert_int_equal(s.ended, 60);
	for (int i = 0; i < 60; i++)
		assert_int_equal(s.status[i], STATUS_OK);
}

static void
test_keep_a_file(void **state)
{
	struct job job = {.type = JOB_ZIP_BUILD, .file_count = 1};
	struct pool_config config = {0};
	char head[5] = "";
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	job.params = json_pack("{s:[{s:s}]}", "entries", "name", "a.txt");
	job.files[0] = memory_file("text", 4);
	tickets[0].keep = true;
	assert_int_equal(submit(&s, 0, &job, POOL_URGENT), STATUS_OK);
	json_object_clear(job.params); /* copied */
	json_decref(job.params);
	close(job.files[0]);
	scene_run(&s);
	assert_int_equal(s.status[0], STATUS_OK);
	assert_int_equal(pread(s.kept, head, 4, 0), 4);
	assert_memory_equal(head, "PK\3\4", 4);
	assert_int_equal(write(s.kept, "x", 1), -1); /* sealed: its digest stays what it is */
	close(s.kept);
}

/* A file given open for writing is not so for the worker, and its offset stays. */
static void
test_ordinary_file(void **state)
{
	struct job job = {.type = JOB_SNIFF, .file_count = 1};
	struct pool_config config = {0};
	char path[] = "/tmp/test_pool.XXXXXX";
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	job.params = json_object();
	job.files[0] = mkstemp(path);
	unlink(path);
	assert_int_equal(write(job.files[0], "%PDF-1.7\n", 9), 9);
	tickets[0].keep = false;
	assert_int_equal(submit(&s, 0, &job, POOL_URGENT), STATUS_OK);
	scene_run(&s);
	assert_int_equal(s.status[0], STATUS_OK);
	assert_int_equal(lseek(job.files[0], 0, SEEK_CUR), 9);
	close(job.files[0]);
	json_decref(job.params);
}

static void
test_refused_at_once(void **state)
{
	struct job job = {.type = JOB_SNIFF, .file_count = 1};
	struct pool_config config = {0};
	struct scene s;
	int ends[2];
	void *p;

	(void)state;
	scene_open(&s, &config);
	job.params = json_object();
	assert_int_equal(pipe(ends), 0);
	job.files[0] = ends[0];
	assert_int_equal(submit(&s, 0, &job, POOL_URGENT), STATUS_INVALID);
	close(ends[0]);
	close(ends[1]);
	job.files[0] = memory_file("abc", 3);
	p = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, job.files[0], 0);
	assert_int_equal(submit(&s, 0, &job, POOL_URGENT), STATUS_INVALID);
	munmap(p, 3);
	job.type = JOB_COUNT_;
	assert_int_equal(submit(&s, 0, &job, POOL_URGENT), STATUS_INVALID);
	close(job.files[0]);
	json_decref(job.params);
	pool_stop(s.pool, stopped, &s);
	scene_run(&s);
	assert_int_equal(s.ended, 0);
}

/*
 * --- a worker stopped before it is given a job, so that the job is surely running when the worker
 * is killed ---
 */

static void
kill_when_running(void *arg)
{
	struct scene *s = arg;

	if (s->expected == 0 && all_ready(s)) {
		signal_children(SIGSTOP);
		assert_int_equal(submit_sniff(s, 0, POOL_NORMAL), STATUS_OK);
		assert_int_equal(submit_sniff(s, 1, POOL_NORMAL), STATUS_OK);
	} else if (s->expected == 2 && pool_counters(s->pool).running == 1) {
		loop_timer_stop(s->timer);
		signal_children(s->signum);
		signal_children(SIGCONT);
	}
}

static int by_kill = SIGKILL, by_term = SIGTERM;

/* By somebody else: it is done by the next process. */
static void
test_killed_in_mid_job(void **state)
{
	struct pool_config config = {0};
	struct scene s;

	scene_open(&s, &config);
	s.signum = *(const int *)*state;
	scene_every(&s, kill_when_running);
	scene_run(&s);
	assert_int_equal(s.ended, 2);
	assert_int_equal(s.status[0], STATUS_OK);
	assert_int_equal(s.status[1], STATUS_OK);
}

/* By a fault of its own: that one job is refused. */
static void
test_crashed_in_mid_job(void **state)
{
	struct pool_config config = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	s.signum = SIGABRT;
	scene_every(&s, kill_when_running);
	scene_run(&s);
	assert_int_equal(s.ended, 2);
	assert_int_equal(s.status[0], STATUS_CRASHED);
	assert_string_equal(s.finding[0], "worker.crashed");
	assert_int_equal(s.status[1], STATUS_OK); /* by the next process */
}

/* Killed while idle: the job that was sent meanwhile is not to blame. */
static void
kill_when_idle(void *arg)
{
	struct scene *s = arg;
	pid_t pid;

	if (s->expected > 0 || !all_ready(s))
		return;
	loop_timer_stop(s->timer);
	assert_int_equal(children(&pid, 1), 1);
	kill(pid, SIGKILL);
	/* Until it is a zombie: its end of the socket is closed, and nobody told the loop. */
	while (kill(pid, 0) == 0) {
		char path[64], text[512];
		ssize_t n;
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		fd = open(path, O_RDONLY);
		n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
		text[n > 0 ? n : 0] = '\0';
		if (fd >= 0)
			close(fd);
		if (strstr(text, ") Z ") != NULL)
			break;
	}
	for (int i = 0; i < 5; i++)
		assert_int_equal(submit_sniff(s, i, POOL_NORMAL), STATUS_OK);
}

static void
test_killed_idle(void **state)
{
	struct pool_config config = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	scene_every(&s, kill_when_idle);
	scene_run(&s);
	assert_int_equal(s.ended, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(s.status[i], STATUS_OK);
}

static void
stop_child_and_submit(void *arg)
{
	struct scene *s = arg;

	if (!all_ready(s))
		return;
	loop_timer_stop(s->timer);
	signal_children(SIGSTOP);
	assert_int_equal(submit_sniff(s, 0, POOL_NORMAL), STATUS_OK);
	assert_int_equal(submit_sniff(s, 1, POOL_NORMAL), STATUS_OK);
}

static void
test_deadline(void **state)
{
	struct pool_config config = {.time_percent = 1};
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	scene_every(&s, stop_child_and_submit);
	scene_run(&s);
	assert_int_equal(s.status[0], STATUS_TIMEOUT);
	assert_string_equal(s.finding[0], "worker.timeout");
	assert_int_equal(s.status[1], STATUS_OK);
}

static void
fill_the_queue(void *arg)
{
	struct scene *s = arg;

	if (s->expected == 0 && all_ready(s)) {
		signal_children(SIGSTOP);
		assert_int_equal(submit_sniff(s, 0, POOL_BACKGROUND), STATUS_OK);
	} else if (s->expected == 1 && pool_counters(s->pool).running == 1) {
		loop_timer_stop(s->timer);
		assert_int_equal(submit_sniff(s, 1, POOL_BACKGROUND), STATUS_OK);
		assert_int_equal(submit_sniff(s, 2, POOL_NORMAL), STATUS_OK);
		assert_int_equal(submit_sniff(s, 3, POOL_BACKGROUND), STATUS_OK);
		assert_int_equal(submit_sniff(s, 4, POOL_URGENT), STATUS_OK);
		assert_int_equal(submit_sniff(s, 5, POOL_URGENT), STATUS_TOO_MANY);
		assert_int_equal(pool_counters(s->pool).refused, 1);
		assert_int_equal(pool_counters(s->pool).queued, 4);
		signal_children(SIGCONT);
	}
}

static void
test_full_queue_and_order(void **state)
{
	static const int want[] = {0, 4, 2, 1, 3};
	struct pool_config config = {.queue = 4};
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	scene_every(&s, fill_the_queue);
	scene_run(&s);
	assert_int_equal(s.ended, 5);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(s.order[i], want[i]);
		assert_int_equal(s.status[i], STATUS_OK);
	}
}

static void
stop_in_the_middle(void *arg)
{
	struct scene *s = arg;

	if (s->expected == 0 && all_ready(s)) {
		signal_children(SIGSTOP);
		for (int i = 0; i < 4; i++)
			assert_int_equal(submit_sniff(s, i, POOL_NORMAL), STATUS_OK);
	} else if (s->expected == 4 && pool_counters(s->pool).running == 1) {
		loop_timer_stop(s->timer);
		s->stop_when_all_ended = false;
		pool_stop(s->pool, stopped, s);
		assert_int_equal(s->ended, 0); /* not inside */
		assert_int_equal(submit_sniff(s, 5, POOL_NORMAL), STATUS_CANCELLED);
	}
}

static void
test_stop_cancels(void **state)
{
	struct pool_config config = {0};
	struct scene s;
	pid_t pid;

	(void)state;
	scene_open(&s, &config);
	scene_every(&s, stop_in_the_middle);
	scene_run(&s);
	assert_int_equal(s.ended, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(s.status[i], STATUS_CANCELLED);
	assert_int_equal(children(&pid, 1), 0); /* and no process is left */
}

static void
test_processes_are_replaced(void **state)
{
	struct pool_config config = {.jobs_per_worker = 3};
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	for (int i = 0; i < 10; i++)
		assert_int_equal(submit_sniff(&s, i, POOL_NORMAL), STATUS_OK);
	scene_run(&s);
	for (int i = 0; i < 10; i++)
		assert_int_equal(s.status[i], STATUS_OK);
}

static void
test_no_program(void **state)
{
	struct pool_config config = {
		.program = "/nonexistent/congvan-worker", .workers = 1, .queue = 1};
	struct loop *loop;
	struct pool *pool = NULL;

	(void)state;
	assert_int_equal(loop_new(&loop), STATUS_OK);
	assert_int_equal(pool_start(loop, &config, &pool), STATUS_NOT_FOUND);
	config.program = program;
	config.workers = 0;
	assert_int_equal(pool_start(loop, &config, &pool), STATUS_INVALID);
	assert_null(pool);
	loop_free(loop);
}

static void
count_starts(void *arg)
{
	struct scene *s = arg;

	/* 1.5 seconds of a program that ends at once: 0, 0, 100, 200, 400, 800 ms */
	if (++s->ticks == 50)
		assert_in_range(pool_counters(s->pool).starts, 3, 8);
	if (s->ended == 1)
		loop_timer_stop(s->timer);
}

static void
test_program_that_ends(void **state)
{
	struct pool_config config = {.program = "/bin/false", .queue_seconds = 1};
	struct scene s;

	(void)state;
	scene_open(&s, &config);
	assert_int_equal(submit_sniff(&s, 0, POOL_NORMAL), STATUS_OK);
	scene_every(&s, count_starts);
	scene_run(&s);
	assert_int_equal(s.status[0], STATUS_UNAVAILABLE);
	assert_string_equal(s.finding[0], "worker.none");
}

/* What a worker that a document has taken over may answer: its own idea of a frame. */
static void
lying_worker(const char *answer, enum status want)
{
	char path[] = "/tmp/test_pool.XXXXXX", script[1024];
	struct pool_config config = {.queue_seconds = 2};
	struct scene s;
	int n, fd = mkstemp(path);

	n = snprintf(script, sizeof(script),
		"#!/bin/sh\nprintf "
		"'\\000\\000\\000\\015\\001\\004\\000\\000\\000\\000\\000\\000ready' >&3\n"
		"head -c 12 <&3 >/dev/null\n%s\nexec sleep 5\n",
		answer);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, script, (size_t)n), n);
	fchmod(fd, 0700);
	close(fd);
	config.program = path;
	scene_open(&s, &config);
	assert_int_equal(submit_sniff(&s, 0, POOL_NORMAL), STATUS_OK);
	scene_run(&s);
	unlink(path);
	assert_int_equal(s.status[0], want);
}

static void
test_lying_workers(void **state)
{
	(void)state;
	/*
	 * garbage; READY again; a result with another id; one with an unknown status; one with
	 * trailing bytes; a good one by hand
	 */
	lying_worker("printf 'HTTP/1.1 200 OK' >&3", STATUS_CRASHED);
	lying_worker("printf '\\000\\000\\000\\010\\001\\004\\000\\000\\000\\000\\000\\000' >&3",
		STATUS_CRASHED);
	lying_worker("printf '\\000\\000\\000\\026\\001\\002\\000\\000\\000\\000\\000\\007"
		     "\\002ok\\000\\000\\000\\000\\002[]\\000\\000\\000\\000' >&3",
		STATUS_CRASHED);
	lying_worker("printf '\\000\\000\\000\\026\\001\\002\\000\\000\\000\\000\\000\\001"
		     "\\002no\\000\\000\\000\\000\\002[]\\000\\000\\000\\000' >&3",
		STATUS_CRASHED);
	lying_worker("printf '\\000\\000\\000\\027\\001\\002\\000\\000\\000\\000\\000\\001"
		     "\\002ok\\000\\000\\000\\000\\002[]\\000\\000\\000\\000x' >&3",
		STATUS_CRASHED);
	lying_worker("printf '\\000\\000\\000\\026\\001\\002\\000\\000\\000\\000\\000\\001"
		     "\\002ok\\000\\000\\000\\000\\002[]\\000\\000\\000\\000' >&3",
		STATUS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_jobs),
		cmocka_unit_test(test_keep_a_file),
		cmocka_unit_test(test_ordinary_file),
		cmocka_unit_test(test_refused_at_once),
		cmocka_unit_test_prestate(test_killed_in_mid_job, &by_kill),
		cmocka_unit_test_prestate(test_killed_in_mid_job, &by_term),
		cmocka_unit_test(test_crashed_in_mid_job),
		cmocka_unit_test(test_killed_idle),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_full_queue_and_order),
		cmocka_unit_test(test_stop_cancels),
		cmocka_unit_test(test_processes_are_replaced),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_program_that_ends),
		cmocka_unit_test(test_lying_workers),
	};
	const char *tree = getenv("CONGVAN_BUILDDIR");

	snprintf(program, sizeof(program), "%s/congvan-worker", tree != NULL ? tree : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
