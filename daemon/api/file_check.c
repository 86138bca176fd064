/* file_check: see file_check.h. May he name it? Then one file after the other: they are few, and each is held, a large one on disk, while a worker looks at it. */
#include "daemon/api/file_check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/pool.h"
#include "daemon/flow/param.h"
#include "daemon/store/content.h"
#include "daemon/store/holder.h"
#include "lib/base/hex.h"
#include "lib/wire/job.h"

struct file_check {
	struct api_write *w;
	json_t *files;
	size_t at;
	void (*then)(struct api_write *w);
	bool failed;
};

static void next(struct file_check *c);

static void
finish(void *arg)
{
	struct file_check *c = arg;

	json_decref(c->files);
	if (c->failed)
		api_write_refuse(c->w, STATUS_INVALID, NULL);
	else
		c->then(c->w);
}

/* Codes of what is worth knowing; a lie and what may not be here at all become errors of the request. */
static void
judge(struct file_check *c, json_t *file, const json_t *found)
{
	static const struct {
		const char *member, *code;
		bool when, always; /* the member's value that counts; refused whatever the office says */
	} rules[] = {
		{"executable", "sniff.executable", true, true}, {"damaged", "sniff.damaged", true, true},
		{"agrees", "sniff.disagrees", false, false}, {"macros", "sniff.macros", true, false},
	};
	const char *name = store_text(file, "name"), *mime = store_text(found, "mime");
	json_t *codes = json_array();

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		bool lie = strcmp(rules[i].member, "agrees") == 0;

		if (store_flag(found, rules[i].member) != rules[i].when)
			continue;
		if (rules[i].always || (lie && api_of(c->w->call)->settings.lies_refused)) {
			diag_error(c->w->diag, rules[i].code, name, store_text(found, "kind"), lie ? name : NULL);
			c->failed = true;
			break; /* a program is not reported as a lie besides */
		}
		json_array_append_new(codes, json_string(rules[i].code));
	}
	json_object_set_new(file, "mime", json_string(mime));
	json_object_set_new(file, "findings", codes);
}

static void
on_looked(void *arg, struct job_result *result)
{
	struct file_check *c = arg;

	if (result->status == STATUS_OK) {
		judge(c, json_array_get(c->files, c->at), result->value);
	} else { /* a file that takes its worker down is refused, with the finding that says so */
		diag_join(c->w->diag, result->diag);
		if (!diag_has_error(c->w->diag)) {
			char code[64];

			snprintf(code, sizeof(code), "status.%s", status_code(result->status));
			diag_error(c->w->diag, code, store_text(json_array_get(c->files, c->at), "name"), NULL, NULL);
		}
		c->failed = true;
	}
	c->at++;
	next(c);
}

static void
on_content(void *arg, enum status st, int fd)
{
	struct file_check *c = arg;
	struct job job = {.type = JOB_SNIFF, .file_count = 1};

	if (st == STATUS_OK) {
		job.params = json_pack("{s:s}", "name", store_text(json_array_get(c->files, c->at), "name"));
		job.files[0] = fd;
		st = pool_submit(c->w->api->pool, &job, POOL_URGENT, on_looked, c);
		json_decref(job.params);
		close(fd);
		if (st == STATUS_OK)
			return;
	}
	c->at++; /* not there, or no room for it or the job: the act decides */
	next(c);
}

static void
next(struct file_check *c)
{
	struct digest sha256;

	for (; c->at < json_array_size(c->files); c->at++)
		if (hex_decode(store_text(json_array_get(c->files, c->at), "sha256"), sha256.bytes, DIGEST_BYTES)) {
			content_get_fd(c->w->api->db, &sha256, CONTENT_NO_LIMIT, on_content, c);
			return;
		}
	finish(c);
}

/* Those that he may not name are told as if they were not there. */
static void
on_held(void *arg, enum status st, json_t *found, const char *constraint)
{
	struct file_check *c = arg;

	(void)constraint;
	if (st != STATUS_OK) {
		json_decref(c->files);
		api_write_refuse(c->w, st, NULL);
		return;
	}
	for (size_t i = json_array_size(c->files); i-- > 0;) {
		const json_t *file = json_array_get(c->files, i);
		const char *digest = store_text(file, "sha256");

		if (!flow_is_digest(digest) || holder_has(found, digest))
			continue;
		diag_error(c->w->diag, "content.missing", store_text(file, "name"), digest, NULL);
		c->failed = true;
		json_array_remove(c->files, i);
	}
	if (c->w->api->pool == NULL)
		c->at = json_array_size(c->files);
	next(c);
}

void
file_check(struct api_write *w, json_t *files, void (*then)(struct api_write *w))
{
	struct file_check *c = arena_alloc(http_call_arena(w->call), sizeof(*c));
	json_t *f;
	json_t *digests = json_array();
	size_t i;

	*c = (struct file_check){.w = w, .files = files, .then = then};
	json_array_foreach(files, i, f) {
		json_object_del(f, "mime");
		json_object_del(f, "findings");
		if (flow_is_digest(store_text(f, "sha256")))
			json_array_append(digests, json_object_get(f, "sha256"));
	}
	if (json_array_size(digests) > 0)
		holder_find(w->api->db, w->person, digests, on_held, c);
	else
		next(c);
	json_decref(digests);
}
