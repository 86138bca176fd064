/*
 * loop: the one event loop of congvand, tasks and timers, without showing <uv.h> to the rest.
 * daemon/io and daemon/db reach the uv_loop_t inside through loop_uv (daemon/io/loop_uv.h).
 */
#ifndef CONGVAN_IO_LOOP_H
#define CONGVAN_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/base/status.h"

struct loop;
struct loop_timer;

/*
 * Ignores SIGPIPE for the whole process: a peer that has gone is an error of write, not a signal.
 */
enum status loop_new(struct loop **out);
/*
 * Runs until nothing is active any more (signals do not count), or until loop_stop. May be called
 * again.
 */
void loop_run(struct loop *l);
/* Makes loop_run return after the present turn. */
void loop_stop(struct loop *l);
/*
 * Frees timers, signals and tasks that are left. Handles of others must have been closed and their
 * close callbacks run.
 */
void loop_free(struct loop *l);

/*
 * Something on another thread will come back to the loop and cannot be called off: loop_free turns the loop until as many were
 * released as were held.
 */
void loop_hold(struct loop *l);
void loop_release(struct loop *l);

/* Milliseconds of a monotonic clock, read once a turn: for deadlines. */
uint64_t loop_now_ms(const struct loop *l);

/* Calls fn(arg) once in a later turn of the loop (never inside). */
enum status loop_soon(struct loop *l, void (*fn)(void *arg), void *arg);

/*
 * The same without allocation: the task is part of a struct of the caller, set up with
 * loop_task_init. Posting a task that waits already does nothing; a task may post itself again.
 * Cancel before the struct goes.
 */
struct loop_task {
	TAILQ_ENTRY(loop_task) link;
	void (*fn)(void *arg);
	void *arg;
	struct loop *waiting; /* the loop it is posted to, NULL when it is not */
	uint64_t turn;
};
void loop_task_init(struct loop_task *t, void (*fn)(void *arg), void *arg);
void loop_task_post(struct loop *l, struct loop_task *t);
void loop_task_cancel(struct loop_task *t);

/*
 * A timer: first after ms, then every repeat ms (0: once). Stop frees it; legal inside its own
 * callback and on NULL.
 */
enum status loop_timer_start(struct loop *l, uint64_t ms, uint64_t repeat_ms, void (*fn)(void *arg),
	void *arg, struct loop_timer **out);
void loop_timer_stop(struct loop_timer *t);
/* Sets the timer anew: first after ms, then as it was started. Also after it has fired. */
void loop_timer_again(struct loop_timer *t, uint64_t ms);

/* SIGTERM, SIGINT, SIGHUP. Does not keep the loop running. */
enum status loop_on_signal(struct loop *l, int signum, void (*fn)(void *arg), void *arg);

/*
 * The longest turn (work between two waits) since the last reset, in microseconds: the loop never
 * blocks, and this shows it.
 */
uint64_t loop_longest_turn_us(const struct loop *l);
/*
 * The same in processor time: what the work of a turn took, without the time other processes took
 * meanwhile.
 */
uint64_t loop_longest_turn_cpu_us(const struct loop *l);
void loop_reset_longest_turn(struct loop *l);
/*
 * What took longest in the turn that took most processor time: the kind of event ("http", "database", "timer" …), and what loop_note said in it ("" nothing). They live as
 * long as the constants they were given. A turn over LOOP_TURN_US is in the log at level debug too, with the address of a task's or timer's function for addr2line.
 */
#define LOOP_TURN_US 5000
const char *loop_longest_turn_what(const struct loop *l);
const char *loop_longest_turn_note(const struct loop *l);
/* The work under way is about `note` (a constant: a route, the name of a statement). Until the next word, or the end; what is shown is what took longest. */
void loop_note(struct loop *l, const char *note);

#endif
