/*
 * loop: the one event loop of congvand, and timers, without showing <uv.h> to the rest. daemon/io and daemon/db reach the uv_loop_t inside
 * through loop_uv (daemon/io/loop_uv.h).
 */
#ifndef CONGVAN_IO_LOOP_H
#define CONGVAN_IO_LOOP_H

#include <stdint.h>

#include "lib/base/status.h"

struct loop;
struct loop_timer;

enum status loop_new(struct loop **out);
/* Runs until loop_stop and nothing is left, or returns at once when nothing is active. */
void loop_run(struct loop *l);
void loop_free(struct loop *l);

/* Calls fn(arg) once in a later turn of the loop (never inside). */
enum status loop_soon(struct loop *l, void (*fn)(void *arg), void *arg);

/* A timer: first after ms, then every repeat ms (0: once). Stop frees it; legal inside its own callback and on NULL. */
enum status loop_timer_start(struct loop *l, uint64_t ms, uint64_t repeat_ms, void (*fn)(void *arg), void *arg,
	struct loop_timer **out);
void loop_timer_stop(struct loop_timer *t);

/* SIGTERM, SIGINT, SIGHUP. */
enum status loop_on_signal(struct loop *l, int signum, void (*fn)(void *arg), void *arg);

/* The longest turn (time between polls) since the last reset, in microseconds: the loop never blocks, and this shows it. */
uint64_t loop_longest_turn_us(const struct loop *l);
void loop_reset_longest_turn(struct loop *l);

#endif
