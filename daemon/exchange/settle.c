/*
 * settle: what the statuses of all receivers together mean for a document of ours: delivered when each has accepted it, withdrawn when each gives it back. A status is
 * kept in an act of its own, the document then moves in another: two receivers who answer at the same moment see each other. What a
 * crash leaves between the two is found at the next status, at the same packet again, and when a congvand begins to lead the exchange.
 */
#include "daemon/exchange/settle.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/exchange/receive_private.h"
#include "daemon/flow/act.h"
#include "daemon/store/packet.h"
#include "lib/base/log.h"
#include "lib/base/uuid.h"

#define SETTLE_TRIES 4 /* the document may be moved by somebody in between */

struct settle {
	const struct exchange_office *office;
	char only[UUID_TEXT], document[UUID_TEXT], move[16];
	json_t *rows;
	size_t at;
	unsigned tries;
	void (*done)(void *arg);
	void *arg;
};

static void look(struct settle *s);
static void next(struct settle *s);

static void
finish(struct settle *s)
{
	void (*done)(void *) = s->done;
	void *arg = s->arg;

	json_decref(s->rows);
	free(s);
	done(arg);
}

static void
on_moved(void *arg, const struct flow_result *result)
{
	struct settle *s = arg;

	if (result->status != STATUS_OK)
		log_info(s->document, "event=not-settled move=%s status=%s", s->move, status_code(result->status));
	if (result->status == STATUS_STALE && ++s->tries < SETTLE_TRIES) {
		json_decref(s->rows);
		s->rows = NULL;
		look(s);
		return;
	}
	s->at++;
	next(s);
}

static void
next(struct settle *s)
{
	const json_t *row = json_array_get(s->rows, s->at);
	struct flow_request q = {.db = s->office->db, .certified = s->office->certified, .document = s->document, .move = s->move};

	if (row == NULL) {
		finish(s);
		return;
	}
	snprintf(s->document, sizeof(s->document), "%s", store_text(row, "document"));
	snprintf(s->move, sizeof(s->move), "%s", store_text(row, "move"));
	flow_move(&q, on_moved, s);
}

static void
on_rows(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct settle *s = arg;

	(void)constraint;
	s->rows = st == STATUS_OK ? json_deep_copy(value) : json_array();
	s->at = 0;
	next(s);
}

static void
look(struct settle *s)
{
	delivery_settled(s->office->db, s->only[0] != '\0' ? s->only : NULL, on_rows, s);
}

void
settle_documents(const struct exchange_office *o, const char *document, void (*done)(void *arg), void *arg)
{
	struct settle *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->office = o;
	s->done = done;
	s->arg = arg;
	snprintf(s->only, sizeof(s->only), "%s", document != NULL ? document : "");
	look(s);
}

static void
settled(void *arg)
{
	receive_finish(arg, STATUS_OK);
}

void
receive_settle(struct receive *r)
{
	settle_documents(r->office, r->document, settled, r);
}
