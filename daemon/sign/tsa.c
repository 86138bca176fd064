/* tsa: see tsa.h. */
#include "daemon/sign/tsa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/loop.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define ANSWER_MOST (256u << 10)

struct asking {
	const struct sign_office *office;
	struct buf request;
	const char *rest; /* of the list */
	size_t place;     /* of the next one in it */
	bool late;        /* second time through: those that were left for later */
	bool left[SIGN_TSA_MOST];
	char url[1024];
	char why[400];
	fetch_cb cb;
	void *arg;
};

static void next(void *arg);

static void
end(struct asking *a, enum status st, struct span body)
{
	a->cb(a->arg, st, st == STATUS_OK ? 200 : 0, body, a->why);
	buf_free(&a->request);
	free(a);
}

/* The one just asked: remembered when it gave nothing, forgotten when it did. */
static void
remember(struct asking *a, bool gave)
{
	size_t i = a->place - 1;

	if (i < SIGN_TSA_MOST)
		a->office->tsa_rests->until[i] = gave ? 0 : clock_now() + (clock_us)a->office->tsa_rest_seconds * CLOCK_SECOND;
}

/* The next place of the list to a->url: false at its end. */
static bool
read_place(struct asking *a)
{
	size_t n;

	a->rest += strspn(a->rest, " \t\n,");
	n = strcspn(a->rest, " \t\n,");
	if (n == 0 || n >= sizeof(a->url))
		return false;
	memcpy(a->url, a->rest, n);
	a->url[n] = '\0';
	a->rest += n;
	a->place++;
	return true;
}

/* The next one to be asked now: first those that are not resting, then those. */
static bool
choose(struct asking *a)
{
	for (;;) {
		size_t i = a->place;

		if (!read_place(a)) {
			if (a->late)
				return false;
			a->late = true;
			a->rest = a->office->tsa_url;
			a->place = 0;
		} else if (a->late) {
			if (i < SIGN_TSA_MOST && a->left[i])
				return true;
		} else if (i < SIGN_TSA_MOST && a->office->tsa_rests->until[i] > clock_now()) {
			a->left[i] = true;
		} else
			return true;
	}
}

static void
on_answer(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct asking *a = arg;

	if (st == STATUS_OK && http == 200) {
		a->why[0] = '\0';
		remember(a, true);
		end(a, STATUS_OK, body);
		return;
	}
	if (st == STATUS_OK)
		snprintf(a->why, sizeof(a->why), "fetch.http %ld", http);
	else
		snprintf(a->why, sizeof(a->why), "%s", why[0] != '\0' ? why : status_full_code(st));
	log_warn("tsa", "event=no-timestamp url=%s why=\"%s\"", a->url, a->why);
	if (st == STATUS_CANCELLED) {
		end(a, st, (struct span){NULL, 0});
		return;
	}
	remember(a, false);
	next(a);
}

static void
next(void *arg)
{
	struct asking *a = arg;
	struct fetch_request r = {.method = "POST", .url = a->url, .type = "application/timestamp-query",
		.accept = "application/timestamp-reply", .most = ANSWER_MOST, .ms = a->office->gather_ms};

	if (a->office->fetch == NULL) { /* congvand is stopping */
		end(a, STATUS_CANCELLED, (struct span){NULL, 0});
		return;
	}
	if (!choose(a)) {
		if (a->why[0] == '\0')
			snprintf(a->why, sizeof(a->why), "level.no-tsa");
		end(a, STATUS_UNAVAILABLE, (struct span){NULL, 0});
		return;
	}
	r.body = (struct span){a->request.data, a->request.len};
	fetch_start(a->office->fetch, &r, on_answer, a);
}

void
tsa_ask(const struct sign_office *o, struct span request, fetch_cb cb, void *arg)
{
	struct asking *a = calloc(1, sizeof(*a));

	if (a == NULL)
		abort();
	a->office = o;
	a->rest = o->tsa_url;
	a->cb = cb;
	a->arg = arg;
	buf_init(&a->request, request.len + 1);
	buf_put(&a->request, request.data, request.len);
	loop_soon(o->loop, next, a);
}
