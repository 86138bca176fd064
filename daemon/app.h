/*
 * app: congvand put together: parts that start one after the other and stop in the opposite order. A part is a row of the table in app.c; another
 * area adds its row there, its pointer to struct app (and to struct api when handlers need it), and its keys to settings.c.
 */
#ifndef CONGVAN_DAEMON_APP_H
#define CONGVAN_DAEMON_APP_H

#include <stdbool.h>

#include "daemon/api/api.h"
#include "daemon/http/http.h"
#include "daemon/sign/sign.h"
#include "lib/base/conf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

struct app {
	const struct conf *conf;
	struct loop *loop;
	struct api api;              /* what handlers see */
	struct http_route *routes;
	size_t route_count;
	char *openapi;
	struct loop_timer *daily, *deadlines, *listeners_look;
	struct sign_counters sign_counters;
	struct sign_tokens sign_tokens;
	struct sign_tsa_rests sign_tsa_rests;
	struct signer_link *log_signer; /* for checkpoints; NULL without a signer */
	struct evidence_part *evidence;
	char *exchange_root, *exchange_tokens; /* of api.exchange */
	struct exchange *exchange;   /* its work in the background; NULL without workers */
	const char *bootstrap;       /* file given on the command line, or NULL */

	size_t next;                 /* part to start, or number of parts that run */
	bool stopping;
	enum status status;          /* why it ends */
	struct diag *diag;
};

/*
 * A part starts what it is about and calls app_started exactly once, now or later; the same for stop and app_stopped. Stop is only called for
 * parts whose start was STATUS_OK.
 */
struct app_part {
	const char *name;
	void (*start)(struct app *app);
	void (*stop)(struct app *app);
};

/* st: not OK ends the program. Findings in app->diag. */
void app_started(struct app *app, enum status st);
void app_stopped(struct app *app);

/* Runs until a signal or a part that cannot start. The result is what main returns as exit code: 0, or 1. */
int app_run(const struct conf *conf, const char *bootstrap);

/* daemon/bootstrap.c: the part that fills an empty database. */
void bootstrap_start(struct app *app);

/* daemon/evidence_part.c: texts of files; the evidence log. */
void archive_start_part(struct app *app);
void archive_stop_part(struct app *app);
void evidence_start_part(struct app *app);
void evidence_stop_part(struct app *app);

#endif
