/*
 * seal_counter: counter-signatures (lib/pki/counter.h) in whatever container the signature is that they are over: each a signature of the report with a verdict of its own.
 * And the container "counter": a CMS (beside its document, or with it inside) that somebody counter-signs.
 */
#ifndef CONGVAN_SEAL_SEAL_COUNTER_H
#define CONGVAN_SEAL_SEAL_COUNTER_H

#include "lib/seal/seal.h"

/*
 * Adds the counter-signatures of the report's signature `number` (from 1), whose CMS this is, judged in the same run after it. Finding counter.many (warning): there are more
 * than are judged. STATUS_OK also when it is no CMS; STATUS_NO_MEMORY.
 */
enum status seal_counters_judge(struct seal_report *r, size_t number, struct verdict_run *run, struct span cms, size_t covered_by,
	struct diag *diag);

#endif
