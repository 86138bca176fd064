/* deadline: notifications of deadlines that come near or have passed, each once (schemas/sql/082_deadline.sql). */
#ifndef CONGVAN_STORE_DEADLINE_H
#define CONGVAN_STORE_DEADLINE_H

#include "daemon/store/store.h"

/* Tells what is due now; near: that many days before. Nobody waits for it; several congvand may do it at once. */
void deadline_tell(struct db *db, int near_days);

#endif
