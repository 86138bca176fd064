/* seal_kinds: see seal_kinds.h. */
#include "config.h"

#include "worker/seal_kinds.h"

#include <string.h>

#include "lib/seal/seal_report_json.h"

static const struct seal_kind *const kinds[] = {&seal_pdf, &seal_cms};

enum status
seal_kind_of(const struct job_run *run, const struct seal_kind **out)
{
	const char *name = "";

	if (!job_text(run, "kind", &name))
		return STATUS_MALFORMED;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->name, name) == 0) {
			*out = kinds[i];
			return STATUS_OK;
		}
	return job_bad_parameter(run, "kind");
}

/* Read for each job: a new CRL or anchor counts from the next document on. */
static enum status
read_policy(struct job_run *run, clock_us at, struct policy **out)
{
	const char *folder = jobs_folders(run->jobs)->trust;
	struct policy *p = policy_new(at != 0 ? at : clock_now());
	enum status st = p != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	if (st == STATUS_OK && folder != NULL)
		st = policy_read_folder(p, folder);
	if (st != STATUS_OK) {
		diag_error(run->diag, "worker.trust", folder, status_code(st), NULL);
		policy_free(p);
		return st == STATUS_NO_MEMORY ? st : STATUS_UNAVAILABLE;
	}
	*out = p;
	return STATUS_OK;
}

enum status
seal_judge(struct job_run *run, const struct seal_kind *kind, struct span file,
	struct span detached, clock_us at, struct seal_report **report)
{
	struct policy *policy = NULL;
	enum status st = read_policy(run, at, &policy);

	if (st == STATUS_OK)
		st = kind->verify(file, detached, policy, report, run->diag);
	policy_free(policy);
	if (st != STATUS_OK)
		return st;
	run->value = seal_report_json(*report);
	return run->value != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}
