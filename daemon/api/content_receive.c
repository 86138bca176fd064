/* content_receive: see content_receive.h. */
#include "daemon/api/content_receive.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/content.h"

struct upload {
	struct http_call *call;
	struct content_put *put; /* NULL when it has ended, well or not */
	struct content_received received;
	uint64_t limit, got;
	content_receive_cb cb;
	void *arg;
};

/* Over the limit: said with what there is so far, or was announced. */
static void
refuse(struct upload *u, enum status st)
{
	const char *announced = http_call_header(u->call, "content-length");
	char got[24], want[32];

	if (st != STATUS_TOO_LARGE) {
		http_answer_problem(u->call, st, NULL, NULL);
		return;
	}
	snprintf(got, sizeof(got), "%" PRIu64, u->got);
	snprintf(want, sizeof(want), "0..%" PRIu64, u->limit);
	api_refuse(u->call, st, "content.large", "body", announced != NULL ? announced : got, want);
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct upload *u = arg;

	if (st != STATUS_OK) {
		refuse(u, st);
		return;
	}
	u->received.sha256 = stored->sha256;
	u->received.size = stored->size;
	u->cb(u->call, u->arg, &u->received);
}

/* There is room again, or the database does not take it: then the rest is not waited for. */
static void
on_room(void *arg)
{
	struct upload *u = arg;
	enum status st = content_put_status(u->put);

	if (st == STATUS_OK) {
		http_call_resume(u->call);
		return;
	}
	content_put_abort(u->put);
	u->put = NULL;
	refuse(u, st);
}

static void
keep_head(struct content_received *r, const unsigned char *data, size_t n)
{
	size_t room = sizeof(r->head) - r->head_len, take = n < room ? n : room;

	memcpy(r->head + r->head_len, data, take);
	r->head_len += take;
}

static void
on_piece(void *arg, enum status st, const unsigned char *data, size_t n)
{
	struct upload *u = arg;

	if (u->put == NULL)
		return;
	if (st != STATUS_OK) { /* client gone or over a limit: the server answers */
		content_put_abort(u->put);
		u->put = NULL;
	} else if (data == NULL) {
		content_put_end(u->put, on_stored, u);
		u->put = NULL;
	} else {
		keep_head(&u->received, data, n);
		u->got += n;
		if (!content_put_write(u->put, data, n))
			http_call_pause(u->call);
	}
}

void
content_receive(struct http_call *call, uint64_t limit, content_receive_cb cb, void *arg)
{
	struct upload *u = arena_alloc(http_call_arena(call), sizeof(*u));

	if (u != NULL) {
		*u = (struct upload){.call = call, .limit = limit, .cb = cb, .arg = arg};
		u->put = content_put_begin(api_of(call)->db, limit, on_room, u);
	}
	if (u != NULL && u->put != NULL && api_person(call) != NULL)
		content_put_holder(u->put, api_person(call)->id);
	if (u == NULL || u->put == NULL)
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
	else
		http_call_stream(call, on_piece, u);
}
