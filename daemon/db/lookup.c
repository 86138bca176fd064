/* lookup: see lookup.h. A host is a name that another thread asks for, or is known at once: a Unix socket, an address. */
#include "daemon/db/lookup.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "daemon/io/loop.h"
#include "daemon/io/loop_uv.h"
#include "lib/base/buf.h"

#define LIMIT_MS 4000
#define LIST_MOST (64u << 10)
#define ADDRESS_TEXT 64

struct lookup_host {
	struct lookup *lookup;
	uv_getaddrinfo_t request;
	char *name, *port; /* as in the URL; port "" for the default */
	bool asked;        /* the request is under way */
	int error;         /* of it */
	unsigned count;
	char addresses[LOOKUP_ADDRESSES][ADDRESS_TEXT]; /* one that is "": no address, libpq takes the name as it is (Unix sockets) */
};

struct lookup {
	struct loop *loop;
	lookup_cb cb; /* NULL: has been called, or is not wanted */
	void *arg;
	struct loop_task known; /* nothing was to be asked */
	struct loop_timer *limit;
	bool as_it_is;      /* the lists stay NULL */
	unsigned count, names, asked; /* hosts; those that are names; requests under way */
	struct lookup_host hosts[LOOKUP_HOSTS];
};

/* ---- the answer ---- */

static void
free_when_quiet(struct lookup *l)
{
	if (l->cb != NULL || l->asked > 0)
		return;
	for (unsigned i = 0; i < l->count; i++) {
		free(l->hosts[i].name);
		free(l->hosts[i].port);
	}
	free(l);
}

/* Nobody waits any more: the answer was given, or is not wanted. */
static void
end(struct lookup *l)
{
	l->cb = NULL;
	loop_task_cancel(&l->known);
	loop_timer_stop(l->limit);
	l->limit = NULL;
	for (unsigned i = 0; i < l->count; i++)
		if (l->hosts[i].asked)
			uv_cancel((uv_req_t *)&l->hosts[i].request); /* those still waiting for a thread */
	free_when_quiet(l);
}

static unsigned
add_host(const struct lookup_host *h, bool first, struct buf *host, struct buf *address, struct buf *port)
{
	const char *comma = first ? "" : ",";

	for (unsigned i = 0; i < h->count; i++, comma = ",") {
		buf_printf(host, "%s%s", comma, h->name);
		buf_printf(address, "%s%s", comma, h->addresses[i]);
		buf_printf(port, "%s%s", comma, h->port);
	}
	return h->count;
}

static void
answer(void *arg)
{
	struct lookup *l = arg;
	struct lookup_lists lists = {NULL, NULL, NULL};
	lookup_cb cb = l->cb;
	void *cb_arg = l->arg;
	struct buf host, address, port;
	char why[200] = "no host";
	unsigned n = 0;

	buf_init(&host, LIST_MOST);
	buf_init(&address, LIST_MOST);
	buf_init(&port, LIST_MOST);
	for (unsigned i = 0; i < l->count; i++) {
		const struct lookup_host *h = &l->hosts[i];

		n += add_host(h, n == 0, &host, &address, &port);
		if (h->count == 0)
			snprintf(why, sizeof(why), "host %s: %s", h->name, h->asked ? "no answer in time" : uv_strerror(h->error));
	}
	if (!l->as_it_is && l->names > 0)
		lists = (struct lookup_lists){buf_str(&host), buf_str(&address), buf_str(&port)};
	end(l);
	if (lists.host == NULL || n > 0)
		cb(cb_arg, STATUS_OK, &lists, NULL);
	else
		cb(cb_arg, STATUS_NOT_FOUND, NULL, why);
	buf_free(&host);
	buf_free(&address);
	buf_free(&port);
}

/* ---- asking ---- */

static void
take_addresses(struct lookup_host *h, const struct addrinfo *list)
{
	for (const struct addrinfo *a = list; a != NULL && h->count < LOOKUP_ADDRESSES; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, h->addresses[h->count], ADDRESS_TEXT, NULL, 0, NI_NUMERICHOST) == 0)
			h->count++;
}

static void
on_addresses(uv_getaddrinfo_t *request, int error, struct addrinfo *list)
{
	struct lookup_host *h = request->data;
	struct lookup *l = h->lookup;

	h->asked = false;
	h->error = error != 0 ? error : UV_EAI_NONAME;
	if (error == 0)
		take_addresses(h, list);
	uv_freeaddrinfo(list);
	l->asked--;
	loop_release(l->loop);
	if (l->cb != NULL && l->asked == 0)
		answer(l);
	else
		free_when_quiet(l);
}

/* Late names are left out, when there is another to go on with. */
static void
on_limit(void *arg)
{
	struct lookup *l = arg;

	for (unsigned i = 0; i < l->count; i++)
		if (l->hosts[i].count > 0) {
			answer(l);
			return;
		}
}

static void
ask(struct lookup_host *h)
{
	static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct lookup *l = h->lookup;
	struct sockaddr_storage numeric;

	if (h->name[0] == '\0' || h->name[0] == '/' || h->name[0] == '@') {
		h->count = 1;
		return;
	}
	if (uv_ip4_addr(h->name, 0, (struct sockaddr_in *)&numeric) == 0 || uv_ip6_addr(h->name, 0, (struct sockaddr_in6 *)&numeric) == 0) {
		h->count = (unsigned)((size_t)snprintf(h->addresses[0], ADDRESS_TEXT, "%s", h->name) < ADDRESS_TEXT);
		return;
	}
	l->names++;
	h->request.data = h;
	h->error = uv_getaddrinfo(loop_uv(l->loop), &h->request, on_addresses, h->name, NULL, &hints);
	if (h->error != 0)
		return;
	h->asked = true;
	l->asked++;
	loop_hold(l->loop);
}

/* ---- the URL ---- */

/* What libpq would use for a keyword that the URL does not have: its environment's. */
static const char *
effective(const PQconninfoOption *given, const PQconninfoOption *defaults, const char *keyword)
{
	for (const PQconninfoOption *o = given; o != NULL && o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0 && o->val != NULL)
			return o->val;
	for (const PQconninfoOption *o = defaults; o != NULL && o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0 && o->val != NULL)
			return o->val;
	return "";
}

/* The next element of a list with commas, "" after its end; *list is moved behind it. */
static char *
element(const char **list)
{
	size_t n = strcspn(*list, ",");
	char *copy = strndup(*list, n);

	*list += n + ((*list)[n] == ',');
	return copy;
}

static unsigned
elements(const char *list)
{
	unsigned n = 1;

	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

/* False without memory. */
static bool
split(struct lookup *l, const char *hosts, const char *ports)
{
	unsigned count = elements(hosts), port_count = elements(ports);
	const char *port = ports;

	l->as_it_is = count > LOOKUP_HOSTS || (port_count != 1 && port_count != count);
	if (l->as_it_is)
		return true; /* the second libpq refuses */
	for (; l->count < count; l->count++) {
		struct lookup_host *h = &l->hosts[l->count];

		if (port_count == 1)
			port = ports;
		h->lookup = l;
		h->name = element(&hosts);
		h->port = element(&port);
		if (h->name == NULL || h->port == NULL) {
			l->count++;
			return false;
		}
	}
	return true;
}

static bool
read_url(struct lookup *l, const char *url)
{
	PQconninfoOption *given = PQconninfoParse(url, NULL), *defaults = PQconndefaults();
	bool fine = true;

	if (given == NULL || effective(given, defaults, "hostaddr")[0] != '\0')
		l->as_it_is = true;
	else
		fine = split(l, effective(given, defaults, "host"), effective(given, defaults, "port"));
	PQconninfoFree(given);
	PQconninfoFree(defaults);
	return fine;
}

enum status
lookup_start(struct loop *loop, const char *url, lookup_cb cb, void *arg, struct lookup **out)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return STATUS_NO_MEMORY;
	l->loop = loop;
	l->cb = cb;
	l->arg = arg;
	loop_task_init(&l->known, answer, l);
	if (!read_url(l, url) || loop_timer_start(loop, LIMIT_MS, 0, on_limit, l, &l->limit) != STATUS_OK) {
		end(l);
		return STATUS_NO_MEMORY;
	}
	for (unsigned i = 0; i < l->count; i++)
		ask(&l->hosts[i]);
	if (l->asked == 0)
		loop_task_post(loop, &l->known);
	*out = l;
	return STATUS_OK;
}

void
lookup_cancel(struct lookup *l)
{
	if (l != NULL)
		end(l);
}
