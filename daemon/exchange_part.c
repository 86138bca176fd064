/* exchange_part: see exchange_part.h. */
#include "daemon/exchange_part.h"

#include <stdlib.h>

#include "daemon/app.h"
#include "daemon/api/event_hub.h"
#include "daemon/exchange/exchange.h"
#include "daemon/settings.h"
#include "lib/base/log.h"

static void
forget(struct app *app)
{
	free((void *)(uintptr_t)app->api.exchange);
	free(app->exchange_root);
	app->api.exchange = NULL;
	app->exchange_root = NULL;
	free(app->exchange_tokens);
	app->exchange_tokens = NULL;
}

static void
wake(void *arg)
{
	exchange_wake(((struct app *)arg)->exchange);
}

void
exchange_start_part(struct app *app)
{
	struct exchange_office *o;
	enum status st = STATUS_NO_MEMORY;

	if (app->api.pool == NULL) { /* packets are only ever opened by workers */
		log_warn("exchange", "event=off why=no-workers");
		app_started(app, STATUS_OK);
		return;
	}
	app->exchange_root = settings_path(app->conf, "exchange", "root");
	app->exchange_tokens = settings_path(app->conf, "exchange", "gateway_tokens");
	o = calloc(1, sizeof(*o));
	app->api.exchange = o;
	if (o != NULL) {
		*o = (struct exchange_office){.loop = app->loop, .db = app->api.db, .pool = app->api.pool,
			.fetch = app->api.fetch, .root = app->exchange_root != NULL ? app->exchange_root : "",
			.tokens = app->exchange_tokens != NULL ? app->exchange_tokens : "",
			.certified = app->api.settings.certified,
			.interval_ms = (unsigned)conf_number(app->conf, "exchange", "interval_ms")};
		st = exchange_start(o, &app->exchange);
		event_hub_on_outbox(app->api.events, wake, app);
	}
	if (st != STATUS_OK) {
		diag_error(app->diag, "conf.value", "exchange root", app->exchange_root, NULL);
		forget(app);
	}
	app_started(app, st);
}

static void
stopped(void *arg)
{
	struct app *app = arg;

	forget(app);
	app_stopped(app);
}

void
exchange_stop_part(struct app *app)
{
	struct exchange *x = app->exchange;

	app->exchange = NULL; /* events may still come; they wake nobody */
	exchange_stop(x, stopped, app);
}
