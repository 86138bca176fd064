/* version_view: a worker's job as the answer of a call; shared by version_api and verification_api. */
#ifndef CONGVAN_API_VERSION_VIEW_H
#define CONGVAN_API_VERSION_VIEW_H

#include "daemon/api/api.h"
#include "daemon/io/pool.h"
#include "daemon/store/store.h"
#include "lib/base/digest.h"

/* Takes params and the descriptors. cb as for pool_submit; when the job is not taken the call is answered here. */
void version_view_job(struct http_call *call, enum job_type type, json_t *params, const int *fds, size_t count, pool_cb cb, void *arg);

/* Answers with the problem of a job that gave nothing. */
void version_view_refuse(struct http_call *call, const struct job_result *result);

/* Judges stored contents with all that can be had (detached NULL: none); cb as for sign_judge. */
void version_view_judge(struct http_call *call, const char *kind, const struct digest *file, const struct digest *detached,
	pool_cb cb, void *arg);

/* GET /v1/documents/{id}/versions/{version}/verdict (verdict_api.c) */
void versions_verdict(struct http_call *call);

/* POST /v1/verifications */
void verifications_create(struct http_call *call);

#endif
