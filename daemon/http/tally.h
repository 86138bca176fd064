/*
 * tally: how many calls each identity has running, so that one of them cannot take the whole
 * server.
 */
#ifndef CONGVAN_HTTP_TALLY_H
#define CONGVAN_HTTP_TALLY_H

#include <stddef.h>

#include "lib/base/status.h"

struct tally;
struct tally_entry;

struct tally *tally_new(void);
void tally_free(struct tally *t);

/*
 * One more for key, unless it has `most` already: STATUS_TOO_MANY. The entry is given back to
 * tally_leave.
 */
enum status tally_enter(struct tally *t, const char *key, unsigned most, struct tally_entry **out);
void tally_leave(struct tally *t, struct tally_entry *entry);

#endif
