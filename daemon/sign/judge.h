/* judge: a file's signatures judged with everything that can be had (gather, then the job VERIFY). */
#ifndef CONGVAN_SIGN_JUDGE_H
#define CONGVAN_SIGN_JUDGE_H

#include "daemon/io/pool.h"
#include "daemon/sign/gather.h"
#include "daemon/sign/sign.h"

/* result: of VERIFY, cleared after the call as for pool_submit; with STATUS_OK value has "missing" besides (gather.h). */
typedef void (*judge_cb)(void *arg, struct job_result *result);

/* detached: -1 without. The descriptors are duplicated. cb once, never inside. */
void sign_judge(const struct sign_office *o, const char *kind, int file, int detached, judge_cb cb, void *arg);

#endif
