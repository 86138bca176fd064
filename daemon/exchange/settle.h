/* settle: moves documents of ours whose receivers have all answered (daemon/store/packet.h: delivery_settled). */
#ifndef CONGVAN_EXCHANGE_SETTLE_H
#define CONGVAN_EXCHANGE_SETTLE_H

#include "daemon/exchange/exchange.h"

/* document: only this one; NULL: any. done once, never inside, whatever became of it. */
void settle_documents(const struct exchange_office *o, const char *document, void (*done)(void *arg), void *arg);

#endif
