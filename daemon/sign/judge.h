/*
 * judge: a file's signatures judged with everything that can be had (gather, then the job VERIFY), or as they were judged before, when nothing has changed that the verdict rests on: the
 * same bytes, the same trust folder and worker (trust.h), no newer revocation data, and no end of a certificate or of revocation data passed.
 */
#ifndef CONGVAN_SIGN_JUDGE_H
#define CONGVAN_SIGN_JUDGE_H

#include "daemon/io/pool.h"
#include "daemon/sign/gather.h"
#include "daemon/sign/sign.h"
#include "lib/base/digest.h"

/* result: of VERIFY, cleared after the call as for pool_submit; with STATUS_OK value has "missing" besides (gather.h). */
typedef void (*judge_cb)(void *arg, struct job_result *result);

/*
 * Contents of the store; detached NULL: none. Kind "asic" with both: `detached` is the container, and each of its signatures gets "covers": whether it is over `file`, which is not
 * read. STATUS_NOT_FOUND: one is not there; STATUS_TOO_LARGE: a signature that is larger than any; STATUS_NO_SPACE: no room on the disk for a large file. cb once, never inside.
 */
void sign_judge(const struct sign_office *o, const char *kind, const struct digest *file, const struct digest *detached, judge_cb cb, void *arg);

#endif
