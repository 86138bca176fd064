/* judge: see judge.h. */
#include "daemon/sign/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct judge {
	const struct sign_office *office;
	char kind[16];
	int file, detached;
	json_t *missing;
	judge_cb cb;
	void *arg;
};

static void
end(struct judge *j, struct job_result *result)
{
	j->cb(j->arg, result);
	close(j->file);
	if (j->detached >= 0)
		close(j->detached);
	json_decref(j->missing);
	free(j);
}

static void
fail(struct judge *j, enum status st)
{
	struct job_result result = {.status = st, .diag = diag_new()};

	end(j, &result);
	job_result_clear(&result);
}

static void
on_verified(void *arg, struct job_result *result)
{
	struct judge *j = arg;

	if (result->status == STATUS_OK && result->value != NULL && j->missing != NULL)
		json_object_set(result->value, "missing", j->missing);
	end(j, result);
}

static void
on_gathered(void *arg, enum status st, struct proof_set *set)
{
	struct judge *j = arg;
	struct job job = {.type = JOB_VERIFY, .params = json_pack("{s:s}", "kind", j->kind)};

	/* a file whose needs nobody can tell is judged without them: VERIFY says what is wrong with it */
	j->missing = st == STATUS_OK ? json_incref(set->missing) : json_array();
	job.files[job.file_count++] = j->file;
	if (j->detached >= 0)
		job.files[job.file_count++] = j->detached;
	proof_set_into(set, &job);
	st = st == STATUS_CANCELLED ? st : pool_submit(j->office->pool, &job, POOL_URGENT, on_verified, j);
	json_decref(job.params);
	proof_set_clear(set);
	if (st != STATUS_OK)
		fail(j, st);
}

void
sign_judge(const struct sign_office *o, const char *kind, int file, int detached, judge_cb cb, void *arg)
{
	struct judge *j = calloc(1, sizeof(*j));

	if (j == NULL)
		abort();
	j->office = o;
	snprintf(j->kind, sizeof(j->kind), "%s", kind);
	j->file = dup(file);
	j->detached = detached >= 0 ? dup(detached) : -1;
	j->cb = cb;
	j->arg = arg;
	gather_start(o->loop, o->pool, o->proofs, kind, file, detached, NULL, o->gather_ms, on_gathered, j);
}
