/*
 * watch: readiness of one descriptor on the loop. The owner of the descriptor may close it right after watch_stop: libpq and pidfds come
 * and go, and a libuv poll handle must not outlive its descriptor's number.
 */
#ifndef CONGVAN_DB_WATCH_H
#define CONGVAN_DB_WATCH_H

#include <stdbool.h>

#include "lib/base/status.h"

struct loop;
struct watch;

/* fn is called when fd is readable (or has an error), and writable if asked for. Starts with reading. */
enum status watch_start(struct loop *loop, int fd, void (*fn)(void *arg), void *arg, struct watch **out);

/* What to wait for. Neither: silent. */
void watch_set(struct watch *w, bool read, bool write);

/* The descriptor is no longer looked at; fn is not called again. Legal inside fn and on NULL. */
void watch_stop(struct watch *w);

#endif
