/*
 * exchange: documents between offices: packets taken in from any transport, and the outbox that sends ours (QCVN 102:2016, life cycle of Decision
 * 28/2018). Transports only carry bytes; what a packet means is decided here, once.
 */
#ifndef CONGVAN_EXCHANGE_EXCHANGE_H
#define CONGVAN_EXCHANGE_EXCHANGE_H

#include <jansson.h>
#include <stdint.h>

#include "daemon/store/person.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

struct db;
struct loop;
struct pool;
struct fetch;

/* What the exchange needs of congvand; outlives every call. */
struct exchange_office {
	struct loop *loop;
	struct db *db;
	struct pool *pool;
	struct fetch *fetch;
	const char *root;          /* folder of the drop folders: ROOT/in, ROOT/done, ROOT/refused, ROOT/out/ADDRESS; "" without */
	const char *tokens;        /* file with a line "CODE TOKEN" for each gateway of others that wants one; "" without */
	bool certified;            /* state secrets may have content here */
	unsigned interval_ms;      /* between looks at folder and outbox; 0: 1000 */
};

/* A packet whose bytes are in the content store already. */
struct exchange_packet {
	const char *transport, *source;
	const char *sha256;        /* hex */
	uint64_t size;
	const struct person *person; /* who handed it in; NULL: came by a transport */
	const json_t *senders;     /* codes of the office that proved its identity: it speaks for itself only; NULL: not known, or a relay */
};

/*
 * value: {"packet":id,"document":id or null,"kind":"document"|"status","business":n,"again":bool,"findings":[…]}. STATUS_OK: accepted. STATUS_INVALID: refused
 * and kept, with the findings; value then has the packet's id. Other errors: nothing is kept, the transport tries again.
 */
typedef void (*exchange_cb)(void *arg, enum status st, const struct diag *diag, json_t *value);

/* cb once, never inside; packet is copied but for the person. The same bytes are taken in once, however often they come. */
void exchange_receive(const struct exchange_office *o, const struct exchange_packet *packet, exchange_cb cb, void *arg);

/* --- background work: the drop folder and the outbox --- */
struct exchange;

enum status exchange_start(const struct exchange_office *o, struct exchange **out);
/* Something was queued: send it soon. Legal on NULL. (The drop folder is looked at in its own time: a file still being written must not look quiet.) */
void exchange_wake(struct exchange *x);
void exchange_stop(struct exchange *x, void (*done)(void *arg), void *arg);

#endif
