/*
 * levels: the queue that raises signatures to the level wanted, and renews archive timestamps before they age. The work stands in the database
 * (schemas/sql/071_level.sql), survives restarts, and may be shared by several congvand. A level that is not reached for long is told to people; it is never lowered.
 */
#ifndef CONGVAN_SIGN_LEVELS_H
#define CONGVAN_SIGN_LEVELS_H

#include <stdint.h>

#include "daemon/sign/sign.h"

struct levels;

/* The office outlives it. interval_ms: between looks. */
enum status levels_start(const struct sign_office *o, unsigned interval_ms, struct levels **out);

/* What is under way is ended by network, workers and database being stopped after it, and goes away by itself; done at once. Legal on NULL. */
void levels_stop(struct levels *l, void (*done)(void *arg), void *arg);

/* Looks now. Legal on NULL. */
void levels_wake(struct levels *l);

struct levels_counters {
	uint64_t raised, put_off, alarms;
	int64_t waiting, overdue; /* in the database, at the last look */
};
struct levels_counters levels_counters(const struct levels *l);

#endif
