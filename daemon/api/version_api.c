/*
 * version_api: what can be seen of a version without its program: a picture of a page, its text, the verdict on its signatures. Foreign bytes are
 * opened by workers only; what comes back is kept in memory (pictures) or was derived before (text).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/preview_cache.h"
#include "daemon/api/routes.h"
#include "daemon/api/version_view.h"
#include "daemon/archive/text.h"
#include "daemon/io/pool.h"
#include "daemon/sign/judge.h"
#include "daemon/store/archive_store.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "lib/base/hex.h"

#define VIEW_FILE (512ull << 20)  /* larger files are not opened for a view */
#define VIEW_OUTPUT (64u << 20)   /* of a worker's file */
#define WIDTH_LEAST 16
#define WIDTH_MOST 4000
#define PAGE_MOST 50000
#define NO_STORE "private, no-store"

struct version_view {
	struct http_call *call;
	void (*found)(struct version_view *v);
	struct digest sha256;
	char hex[DIGEST_HEX], key[DIGEST_HEX + 30];
	const char *id, *mime;
	int64_t page, width;
	int fd;
};

/* ---- what the three have in common: the version, its bytes, a job on them ---- */

static void
on_version(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct version_view *v = arg;

	(void)constraint;
	if (st == STATUS_NOT_FOUND)
		api_refuse(v->call, st, "version.missing", "version", http_call_param(v->call, "version"), NULL);
	else if (st != STATUS_OK)
		http_answer_problem(v->call, st, NULL, NULL);
	else if (!hex_decode(store_text(value, "sha256"), v->sha256.bytes, DIGEST_BYTES))
		http_answer_problem(v->call, STATUS_INTERNAL, NULL, NULL);
	else {
		digest_hex(&v->sha256, v->hex);
		v->id = arena_strdup(http_call_arena(v->call), store_text(value, "id"));
		v->mime = arena_strdup(http_call_arena(v->call), store_text(value, "mime"));
		v->found(v);
	}
}

static struct version_view *
view_begin(struct http_call *call, void (*found)(struct version_view *v))
{
	struct version_view *v = arena_alloc(http_call_arena(call), sizeof(*v));

	if (v == NULL) {
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
		return NULL;
	}
	*v = (struct version_view){.call = call, .found = found, .fd = -1};
	return v;
}

static void
view_find(struct version_view *v)
{
	const char *id = api_id(v->call, "id", "document.missing");

	if (id != NULL)
		version_find(api_of(v->call)->db, api_person(v->call), id, http_call_param(v->call, "version"), on_version, v);
}

static bool
is_pdf(const struct version_view *v)
{
	if (strcmp(v->mime, "application/pdf") == 0)
		return true;
	api_refuse(v->call, STATUS_UNSUPPORTED, "version.kind", "version", v->mime, "application/pdf");
	return false;
}

void
version_view_job(struct http_call *call, enum job_type type, json_t *params, const int *fds, size_t count, pool_cb cb, void *arg)
{
	struct job job = {.type = type, .params = params, .file_count = count};
	struct pool *pool = api_of(call)->pool;
	enum status st = pool == NULL ? STATUS_UNAVAILABLE : params == NULL ? STATUS_NO_MEMORY : STATUS_OK;

	for (size_t i = 0; i < count; i++)
		job.files[i] = fds[i];
	if (st == STATUS_OK)
		st = pool_submit(pool, &job, POOL_URGENT, cb, arg);
	json_decref(params);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
}

void
version_view_refuse(struct http_call *call, const struct job_result *result)
{
	enum status st = result->status != STATUS_OK ? result->status : STATUS_INTERNAL;

	/* A worker that calls its parameters malformed was asked for something that the file does not have. */
	api_problem(call, st == STATUS_MALFORMED ? STATUS_INVALID : st, NULL, result->diag);
}

/* The bytes of a worker's file, to be freed; NULL when there are none or too many. */
static unsigned char *
output(const struct job_result *result, size_t *n_out)
{
	off_t size = result->file_count > 0 ? lseek(result->files[0], 0, SEEK_END) : -1;
	unsigned char *bytes = size >= 0 && size <= (off_t)VIEW_OUTPUT ? malloc((size_t)size + 1) : NULL;
	size_t n = 0;

	while (bytes != NULL && n < (size_t)size) {
		ssize_t got = pread(result->files[0], bytes + n, (size_t)size - n, (off_t)n);

		if (got <= 0) {
			free(bytes);
			return NULL;
		}
		n += (size_t)got;
	}
	*n_out = n;
	return bytes;
}

/* ---- picture ---- */

static void
send_picture(struct version_view *v, const void *p, size_t n)
{
	char tag[sizeof(v->key) + 2];

	snprintf(tag, sizeof(tag), "\"%s\"", v->key);
	http_answer_header(v->call, "ETag", tag);
	http_answer_header(v->call, "Cache-Control", "private, max-age=31536000, immutable");
	http_answer_bytes(v->call, 200, "image/png", p, n);
}

static void
on_picture(void *arg, struct job_result *result)
{
	struct version_view *v = arg;
	size_t n = 0;
	unsigned char *png = result->status == STATUS_OK ? output(result, &n) : NULL;

	if (png == NULL) {
		version_view_refuse(v->call, result);
		return;
	}
	preview_cache_put(api_of(v->call)->previews, v->key, png, n);
	send_picture(v, png, n);
	free(png);
}

static void
on_picture_content(void *arg, enum status st, int fd)
{
	struct version_view *v = arg;

	if (st != STATUS_OK)
		http_answer_problem(v->call, st, NULL, NULL);
	else
		version_view_job(v->call, JOB_PDF_PREVIEW, json_pack("{s:I,s:I}", "page", (json_int_t)v->page, "width", (json_int_t)v->width),
			&fd, 1, on_picture, v);
}

static void
found_picture(struct version_view *v)
{
	char tag[sizeof(v->key) + 2];
	struct span png;

	if (!is_pdf(v))
		return;
	snprintf(v->key, sizeof(v->key), "%s-%lld-%lld", v->hex, (long long)v->page, (long long)v->width);
	snprintf(tag, sizeof(tag), "\"%s\"", v->key);
	if (http_call_if_none_match(v->call, tag)) {
		http_answer_header(v->call, "ETag", tag);
		http_answer_empty(v->call, 304);
	} else if (preview_cache_get(api_of(v->call)->previews, v->key, &png)) {
		send_picture(v, png.data, png.len);
	} else {
		content_get_fd(api_of(v->call)->db, &v->sha256, VIEW_FILE, on_picture_content, v);
	}
}

/* A number of the query; false after it answered 422. */
static bool
number(struct http_call *call, const char *name, int64_t least, int64_t most, int64_t *inout)
{
	const char *text = api_query(call, name);
	char *end, want[60];
	long long n;

	if (text[0] == '\0')
		return true;
	n = strlen(text) <= 9 && strspn(text, "0123456789") == strlen(text) ? strtoll(text, &end, 10) : -1;
	if (n >= least && n <= most) {
		*inout = n;
		return true;
	}
	snprintf(want, sizeof(want), "%lld..%lld", (long long)least, (long long)most);
	api_refuse(call, STATUS_INVALID, "param.number", name, text, want);
	return false;
}

static void
versions_preview(struct http_call *call)
{
	struct version_view *v = view_begin(call, found_picture);

	if (v == NULL)
		return;
	v->page = 1;
	v->width = 800;
	if (number(call, "page", 0, PAGE_MOST, &v->page) && number(call, "width", WIDTH_LEAST, WIDTH_MOST, &v->width))
		view_find(v);
}

/* ---- text ---- */

static void
send_text(struct version_view *v, const void *p, size_t n)
{
	http_answer_header(v->call, "Cache-Control", NO_STORE);
	http_answer_bytes(v->call, 200, "text/plain; charset=utf-8", p, n);
}

static void
on_text(void *arg, struct job_result *result)
{
	struct version_view *v = arg;
	size_t n = 0;
	unsigned char *text = result->status == STATUS_OK ? output(result, &n) : NULL;

	if (text == NULL)
		version_view_refuse(v->call, result);
	else
		send_text(v, text, n);
	free(text);
}

static void
on_text_content(void *arg, enum status st, int fd)
{
	struct version_view *v = arg;
	struct archive_text text;

	if (st != STATUS_OK) {
		http_answer_problem(v->call, st, NULL, NULL);
		return;
	}
	if (strcmp(v->mime, "application/pdf") == 0) {
		version_view_job(v->call, JOB_PDF_TEXT, json_object(), &fd, 1, on_text, v);
		return;
	}
	st = archive_text_read(fd, &text);
	close(fd);
	if (st != STATUS_OK) {
		http_answer_problem(v->call, st, NULL, NULL);
		return;
	}
	send_text(v, text.body, strlen(text.body));
	archive_text_clear(&text);
}

static void
on_body(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct version_view *v = arg;

	(void)error;
	if (st == STATUS_OK && db_rows(rows) > 0 && !db_is_null(rows, 0, 0))
		send_text(v, db_text(rows, 0, 0), strlen(db_text(rows, 0, 0)));
	else if (st != STATUS_OK)
		http_answer_problem(v->call, st, NULL, NULL);
	else
		content_get_fd(api_of(v->call)->db, &v->sha256, VIEW_FILE, on_text_content, v);
}

static void
found_text(struct version_view *v)
{
	if (strcmp(v->mime, "text/plain") == 0 || is_pdf(v))
		db_query(api_of(v->call)->db, &archive_store_body, (struct db_param[]){DB_TEXT(v->hex)}, on_body, v);
}

static void
versions_text(struct http_call *call)
{
	struct version_view *v = view_begin(call, found_text);

	if (v != NULL)
		view_find(v);
}

/* ---- verdict ---- */

void
version_view_judge(struct http_call *call, const char *kind, const struct digest *file, const struct digest *detached,
	pool_cb cb, void *arg)
{
	const struct sign_office *o = api_of(call)->sign;

	if (o->pool == NULL)
		http_answer_problem(call, STATUS_UNAVAILABLE, NULL, NULL);
	else
		sign_judge(o, kind, file, detached, cb, arg);
}

const struct http_route version_routes[] = {
	{"GET", "/v1/documents/{id}/versions/{version}/preview", HTTP_BODY_NONE, HTTP_NEED_SESSION, versions_preview},
	{"GET", "/v1/documents/{id}/versions/{version}/text", HTTP_BODY_NONE, HTTP_NEED_SESSION, versions_text},
	{"GET", "/v1/documents/{id}/versions/{version}/verdict", HTTP_BODY_NONE, HTTP_NEED_SESSION, versions_verdict},
	{"POST", "/v1/verifications", HTTP_BODY_STREAM, HTTP_NEED_SESSION, verifications_create},
};
const size_t version_route_count = sizeof(version_routes) / sizeof(version_routes[0]);
