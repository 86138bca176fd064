/*
 * seal_kinds: the containers by the name that jobs give, and what judging one needs; shared by
 * job_seal.c and job_verify.c.
 */
#ifndef CONGVAN_WORKER_SEAL_KINDS_H
#define CONGVAN_WORKER_SEAL_KINDS_H

#include "lib/seal/seal.h"
#include "worker/jobs.h"

/* The kind of parameter "kind", or with "auto" what input 0 is by its content; STATUS_MALFORMED with a finding. */
enum status seal_kind_of(const struct job_run *run, const struct seal_kind **out);

/*
 * Verifies by a policy of seal_policy, and makes the report the result of the run. `report` is the caller's: seal_report_free.
 */
enum status seal_judge(struct job_run *run, const struct seal_kind *kind, struct span file,
	struct span detached, const struct policy *policy, struct seal_report **report);

/* Makes the report the result of the run, as seal_judge does. */
enum status seal_tell(struct job_run *run, const struct seal_report *report);

/*
 * A policy by the trust folder and the proofs that the job brought ("proofs": intermediate certificates, revocation lists, responses), as of the time (0:
 * now); policy_free it. The proofs are candidates: each is judged by lib/pki like those found in a signature.
 */
enum status seal_policy(struct job_run *run, clock_us at, struct policy **out);

/* What the signatures lack and have by this policy, to which what the file keeps for them is added; needs_free before policy_free. */
struct needs;
enum status seal_needs(struct job_run *run, const struct seal_kind *kind, struct policy *policy, struct span file, struct span detached,
	struct needs **out);

/* What `pieces` of a container's kind gives, kept (seal_pieces_keep is its callback, with the list as arg). Zeroed is empty. */
struct seal_piece_kept {
	enum seal_piece kind;
	struct buf der;
};
struct seal_pieces {
	struct seal_piece_kept *at;
	size_t count, room;
};
enum status seal_pieces_keep(void *arg, enum seal_piece kind, struct span der);
void seal_pieces_free(struct seal_pieces *p);
enum status seal_needs_of(const struct seal_pieces *pieces, struct policy *policy, struct needs **out);

/* The same as the job NEEDS says it; *out is the caller's. STATUS_OK or STATUS_NO_MEMORY. */
enum status seal_needs_json(const struct needs *n, json_t **out);

/* The report against a second opinion (lib/seal/seal_second.h), by the policy that it was made by. STATUS_CONFLICT: they differ. Containers that nobody else reads pass. */
enum status seal_confirm(struct job_run *run, const struct seal_kind *kind, struct span file, struct span detached,
	const struct policy *policy, const struct seal_report *report);

/* How many of the inputs are files; proofs follow them. STATUS_MALFORMED: more proofs named than inputs, or of an unknown kind. */
enum status seal_inputs(const struct job_run *run, size_t *files);

/* What a prepare gave, as the result of the run: {"digest","base_sha256","base_size","hole_at","hole_size"}, input 0 being its base. */
enum status seal_prepared_json(struct job_run *run, const struct seal_prepared *prepared);

/*
 * The same given back by congvand in the parameters, with the tail as it was; seal_prepared_free it, also after a failure. STATUS_CONFLICT: the base is
 * another file.
 */
enum status seal_prepared_read(struct job_run *run, struct span base, struct span tail, struct seal_prepared *out);

#endif
