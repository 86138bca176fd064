/*
 * embedded: a private PostgreSQL in the data directory, run by this process: made with initdb when there is none, started, started again when it
 * dies, stopped with us. It listens on a Unix socket in a folder of its own and nowhere else.
 */
#ifndef CONGVAN_DB_EMBEDDED_H
#define CONGVAN_DB_EMBEDDED_H

#include <sys/types.h>

#include "lib/base/diag.h"
#include "lib/base/status.h"

struct loop;
struct embedded;

/*
 * STATUS_OK: under way, and ready is called in a later turn: STATUS_OK when it accepts connections, also each time after it had to be
 * started again; or once why it never will (findings in diag, which must live until the first call). Any other status as place_prepare, and ready is not called.
 */
enum status embedded_start(struct loop *loop, const char *data_dir, const char *service_user, struct diag *diag,
	void (*ready)(void *arg, enum status st), void *arg, struct embedded **out);

/* For libpq; they live as long as e. As the owner of the cluster, congvan; as PLACE_ROLE, which the cluster need not have yet. */
const char *embedded_owner_url(const struct embedded *e);
const char *embedded_url(const struct embedded *e);

/* Stops it (fast, then immediately, then by force) and frees e; then done(arg), in a later turn. ready is not called any more. */
void embedded_stop(struct embedded *e, void (*done)(void *arg), void *arg);

/* The process id of the running postgres, 0 when there is none. For tests and the status page. */
pid_t embedded_pid(const struct embedded *e);

#endif
