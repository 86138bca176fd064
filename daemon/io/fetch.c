/*
 * fetch: see fetch.h. libcurl tells which sockets to watch and when to call it again; both are libuv handles here. A watched socket's
 * handle is freed in its close callback, a request when its answer has been given.
 */
#include "daemon/io/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/fetch_allow.h"
#include "daemon/io/loop_uv.h"
#include "lib/base/log.h"

#define FETCH_RUNNING 32u
#define FETCH_MOST (1u << 20)
#define FETCH_MS 15000u

struct fetch_watch {
	uv_poll_t poll;
	struct fetch *fetch;
	curl_socket_t socket;
};

struct fetch_work {
	struct fetch *fetch;
	struct fetch_work *next;   /* in the list of all */
	CURL *curl;                /* NULL: refused before it began */
	struct curl_slist *headers;
	struct buf body, answer;
	fetch_cb cb;
	void *arg;
	enum status refused;       /* before it began, or when a connection was to be made */
	unsigned redirects;        /* still to be followed */
	uint64_t until_ms;
	bool ended;
	char why[80];              /* for people, in codes of the catalogue */
	char said[CURL_ERROR_SIZE]; /* by libcurl, for the log */
};

struct fetch {
	struct loop *loop;
	CURLM *multi;
	uv_timer_t timer;
	struct fetch_allow *allow;
	char *proxy, *ca;
	struct fetch_work *works;
	unsigned handles;          /* libuv handles not yet closed */
	bool closing;
	void (*done)(void *arg);
	void *done_arg;
};

static void
maybe_done(struct fetch *f)
{
	if (!f->closing || f->handles > 0 || f->works != NULL)
		return;
	curl_multi_cleanup(f->multi);
	fetch_allow_free(f->allow);
	free(f->proxy);
	free(f->ca);
	if (f->done != NULL)
		f->done(f->done_arg);
	free(f);
}

static void
work_free(struct fetch_work *w)
{
	struct fetch *f = w->fetch;

	for (struct fetch_work **p = &f->works; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			break;
		}
	if (w->curl != NULL) {
		curl_multi_remove_handle(f->multi, w->curl);
		curl_easy_cleanup(w->curl);
	}
	curl_slist_free_all(w->headers);
	buf_free(&w->body);
	buf_free(&w->answer);
	free(w);
}

static enum status
status_of(const struct fetch_work *w, CURLcode rc)
{
	if (w->refused != STATUS_OK)
		return w->refused;
	if (buf_status(&w->answer) != STATUS_OK)
		return buf_status(&w->answer);
	switch (rc) {
	case CURLE_OK:
		return STATUS_OK;
	case CURLE_OPERATION_TIMEDOUT:
		return STATUS_TIMEOUT;
	case CURLE_FILESIZE_EXCEEDED:
		return STATUS_TOO_LARGE;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return STATUS_MALFORMED;
	default:
		return STATUS_UNAVAILABLE;
	}
}

/* For people, whom libcurl's own English words help little: a code of the catalogue; its number stands beside. */
static const char *
why_of(CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return "fetch.name";
	case CURLE_COULDNT_CONNECT:
		return "fetch.connect";
	case CURLE_OPERATION_TIMEDOUT:
		return "fetch.timeout";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
		return "fetch.tls";
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR:
		return "fetch.large";
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
		return "fetch.broken";
	default:
		return "fetch.failed";
	}
}

static void
answer(struct fetch_work *w, enum status st)
{
	long http = 0;

	if (w->ended)
		return;
	w->ended = true;
	if (w->curl != NULL)
		curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &http);
	w->cb(w->arg, st, http, (struct span){w->answer.data, st == STATUS_OK ? w->answer.len : 0}, w->why);
}

static enum status check_url(const struct fetch *f, const char *url);

/* Begins again at the place that a redirect names, when it may; false: there is an answer to give. */
static bool
redirected(struct fetch_work *w)
{
	struct fetch *f = w->fetch;
	uint64_t now = loop_now_ms(f->loop);
	char *url = NULL;

	if (w->redirects == 0 || f->closing || curl_easy_getinfo(w->curl, CURLINFO_REDIRECT_URL, &url) != CURLE_OK ||
		url == NULL)
		return false;
	w->refused = now >= w->until_ms ? STATUS_TIMEOUT : check_url(f, url);
	if (w->refused != STATUS_OK) {
		snprintf(w->why, sizeof(w->why), "%s", w->refused == STATUS_DENIED ? "fetch.redirect" : "");
		return false;
	}
	w->redirects--;
	curl_multi_remove_handle(f->multi, w->curl);
	buf_free(&w->answer);
	curl_easy_setopt(w->curl, CURLOPT_URL, url); /* copied by libcurl before the old one goes */
	curl_easy_setopt(w->curl, CURLOPT_TIMEOUT_MS, (long)(w->until_ms - now));
	return curl_multi_add_handle(f->multi, w->curl) == CURLM_OK;
}

/* Gives the answers of requests that libcurl has ended. Callbacks may start further requests. */
static void
collect(struct fetch *f)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(f->multi, &left)) != NULL) {
		struct fetch_work *w;
		CURLcode rc = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&w);
		if (rc == CURLE_OK)
			w->refused = STATUS_OK; /* of several addresses one that may be reached answered */
		if (rc == CURLE_OK && redirected(w))
			continue;
		if (w->refused != STATUS_OK && w->why[0] == '\0')
			snprintf(w->why, sizeof(w->why), "fetch.address");
		if (rc != CURLE_OK)
			log_info("fetch", "event=failed curl=%d said=\"%s\"", (int)rc, w->said[0] != '\0' ? w->said : curl_easy_strerror(rc));
		if (rc != CURLE_OK && w->why[0] == '\0')
			snprintf(w->why, sizeof(w->why), "%s (curl %d)", why_of(rc), (int)rc);
		answer(w, status_of(w, rc));
		work_free(w);
	}
	maybe_done(f);
}

static void
on_socket(uv_poll_t *poll, int status, int events)
{
	struct fetch_watch *watch = poll->data;
	struct fetch *f = watch->fetch;
	int what = 0, running;

	if (status < 0)
		what = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		what |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		what |= CURL_CSELECT_OUT;
	loop_enter(poll->loop, "fetch");
	curl_multi_socket_action(f->multi, watch->socket, what, &running);
	collect(f);
	loop_leave(poll->loop);
}

static void
on_timer(uv_timer_t *timer)
{
	struct fetch *f = timer->data;
	int running;

	loop_enter(timer->loop, "fetch");
	curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(f);
	loop_leave(timer->loop);
}

static void
watch_closed(uv_handle_t *handle)
{
	struct fetch_watch *watch = handle->data;
	struct fetch *f = watch->fetch;

	free(watch);
	f->handles--;
	maybe_done(f);
}

/* CURLMOPT_SOCKETFUNCTION */
static int
watch_socket(CURL *curl, curl_socket_t socket, int what, void *arg, void *socket_arg)
{
	struct fetch *f = arg;
	struct fetch_watch *watch = socket_arg;
	int events = 0;

	(void)curl;
	if (what == CURL_POLL_REMOVE) {
		if (watch != NULL) {
			uv_poll_stop(&watch->poll);
			uv_close((uv_handle_t *)&watch->poll, watch_closed);
			curl_multi_assign(f->multi, socket, NULL);
		}
		return 0;
	}
	if (watch == NULL) {
		watch = calloc(1, sizeof(*watch));
		if (watch == NULL || uv_poll_init_socket(loop_uv(f->loop), &watch->poll, socket) != 0) {
			free(watch);
			return -1;
		}
		watch->poll.data = watch;
		watch->fetch = f;
		watch->socket = socket;
		f->handles++;
		curl_multi_assign(f->multi, socket, watch);
	}
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	return uv_poll_start(&watch->poll, events, on_socket) == 0 ? 0 : -1;
}

/* CURLMOPT_TIMERFUNCTION; never answers inside, only sets the timer. */
static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct fetch *f = arg;

	(void)multi;
	if (f->closing)
		return 0;
	if (ms < 0)
		uv_timer_stop(&f->timer);
	else
		uv_timer_start(&f->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

enum status
fetch_open(struct loop *loop, const struct fetch_config *config, struct fetch **out)
{
	struct fetch *f = calloc(1, sizeof(*f));
	char wrong[64];
	enum status st;

	if (f == NULL)
		return STATUS_NO_MEMORY;
	f->loop = loop;
	st = fetch_allow_new(config->allow != NULL ? config->allow : "", &f->allow, wrong);
	if (st != STATUS_OK) {
		log_error("fetch", "event=bad-allow word=\"%s\"", wrong);
		free(f);
		return st;
	}
	f->proxy = strdup(config->proxy != NULL ? config->proxy : "");
	f->ca = config->ca != NULL ? strdup(config->ca) : NULL;
	f->multi = curl_multi_init();
	if (f->multi == NULL || f->proxy == NULL ||
		uv_timer_init(loop_uv(loop), &f->timer) != 0) {
		curl_multi_cleanup(f->multi);
		fetch_allow_free(f->allow);
		free(f->proxy);
		free(f->ca);
		free(f);
		return STATUS_NO_MEMORY;
	}
	f->timer.data = f;
	f->handles = 1;
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
		(long)(config->running != 0 ? config->running : FETCH_RUNNING));
	*out = f;
	return STATUS_OK;
}

static void
timer_closed(uv_handle_t *handle)
{
	struct fetch *f = handle->data;

	f->handles--;
	maybe_done(f);
}

void
fetch_close(struct fetch *f, void (*done)(void *arg), void *arg)
{
	struct fetch_work *next;

	if (f == NULL) {
		if (done != NULL)
			done(arg);
		return;
	}
	f->closing = true;
	f->done = done;
	f->done_arg = arg;
	uv_timer_stop(&f->timer);
	for (struct fetch_work *w = f->works; w != NULL; w = next) {
		next = w->next;
		if (w->curl == NULL || w->ended)
			continue; /* its refusal is on its way; or it is being answered, and closes us from there */
		answer(w, STATUS_CANCELLED);
		work_free(w);
	}
	uv_close((uv_handle_t *)&f->timer, timer_closed);
}

static enum status
check_url(const struct fetch *f, const char *url)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL;
	CURLU *u = curl_url();
	enum status st = STATUS_MALFORMED;

	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_OK &&
		(strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0))
		st = fetch_allow_host(f->allow, host, port) ? STATUS_OK : STATUS_DENIED;
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(user);
	curl_url_cleanup(u);
	return st;
}

bool
fetch_allows(const struct fetch *f, const char *url)
{
	return check_url(f, url) == STATUS_OK;
}

static size_t
on_answer(char *p, size_t size, size_t n, void *arg)
{
	struct fetch_work *w = arg;

	buf_put(&w->answer, p, size * n);
	return buf_status(&w->answer) == STATUS_OK ? size * n : 0;
}

/* CURLOPT_OPENSOCKETFUNCTION: the one place where the address is known that will be connected to. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct fetch_work *w = arg;

	if (purpose == CURLSOCKTYPE_IPCXN && w->fetch->proxy[0] == '\0' && !fetch_allow_address(w->fetch->allow, &a->addr)) {
		w->refused = STATUS_DENIED;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static void
add_header(struct fetch_work *w, const char *name, const char *value)
{
	char line[1200];

	if (value == NULL || strpbrk(value, "\r\n") != NULL)
		return;
	snprintf(line, sizeof(line), "%s: %s", name, value);
	w->headers = curl_slist_append(w->headers, line);
}

static void
set_options(struct fetch_work *w, const struct fetch_request *r)
{
	CURL *c = w->curl;

	add_header(w, "Content-Type", r->type);
	add_header(w, "Accept", r->accept);
	add_header(w, "Authorization", r->authorization);
	w->headers = curl_slist_append(w->headers, "Expect:");
	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, w);
	curl_easy_setopt(c, CURLOPT_PROXY, w->fetch->proxy);
	curl_easy_setopt(c, CURLOPT_NOPROXY, ""); /* the environment has no say */
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(r->ms != 0 ? r->ms : FETCH_MS));
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, w->headers);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, w);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, w->said);
	curl_easy_setopt(c, CURLOPT_PRIVATE, w);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)w->answer.max);
	if (w->fetch->ca != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, w->fetch->ca);
	if (strcmp(r->method, "POST") == 0) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)w->body.len);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, buf_str(&w->body));
	} else if (strcmp(r->method, "GET") != 0) {
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	}
}

/* A refusal is given in a later turn too: the callback must not fire inside. */
static void
refuse(void *arg)
{
	struct fetch_work *w = arg;
	struct fetch *f = w->fetch;

	answer(w, w->refused);
	work_free(w);
	maybe_done(f);
}

void
fetch_start(struct fetch *f, const struct fetch_request *r, fetch_cb cb, void *arg)
{
	struct fetch_work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort(); /* nothing left to answer with */
	w->fetch = f;
	w->cb = cb;
	w->arg = arg;
	w->next = f->works;
	f->works = w;
	buf_init(&w->answer, r->most != 0 ? r->most : FETCH_MOST);
	buf_init(&w->body, r->body.len + 1);
	buf_put(&w->body, r->body.data, r->body.len);
	w->redirects = strcmp(r->method, "GET") == 0 ? r->redirects : 0;
	w->until_ms = loop_now_ms(f->loop) + (r->ms != 0 ? r->ms : FETCH_MS);
	w->refused = f->closing ? STATUS_CANCELLED : check_url(f, r->url);
	if (w->refused == STATUS_OK && (w->curl = curl_easy_init()) != NULL) {
		set_options(w, r);
		if (curl_multi_add_handle(f->multi, w->curl) == CURLM_OK)
			return;
		curl_easy_cleanup(w->curl);
		w->curl = NULL;
	}
	if (w->refused == STATUS_OK)
		w->refused = STATUS_NO_MEMORY;
	if (w->refused == STATUS_DENIED)
		log_warn("fetch", "event=host-not-allowed");
	loop_soon(f->loop, refuse, w);
}
