/*
 * job: see job.h. The payload of a job is: name (u8 length, text) | u8 files | u32 length, JSON
 * parameters; that of a result: status code (u8 length, text) | u8 files | u32 length, JSON
 * findings | u32 length, JSON value (length 0: none). Names instead of numbers, so that a table
 * with a new row in the middle cannot be misread across an upgrade.
 */
#include "lib/wire/job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job_row {
	const char *name;
	unsigned seconds, mib;
};

static const struct job_row rows[] = {
#define JOB_ROW(name, text, seconds, mib) [JOB_##name] = {text, seconds, mib},
	JOB_TABLE(JOB_ROW)
#undef JOB_ROW
};

const char *
job_name(enum job_type t)
{
	return (unsigned)t < JOB_COUNT_ ? rows[t].name : "unknown";
}

enum status
job_from_name(const char *name, enum job_type *out)
{
	for (unsigned i = 0; i < JOB_COUNT_; i++)
		if (strcmp(rows[i].name, name) == 0) {
			*out = (enum job_type)i;
			return STATUS_OK;
		}
	return STATUS_NOT_FOUND;
}

unsigned
job_seconds(enum job_type t, uint64_t input)
{
	uint64_t more = input > JOB_INPUT ? (input - JOB_INPUT) / JOB_INPUT_PER_SECOND : 0;

	if ((unsigned)t >= JOB_COUNT_)
		return 0;
	return more < JOB_SECONDS_MOST - rows[t].seconds ? rows[t].seconds + (unsigned)more : JOB_SECONDS_MOST;
}

unsigned
job_mib(enum job_type t)
{
	return (unsigned)t < JOB_COUNT_ ? rows[t].mib : 0;
}

static void
close_files(int *files, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (files[i] >= 0)
			close(files[i]);
	*count = 0;
}

void
job_clear(struct job *j)
{
	close_files(j->files, &j->file_count);
	json_decref(j->params);
	j->params = NULL;
}

void
job_result_clear(struct job_result *r)
{
	close_files(r->files, &r->file_count);
	diag_free(r->diag);
	r->diag = NULL;
	json_decref(r->value);
	r->value = NULL;
}

static void
put_name(struct buf *to, const char *name)
{
	buf_put_byte(to, (unsigned char)strlen(name));
	buf_put_str(to, name);
}

/* NULL as length 0. */
static enum status
put_json(struct buf *to, const json_t *v)
{
	char *text;
	size_t n;

	if (v == NULL) {
		buf_put_u32(to, 0);
		return buf_status(to);
	}
	text = json_dumps(v, JSON_COMPACT);
	if (text == NULL)
		return STATUS_NO_MEMORY;
	n = strlen(text);
	if (n > FRAME_MAX) {
		free(text);
		return STATUS_TOO_LARGE;
	}
	buf_put_u32(to, (uint32_t)n);
	buf_put(to, text, n);
	free(text);
	return buf_status(to);
}

/* A name of at most 63 bytes as a C string. */
static bool
get_name(struct span *from, char to[64])
{
	struct span text;
	uint8_t n;

	if (!span_get_u8(from, &n) || n >= 64 || !span_get_bytes(from, n, &text) ||
		memchr(text.data, '\0', n) != NULL)
		return false;
	memcpy(to, text.data, n);
	to[n] = '\0';
	return true;
}

/* *out NULL for length 0. */
static bool
get_json(struct span *from, json_t **out)
{
	struct span text;
	uint32_t n;

	if (!span_get_u32(from, &n) || !span_get_bytes(from, n, &text))
		return false;
	*out = n > 0 ? json_loadb((const char *)text.data, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	return n == 0 || *out != NULL;
}

/* The announced number of files is the number that came, and there is room for it. */
static bool
get_files(struct span *from, size_t fd_count)
{
	uint8_t n;

	return span_get_u8(from, &n) && n == fd_count && n <= JOB_FILES;
}

enum status
job_encode(const struct job *j, struct buf *to)
{
	if ((unsigned)j->type >= JOB_COUNT_ || j->file_count > JOB_FILES ||
		!json_is_object(j->params))
		return STATUS_INVALID;
	put_name(to, job_name(j->type));
	buf_put_byte(to, (unsigned char)j->file_count);
	return put_json(to, j->params);
}

enum status
job_decode(struct span payload, const int *fds, size_t fd_count, struct job *out)
{
	char name[64];
	enum job_type type;
	json_t *params = NULL;

	if (!get_name(&payload, name) || job_from_name(name, &type) != STATUS_OK ||
		!get_files(&payload, fd_count) || !get_json(&payload, &params) ||
		!json_is_object(params) || payload.len != 0) {
		json_decref(params);
		return STATUS_MALFORMED;
	}
	memset(out, 0, sizeof(*out));
	out->type = type;
	out->params = params;
	out->file_count = fd_count;
	if (fd_count > 0)
		memcpy(out->files, fds, fd_count * sizeof(int));
	return STATUS_OK;
}

static bool
add_member(json_t *to, const char *key, const char *value)
{
	return value == NULL || json_object_set_new(to, key, json_string(value)) == 0;
}

json_t *
job_findings_json(const struct diag *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < diag_count(d); i++) {
		const struct finding *f = diag_at(d, i);
		json_t *o = json_object();

		if (!add_member(o, "severity", severity_name(f->severity)) ||
			!add_member(o, "code", f->code) || !add_member(o, "where", f->where) ||
			!add_member(o, "got", f->got) || !add_member(o, "want", f->want) ||
			!add_member(o, "clause", f->clause)) {
			json_decref(o);
			json_decref(list);
			return NULL;
		}
		if (json_array_append_new(list, o) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static bool
severity_from_name(const char *name, enum severity *out)
{
	for (int i = SEVERITY_ERROR; name != NULL && i <= SEVERITY_NOTE; i++)
		if (strcmp(name, severity_name((enum severity)i)) == 0) {
			*out = (enum severity)i;
			return true;
		}
	return false;
}

/* The text of a member; *bad is set when it is there and not a text. */
static const char *
member(const json_t *o, const char *key, bool *bad)
{
	const json_t *v = json_object_get(o, key);

	if (v != NULL && !json_is_string(v))
		*bad = true;
	return json_string_value(v);
}

enum status
job_findings_read(const json_t *findings, struct diag *d)
{
	size_t i;
	json_t *o;

	if (!json_is_array(findings))
		return STATUS_MALFORMED;
	json_array_foreach(findings, i, o)
	{
		enum severity severity;
		bool bad = false;
		const char *code = member(o, "code", &bad), *where = member(o, "where", &bad);
		const char *got = member(o, "got", &bad), *want = member(o, "want", &bad);
		const char *clause = member(o, "clause", &bad);

		if (bad || code == NULL ||
			!severity_from_name(member(o, "severity", &bad), &severity))
			return STATUS_MALFORMED;
		diag_add(d, severity, code, where, got, want, clause);
	}
	return STATUS_OK;
}

enum status
job_result_encode(const struct job_result *r, struct buf *to)
{
	json_t *findings;
	enum status st;

	if ((unsigned)r->status >= STATUS_COUNT_ || r->file_count > JOB_FILES ||
		(r->value != NULL && !json_is_object(r->value)))
		return STATUS_INVALID;
	findings = job_findings_json(r->diag);
	if (findings == NULL)
		return STATUS_NO_MEMORY;
	put_name(to, status_code(r->status));
	buf_put_byte(to, (unsigned char)r->file_count);
	st = put_json(to, findings);
	json_decref(findings);
	return st == STATUS_OK ? put_json(to, r->value) : st;
}

/*
 * status_from_code answers INTERNAL for what it does not know: the code must come back as it was.
 */
static bool
get_status(struct span *from, enum status *out)
{
	char code[64];

	if (!get_name(from, code))
		return false;
	*out = status_from_code(code);
	return strcmp(status_code(*out), code) == 0;
}

enum status
job_result_decode(struct span payload, const int *fds, size_t fd_count, struct job_result *out)
{
	enum status status;
	struct diag *diag = NULL;
	json_t *findings = NULL, *value = NULL;
	enum status st = STATUS_MALFORMED;

	if (!get_status(&payload, &status) || !get_files(&payload, fd_count) ||
		!get_json(&payload, &findings) || !get_json(&payload, &value) || payload.len != 0 ||
		(value != NULL && !json_is_object(value)))
		goto out;
	if ((diag = diag_new()) == NULL) {
		st = STATUS_NO_MEMORY;
		goto out;
	}
	if ((st = job_findings_read(findings, diag)) != STATUS_OK)
		goto out;
	memset(out, 0, sizeof(*out));
	out->status = status;
	out->diag = diag;
	out->value = value;
	out->file_count = fd_count;
	if (fd_count > 0)
		memcpy(out->files, fds, fd_count * sizeof(int));
	diag = NULL;
	value = NULL;
out:
	json_decref(findings);
	json_decref(value);
	diag_free(diag);
	return st;
}
