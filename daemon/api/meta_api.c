/* meta_api: alive, ready, counters, the contract, the catalogue of texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/event_hub.h"
#include "daemon/api/routes.h"
#include "daemon/archive/archive.h"
#include "daemon/evidence/sequencer.h"
#include "daemon/io/loop.h"
#include "daemon/io/pool.h"
#include "daemon/sign/levels.h"
#include "daemon/sign/proofs.h"
#include "daemon/sign/sign.h"
#include "daemon/store/store.h"
#include "lib/base/message.h"

static void
healthz(struct http_call *call)
{
	http_answer_json(call, 200, json_pack("{s:s}", "status", "ok"));
}

/* 503 with the missing part's name: a load balancer waits, a person sees why. */
static void
readyz(struct http_call *call)
{
	struct api *api = api_of(call);
	const char *missing = !db_is_up(api->db) ? "database" : NULL;

	if (missing == NULL && api->pool != NULL && pool_counters(api->pool).ready == 0)
		missing = "worker";
	if (missing != NULL)
		http_answer_json(call, 503, json_pack("{s:s,s:s}", "status", "waiting", "missing", missing));
	else
		http_answer_json(call, 200, json_pack("{s:s}", "status", "ready"));
}

static void
line(struct buf *to, const char *name, const char *type, const char *help, unsigned long long value)
{
	buf_printf(to, "# HELP congvan_%s %s\n# TYPE congvan_%s %s\ncongvan_%s %llu\n", name, help, name, type, name, value);
}

static void
put_database(struct buf *to, const struct db_counters *c)
{
	line(to, "db_connections", "gauge", "Connections to PostgreSQL that are up.", c->connections);
	line(to, "db_queries_total", "counter", "Statements outside acts.", c->queries);
	line(to, "db_acts_total", "counter", "Acts (units of writing).", c->acts);
	line(to, "db_batches_total", "counter", "Transactions that held acts.", c->batches);
	line(to, "db_largest_batch", "gauge", "Most acts in one transaction.", c->largest_batch);
	line(to, "db_queued", "gauge", "Queries and acts waiting.", c->queued);
	line(to, "db_reconnects_total", "counter", "Connections made anew.", c->reconnects);
	line(to, "db_uncertain_total", "counter", "Acts whose commit had an unknown outcome.", c->uncertain);
}

static void
put_pool(struct buf *to, const struct pool_counters *c)
{
	line(to, "worker_ready", "gauge", "Worker processes that can take jobs.", c->ready);
	line(to, "worker_queued", "gauge", "Jobs waiting.", c->queued);
	line(to, "worker_done_total", "counter", "Jobs answered by a worker.", c->done);
	line(to, "worker_crashed_total", "counter", "Jobs that took their worker down.", c->crashed);
	line(to, "worker_timeouts_total", "counter", "Jobs over their time.", c->timeouts);
}

static void
put_http(struct buf *to, const json_t *counters)
{
	const char *name;
	json_t *v;
	char full[100];

	json_object_foreach((json_t *)counters, name, v)
		if (json_is_integer(v)) {
			snprintf(full, sizeof(full), "http_%s", name);
			for (char *c = full; *c != '\0'; c++)
				if (*c == '-' || *c == '.' || *c == ' ')
					*c = '_';
			line(to, full, "untyped", "Of the HTTP server.", (unsigned long long)json_integer_value(v));
		}
}

static void
put_kept(struct buf *to, const struct api *api)
{
	if (api->sequencer != NULL) {
		struct sequencer_counters log = sequencer_counters(api->sequencer);

		line(to, "log_size", "gauge", "Leaves of the evidence log numbered, as far as this process knows.", log.size);
		line(to, "log_checkpoint_size", "gauge", "Size of the newest signed checkpoint, as far as this process knows.", log.checkpoint_size);
		line(to, "log_leading", "gauge", "1 when this process numbers the leaves.", log.leading);
	}
	if (api->archive != NULL) {
		struct archive_counters texts = archive_counters(api->archive);

		line(to, "texts_done_total", "counter", "Files whose text was read.", texts.done);
		line(to, "texts_failed_total", "counter", "Files whose text cannot be read.", texts.failed);
		line(to, "texts_put_off_total", "counter", "Readings put off because something was missing.", texts.put_off);
	}
}

static void
put_signatures(struct buf *to, const struct api *api)
{
	if (api->levels != NULL) {
		struct levels_counters c = levels_counters(api->levels);

		line(to, "levels_waiting", "gauge", "Signatures below the level wanted, at the last look.", (unsigned long long)c.waiting);
		line(to, "levels_overdue", "gauge", "Of them, longer than levels.alarm_hours.", (unsigned long long)c.overdue);
		line(to, "levels_raised_total", "counter", "Signatures brought to a higher level after signing.", c.raised);
		line(to, "levels_put_off_total", "counter", "Tries that did not reach the level wanted.", c.put_off);
		line(to, "levels_alarms_total", "counter", "Alarms given to people.", c.alarms);
	}
	if (api->sign != NULL) {
		line(to, "verdict_hits_total", "counter", "Verdicts given as they were kept.", api->sign->counters->verdict_hits);
		line(to, "verdict_misses_total", "counter", "Verdicts made anew.", api->sign->counters->verdict_misses);
	}
	if (api->sign != NULL && api->sign->proofs != NULL) {
		struct proofs_counters c = proofs_counters(api->sign->proofs);

		line(to, "proofs_fetched_total", "counter", "Revocation data and issuers fetched.", c.fetched);
		line(to, "proofs_hits_total", "counter", "Of them found in the cache.", c.hits);
		line(to, "proofs_failed_total", "counter", "Places that gave nothing usable.", c.failed);
		line(to, "proofs_refused_total", "counter", "Of them, answers that are not to be believed.", c.refused);
	}
}

static void
metrics(struct http_call *call)
{
	struct api *api = api_of(call);
	struct db_counters db = db_counters(api->db);
	json_t *http = http_server_counters(api->server);
	struct buf b;

	buf_init(&b, 1u << 20);
	line(&b, "uptime_seconds", "gauge", "Since the start.",
		(unsigned long long)((clock_monotonic() - api->started) / CLOCK_SECOND));
	line(&b, "loop_longest_turn_microseconds", "gauge", "Longest turn of the event loop since the last reading.",
		loop_longest_turn_us(api->loop));
	line(&b, "loop_longest_turn_cpu_microseconds", "gauge", "The same without the time other processes took.",
		loop_longest_turn_cpu_us(api->loop));
	buf_printf(&b, "# HELP congvan_loop_longest_turn_info What took most of that turn.\n# TYPE congvan_loop_longest_turn_info gauge\n"
		"congvan_loop_longest_turn_info{what=\"%s\",note=\"%s\"} 1\n", loop_longest_turn_what(api->loop), loop_longest_turn_note(api->loop));
	loop_reset_longest_turn(api->loop);
	line(&b, "event_streams", "gauge", "Open event streams.", event_hub_count(api->events));
	put_database(&b, &db);
	if (api->pool != NULL) {
		struct pool_counters pool = pool_counters(api->pool);

		put_pool(&b, &pool);
	}
	put_kept(&b, api);
	put_signatures(&b, api);
	put_http(&b, http);
	if (api->metrics != NULL)
		api->metrics(api, &b);
	http_answer_bytes(call, 200, "text/plain; version=0.0.4; charset=utf-8", b.data, b.len);
	buf_free(&b);
	json_decref(http);
}

static void
openapi(struct http_call *call)
{
	const char *text = api_of(call)->settings.openapi;

	if (text == NULL)
		http_answer_problem(call, STATUS_NOT_FOUND, NULL, NULL);
	else
		http_answer_bytes(call, 200, "application/json", text, strlen(text));
}

static void
messages(struct http_call *call)
{
	const char *wanted = api_query(call, "lang");
	enum language lang = wanted[0] != '\0' ? message_language(wanted) : http_call_language(call);
	json_t *all = json_object();

	for (size_t i = 0; i < message_count(); i++)
		json_object_set_new(all, message_code(i), json_string(message_text(message_code(i), lang)));
	http_answer_header(call, "Cache-Control", "max-age=300");
	http_answer_json(call, 200, json_pack("{s:s,s:o}", "lang", lang == LANGUAGE_EN ? "en" : "vi", "messages", all));
}

const struct http_route meta_routes[] = {
	{"GET", "/healthz", HTTP_BODY_NONE, 0, healthz},
	{"GET", "/readyz", HTTP_BODY_NONE, 0, readyz},
	{"GET", "/metrics", HTTP_BODY_NONE, 0, metrics},
	{"GET", "/v1/openapi.json", HTTP_BODY_NONE, 0, openapi},
	{"GET", "/v1/messages", HTTP_BODY_NONE, 0, messages},
};
const size_t meta_route_count = sizeof(meta_routes) / sizeof(meta_routes[0]);
