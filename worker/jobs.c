/* jobs: see jobs.h. */
#include "config.h"

#include "worker/jobs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/base/log.h"
#include "lib/doc/edxml.h"
#include "lib/doc/pdf_cache.h"
#include "lib/doc/pdf_text.h"
#include "lib/pki/policy.h"
#include "worker/job_table.h"

#define FONT                                                                                       \
	"LiberationSerif-Regular.ttf" /* the metric of Times New Roman (Decree 30/2020 App. I) */

struct job_row {
	job_fn run;
	size_t least, most; /* input files */
};

static const struct job_row rows[JOB_COUNT_] = {
	[JOB_SNIFF] = {job_sniff, 1, 1},
	[JOB_EDXML_READ] = {job_edxml_read, 1, 1},
	[JOB_EDXML_WRITE] = {job_edxml_write, 0, JOB_FILES},
	[JOB_PDF_INSPECT] = {job_pdf_inspect, 1, 1},
	[JOB_PDF_TEXT] = {job_pdf_text, 1, 1},
	[JOB_PDF_PREVIEW] = {job_pdf_preview, 1, 2},
	[JOB_SEAL_PREPARE] = {job_seal_prepare, 1, JOB_FILES},
	[JOB_SEAL_EMBED] = {job_seal_embed, 3, JOB_FILES},
	[JOB_PDF_FILL] = {job_pdf_fill, 1, 1},
	[JOB_TSP_REQUEST] = {job_tsp_request, 0, 1},
	[JOB_TSP_ATTACH] = {job_tsp_attach, 1, 2},
	[JOB_VERIFY] = {job_verify, 1, JOB_FILES},
	[JOB_SEAL_PROOFS] = {job_seal_proofs, 2, JOB_FILES},
	[JOB_SEAL_ARCHIVE] = {job_seal_archive, 2, 2},
	[JOB_SEAL_ARCHIVED] = {job_seal_archived, 4, JOB_FILES},
	[JOB_REPORT] = {job_report, 1, 1},
	[JOB_NEEDS] = {job_needs, 1, JOB_FILES},
	[JOB_PROOF_READ] = {job_proof_read, 1, 1},
	[JOB_ENTRIES] = {job_entries, 1, 1},
	[JOB_ZIP_UNWRAP] = {job_zip_unwrap, 1, 1},
	[JOB_ZIP_BUILD] = {job_zip_build, 1, JOB_FILES},
};

struct jobs {
	struct jobs_folders folders;
	char *font;
	struct edxml_schemas *edxml_schemas;
	struct pdf_cache *cache;
	struct pdf_text *poppler; /* an empty document: while one is open poppler keeps its tables of encodings */
	struct policy_folder *trust;
};

static const char empty_document[] =
	"%PDF-1.4\n"
	"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
	"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
	"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1 1] >>\nendobj\n"
	"xref\n0 4\n"
	"0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n0000000115 00000 n \n"
	"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n182\n%%EOF\n";

/* What is made once for many documents and belongs to none. */
static void
keep(struct jobs *j)
{
	struct span empty = {(const unsigned char *)empty_document, sizeof(empty_document) - 1};

	if (j->poppler == NULL && pdf_text_open(empty, &j->poppler, NULL) != STATUS_OK)
		log_warn("worker", "event=no-poppler");
}

/* Whatever a document that went wrong may have left behind goes. */
static void
forget(struct jobs *j)
{
	pdf_cache_clear(j->cache);
	policy_folder_forget(j->trust);
	pdf_text_free(j->poppler);
	j->poppler = NULL;
}

static enum status
load_schemas(struct jobs *j)
{
	struct diag *diag = diag_new();
	enum status st = edxml_schemas_load(j->folders.schemas, diag, &j->edxml_schemas);

	for (size_t i = 0; st != STATUS_OK && i < diag_count(diag); i++)
		log_error("worker", "event=schemas code=%s where=%s", diag_at(diag, i)->code,
			diag_at(diag, i)->where);
	diag_free(diag);
	return st;
}

static void
find_font(struct jobs *j)
{
	char path[4096];

	if (j->folders.fonts == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s", j->folders.fonts, FONT);
	if (access(path, R_OK) == 0)
		j->font = strdup(path);
	else
		log_warn("worker", "event=no-font path=%s", path);
}

enum status
jobs_open(const struct jobs_folders *folders, struct jobs **out)
{
	struct jobs *j = calloc(1, sizeof(*j));
	enum status st;

	if (j == NULL)
		return STATUS_NO_MEMORY;
	j->folders = *folders;
	j->cache = pdf_cache_new();
	if (folders->trust != NULL && (j->trust = policy_folder_new(folders->trust)) == NULL) {
		jobs_close(j);
		return STATUS_NO_MEMORY;
	}
	keep(j);
	find_font(j);
	if (folders->schemas != NULL && (st = load_schemas(j)) != STATUS_OK) {
		jobs_close(j);
		return st;
	}
	*out = j;
	return STATUS_OK;
}

void
jobs_close(struct jobs *j)
{
	if (j == NULL)
		return;
	edxml_schemas_free(j->edxml_schemas);
	forget(j);
	policy_folder_free(j->trust);
	pdf_cache_free(j->cache);
	free(j->font);
	free(j);
}

const char *
jobs_font(const struct jobs *j)
{
	return j->font;
}

struct pdf_cache *
jobs_cache(const struct jobs *j)
{
	return j->cache;
}

struct policy_folder *
jobs_trust(const struct jobs *j)
{
	return j->trust;
}

const struct edxml_schemas *
jobs_edxml_schemas(const struct jobs *j)
{
	return j->edxml_schemas;
}

const struct jobs_folders *
jobs_folders(const struct jobs *j)
{
	return &j->folders;
}

uint64_t
jobs_input_bytes(const struct job *job)
{
	uint64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < job->file_count; i++)
		if (fstat(job->files[i], &st) == 0 && st.st_size > 0)
			sum += (uint64_t)st.st_size;
	return sum;
}

static void
unmap_inputs(struct job_run *run)
{
	while (run->input_count > 0)
		frame_unmap(&run->inputs[--run->input_count]);
}

static enum status
map_inputs(const struct job *job, struct job_run *run)
{
	for (size_t i = 0; i < job->file_count; i++) {
		enum status st = frame_map(job->files[i], &run->inputs[i]);

		if (st != STATUS_OK)
			return st;
		run->input_count++;
	}
	return STATUS_OK;
}

static enum status
run_row(const struct job_row *row, const struct job *job, struct job_run *run)
{
	char got[24], want[48];
	enum status st;

	if (job->file_count < row->least || job->file_count > row->most) {
		snprintf(got, sizeof(got), "%zu", job->file_count);
		snprintf(want, sizeof(want), "%zu..%zu", row->least, row->most);
		diag_error(run->diag, "worker.inputs", job_name(job->type), got, want);
		return STATUS_MALFORMED;
	}
	if ((st = map_inputs(job, run)) != STATUS_OK)
		return st;
	return row->run(run);
}

void
jobs_run(struct jobs *j, const struct job *job, struct job_result *result)
{
	struct job_run run = {.jobs = j,
		.params = job->params,
		.input_fds = job->files,
		.outputs = result->files,
		.output_count = &result->file_count};

	memset(result, 0, sizeof(*result));
	result->diag = run.diag = diag_new();
	if (result->diag == NULL) {
		result->status = STATUS_NO_MEMORY;
		return;
	}
	keep(j);
	result->status = run_row(&rows[job->type], job, &run);
	if (result->status != STATUS_OK)
		forget(j);
	unmap_inputs(&run);
	result->value = run.value;
	if (result->status != STATUS_OK)
		while (result->file_count > 0)
			close(result->files[--result->file_count]);
}

enum status
job_bad_parameter(const struct job_run *run, const char *name)
{
	diag_error(run->diag, "worker.parameter", name, NULL, NULL);
	return STATUS_MALFORMED;
}

bool
job_text(const struct job_run *run, const char *name, const char **out)
{
	const json_t *v = json_object_get(run->params, name);

	if (v == NULL || json_is_null(v))
		return true;
	if (!json_is_string(v))
		return job_bad_parameter(run, name) == STATUS_OK;
	*out = json_string_value(v);
	return true;
}

bool
job_number(const struct job_run *run, const char *name, int64_t least, int64_t most, int64_t *out)
{
	const json_t *v = json_object_get(run->params, name);

	if (v == NULL || json_is_null(v))
		return true;
	if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most)
		return job_bad_parameter(run, name) == STATUS_OK;
	*out = json_integer_value(v);
	return true;
}

enum status
job_output_file(struct job_run *run, int fd)
{
	if (*run->output_count == JOB_FILES) {
		close(fd);
		return STATUS_TOO_LARGE;
	}
	if (frame_seal(fd) != STATUS_OK) {
		close(fd);
		return STATUS_INTERNAL;
	}
	run->outputs[(*run->output_count)++] = fd;
	return STATUS_OK;
}

static enum status
write_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return errno == EFBIG ? STATUS_TOO_LARGE : STATUS_NO_SPACE;
		bytes.data += n;
		bytes.len -= (size_t)n;
	}
	return STATUS_OK;
}

enum status
job_output_parts(struct job_run *run, const struct span *parts, size_t count)
{
	int fd = frame_memfd("congvan-output");
	enum status st = fd >= 0 ? STATUS_OK : STATUS_IO;

	for (size_t i = 0; st == STATUS_OK && i < count; i++)
		st = write_all(fd, parts[i]);
	if (st == STATUS_OK)
		return job_output_file(run, fd);
	if (fd >= 0)
		close(fd);
	return st;
}

enum status
job_output_bytes(struct job_run *run, struct span bytes)
{
	return job_output_parts(run, &bytes, 1);
}

enum status
job_output_digested(struct job_run *run, int fd)
{
	char hex[DIGEST_HEX];
	struct digest digest;
	struct stat info;
	enum status st = job_output_file(run, fd);

	if (st != STATUS_OK)
		return st;
	if (fstat(fd, &info) != 0 || digest_of_fd(fd, &digest) != STATUS_OK)
		return STATUS_IO;
	digest_hex(&digest, hex);
	st = job_set(run, "sha256", json_string(hex));
	return st == STATUS_OK ? job_set(run, "size", json_integer((json_int_t)info.st_size)) : st;
}

enum status
job_set(struct job_run *run, const char *name, json_t *value)
{
	if (run->value == NULL)
		run->value = json_object();
	return json_object_set_new(run->value, name, value) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}
