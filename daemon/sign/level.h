/* level: the baseline levels by name and in their order, as reports write them. */
#ifndef CONGVAN_SIGN_LEVEL_H
#define CONGVAN_SIGN_LEVEL_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/clock.h"

/* 0 for an unknown name, then "CMS", "B-B", "B-T", "B-LT", "B-LTA" rising. */
int level_rank(const char *name);

/* True for a level that may be wished: "B-B" … "B-LTA". */
bool level_is_wish(const char *name);

/* The row of the report's signature by this field name; field NULL or "": the last one that is no timestamp. NULL: not there. */
const json_t *level_find(const json_t *report, const char *field);

struct sign_office;

/*
 * When it is to be looked at again, RFC 3339: after a pause that doubles with `tries` while the level is not reached; before the newest timestamp's
 * certificate ends (`until`, or "") when B-LTA is held; "" when nothing is left to be done.
 */
void level_next_try(const struct sign_office *o, const char *held, const char *wanted, const char *until, unsigned tries,
	char to[CLOCK_TEXT]);

#endif
