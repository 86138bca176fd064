/*
 * entry_api: the files inside a version that is a container (ASiC-E, ASiC-S, a CMS with its content): whoever receives one must be able to read what is in it. A worker opens it each
 * time; nothing of it is kept.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/file_send.h"
#include "daemon/api/routes.h"
#include "daemon/api/version_view.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "lib/base/hex.h"

#define ENTRY_FILE (512ull << 20) /* bytes of a container: what a worker can open in its memory */

struct entry {
	struct http_call *call;
	struct digest sha256;
	const char *name;
	int n; /* -1: the list */
	char tag[DIGEST_HEX + 16];
};

/* A CMS has its content inside, or is beside it: only the worker sees. */
static void
refuse(struct entry *e, const struct job_result *result)
{
	if (result->status == STATUS_INVALID && diag_has(result->diag, "seal.entries.kind"))
		api_refuse(e->call, STATUS_UNSUPPORTED, "version.container", "version", diag_at(result->diag, 0)->got, ".asice, .asics, .p7m");
	else
		version_view_refuse(e->call, result);
}

static void
on_list(void *arg, struct job_result *result)
{
	struct entry *e = arg;

	if (result->status != STATUS_OK || result->value == NULL) {
		refuse(e, result);
		return;
	}
	http_answer_header(e->call, "ETag", e->tag);
	http_answer_header(e->call, "Cache-Control", "private, max-age=31536000, immutable");
	http_answer_json(e->call, 200, json_incref(result->value));
}

static void
on_taken(void *arg, struct job_result *result)
{
	struct entry *e = arg;
	char n[16];
	int fd;

	if (result->status == STATUS_NOT_FOUND) {
		snprintf(n, sizeof(n), "%d", e->n);
		api_refuse(e->call, STATUS_NOT_FOUND, "entry.missing", "n", n, NULL);
		return;
	}
	if (result->status != STATUS_OK || result->file_count != 1) {
		refuse(e, result);
		return;
	}
	fd = result->files[0];
	result->files[0] = -1;
	http_answer_header(e->call, "ETag", e->tag);
	http_answer_header(e->call, "Cache-Control", "private, max-age=31536000, immutable");
	http_answer_header(e->call, "Content-Security-Policy", "sandbox");
	file_send(e->call, fd, store_text(result->value, "mime"), store_text(result->value, "name"));
}

static void
on_size(void *arg, enum status st, uint64_t size)
{
	struct entry *e = arg;
	struct diag *diag = diag_new();

	if (st == STATUS_OK)
		content_say_large(diag, size, ENTRY_FILE);
	api_problem(e->call, STATUS_TOO_LARGE, NULL, diag);
	diag_free(diag);
}

static void
on_content(void *arg, enum status st, int fd)
{
	struct entry *e = arg;
	json_t *params;

	if (st == STATUS_TOO_LARGE) {
		content_stat(api_of(e->call)->db, &e->sha256, on_size, e);
		return;
	}
	if (st != STATUS_OK) {
		http_answer_problem(e->call, st, NULL, NULL);
		return;
	}
	params = json_pack("{s:s}", "name", e->name);
	if (params != NULL && e->n >= 0)
		json_object_set_new(params, "n", json_integer(e->n));
	version_view_job(e->call, JOB_ENTRIES, params, &fd, 1, e->n >= 0 ? on_taken : on_list, e);
}

static bool
is_container(const char *mime)
{
	return strcmp(mime, "application/vnd.etsi.asic-e+zip") == 0 || strcmp(mime, "application/vnd.etsi.asic-s+zip") == 0 ||
		strcmp(mime, "application/pkcs7-mime") == 0 || strcmp(mime, "application/pkcs7-signature") == 0;
}

static void
on_version(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct entry *e = arg;
	const char *hex = store_text(value, "sha256"), *mime = store_text(value, "mime");

	(void)constraint;
	if (st == STATUS_NOT_FOUND)
		api_refuse(e->call, st, "version.missing", "version", http_call_param(e->call, "version"), NULL);
	else if (st != STATUS_OK || !hex_decode(hex, e->sha256.bytes, DIGEST_BYTES))
		http_answer_problem(e->call, st != STATUS_OK ? st : STATUS_INTERNAL, NULL, NULL);
	else if (!is_container(mime))
		api_refuse(e->call, STATUS_UNSUPPORTED, "version.container", "version", mime, ".asice, .asics, .p7m");
	else {
		e->name = arena_strdup(http_call_arena(e->call), store_text(value, "name"));
		snprintf(e->tag, sizeof(e->tag), "\"%s-e%d\"", hex, e->n);
		if (!http_call_if_none_match(e->call, e->tag)) {
			content_get_fd(api_of(e->call)->db, &e->sha256, ENTRY_FILE, on_content, e);
			return;
		}
		http_answer_header(e->call, "ETag", e->tag);
		http_answer_empty(e->call, 304);
	}
}

static void
begin(struct http_call *call, int n)
{
	const char *id = api_id(call, "id", "document.missing");
	struct entry *e = id != NULL ? arena_alloc(http_call_arena(call), sizeof(*e)) : NULL;

	if (id == NULL)
		return;
	if (e == NULL) {
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
		return;
	}
	*e = (struct entry){.call = call, .n = n};
	version_find(api_of(call)->db, api_person(call), id, http_call_param(call, "version"), on_version, e);
}

static void
entries_list(struct http_call *call)
{
	begin(call, -1);
}

static void
entries_take(struct http_call *call)
{
	const char *text = http_call_param(call, "n");
	size_t n = strlen(text);
	int number = -1;

	if (n < 1 || n > 4 || strspn(text, "0123456789") != n || sscanf(text, "%d", &number) != 1)
		api_refuse(call, STATUS_NOT_FOUND, "entry.missing", "n", text, NULL);
	else
		begin(call, number);
}

const struct http_route entry_routes[] = {
	{"GET", "/v1/documents/{id}/versions/{version}/entries", HTTP_BODY_NONE, HTTP_NEED_SESSION, entries_list},
	{"GET", "/v1/documents/{id}/versions/{version}/entries/{n}", HTTP_BODY_NONE, HTTP_NEED_SESSION, entries_take},
};
const size_t entry_route_count = sizeof(entry_routes) / sizeof(entry_routes[0]);
