/* stamp: see stamp.h. */
#include "daemon/sign/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/io/pool.h"
#include "daemon/sign/memfile.h"
#include "daemon/sign/room.h"
#include "daemon/sign/tsa.h"
#include "daemon/store/store.h"
#include "lib/wire/frame.h"

struct stamp {
	const struct sign_office *office;
	int cms;
	stamp_cb cb;
	void *arg;
	char nonce[80];
};

static void
finish(struct stamp *s, int cms)
{
	s->cb(s->arg, cms, "");
	free(s);
}

static void
without(struct stamp *s, const char *what, const char *detail)
{
	char why[500];

	snprintf(why, sizeof(why), "%s%s%s", what, detail[0] != '\0' ? ": " : "", detail);
	s->cb(s->arg, -1, why);
	free(s);
}

static void
on_attached(void *arg, struct job_result *result)
{
	struct stamp *s = arg;
	int cms;

	if (result->status != STATUS_OK || result->file_count < 1) {
		without(s, "level.answer-refused", diag_count(result->diag) > 0 ? diag_at(result->diag, 0)->code : status_full_code(result->status));
		return;
	}
	sign_room_seen(s->office, (size_t)store_number(result->value, "token_size"));
	cms = result->files[0];
	result->files[0] = -1;
	finish(s, cms);
}

static void
on_token(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct stamp *s = arg;
	struct job job = {.type = JOB_TSP_ATTACH};
	int fd;

	(void)http;
	if (st != STATUS_OK) {
		without(s, "level.no-timestamp", why);
		return;
	}
	fd = memfile_of(body);
	job.params = json_pack("{s:s}", "nonce", s->nonce);
	job.files[job.file_count++] = s->cms;
	job.files[job.file_count++] = fd;
	st = fd >= 0 ? pool_submit(s->office->pool, &job, POOL_URGENT, on_attached, s) : STATUS_IO;
	json_decref(job.params);
	if (fd >= 0)
		close(fd);
	if (st != STATUS_OK)
		without(s, status_full_code(st), "");
}

static void
on_query(void *arg, struct job_result *result)
{
	struct stamp *s = arg;
	struct span query;

	if (result->status != STATUS_OK || result->file_count < 1 || frame_map(result->files[0], &query) != STATUS_OK) {
		without(s, "level.no-request", status_full_code(result->status));
		return;
	}
	snprintf(s->nonce, sizeof(s->nonce), "%s", store_text(result->value, "nonce"));
	tsa_ask(s->office, query, on_token, s);
	frame_unmap(&query);
}

enum status
stamp_start(const struct sign_office *o, int cms, stamp_cb cb, void *arg)
{
	struct job job = {.type = JOB_TSP_REQUEST, .files = {cms}, .file_count = 1};
	struct stamp *s = calloc(1, sizeof(*s));
	enum status st = STATUS_NO_MEMORY;

	if (s == NULL)
		return st;
	*s = (struct stamp){.office = o, .cms = cms, .cb = cb, .arg = arg};
	if ((job.params = json_object()) != NULL)
		st = pool_submit(o->pool, &job, POOL_URGENT, on_query, s);
	json_decref(job.params);
	if (st != STATUS_OK)
		free(s);
	return st;
}
