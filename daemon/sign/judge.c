/* judge: see judge.h. kept? -> contents -> gather -> VERIFY -> kept. */
#include "daemon/sign/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/loop.h"
#include "daemon/sign/trust.h"
#include "daemon/store/content.h"
#include "daemon/store/verdict.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define SIGNATURE_MOST (16ull << 20)
#define BESIDE_MOST (512ull << 20) /* of a larger file beside its signature the digests are enough */

struct judge {
	const struct sign_office *office;
	char kind[16], key[DIGEST_HEX], print[DIGEST_HEX]; /* key "": not kept */
	char covers[DIGEST_HEX]; /* "" or the file that the container may be over */
	struct digest content[2];
	size_t count;
	int files[2];
	size_t have;
	struct proof_set set;
	char judged[CLOCK_TEXT];
	judge_cb cb;
	void *arg;
};

static void
end(struct judge *j, struct job_result *result)
{
	j->cb(j->arg, result);
	for (size_t i = 0; i < j->have; i++)
		close(j->files[i]);
	proof_set_clear(&j->set);
	free(j);
}

static void
fail(struct judge *j, enum status st)
{
	struct job_result result = {.status = st, .diag = diag_new()};

	end(j, &result);
	job_result_clear(&result);
}

/* --- judging --- */

static void
on_kept(void *arg, enum status st, json_t *value, const char *constraint)
{
	(void)arg;
	(void)value;
	(void)constraint;
	if (st != STATUS_OK && st != STATUS_CANCELLED)
		log_warn("judge", "event=verdict-not-kept status=%s", status_code(st));
}

/* A verdict that lacks something is not kept: in a moment it may be had. Nor is one of a folder that has changed meanwhile. */
static void
keep(struct judge *j, json_t *report)
{
	json_t *row;

	if (j->key[0] == '\0' || j->office->trust == NULL || json_array_size(j->set.missing) > 0 || j->set.certs == NULL || strcmp(j->print, trust_print(j->office->trust)) != 0)
		return;
	row = json_pack("{s:s,s:O,s:O,s:s,s:s}", "key", j->key, "report", report, "certs", j->set.certs, "until", j->set.stands_until, "judged",
		j->judged);
	verdict_keep(j->office->db, row, j->office->verdict_seconds, j->office->verdict_rows, on_kept, NULL);
	json_decref(row);
}

static void
on_verified(void *arg, struct job_result *result)
{
	struct judge *j = arg;

	if (result->status == STATUS_OK && result->value != NULL) {
		json_t *missing = j->set.missing != NULL ? json_incref(j->set.missing) : json_array();

		json_object_set_new(result->value, "missing", missing);
		keep(j, result->value);
	}
	end(j, result);
}

static void
on_gathered(void *arg, enum status st, struct proof_set *set)
{
	struct judge *j = arg;
	struct job job = {.type = JOB_VERIFY, .params = json_pack("{s:s}", "kind", j->kind)};

	/* a file whose needs nobody can tell is judged without them: VERIFY says what is wrong with it */
	j->set = *set;
	clock_format_utc(clock_now(), j->judged);
	*set = (struct proof_set){0};
	for (size_t i = 0; i < j->have; i++)
		job.files[job.file_count++] = j->files[i];
	if (j->covers[0] != '\0')
		json_object_set_new(job.params, "covers", json_string(j->covers));
	proof_set_into(&j->set, &job);
	st = st == STATUS_CANCELLED ? st : pool_submit(j->office->pool, &job, POOL_URGENT, on_verified, j);
	json_decref(job.params);
	if (st != STATUS_OK)
		fail(j, st);
}

/* --- contents --- */

/* Bytes that the next content may have. */
static uint64_t
most_of(const struct judge *j)
{
	if (j->have > 0)
		return SIGNATURE_MOST;
	return j->count == 2 && strcmp(j->kind, "cms") == 0 ? BESIDE_MOST : CONTENT_NO_LIMIT;
}

static void load(struct judge *j);

static void
on_size(void *arg, enum status st, uint64_t size)
{
	struct judge *j = arg;
	struct job_result result = {.status = STATUS_TOO_LARGE, .diag = diag_new()};

	if (st == STATUS_OK)
		content_say_large(result.diag, size, most_of(j));
	end(j, &result);
	job_result_clear(&result);
}

static void
on_content(void *arg, enum status st, int fd)
{
	struct judge *j = arg;

	if (st == STATUS_TOO_LARGE && j->have == 0 && j->count == 2 && strcmp(j->kind, "cms") == 0) {
		strcpy(j->kind, "digests");
		content_get_imprints(j->office->db, &j->content[0], on_content, j);
		return;
	}
	if (st == STATUS_TOO_LARGE) {
		content_stat(j->office->db, &j->content[j->have], on_size, j);
		return;
	}
	if (st != STATUS_OK) {
		fail(j, st);
		return;
	}
	j->files[j->have++] = fd;
	load(j);
}

static void
load(struct judge *j)
{
	if (j->have < j->count)
		content_get_fd(j->office->db, &j->content[j->have], most_of(j), on_content, j);
	else
		gather_start(j->office->loop, j->office->pool, j->office->proofs, j->kind, j->files[0], j->count > 1 ? j->files[1] : -1, NULL,
			j->office->gather_ms, on_gathered, j);
}

/* --- as before? --- */

static void
on_found(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct judge *j = arg;

	(void)constraint;
	if (st == STATUS_OK) {
		struct job_result result = {.status = STATUS_OK, .diag = diag_new(), .value = json_deep_copy(value)};

		j->office->counters->verdict_hits++;
		end(j, &result);
		job_result_clear(&result);
		return;
	}
	j->office->counters->verdict_misses++;
	load(j); /* also when the database does not say: it will at the contents */
}

static void
begin(void *arg)
{
	load(arg);
}

static void
make_key(struct judge *j)
{
	char text[4 * DIGEST_HEX + 40], file[DIGEST_HEX], detached[DIGEST_HEX] = "";
	struct digest d;

	digest_hex(&j->content[0], file);
	if (j->count > 1)
		digest_hex(&j->content[1], detached);
	snprintf(text, sizeof(text), "verdict 2 %s %s %s%s %s", j->kind, file, detached, j->covers, j->print);
	d = digest_of(text, strlen(text));
	digest_hex(&d, j->key);
}

void
sign_judge(const struct sign_office *o, const char *kind, const struct digest *file, const struct digest *detached, judge_cb cb, void *arg)
{
	struct judge *j = calloc(1, sizeof(*j));

	if (j == NULL)
		abort();
	j->office = o;
	snprintf(j->kind, sizeof(j->kind), "%s", kind);
	j->content[j->count++] = *file;
	if (detached != NULL && strcmp(kind, "asic") == 0) {
		digest_hex(file, j->covers);
		j->content[0] = *detached;
	} else if (detached != NULL)
		j->content[j->count++] = *detached;
	j->cb = cb;
	j->arg = arg;
	snprintf(j->print, sizeof(j->print), "%s", o->trust != NULL ? trust_print(o->trust) : "");
	if (j->print[0] != '\0' && o->verdict_rows > 0) {
		make_key(j);
		verdict_find(o->db, j->key, on_found, j);
	} else {
		loop_soon(o->loop, begin, j);
	}
}
