/*
 * passport_api: a document's passport: one ASiC-E container (EN 319 162-1) with everything that a court or a successor archive needs off line: every version
 * with its signatures, the metadata, the leaves of the evidence log with their proofs and the signed checkpoint, under a timestamp over all of it. Built
 * by a worker; `congvan verify` checks it without a daemon. Layout: docs/passport.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/api.h"
#include "daemon/api/file_send.h"
#include "daemon/api/routes.h"
#include "daemon/evidence/extract.h"
#include "daemon/flow/facts.h"
#include "daemon/io/pool.h"
#include "daemon/sign/memfile.h"
#include "daemon/sign/signer_link.h"
#include "daemon/sign/tsa.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "lib/base/hex.h"
#include "lib/wire/frame.h"

#define ASICE "application/vnd.etsi.asic-e+zip"
#define OWN_FILES 4                      /* mimetype and what is not a version */
#define VERSIONS_MOST (JOB_FILES - OWN_FILES)
#define BYTES_MOST (UINT64_C(400) << 20) /* of all versions: what a worker can hold twice in its memory */

struct passport {
	struct http_call *call;
	const char *id;
	json_t *view, *evidence, *entries, *files, *plan;
	char *note;
	int fds[JOB_FILES], container, tail;
	size_t count;   /* descriptors so far */
	size_t version; /* being read */
};

static void
clear(struct passport *p)
{
	json_decref(p->view);
	json_decref(p->evidence);
	json_decref(p->entries);
	json_decref(p->files);
	json_decref(p->plan);
	free(p->note);
	for (size_t i = 0; i < p->count; i++)
		close(p->fds[i]);
	if (p->container >= 0)
		close(p->container);
	if (p->tail >= 0)
		close(p->tail);
	free(p);
}

static void
fail(struct passport *p, enum status st, const char *code, const struct diag *diag)
{
	http_answer_problem(p->call, st, code, diag);
	clear(p);
}

static void
fail_job(struct passport *p, const struct job_result *result)
{
	fail(p, result->status != STATUS_OK ? result->status : STATUS_INTERNAL, NULL, result->diag);
}

/* --- the container --- */

/* It is kept nowhere: the next one has another timestamp anyway. */
static void
send_container(struct passport *p, int fd)
{
	struct http_call *call = p->call;
	char name[80];

	snprintf(name, sizeof(name), "%s.asice", p->id);
	http_answer_header(call, "Cache-Control", "private, no-store");
	clear(p);
	file_send(call, fd, ASICE, name);
}

static void
on_stamped(void *arg, struct job_result *result)
{
	struct passport *p = arg;
	int fd;

	if (result->status != STATUS_OK || result->file_count < 1) {
		fail_job(p, result);
		return;
	}
	fd = result->files[0];
	result->files[0] = -1;
	send_container(p, fd);
}

/* The descriptors stay the caller's. */
static bool
submit(struct passport *p, struct job *job, pool_cb cb)
{
	enum status st = job->params != NULL ? pool_submit(api_of(p->call)->pool, job, POOL_URGENT, cb, p) : STATUS_NO_MEMORY;

	json_decref(job->params);
	if (st != STATUS_OK)
		fail(p, st, NULL, NULL);
	return st == STATUS_OK;
}

static void
on_token(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct passport *p = arg;
	struct job job = {.type = JOB_SEAL_ARCHIVED};
	int answer, nothing;

	(void)http;
	(void)why;
	if (st != STATUS_OK) {
		/* never without its timestamp: a passport that proves less than it seems to is worse than none */
		fail(p, STATUS_UNAVAILABLE, "passport.timestamp", NULL);
		return;
	}
	answer = memfile_of(body);
	nothing = memfile_of((struct span){NULL, 0});
	job.params = json_copy(p->plan);
	json_object_set_new(job.params, "kind", json_string("asic"));
	job.files[job.file_count++] = p->container;
	job.files[job.file_count++] = nothing;
	job.files[job.file_count++] = p->tail;
	job.files[job.file_count++] = answer;
	(void)submit(p, &job, on_stamped);
	if (answer >= 0)
		close(answer);
	if (nothing >= 0)
		close(nothing);
}

static void
on_query(void *arg, struct job_result *result)
{
	struct passport *p = arg;
	struct span query;

	if (result->status != STATUS_OK || result->file_count < 2 || frame_map(result->files[1], &query) != STATUS_OK) {
		fail_job(p, result);
		return;
	}
	p->plan = json_incref(result->value);
	p->tail = result->files[0];
	result->files[0] = -1;
	tsa_ask(api_of(p->call)->sign, query, on_token, p);
	frame_unmap(&query);
}

static void
on_built(void *arg, struct job_result *result)
{
	struct passport *p = arg;
	struct job job = {.type = JOB_SEAL_ARCHIVE, .params = json_pack("{s:s}", "kind", "asic")};
	int nothing;

	if (result->status != STATUS_OK || result->file_count < 1) {
		json_decref(job.params);
		fail_job(p, result);
		return;
	}
	p->container = result->files[0];
	result->files[0] = -1;
	nothing = memfile_of((struct span){NULL, 0});
	job.files[job.file_count++] = p->container;
	job.files[job.file_count++] = nothing;
	(void)submit(p, &job, on_query);
	if (nothing >= 0)
		close(nothing);
}

static bool
add_bytes(struct passport *p, const char *name, const void *bytes, size_t n)
{
	int fd = memfile_of((struct span){bytes, n});

	if (fd < 0)
		return false;
	p->fds[p->count++] = fd;
	json_array_append_new(p->entries, json_pack("{s:s,s:b}", "name", name, "stored", p->count == 1));
	return true;
}

static bool
add_json(struct passport *p, const char *name, json_t *value)
{
	char *text = value != NULL ? json_dumps(value, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	bool ok = text != NULL && add_bytes(p, name, text, strlen(text));

	free(text);
	return ok;
}

static json_t *
description(struct passport *p)
{
	const struct signer_link *signer = api_of(p->call)->sign != NULL ? api_of(p->call)->sign->signer : NULL;
	const json_t *hello = signer != NULL ? signer_link_hello(signer) : NULL;
	json_t *key = hello != NULL ? json_object_get(hello, "log_key") : NULL;
	char now[CLOCK_TEXT];

	clock_format_utc(clock_now(), now);
	return json_pack("{s:s,s:i,s:s,s:O,s:O,s:O*}", "format", "congvan-passport", "version", 1, "made_at", now, "document", p->view, "files",
		p->files, "log_key", key);
}

static void
build(struct passport *p)
{
	struct job job = {.type = JOB_ZIP_BUILD};
	json_t *about = description(p);
	bool ok = add_json(p, "passport.json", about) && add_json(p, "evidence/leaves.json", p->evidence) &&
		add_bytes(p, "evidence/checkpoint", p->note, strlen(p->note));

	json_decref(about);
	if (!ok) {
		fail(p, STATUS_NO_MEMORY, NULL, NULL);
		return;
	}
	job.params = json_pack("{s:O}", "entries", p->entries);
	memcpy(job.files, p->fds, p->count * sizeof(p->fds[0]));
	job.file_count = p->count;
	(void)submit(p, &job, on_built);
}

/* --- what goes in --- */

static void
on_evidence(void *arg, enum status st, json_t *value, const char *note)
{
	struct passport *p = arg;

	if (st != STATUS_OK) {
		fail(p, st, NULL, NULL);
		return;
	}
	p->evidence = json_incref(value);
	p->note = strdup(note);
	if (p->note == NULL)
		fail(p, STATUS_NO_MEMORY, NULL, NULL);
	else
		build(p);
}

static void next_version(struct passport *p);

/* "versions/01-cong-van.pdf": a name that every archive takes. */
static void
entry_name(const struct passport *p, const char *name, char to[300])
{
	size_t n = (size_t)snprintf(to, 300, "versions/%02zu-", p->version + 1);

	for (; *name != '\0' && n < 280; name++)
		to[n++] = *name == '/' || *name == '\\' || *name == ':' || (unsigned char)*name < 0x20 || *name == 0x7f ? '_' : *name;
	while (n > 0 && ((unsigned char)to[n - 1] & 0xc0) == 0x80 && n >= 280)
		n--; /* not in the middle of a character */
	if (n >= 279 && ((unsigned char)to[n - 1] & 0x80) != 0)
		n--;
	to[n] = '\0';
}

static void
on_version(void *arg, enum status st, int fd)
{
	struct passport *p = arg;
	const json_t *v = json_array_get(json_object_get(p->view, "versions"), p->version);
	char name[300];

	if (st != STATUS_OK) {
		fail(p, st, NULL, NULL);
		return;
	}
	entry_name(p, store_text(v, "name"), name);
	p->fds[p->count++] = fd;
	json_array_append_new(p->entries, json_pack("{s:s}", "name", name));
	json_array_append_new(p->files, json_pack("{s:s,s:O,s:O,s:O,s:O,s:O,s:O}", "name", name, "version", json_object_get(v, "id"), "part",
		json_object_get(v, "part"), "part_number", json_object_get(v, "part_number"), "cause", json_object_get(v, "cause"), "mime",
		json_object_get(v, "mime"), "sha256", json_object_get(v, "sha256")));
	p->version++;
	next_version(p);
}

static void
next_version(struct passport *p)
{
	const json_t *v = json_array_get(json_object_get(p->view, "versions"), p->version);
	struct digest sha256;

	if (v == NULL)
		extract_document(api_of(p->call)->db, p->id, on_evidence, p);
	else if (!hex_decode(store_text(v, "sha256"), sha256.bytes, DIGEST_BYTES))
		fail(p, STATUS_INTERNAL, NULL, NULL);
	else
		content_get_fd(api_of(p->call)->db, &sha256, BYTES_MOST, on_version, p);
}

static bool
fits(const json_t *versions)
{
	uint64_t bytes = 0;
	const json_t *v;
	size_t i;

	json_array_foreach(versions, i, v)
		bytes += (uint64_t)json_integer_value(json_object_get(v, "size"));
	return json_array_size(versions) <= VERSIONS_MOST && bytes <= BYTES_MOST;
}

static void
on_document(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct passport *p = arg;
	struct flow_document d;

	(void)constraint;
	if (st != STATUS_OK) {
		fail(p, st, st == STATUS_NOT_FOUND ? "document.missing" : NULL, NULL);
		return;
	}
	if (!flow_document_from_json(value, &d)) {
		fail(p, STATUS_INTERNAL, NULL, NULL);
		return;
	}
	p->view = json_deep_copy(d.view);
	if (p->view == NULL)
		fail(p, STATUS_NO_MEMORY, NULL, NULL);
	else if (json_array_size(json_object_get(p->view, "versions")) == 0)
		fail(p, STATUS_CONFLICT, "passport.empty", NULL);
	else if (!fits(json_object_get(p->view, "versions")))
		fail(p, STATUS_TOO_LARGE, "passport.large", NULL);
	else if (!add_bytes(p, "mimetype", ASICE, strlen(ASICE)))
		fail(p, STATUS_NO_MEMORY, NULL, NULL);
	else
		next_version(p);
}

static void
documents_passport(struct http_call *call)
{
	const char *id = api_id(call, "id", "document.missing");
	struct passport *p;

	if (id == NULL)
		return;
	p = calloc(1, sizeof(*p));
	if (p == NULL || api_of(call)->pool == NULL || api_of(call)->sign == NULL) {
		http_answer_problem(call, p == NULL ? STATUS_NO_MEMORY : STATUS_UNAVAILABLE, NULL, NULL);
		free(p);
		return;
	}
	p->call = call;
	p->id = id;
	p->container = p->tail = -1;
	p->entries = json_array();
	p->files = json_array();
	document_load(api_of(call)->db, api_person(call), id, on_document, p);
}

const struct http_route passport_routes[] = {
	{"GET", "/v1/documents/{id}/passport", HTTP_BODY_NONE, HTTP_NEED_SESSION, documents_passport},
};
const size_t passport_route_count = sizeof(passport_routes) / sizeof(passport_routes[0]);
