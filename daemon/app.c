/* app: see app.h. */
#include "daemon/app.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/api/auth.h"
#include "daemon/api/event_hub.h"
#include "daemon/api/guard.h"
#include "daemon/api/preview_cache.h"
#include "daemon/api/routes.h"
#include "daemon/api/web_api.h"
#include "daemon/exchange_part.h"
#include "daemon/outside.h"
#include "daemon/settings.h"
#include "daemon/sign/proofs.h"
#include "daemon/sign/sign.h"
#include "daemon/sign/trust.h"
#include "daemon/db/db.h"
#include "daemon/io/loop.h"
#include "daemon/io/offload.h"
#include "daemon/io/pool.h"
#include "daemon/store/deadline.h"
#include "daemon/store/repeat.h"
#include "lib/base/log.h"
#include "lib/base/message.h"

#define OPENAPI_MOST (4u << 20)
#define LISTENERS_MS 60000u /* a session that ends by its time listens so much longer at most */

/* ---- the database ---- */

static void
db_ready(void *arg, enum status st)
{
	app_started(arg, st);
}

static void
start_db(struct app *app)
{
	const struct conf *c = app->conf;
	char *data = settings_path(c, "data", "dir"), *migrations = settings_path(c, "database", "migrations");
	const char *url = conf_string(c, "database", "url");
	const char *owner = conf_string(c, "database", "owner_url");
	struct db_config config = {.url = url[0] ? url : NULL, .owner_url = url[0] && owner[0] ? owner : NULL, .data_dir = data, .migrations = migrations,
		.service_user = conf_string(c, "database", "service_user"),
		.connections = (unsigned)conf_number(c, "database", "connections"),
		.queue = (unsigned)conf_number(c, "database", "queue")};
	enum status st = STATUS_OK;

	/* The private PostgreSQL makes the folder with what it needs there; without it sockets and drop folders still go there. */
	if (config.url != NULL && mkdir(data, 0700) != 0 && errno != EEXIST) {
		diag_error(app->diag, "db.data-dir.unusable", data, strerror(errno), NULL);
		st = STATUS_IO;
	}
	if (st == STATUS_OK)
		st = db_start(app->loop, &config, db_ready, app, &app->api.db);
	free(data);
	free(migrations);
	if (st != STATUS_OK)
		app_started(app, st);
}

static void
db_stopped(void *arg)
{
	struct app *app = arg;

	event_hub_free(app->api.events); /* notifications came until now */
	app_stopped(app);
}

static void
stop_db(struct app *app)
{
	db_stop(app->api.db, db_stopped, app);
}

static void
nothing_to_stop(struct app *app)
{
	app_stopped(app);
}

/* ---- what handlers share: counters of failures, threads for passwords, listeners ---- */

static char *
read_text(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t n;

	if (f == NULL)
		return NULL;
	text = calloc(1, OPENAPI_MOST + 1);
	n = text != NULL ? fread(text, 1, OPENAPI_MOST, f) : 0;
	fclose(f);
	if (n == 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void
sweep(void *arg)
{
	struct app *app = arg;

	repeat_sweep(app->api.db);
}

static void
look_at_listeners(void *arg)
{
	struct app *app = arg;

	event_hub_look(app->api.events);
}

static void
tell_deadlines(void *arg)
{
	struct app *app = arg;

	deadline_tell(app->api.db, (int)conf_number(app->conf, "office", "deadline_days"));
}

static void
start_office(struct app *app)
{
	const struct conf *c = app->conf;
	struct api *api = &app->api;

	app->openapi = read_text(CONGVAN_DATADIR "/openapi.json");
	if (app->openapi == NULL && getenv("CONGVAN_SRCDIR") != NULL) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/schemas/openapi.json", getenv("CONGVAN_SRCDIR"));
		app->openapi = read_text(path);
	}
	api->settings = (struct api_settings){.session_seconds = 60 * conf_number(c, "office", "session_minutes"),
		.certified = conf_bool(c, "office", "certified"), .lies_refused = strcmp(conf_string(c, "office", "file_lies"), "show") != 0, .openapi = app->openapi,
		.failures_per_minute = (unsigned)conf_number(c, "office", "failures_per_minute")};
	api->guard = guard_new(api->settings.failures_per_minute);
	api->events = event_hub_new(api->db);
	api->previews = preview_cache_new((size_t)conf_number(c, "archive", "previews_mib") << 20);
	if (api->previews == NULL || api->guard == NULL || api->events == NULL)
		app_started(app, STATUS_NO_MEMORY);
	else if (loop_timer_start(app->loop, 60000, 86400000, sweep, app, &app->daily) != STATUS_OK)
		app_started(app, STATUS_NO_MEMORY);
	else if (loop_timer_start(app->loop, 500, (unsigned)conf_number(c, "office", "deadline_interval_ms"), tell_deadlines, app, &app->deadlines) != STATUS_OK)
		app_started(app, STATUS_NO_MEMORY);
	else if (loop_timer_start(app->loop, LISTENERS_MS, LISTENERS_MS, look_at_listeners, app, &app->listeners_look) != STATUS_OK)
		app_started(app, STATUS_NO_MEMORY);
	else
		app_started(app, offload_new(app->loop, 2, 64, &api->offload));
}

static void
offload_stopped(void *arg)
{
	struct app *app = arg;

	guard_free(app->api.guard);
	preview_cache_free(app->api.previews);
	free(app->openapi);
	app_stopped(app);
}

static void
stop_office(struct app *app)
{
	loop_timer_stop(app->daily);
	loop_timer_stop(app->deadlines);
	loop_timer_stop(app->listeners_look);
	offload_stop(app->api.offload, offload_stopped, app);
}

/* ---- workers ---- */

static void
start_pool(struct app *app)
{
	const struct conf *c = app->conf;
	char *program = settings_path(c, "worker", "program"), *schemas = settings_path(c, "worker", "schemas"),
	     *fonts = settings_path(c, "worker", "fonts"), *trust = settings_path(c, "worker", "trust");
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct pool_config config = {.program = program, .schemas = schemas, .fonts = fonts, .trust = trust,
		.workers = (unsigned)conf_number(c, "worker", "count"), .queue = (unsigned)conf_number(c, "worker", "queue"),
		.time_percent = (unsigned)conf_number(c, "worker", "time_percent"), .log_level = conf_string(c, "log", "level"),
		.allow_unsandboxed = conf_bool(c, "worker", "allow_unsandboxed")};
	enum status st = STATUS_OK;

	if (config.workers == 0)
		config.workers = cores > 0 ? (unsigned)cores : 1;
	if (program != NULL)
		st = pool_start(app->loop, &config, &app->api.pool);
	if (st != STATUS_OK)
		diag_error(app->diag, "conf.value", "worker program", program, NULL);
	free(program);
	free(schemas);
	free(fonts);
	free(trust);
	app_started(app, st);
}

static void
pool_stopped(void *arg)
{
	struct app *app = arg;

	app->api.pool = NULL;
	app_stopped(app);
}

static void
stop_pool(struct app *app)
{
	if (app->api.pool != NULL)
		pool_stop(app->api.pool, pool_stopped, app);
	else
		app_stopped(app);
}

/* ---- the HTTP server ---- */

static struct http_limits
limits_of(const struct conf *c)
{
	struct http_limits l = http_limits_default;

	l.head_bytes = (size_t)conf_number(c, "limits", "head_bytes");
	l.json_bytes = (size_t)conf_number(c, "limits", "json_bytes");
	l.stream_bytes = (uint64_t)conf_number(c, "limits", "upload_mib") << 20;
	l.connections = (unsigned)conf_number(c, "limits", "connections");
	l.calls_per_identity = (unsigned)conf_number(c, "limits", "calls_per_person");
	l.head_ms = (unsigned)conf_number(c, "limits", "head_seconds") * 1000;
	l.body_idle_ms = (unsigned)conf_number(c, "limits", "body_idle_seconds") * 1000;
	l.write_idle_ms = (unsigned)conf_number(c, "limits", "write_idle_seconds") * 1000;
	l.keep_alive_ms = (unsigned)conf_number(c, "limits", "keep_alive_seconds") * 1000;
	return l;
}

static const char *
text_or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

static void
forget_http(struct app *app)
{
	free(app->routes);
	web_free(app->api.web);
}

static void
start_http(struct app *app)
{
	const struct conf *c = app->conf;
	char *socket = settings_path(c, "server", "unix_path"), *certificate = settings_path(c, "server", "tls_certificate"),
	     *key = settings_path(c, "server", "tls_key"), *ca = settings_path(c, "server", "tls_client_ca"),
	     *crl = settings_path(c, "server", "tls_client_crl");
	char *web = settings_path(c, "server", "web");
	struct http_limits limits = limits_of(c);
	struct http_listener listener = {.unix_path = socket,
		.unix_mode = (mode_t)strtol(conf_string(c, "server", "unix_mode"), NULL, 8),
		.tls_address = text_or_null(conf_string(c, "server", "tls_address")), .tls_certificate = certificate,
		.tls_key = key, .tls_client_ca = ca, .tls_client_crl = crl};
	struct http_config config = {.listener = &listener, .limits = &limits, .auth = api_auth, .app = &app->api};
	enum status st = STATUS_NO_MEMORY;

	if (web != NULL && web_open(web, &app->api.web) != STATUS_OK)
		log_warn("app", "event=no-pages"); /* the API does not need them */
	free(web);
	app->routes = api_routes(&app->route_count);
	config.routes = app->routes;
	config.route_count = app->route_count;
	if (app->routes != NULL)
		st = http_server_start(app->loop, &config, app->diag, &app->api.server);
	if (st == STATUS_OK)
		log_info("app", "event=listening unix=%s tls=%s", socket ? socket : "-",
			listener.tls_address ? listener.tls_address : "-");
	else
		free(app->routes);
	free(socket);
	free(certificate);
	free(key);
	free(ca);
	free(crl);
	if (st != STATUS_OK)
		forget_http(app);
	app_started(app, st);
}

static void
http_stopped(void *arg)
{
	struct app *app = arg;

	forget_http(app);
	app_stopped(app);
}

static void
stop_http(struct app *app)
{
	http_server_stop(app->api.server, (unsigned)conf_number(app->conf, "server", "stop_seconds") * 1000, http_stopped, app);
}

/* ---- the table, and going through it ---- */

static const struct app_part parts[] = {
	{"database", start_db, stop_db},
	{"office", start_office, stop_office},
	{"bootstrap", bootstrap_start, nothing_to_stop},
	{"archive", archive_start_part, archive_stop_part}, /* its jobs end when the workers are stopped, before it */
	{"workers", start_pool, stop_pool},
	{"fetch", fetch_start_part, fetch_stop_part},
	{"signer", signer_start_part, signer_stop_part},
	{"levels", levels_start_part, levels_stop_part},
	{"evidence", evidence_start_part, evidence_stop_part},
	{"exchange", exchange_start_part, exchange_stop_part},
	{"http", start_http, stop_http},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static void
stop_last(void *arg)
{
	struct app *app = arg;

	if (app->next == 0) {
		loop_stop(app->loop);
		return;
	}
	log_debug("app", "event=stopping part=%s", parts[app->next - 1].name);
	parts[app->next - 1].stop(app);
}

void
app_stopped(struct app *app)
{
	app->next--;
	if (loop_soon(app->loop, stop_last, app) != STATUS_OK)
		stop_last(app);
}

static void
start_next(void *arg)
{
	struct app *app = arg;

	if (app->stopping)
		stop_last(app);
	else if (app->next == PARTS)
		log_info("app", "event=ready ms=%lld", (long long)((clock_monotonic() - app->api.started) / 1000));
	else
		parts[app->next].start(app);
}

static void
report(const struct diag *diag, const char *part, enum status st)
{
	log_error("app", "event=failed part=%s status=%s", part, status_code(st));
	for (size_t i = 0; i < diag_count(diag); i++) {
		const struct finding *f = diag_at(diag, i);

		log_error("app", "code=%s where=\"%s\" got=\"%s\" want=\"%s\" text=\"%s\"", f->code, f->where ? f->where : "",
			f->got ? f->got : "", f->want ? f->want : "", message_text(f->code, LANGUAGE_EN));
	}
}

void
app_started(struct app *app, enum status st)
{
	if (st != STATUS_OK) {
		report(app->diag, parts[app->next].name, st);
		app->status = st;
		app->stopping = true;
	} else {
		app->next++;
	}
	if (loop_soon(app->loop, start_next, app) != STATUS_OK)
		start_next(app);
}

static void
on_end(void *arg)
{
	struct app *app = arg;

	if (app->stopping)
		return;
	log_info("app", "event=stopping");
	app->stopping = true;
	if (app->next == PARTS) /* otherwise the part that is starting goes on to stop_last when it is done */
		stop_last(app);
}

/* Certificates are renewed and log files renamed while the office works; what cannot be read leaves what was. */
static void
on_hangup(void *arg)
{
	struct app *app = arg;
	char *file = settings_path(app->conf, "log", "file");
	struct diag *diag = diag_new();
	enum status st = STATUS_OK;

	if (file != NULL && log_to_file(file) != STATUS_OK)
		log_error("app", "event=log-file-not-opened file=\"%s\" why=\"%s\"", file, strerror(errno));
	if (app->api.sign != NULL && app->api.sign->trust != NULL)
		trust_reload(app->api.sign->trust);
	if (app->next == PARTS && !app->stopping)
		st = http_server_reload_tls(app->api.server, diag);
	if (st == STATUS_OK)
		log_info("app", "event=reloaded");
	else
		report(diag, "tls", st);
	diag_free(diag);
	free(file);
}

/* The private PostgreSQL would make it too, but with an outside database there is none. What cannot be made is said by the part that needs it. */
static void
make_data_dir(const struct conf *conf)
{
	(void)mkdir(conf_string(conf, "data", "dir"), geteuid() == 0 ? 0711 : 0700);
}

int
app_run(const struct conf *conf, const char *bootstrap)
{
	struct app app = {.conf = conf, .bootstrap = bootstrap, .diag = diag_new()};
	enum status st = loop_new(&app.loop);

	make_data_dir(conf);
	app.api.loop = app.loop;
	app.api.started = clock_monotonic();
	if (st == STATUS_OK && (loop_on_signal(app.loop, SIGTERM, on_end, &app) != STATUS_OK ||
		loop_on_signal(app.loop, SIGINT, on_end, &app) != STATUS_OK || loop_on_signal(app.loop, SIGHUP, on_hangup, &app) != STATUS_OK ||
		loop_soon(app.loop, start_next, &app) != STATUS_OK))
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK) {
		loop_run(app.loop);
		st = app.status;
	}
	if (app.api.sign != NULL)
		proofs_free(app.api.sign->proofs);
	free(app.api.sign);
	loop_free(app.loop);
	diag_free(app.diag);
	log_info("app", "event=ended status=%s", status_code(st));
	return st == STATUS_OK ? 0 : 1;
}
