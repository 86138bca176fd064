/*
 * sequencer: gives the leaves of the evidence log their dense indexes in the order they are found committed, extends the RFC 6962 tree
 * and has the signer sign a checkpoint (C2SP tlog-checkpoint). Of all congvand on a database the one that holds the advisory lock
 * does it; whatever happens here, the schema refuses a second index for a leaf or a second leaf for an index.
 */
#ifndef CONGVAN_EVIDENCE_SEQUENCER_H
#define CONGVAN_EVIDENCE_SEQUENCER_H

#include <stdint.h>

#include "daemon/db/db.h"
#include "daemon/io/loop.h"

struct sequencer;

/*
 * Signs a checkpoint body; calls signed_cb once, now or later: the whole signed note (living during the call), or NULL when the signer is
 * away or refuses.
 */
struct sequencer_signer {
	void (*sign)(void *arg, const char *body, void (*signed_cb)(void *cb_arg, const char *note), void *cb_arg);
	void *arg;
};

struct sequencer_config {
	struct loop *loop;
	struct db *db;
	const char *origin;                     /* first line of every checkpoint; must outlive the sequencer */
	const struct sequencer_signer *signer;  /* NULL: no checkpoints; copied */
	unsigned interval_ms;                   /* between looks when nobody calls sequencer_wake; 0: 500 */
};

enum status sequencer_start(const struct sequencer_config *config, struct sequencer **out);

/* New leaves may be there: look soon. Legal on NULL. */
void sequencer_wake(struct sequencer *s);

/* done once, when nothing of it runs any more and it is freed. */
void sequencer_stop(struct sequencer *s, void (*done)(void *arg), void *arg);

/* For /metrics: leaves numbered, size of the newest checkpoint, whether this process holds the lock. */
struct sequencer_counters {
	uint64_t size, checkpoint_size;
	bool leading;
};
struct sequencer_counters sequencer_counters(const struct sequencer *s);

#endif
