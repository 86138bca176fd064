/*
 * server: starts and stops listening, owns what connections share, and hands out deadlines (see
 * server_private.h).
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/http/server_private.h"
#include "lib/base/log.h"

const struct http_limits http_limits_default = {
	.head_bytes = 16384, /* request line and fields together; RFC 9112 section 3 wants at least
				8000 for the line */
	.json_bytes = 1 << 20, /* parsed within one turn of the loop, whose length the number of
				  values bounds; without identity at most 16 KiB */
	.header_count = 64,
	.stream_bytes = UINT64_C(2) << 30,
	.head_ms = 10000,       /* from its first byte to its last, however slowly they come */
	.body_idle_ms = 30000,  /* in each such period at least 4 KiB must come */
	.write_idle_ms = 30000, /* in each such period at least 4 KiB must be taken */
	.keep_alive_ms =
		75000, /* longer than the 60 s of proxies in front, so that they close first */
	.tls_handshake_ms = 10000,
	.connections = 10000,
	.calls_per_identity = 32,
};

static void
expired(void *arg, unsigned queue)
{
	if (queue == HTTP_WAIT_PING)
		http_events_ping(arg);
	else
		http_connection_expired(arg, (enum http_wait)queue);
}

static void
accept_unix(void *arg, int fd, const struct conn_peer *peer)
{
	http_connection_accept(arg, fd, peer, NULL);
}

static void
accept_tls(void *arg, int fd, const struct conn_peer *peer)
{
	struct http_server *s = arg;

	http_connection_accept(s, fd, peer, s->tls);
}

/* The strings of a copied listener are ours. */
static void
free_listener(struct http_listener *l)
{
	free((char *)(uintptr_t)l->unix_path);
	free((char *)(uintptr_t)l->tls_address);
	free((char *)(uintptr_t)l->tls_certificate);
	free((char *)(uintptr_t)l->tls_key);
	free((char *)(uintptr_t)l->tls_client_ca);
	free((char *)(uintptr_t)l->tls_client_crl);
}

static bool
copy_listener(struct http_listener *to, const struct http_listener *from)
{
	const struct {
		const char *from, **to;
	} strings[] = {{from->unix_path, &to->unix_path}, {from->tls_address, &to->tls_address},
		{from->tls_certificate, &to->tls_certificate}, {from->tls_key, &to->tls_key},
		{from->tls_client_ca, &to->tls_client_ca},
		{from->tls_client_crl, &to->tls_client_crl}};

	to->unix_mode = from->unix_mode;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (strings[i].from != NULL && (*strings[i].to = strdup(strings[i].from)) == NULL)
			return false;
	return true;
}

static void
free_server(struct http_server *s)
{
	if (s == NULL)
		return;
	free_listener(&s->listener);
	listener_close(s->unix_listener);
	listener_close(s->tls_listener);
	loop_timer_stop(s->stop_timer);
	loop_task_cancel(&s->stopped);
	expiry_free(s->expiry);
	conn_group_free(s->group);
	tls_context_free(s->tls);
	http_router_free(s->router);
	tally_free(s->tally);
	buf_free(&s->compose);
	free(s);
}

static void
stopped(void *arg)
{
	struct http_server *s = arg;
	void (*done)(void *) = s->done;
	void *done_arg = s->done_arg;

	free_server(s);
	if (done != NULL)
		done(done_arg);
}

static void
set_lengths(struct http_server *s)
{
	const struct http_limits *l = &s->limits;

	expiry_length(s->expiry, HTTP_WAIT_HANDSHAKE, l->tls_handshake_ms);
	expiry_length(s->expiry, HTTP_WAIT_IDLE, l->keep_alive_ms);
	expiry_length(s->expiry, HTTP_WAIT_HEAD, l->head_ms);
	expiry_length(s->expiry, HTTP_WAIT_BODY, l->body_idle_ms);
	expiry_length(s->expiry, HTTP_WAIT_WRITE, l->write_idle_ms);
	expiry_length(s->expiry, HTTP_WAIT_LINGER, HTTP_LINGER_MS);
	expiry_length(s->expiry, HTTP_WAIT_PING, HTTP_PING_MS);
}

static enum status
listen_on(struct http_server *s, const struct http_listener *l, struct diag *diag)
{
	enum status st = STATUS_OK;

	if (l->tls_address != NULL && (l->tls_certificate == NULL || l->tls_key == NULL)) {
		diag_error(
			diag, "tls.certificate", l->tls_address, NULL, "tls_certificate, tls_key");
		return STATUS_INVALID;
	}
	if (l->tls_address != NULL) {
		st = tls_context_new(
			l->tls_certificate, l->tls_key, l->tls_client_ca, l->tls_client_crl, diag, &s->tls);
		if (st == STATUS_OK)
			st = listener_tcp(
				s->loop, l->tls_address, accept_tls, s, diag, &s->tls_listener);
	}
	if (st == STATUS_OK && l->unix_path != NULL)
		st = listener_unix(s->loop, l->unix_path, l->unix_mode, accept_unix, s, diag,
			&s->unix_listener);
	return st;
}

enum status
http_server_start(struct loop *loop, const struct http_config *config, struct diag *diag,
	struct http_server **out)
{
	struct http_server *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	s->loop = loop;
	s->config = *config;
	s->limits = config->limits != NULL ? *config->limits : http_limits_default;
	TAILQ_INIT(&s->connections);
	buf_init(&s->compose, 64u << 10);
	loop_task_init(&s->stopped, stopped, s);
	s->tally = tally_new();
	s->config.listener = &s->listener;
	st = s->tally != NULL && copy_listener(&s->listener, config->listener)
		? http_router_new(config->routes, config->route_count, diag, &s->router)
		: STATUS_NO_MEMORY;
	if (st == STATUS_OK)
		st = conn_group_new(loop, &s->group);
	if (st == STATUS_OK)
		st = expiry_new(loop, expired, &s->expiry);
	if (st == STATUS_OK) {
		set_lengths(s);
		st = listen_on(s, &s->listener, diag);
	}
	if (st != STATUS_OK) {
		free_server(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

unsigned
http_server_port(const struct http_server *s)
{
	return s->tls_listener != NULL ? listener_port(s->tls_listener) : 0;
}

enum status
http_server_reload_tls(struct http_server *s, struct diag *diag)
{
	const struct http_listener *l = &s->listener;
	struct tls_context *fresh;
	enum status st;

	if (s->tls == NULL)
		return STATUS_OK;
	st = tls_context_new(l->tls_certificate, l->tls_key, l->tls_client_ca, l->tls_client_crl, diag, &fresh);
	if (st != STATUS_OK)
		return st;
	tls_context_free(s->tls); /* running connections hold what they need of it */
	s->tls = fresh;
	return STATUS_OK;
}

/* --- stopping --- */

void
http_server_check_stopped(struct http_server *s)
{
	if (s->stopping && s->connection_count == 0 && s->call_count == 0)
		loop_task_post(s->loop, &s->stopped);
}

static void
out_of_time(void *arg)
{
	struct http_server *s = arg;
	struct http_connection *c;

	log_warn("http", "stop=forced connections=%zu calls=%zu", s->connection_count,
		s->call_count);
	TAILQ_FOREACH(c, &s->connections, link)
	conn_close(c->conn);
}

void
http_server_stop(struct http_server *s, unsigned ms, void (*done)(void *arg), void *arg)
{
	struct http_connection *c;

	if (s->stopping)
		return;
	s->stopping = true;
	s->done = done;
	s->done_arg = arg;
	listener_close(s->unix_listener);
	listener_close(s->tls_listener);
	s->unix_listener = s->tls_listener = NULL;
	if (loop_timer_start(s->loop, ms, 0, out_of_time, s, &s->stop_timer) != STATUS_OK)
		out_of_time(s);
	TAILQ_FOREACH(c, &s->connections, link)
	http_connection_stop(c);
	http_server_check_stopped(s);
}

/* --- counters --- */

static void
put(json_t *o, const char *name, uint64_t v)
{
	json_object_set_new(o, name, json_integer((json_int_t)v));
}

static json_t *
cuts_json(const struct http_counters *n)
{
	static const char *const names[] = {"handshake", "idle", "head", "body", "write", "linger"};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put(o, names[i], n->cut_by_wait[i]);
	return o;
}

json_t *
http_server_counters(const struct http_server *s)
{
	const struct http_counters *n = &s->counters;
	uint64_t in = n->bytes_in, out = n->bytes_out;
	static const char *const classes[] = {NULL, "1xx", "2xx", "3xx", "4xx", "5xx"};
	const struct http_connection *c;
	json_t *o = json_object(), *by_class = json_object();

	TAILQ_FOREACH(c, &s->connections, link)
	{
		in += conn_bytes_in(c->conn);
		out += conn_bytes_out(c->conn);
	}
	for (size_t i = 2; i < 6; i++)
		put(by_class, classes[i], n->calls_by_class[i]);
	put(o, "connections", s->connection_count);
	put(o, "connections_total", n->connections_total);
	put(o, "connections_refused", n->connections_refused);
	put(o, "connections_evicted", n->connections_evicted);
	put(o, "calls", s->call_count);
	put(o, "calls_total", n->calls_total);
	json_object_set_new(o, "calls_by_class", by_class);
	put(o, "refused_by_parser", n->refused_by_parser);
	put(o, "refused_by_limit", n->refused_by_limit);
	json_object_set_new(o, "cut_by_timeout", cuts_json(n));
	put(o, "bytes_in", in);
	put(o, "bytes_out", out);
	put(o, "longest_turn_us", loop_longest_turn_us(s->loop));
	put(o, "longest_turn_cpu_us", loop_longest_turn_cpu_us(s->loop));
	return o;
}
