/*
 * outbox: sends what acts have queued: the packet's bytes are built once by a worker and kept, then carried by the receiver's transport; retried after 1 min, 5 min,
 * 30 min, 2 h, 6 h. A row becomes `sent` only after the transport has the packet; a crash in between repeats the same bytes under the same name, which a
 * receiver takes in once.
 */
#ifndef CONGVAN_EXCHANGE_OUTBOX_H
#define CONGVAN_EXCHANGE_OUTBOX_H

#include "daemon/exchange/exchange.h"
#include "daemon/exchange/folder.h"

struct outbox;

/* folder: for receivers reached by it; NULL without. */
enum status outbox_open(const struct exchange_office *o, const struct folder *folder, struct outbox **out);

/* Sends what is due, one after the other; done once. No second round before that. */
void outbox_round(struct outbox *b, void (*done)(void *arg), void *arg);

/* A round under way ends after the row it is at. */
void outbox_halt(struct outbox *b);

/* Not while a round is under way. */
void outbox_close(struct outbox *b);

#endif
