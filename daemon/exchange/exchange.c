/*
 * exchange: see exchange.h. One congvand of a database runs the drop folder and the outbox, the one that holds the advisory lock: two would send
 * twice. Rounds of the two take turns and never overlap.
 */
#include "daemon/exchange/exchange.h"

#include <stdlib.h>

#include "daemon/db/db.h"
#include "daemon/exchange/folder.h"
#include "daemon/exchange/outbox.h"
#include "daemon/exchange/settle.h"
#include "daemon/io/loop.h"
#include "lib/base/log.h"

#define EXCHANGE_MS 1000u

struct exchange {
	struct exchange_office office;
	struct folder *folder;
	struct outbox *outbox;
	struct loop_timer *timer;
	struct db_leader *leader;
	bool leading, busy, queued, closing; /* queued: woken, or still more in the outbox */
	bool settling;                      /* a look for documents whose receivers have all answered is under way */
	void (*done)(void *arg);
	void *done_arg;
};

static void send_queued(struct exchange *x);

static void
finish(void *arg)
{
	struct exchange *x = arg;
	void (*done)(void *) = x->done;
	void *done_arg = x->done_arg;

	folder_close(x->folder);
	outbox_close(x->outbox);
	free(x);
	done(done_arg);
}

static void
round_ended(void *arg)
{
	struct exchange *x = arg;

	x->busy = false;
	if (x->closing && !x->settling)
		loop_soon(x->office.loop, finish, x);
	else if (x->queued)
		send_queued(x);
}

static void
folder_ended(void *arg)
{
	struct exchange *x = arg;

	x->queued = false;
	if (x->closing || !x->leading)
		round_ended(x);
	else
		outbox_round(x->outbox, round_ended, x);
}

static void
send_queued(struct exchange *x)
{
	if (x->closing || x->busy || !x->leading)
		return;
	x->busy = true;
	x->queued = false;
	outbox_round(x->outbox, round_ended, x);
}

static void
look(struct exchange *x)
{
	if (x->closing || x->busy || !x->leading)
		return;
	x->busy = true;
	if (x->folder != NULL)
		folder_look(x->folder, folder_ended, x);
	else
		folder_ended(x);
}

static void
on_tick(void *arg)
{
	look(arg);
}

static void
on_settled(void *arg)
{
	struct exchange *x = arg;

	x->settling = false;
	if (x->closing && !x->busy)
		loop_soon(x->office.loop, finish, x);
}

static void
on_gained(void *arg)
{
	struct exchange *x = arg;

	log_info("exchange", "event=leading");
	x->leading = true;
	if (!x->settling && !x->closing) {
		x->settling = true;
		settle_documents(&x->office, NULL, on_settled, x);
	}
	look(x);
}

static void
on_lost(void *arg)
{
	struct exchange *x = arg;

	log_info("exchange", "event=not-leading");
	x->leading = false;
	folder_halt(x->folder);
	outbox_halt(x->outbox);
}

enum status
exchange_start(const struct exchange_office *o, struct exchange **out)
{
	struct exchange *x = calloc(1, sizeof(*x));
	unsigned ms = o->interval_ms != 0 ? o->interval_ms : EXCHANGE_MS;
	enum status st = STATUS_OK;

	if (x == NULL)
		return STATUS_NO_MEMORY;
	x->office = *o;
	if (o->root[0] != '\0')
		st = folder_open(&x->office, &x->folder);
	if (st == STATUS_OK)
		st = outbox_open(&x->office, x->folder, &x->outbox);
	if (st == STATUS_OK)
		st = loop_timer_start(o->loop, ms, ms, on_tick, x, &x->timer);
	if (st == STATUS_OK && (x->leader = db_leader_start(o->db, DB_LEADER_EXCHANGE, on_gained, on_lost, x)) == NULL)
		st = STATUS_NO_MEMORY;
	if (st != STATUS_OK) {
		loop_timer_stop(x->timer);
		folder_close(x->folder);
		outbox_close(x->outbox);
		free(x);
		return st;
	}
	*out = x;
	return STATUS_OK;
}

void
exchange_wake(struct exchange *x)
{
	if (x == NULL)
		return;
	x->queued = true;
	send_queued(x);
}

void
exchange_stop(struct exchange *x, void (*done)(void *arg), void *arg)
{
	if (x == NULL) {
		done(arg);
		return;
	}
	x->closing = true;
	x->done = done;
	x->done_arg = arg;
	loop_timer_stop(x->timer);
	db_leader_stop(x->leader);
	folder_halt(x->folder);
	outbox_halt(x->outbox);
	if (!x->busy && !x->settling)
		loop_soon(x->office.loop, finish, x);
}
