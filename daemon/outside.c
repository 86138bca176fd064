/* outside: see outside.h. */
#include "daemon/outside.h"

#include <stdlib.h>

#include "daemon/app.h"
#include "daemon/io/fetch.h"
#include "daemon/settings.h"
#include "daemon/sign/container.h"
#include "daemon/sign/levels.h"
#include "daemon/sign/proofs.h"
#include "daemon/sign/sign.h"
#include "daemon/sign/signer_link.h"
#include "daemon/sign/trust.h"

static void
part_stopped(void *arg)
{
	app_stopped(arg);
}

void
fetch_start_part(struct app *app)
{
	const char *ca = conf_string(app->conf, "net", "ca");
	struct fetch_config config = {.allow = conf_string(app->conf, "net", "allow"),
		.proxy = conf_string(app->conf, "net", "proxy"), .ca = ca[0] != '\0' ? ca : NULL};

	app_started(app, fetch_open(app->loop, &config, &app->api.fetch));
}

void
fetch_stop_part(struct app *app)
{
	if (app->api.sign != NULL)
		app->api.sign->fetch = NULL; /* signings under way go on without it */
	fetch_close(app->api.fetch, part_stopped, app);
}

static struct proofs *
make_proofs(struct app *app)
{
	const struct conf *c = app->conf;
	struct proofs_config config = {.loop = app->loop, .db = app->api.db, .pool = app->api.pool, .fetch = app->api.fetch,
		.retry_seconds = (unsigned)conf_number(c, "proofs", "retry_seconds"),
		.max_age_seconds = 3600 * (unsigned)conf_number(c, "proofs", "max_age_hours"),
		.most_bytes = (uint64_t)conf_number(c, "proofs", "cache_mib") << 20,
		.answer_bytes = (uint64_t)conf_number(c, "proofs", "answer_mib") << 20,
		.ms = 1000 * (unsigned)conf_number(c, "proofs", "seconds")};

	return proofs_new(&config);
}

void
signer_start_part(struct app *app)
{
	char *socket = settings_path(app->conf, "signer", "socket");
	struct sign_office *o = calloc(1, sizeof(*o));
	enum status st = o != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	app->api.sign = o;
	if (st == STATUS_OK && socket != NULL)
		st = signer_link_new(app->loop, socket, &o->signer);
	if (st == STATUS_OK && socket != NULL)
		st = signer_link_new(app->loop, socket, &app->log_signer);
	if (st == STATUS_OK) {
		o->loop = app->loop;
		o->db = app->api.db;
		o->pool = app->api.pool;
		o->fetch = app->api.fetch;
		o->proofs = make_proofs(app);
		o->counters = &app->sign_counters;
		o->tokens = &app->sign_tokens;
		o->tsa_rests = &app->sign_tsa_rests;
		o->verdict_seconds = 60 * (unsigned)conf_number(app->conf, "verdicts", "max_age_minutes");
		o->verdict_rows = (unsigned)conf_number(app->conf, "verdicts", "most");
		o->gather_ms = 1000 * (unsigned)conf_number(app->conf, "proofs", "seconds");
		o->tsa_url = conf_string(app->conf, "signer", "tsa_url");
		o->tsa_rest_seconds = (unsigned)conf_number(app->conf, "signer", "tsa_rest_seconds");
		o->attachment_container = conf_string(app->conf, "signer", "attachment_container");
		o->level = conf_string(app->conf, "signer", "level");
		o->level_retry_seconds = (unsigned)conf_number(app->conf, "levels", "retry_seconds");
		o->renew_days = (unsigned)conf_number(app->conf, "levels", "renew_days");
		o->alarm_seconds = 3600 * (unsigned)conf_number(app->conf, "levels", "alarm_hours");
		o->certified = app->api.settings.certified;
	} else {
		diag_error(app->diag, "conf.value", "signer.socket", socket, NULL);
	}
	if (st == STATUS_OK && !container_is_beside(o->attachment_container)) {
		diag_error(app->diag, "conf.value", "signer.attachment_container", o->attachment_container, "cms, cms-attached, asic-e, asic-s");
		st = STATUS_INVALID;
	}
	free(socket);
	app_started(app, st);
}

static void
link_closed(void *arg)
{
	struct app *app = arg;

	proofs_close(app->api.sign->proofs);
	app_stopped(app); /* the rest of it goes with the program: work under way ends when workers and database are stopped */
}

static void
log_link_closed(void *arg)
{
	struct app *app = arg;

	if (app->api.sign->signer != NULL)
		signer_link_close(app->api.sign->signer, link_closed, app);
	else
		link_closed(app);
}

void
signer_stop_part(struct app *app)
{
	if (app->log_signer != NULL)
		signer_link_close(app->log_signer, log_link_closed, app);
	else
		log_link_closed(app);
}

void
levels_start_part(struct app *app)
{
	char *folder = settings_path(app->conf, "worker", "trust"), *program = settings_path(app->conf, "worker", "program");
	enum status st = STATUS_OK;

	if (app->api.pool != NULL)
		st = trust_start(app->loop, app->api.offload, folder, program, &app->api.sign->trust);
	free(folder);
	free(program);
	if (st == STATUS_OK && app->api.pool != NULL)
		st = levels_start(app->api.sign, (unsigned)conf_number(app->conf, "levels", "interval_ms"), &app->api.levels);
	app_started(app, st);
}

void
levels_stop_part(struct app *app)
{
	struct levels *l = app->api.levels;

	trust_stop(app->api.sign->trust);
	app->api.sign->trust = NULL;
	app->api.levels = NULL;
	levels_stop(l, part_stopped, app);
}
