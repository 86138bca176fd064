/*
 * sign_job: one request to sign, from judging to the line in the signing record. Signing goes in
 * slices, so that a batch of a thousand slow signatures does not keep the other clients waiting.
 * The signatures leave only together, after the record is on the disk: all of them, or, when a token went away in the middle, those that were
 * made, with the reason for the rest.
 */
#ifndef CONGVAN_SIGNER_SIGN_JOB_H
#define CONGVAN_SIGNER_SIGN_JOB_H

#include <sys/socket.h>

#include "lib/base/buf.h"
#include "signer/policy.h"
#include "signer/sign_log.h"

/*
 * SIGN_JOB_SIGNING: judged good, some digests are not signed yet.
 * SIGN_JOB_SIGNED: all are signed, not yet recorded.
 * SIGN_JOB_REFUSED: not signed, for the reason in refusal; not yet recorded.
 * SIGN_JOB_DONE: recorded (or the record failed, which is then the refusal): the answer may go out.
 */
enum sign_job_state { SIGN_JOB_SIGNING, SIGN_JOB_SIGNED, SIGN_JOB_REFUSED, SIGN_JOB_DONE };

struct sign_job;

/* Takes over the request (freed with the job) and judges it. STATUS_NO_MEMORY; else *out is in
 * SIGNING or REFUSED. */
enum status sign_job_new(const struct sign_policy *p, struct signer_sign *request,
	const struct ucred *peer, clock_us now, struct sign_job **out);
void sign_job_free(struct sign_job *j);

enum sign_job_state sign_job_state(const struct sign_job *j);

/* Signs for about `budget` microseconds; in state SIGNING only. */
void sign_job_step(struct sign_job *j, clock_us budget);

/* Ends a job that nobody waits for any more: refused with this reason. In state SIGNING or SIGNED.
 */
void sign_job_abandon(struct sign_job *j, const char *why);

/*
 * Writes the decision to the record and goes to DONE. When that fails, the refusal says so and the
 * signatures are wiped. `suppressed`: refusals that came too fast before this one to be recorded
 * each.
 */
void sign_job_record(struct sign_job *j, struct sign_log *log, unsigned suppressed);

/* In state DONE: STATUS_OK in it means that everything was signed. */
struct refusal sign_job_refusal(const struct sign_job *j);

/*
 * The signatures: what all of them share, and the pieces of each with its size, as in the answer to SIGN (lib/wire/signer_msg.h); live as long as the job.
 * sign_job_whole appends one of them, put together.
 */
struct span sign_job_shared(const struct sign_job *j);
struct span sign_job_pieces(const struct sign_job *j);
void sign_job_whole(const struct sign_job *j, struct span piece, struct buf *out);
size_t sign_job_count(const struct sign_job *j); /* that were made */
const char *sign_job_skipped(const struct sign_job *j); /* why the others were not, a code of the catalogue; NULL: all were made */
size_t sign_job_size(const struct sign_job *j, size_t i);

#endif
