/*
 * api: what every handler shares. A handler file is a noun (`document_api.c`) that ends in a table `const struct http_route document_routes[]`
 * (pattern, body, needs, handler) and is joined in daemon/api/routes.c. Handlers join HTTP with flow and store; they have no rules and no SQL.
 *
 * Reads: take the person, call a store function with api_answer_value (or a callback of one's own that ends in one of the answers below).
 * Writes: daemon/api/write.h. A call's own data goes into a struct in the call's arena.
 */
#ifndef CONGVAN_API_API_H
#define CONGVAN_API_API_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/http/http.h"
#include "daemon/store/person.h"
#include "lib/base/clock.h"

struct db;
struct loop;
struct offload;
struct pool;
struct exchange_office;
struct guard;
struct event_hub;
struct fetch;
struct web;
struct sign_office;
struct levels;
struct archive;
struct sequencer;
struct preview_cache;

/* Set from the configuration (daemon/settings.c). */
struct api_settings {
	int64_t session_seconds;      /* a password session lasts this long */
	bool certified;               /* state secrets may have content here */
	bool lies_refused;            /* a file whose name promises another kind than its bytes are is refused, not just shown */
	const char *openapi;          /* text of openapi.json */
	unsigned failures_per_minute; /* of one address, before 429 */
};

/* What http_call_app gives. Filled by daemon/app.c; a part that is off is NULL. Parts of other areas add their pointer. */
struct api {
	struct loop *loop;
	struct db *db;
	struct pool *pool;
	struct offload *offload;
	const struct exchange_office *exchange; /* NULL without workers */
	struct guard *guard;
	struct event_hub *events;
	struct http_server *server;
	struct web *web; /* NULL without pages */
	struct fetch *fetch;
	struct levels *levels;    /* NULL without workers */
	struct sign_office *sign; /* its signer is NULL without one */
	struct archive *archive;
	struct sequencer *sequencer;
	struct preview_cache *previews;
	struct api_settings settings;
	clock_us started;
	/* More lines for /metrics, of other parts. */
	void (*metrics)(struct api *api, struct buf *to);
};

struct api *api_of(struct http_call *call);

/* Who asks; NULL when nobody, or another office's gateway. Never NULL in any other route with HTTP_NEED_SESSION. */
const struct person *api_person(struct http_call *call);

/* False after it answered 403 account.role: the person has none of the roles. */
bool api_has_role(struct http_call *call, unsigned roles);

/* The {name} of the path when it is a UUID; else answers 404 (document.missing, …: code) and gives NULL. */
const char *api_id(struct http_call *call, const char *name, const char *code);

/* The query parameter, "" when absent. */
const char *api_query(struct http_call *call, const char *name);

/* ?limit= (1-200, default 20); false after it answered 422. */
bool api_limit(struct http_call *call, int *limit_out);

/* A cursor of two parts "a~b", "" and "" without one; false after it answered 422. Pointers live as long as the call. */
bool api_cursor(struct http_call *call, const char **a_out, const char **b_out);

/* ?from=&to= as "YYYY-MM-DD"; false after it answered 422. */
bool api_day(struct http_call *call, const char *name, const char **out);

/* --- answers --- */

/* The problem with the first error's code of diag, or `code`, or the status' own. */
void api_problem(struct http_call *call, enum status st, const char *code, const struct diag *diag);

/* One finding as a problem. */
void api_refuse(struct http_call *call, enum status st, const char *code, const char *where, const char *got,
	const char *want);

/* store_cb: 200 with the value, or the problem. arg is the call. */
void api_answer_value(void *arg, enum status st, json_t *value, const char *constraint);
/* store_cb: 200 {"items":value,"next":null}. */
void api_answer_items(void *arg, enum status st, json_t *value, const char *constraint);

/*
 * Of rows of which one more than the limit was asked for: cuts them to the limit, and gives the cursor of the next page, "a~b" made of two members of the last row
 * left (b may be NULL), or null when there is none. The caller owns it.
 */
json_t *api_page_next(json_t *rows, int limit, const char *a, const char *b);

/* The page of such rows: {"items":[…],"next":"a~b"|null}. */
void api_answer_page(struct http_call *call, json_t *rows, int limit, const char *a, const char *b);

/* 200 or 201 with the document as the person sees it, "moves" in it, and its ETag. */
void api_answer_document(struct http_call *call, int code, const char *id);

#endif
