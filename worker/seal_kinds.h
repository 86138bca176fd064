/*
 * seal_kinds: the containers by the name that jobs give, and what judging one needs; shared by
 * job_seal.c and job_verify.c.
 */
#ifndef CONGVAN_WORKER_SEAL_KINDS_H
#define CONGVAN_WORKER_SEAL_KINDS_H

#include "lib/seal/seal.h"
#include "worker/jobs.h"

/* The kind of parameter "kind"; STATUS_MALFORMED with a finding. */
enum status seal_kind_of(const struct job_run *run, const struct seal_kind **out);

/*
 * Verifies by the anchors, intermediates and CRLs of the trust folder, as of the time (0: now), and
 * makes the report the result of the run. `report` is the caller's: seal_report_free.
 */
enum status seal_judge(struct job_run *run, const struct seal_kind *kind, struct span file,
	struct span detached, clock_us at, struct seal_report **report);

#endif
