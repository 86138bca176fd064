/*
 * job_edxml: packets of the national document exchange, read into JSON and files, and written from
 * them. The JSON is that of lib/doc/edxml_json.h; "index" of an attachment numbers the job's files.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/doc/edxml_json.h"
#include "lib/seal/seal_edxml.h"
#include "worker/job_table.h"
#include "worker/seal_kinds.h"

/* Attachments go straight into the memfds that the job gives back. */
static enum status
open_attachment(void *arg, int *fd_out)
{
	(void)arg;
	*fd_out = frame_memfd("congvan-attachment");
	return *fd_out >= 0 ? STATUS_OK : STATUS_IO;
}

static const struct edxml_sink sink = {open_attachment, NULL};

/* Every attachment becomes the output of its number; one without content is an empty file. */
static enum status
give_attachments(struct job_run *run, struct edxml *e)
{
	for (size_t i = 0; i < e->attachment_count; i++) {
		int fd = e->attachments[i].fd;
		enum status st;

		e->attachments[i].fd = -1;
		if (fd < 0 && (st = open_attachment(NULL, &fd)) != STATUS_OK)
			return st;
		if ((st = job_output_file(run, fd)) != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}

/* What the packet's own signature is worth is told with the rest; a trust folder that cannot be read must not stop the post. */
static enum status
judge_signature(struct job_run *run, const struct edxml *e)
{
	struct policy *policy = NULL;
	json_t *report = NULL;
	enum status st;

	if (e->signature == EDXML_SIGNATURE_REAL && seal_policy(run, 0, &policy) != STATUS_OK)
		policy = NULL;
	st = seal_edxml_judge(run->inputs[0], e->signature, policy, &report, run->diag);
	if (st == STATUS_OK && report != NULL && json_object_set_new(run->value, "signature_report", report) != 0)
		st = STATUS_NO_MEMORY;
	policy_free(policy);
	return st;
}

enum status
job_edxml_read(struct job_run *run)
{
	const struct edxml_schemas *schemas = jobs_edxml_schemas(run->jobs);
	struct edxml *e = NULL;
	enum status st;

	if (schemas == NULL) {
		diag_error(run->diag, "worker.schemas", NULL, NULL, NULL);
		return STATUS_UNAVAILABLE;
	}
	st = edxml_read(run->inputs[0], schemas, &edxml_limits_default, &sink, run->diag, &e);
	if (e == NULL)
		return st;
	/* Also a refused packet says who sent what, so that the sender can be answered. */
	if ((run->value = edxml_to_json(e)) == NULL)
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK)
		st = judge_signature(run, e);
	if (st == STATUS_OK)
		st = give_attachments(run, e);
	edxml_free(e);
	return st;
}

static enum status
write_packet(struct job_run *run, const struct edxml *e, int *fd)
{
	struct edxml_write_options options = {
		.temp = &sink, .raw = json_is_true(json_object_get(run->params, "raw"))};
	struct output to = output_fd(fd);

	if (e->packet == EDXML_STATUS)
		return edxml_write_status(e, &to, run->diag);
	return edxml_write_document(e, &options, &to, run->diag);
}

enum status
job_edxml_write(struct job_run *run)
{
	struct edxml *e = NULL;
	int fd = -1;
	enum status st;

	st = edxml_from_json(run->params, run->input_fds, run->input_count, run->diag, &e);
	if (st == STATUS_OK)
		st = open_attachment(NULL, &fd);
	if (st == STATUS_OK)
		st = write_packet(run, e, &fd);
	edxml_free(e);
	if (st == STATUS_OK)
		return job_output_digested(run, fd);
	if (fd >= 0)
		close(fd);
	return st;
}
