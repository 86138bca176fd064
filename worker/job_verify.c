/* job_verify: judges every signature of a file, or a detached one beside it. */
#include "config.h"

#include "worker/job_table.h"
#include "worker/seal_kinds.h"

enum status
job_verify(struct job_run *run)
{
	struct span detached = {NULL, 0};
	const struct seal_kind *kind;
	struct seal_report *report = NULL;
	const char *text = NULL;
	clock_us at = 0;
	size_t files = 0;
	enum status st = seal_kind_of(run, &kind);

	if (st != STATUS_OK)
		return st;
	if (!job_text(run, "at", &text) || (text != NULL && !clock_parse(text, &at)))
		return job_bad_parameter(run, "at");
	if ((st = seal_inputs(run, &files)) != STATUS_OK)
		return st;
	if (files > 1)
		detached = run->inputs[1];
	st = seal_judge(run, kind, run->inputs[0], detached, at, &report);
	seal_report_free(report);
	return st;
}
