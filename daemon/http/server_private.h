/*
 * server_private: the three structs of the server, for the files of daemon/http only. A server has
 * connections; a connection has at most one call at a time (pipelined requests wait in it, so that
 * answers are in order); a call may outlive its connection.
 */
#ifndef CONGVAN_HTTP_SERVER_PRIVATE_H
#define CONGVAN_HTTP_SERVER_PRIVATE_H

#include <sys/queue.h>

#include "daemon/http/http.h"
#include "daemon/http/parser.h"
#include "daemon/http/route.h"
#include "daemon/http/tally.h"
#include "daemon/http/target.h"
#include "daemon/io/conn.h"
#include "daemon/io/expiry.h"
#include "daemon/io/listener.h"
#include "daemon/io/loop.h"
#include "lib/base/clock.h"

#define HTTP_HIGH_WATER (256u << 10) /* waiting for the peer: the source must stop */
#define HTTP_LOW_WATER (64u << 10)   /* the source may go on */
#define HTTP_BURST (1u << 20) /* written in one go even to a fast peer: others want a turn too */
#define HTTP_DRAIN_MAX (64u << 10)     /* rest of a body dropped to keep the connection */
#define HTTP_ARENA_MAX (4u << 20)      /* memory of one call, besides its body */
#define HTTP_STRANGER_JSON (16u << 10) /* JSON body of a call without identity */
#define HTTP_LEAST_PROGRESS 4096u      /* bytes that must move in each body or write period */
#define HTTP_LINGER_MS 2000u           /* after the last answer, for the peer to read it */
#define HTTP_PING_MS 15000u            /* between comments of an event stream */
#define HTTP_REQUESTS_PER_TURN 16u     /* pipelined by one connection */

/* What a connection waits for: the queues of the server's expiry. */
enum http_wait {
	HTTP_WAIT_HANDSHAKE,
	HTTP_WAIT_IDLE,   /* for the first byte of a request */
	HTTP_WAIT_HEAD,   /* for the rest of a head */
	HTTP_WAIT_BODY,   /* for more of a body that is wanted */
	HTTP_WAIT_WRITE,  /* for the peer to take what is queued */
	HTTP_WAIT_LINGER, /* for the peer to close */
	HTTP_WAIT_PING,   /* an event stream's next comment: the item is the call's */
	HTTP_WAIT_NOTHING
};

enum http_connection_state {
	HTTP_CONNECTION_HANDSHAKE, /* TLS */
	HTTP_CONNECTION_IDLE,      /* between requests */
	HTTP_CONNECTION_HEAD,      /* part of a head has come */
	HTTP_CONNECTION_CALL,      /* `call` is set */
	HTTP_CONNECTION_DRAIN,     /* answered; the small rest of its body is dropped */
	HTTP_CONNECTION_LINGER,    /* the last answer is on its way; nothing is read any more */
	HTTP_CONNECTION_CLOSED
};

struct http_connection {
	TAILQ_ENTRY(http_connection) link;
	struct http_server *server;
	struct conn *conn;
	struct http_call *call;
	enum http_connection_state state;
	enum http_wait waiting;
	struct expiry_item deadline;
	uint64_t progress_mark; /* bytes moved when the present waiting began */
	struct loop_task pump;  /* goes on with a body, or with the next request */
	struct http_parser parser;
	bool in_data; /* inside on_data, which looks after finished calls itself */
};

enum http_call_phase {
	HTTP_CALL_IDENTIFY, /* the authentication hook is at work; the handler does not know of the
			       call yet */
	HTTP_CALL_COLLECT,  /* a JSON body is being read */
	HTTP_CALL_HANDLER,  /* the handler has been called and will answer */
	HTTP_CALL_EVENTS,   /* an event stream: over when the peer goes */
	HTTP_CALL_ENDED     /* answered; freed as soon as nobody is inside */
};

enum http_body_state {
	HTTP_BODY_WAITS,  /* there is (or may be) a body; nobody wants it yet */
	HTTP_BODY_FLOWS,  /* pieces go to the JSON buffer or the handler */
	HTTP_BODY_IS_DONE /* complete, or there is none */
};

enum http_answer_state {
	HTTP_ANSWER_NONE,
	HTTP_ANSWER_BEGUN, /* head is written */
	HTTP_ANSWER_DONE
};

struct http_call {
	struct http_server *server;
	struct http_connection *connection; /* NULL: the peer has gone */
	struct arena *arena;
	uint64_t id;
	clock_us began;
	enum http_call_phase phase;

	/* the request */
	struct http_head head;
	struct http_path path;
	struct http_query query;
	struct http_match match;
	struct http_peer peer;
	enum language language;
	void *identity;
	struct tally_entry *counted;

	/* its body */
	enum http_body_state body;
	bool paused;
	bool continued; /* 100 Continue is sent or not wanted */
	uint64_t body_bytes;
	struct buf json_text;
	json_t *json;
	http_body_cb body_cb;
	void *body_arg;

	void (*gone)(void *arg);
	void *gone_arg;

	/* the answer */
	enum http_answer_state answer;
	int code;
	struct buf extra; /* header lines of the handler */
	bool has_cache_control;
	bool head_only; /* HEAD, 204, 304: no body is sent */
	bool chunked;
	bool close_after; /* the connection ends with this answer */
	int64_t left;     /* of the announced length; -1: not announced */
	uint64_t burst;   /* written since the source last had to stop */
	uint64_t sent;    /* body bytes, for the log */
	bool wants_drained;
	void (*drained)(void *arg);
	void *drained_arg;
	struct loop_task drained_task, tell_end;
	struct expiry_item ping;
	struct loop_task finish;
};

struct http_counters {
	uint64_t connections_total, connections_refused, connections_evicted;
	uint64_t calls_total, calls_by_class[6], refused_by_parser, refused_by_limit;
	uint64_t cut_by_wait[HTTP_WAIT_NOTHING];
	uint64_t bytes_in, bytes_out;
};

struct http_server {
	struct loop *loop;
	struct http_config config;     /* routes and app are the caller's */
	struct http_listener listener; /* our copy: certificates are read again by their paths */
	struct http_limits limits;
	struct http_router *router;
	struct tls_context *tls;
	struct conn_group *group;
	struct expiry *expiry;
	struct tally *tally;
	struct listener *unix_listener, *tls_listener;
	TAILQ_HEAD(, http_connection) connections;
	size_t connection_count, call_count;
	uint64_t last_call_id;
	struct buf compose; /* heads and small bodies of answers, one at a time */
	clock_us date_second;
	char date[40]; /* "Date: …\r\n" of that second */
	struct http_counters counters;

	bool stopping;
	struct loop_timer *stop_timer;
	struct loop_task stopped;
	void (*done)(void *arg);
	void *done_arg;
};

/* --- connection.c --- */
void http_connection_accept(
	struct http_server *s, int fd, const struct conn_peer *peer, struct tls_context *tls);
void http_connection_expired(struct http_connection *c, enum http_wait wait);
/* Looks again at what it waits for: after anything that reads, writes or changes state. */
void http_connection_wait(struct http_connection *c);
/* The call may be answered now, want its body or have its answer taken: goes on in a later turn. */
void http_connection_pump(struct http_connection *c);
/* The server stops: closes unless a call is running. */
void http_connection_stop(struct http_connection *c);

/* --- call.c --- */
struct http_call *http_call_new(struct http_connection *c);
/* The head is read: finds the route, checks, and goes on to identify, body and handler. */
void http_call_dispatch(struct http_call *call);
bool http_call_wants_body(const struct http_call *call);
void http_call_take_body(struct http_call *call, const unsigned char *p, size_t n);
void http_call_end_body(struct http_call *call);
/*
 * The body will not become complete: tells the handler, then answers with that problem and what diag
 * (may be NULL) says of it (code NULL: nobody is there to answer).
 */
void http_call_fail_body(struct http_call *call, enum status st, const char *code, const struct diag *diag);
/* The connection is closed. */
void http_call_lose_connection(struct http_call *call);
/* An event stream ends because of us or the peer: the handler is told and the call is over. */
void http_call_end_events(struct http_call *call);
void http_call_free(struct http_call *call);

/* --- request.c --- */
/* The language that Accept-Language (may be NULL) likes best of those we have. */
enum language http_language_read(const char *accept);

/* --- answer.c --- */
/* Also for calls whose head could not be read. */
void http_answer_refusal(struct http_call *call, enum http_refusal refusal);
/* Takes the reference to value. */
void http_answer_json_as(struct http_call *call, int code, const char *type, json_t *value);
/* The answer is complete: in due course the call is freed. */
void http_answer_done(struct http_call *call);
/* Writes status line and header; length -1: chunked or until close. */
void http_answer_head(struct http_call *call, int code, const char *type, int64_t length,
	const void *body, size_t n);
/* The peer's side has taken bytes: tells a waiting source. */
void http_answer_wrote(struct http_call *call);

/* --- events.c --- */
void http_events_ping(struct http_call *call);

/* --- server.c --- */
/* A connection or a call has gone: ends a stop when it was the last. */
void http_server_check_stopped(struct http_server *s);

#endif
