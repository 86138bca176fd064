/* job_report: a verification report in another form than JSON: TS 119 102-2 XML, a page, plain text. */
#include "config.h"

#include <string.h>

#include "lib/base/message.h"
#include "lib/seal/seal_report_page.h"
#include "lib/seal/seal_report_read.h"
#include "lib/seal/seal_report_xml.h"
#include "worker/job_table.h"

#define REPORT_MOST (64u << 20)

static enum status
write_form(struct job_run *run, const char *form, const struct seal_report *report, struct buf *to)
{
	const char *name = NULL, *lang = "vi";

	if (!job_text(run, "name", &name) || !job_text(run, "lang", &lang))
		return STATUS_MALFORMED;
	if (strcmp(form, "xml") == 0)
		return seal_report_xml(report, to);
	if (strcmp(form, "html") == 0)
		return seal_report_html(report, name, to);
	if (strcmp(form, "text") == 0)
		return seal_report_text(report, name, message_language(lang), to);
	return job_bad_parameter(run, "form");
}

enum status
job_report(struct job_run *run)
{
	json_t *json = json_loadb((const char *)run->inputs[0].data, run->inputs[0].len, JSON_REJECT_DUPLICATES, NULL);
	struct seal_report *report = NULL;
	const char *form = "";
	struct buf made;
	enum status st = json != NULL ? seal_report_read(json, &report) : STATUS_INVALID;

	buf_init(&made, REPORT_MOST);
	if (st == STATUS_INVALID)
		st = job_bad_parameter(run, "report");
	if (st == STATUS_OK && !job_text(run, "form", &form))
		st = STATUS_MALFORMED;
	if (st == STATUS_OK)
		st = write_form(run, form, report, &made);
	if (st == STATUS_OK)
		st = job_output_bytes(run, (struct span){made.data, made.len});
	buf_free(&made);
	seal_report_free(report);
	json_decref(json);
	return st;
}
