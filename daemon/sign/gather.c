/* gather: see gather.h. A round: NEEDS -> all that is missing at once, each from one place after the other -> next round. */
#include "daemon/sign/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/loop.h"
#include "daemon/io/pool.h"
#include "daemon/sign/proofs.h"
#include "daemon/store/store.h"

#define ROUNDS 8 /* a path has CHAIN_DEPTH certificates at most, and each may bring the next */

struct gather {
	struct loop *loop;
	struct pool *pool;
	struct proofs *proofs;
	char kind[16];
	int file, detached;
	struct proof_set set;
	json_t *tried;      /* place -> why it gave nothing, "" when it gave something */
	json_t *needs;      /* of this round */
	struct loop_timer *timer;
	unsigned wanted;    /* fetches of this round under way */
	unsigned got;       /* in this round */
	unsigned rounds;
	bool over;          /* answered; waits for the last fetch only to be freed */
	gather_cb cb;
	void *arg;
};

/* One missing thing, and the place that is being asked for it. */
struct want {
	struct gather *gather;
	json_t *missing;
	enum proof_kind kind;
	char *place; /* key of `tried` */
};

/* --- sets --- */

void
proof_set_clear(struct proof_set *s)
{
	for (size_t i = 0; i < s->count; i++)
		close(s->files[i]);
	json_decref(s->kinds);
	json_decref(s->missing);
	json_decref(s->certs);
	*s = (struct proof_set){0};
}

void
proof_set_into(const struct proof_set *s, struct job *job)
{
	if (s->count == 0 || job->params == NULL)
		return;
	json_object_set(job->params, "proofs", s->kinds);
	for (size_t i = 0; i < s->count; i++)
		job->files[job->file_count++] = s->files[i];
}

bool
proof_set_lacks_revocation(const struct proof_set *s)
{
	return json_array_size(s->missing) > 0;
}

void
proof_set_why(const struct proof_set *s, char *to, size_t size)
{
	const json_t *first = json_array_get(s->missing, 0);

	snprintf(to, size, "%s%s%s", store_text(first, "subject"), first != NULL ? ": " : "", store_text(first, "why"));
}

static void
set_add(struct proof_set *s, enum proof_kind kind, int fd)
{
	int own = s->count < GATHER_MOST ? dup(fd) : -1;

	if (own < 0)
		return;
	if (s->kinds == NULL)
		s->kinds = json_array();
	json_array_append_new(s->kinds, json_string(proof_kind_name(kind)));
	s->files[s->count++] = own;
}

/* --- the end --- */

static void
free_when_idle(struct gather *g)
{
	if (!g->over || g->wanted > 0)
		return;
	loop_timer_stop(g->timer);
	close(g->file);
	if (g->detached >= 0)
		close(g->detached);
	proof_set_clear(&g->set);
	json_decref(g->tried);
	json_decref(g->needs);
	free(g);
}

/* Why it is missing: what the places said, the last of them first. */
static void
tell_missing(struct gather *g)
{
	const json_t *m;
	size_t i, k;

	g->set.missing = json_array();
	json_array_foreach(json_object_get(g->needs, "missing"), i, m) {
		static const char *const lists[] = {"urls", "ocsp", "crl"};
		char why[500] = "";

		for (size_t l = 0; l < 3; l++) {
			const json_t *url;

			json_array_foreach(json_object_get(m, lists[l]), k, url) {
				size_t n = strlen(why);
				char place[1200];

				snprintf(place, sizeof(place), "%s %s %s", lists[l], json_string_value(url), store_text(m, "cert"));
				snprintf(why + n, sizeof(why) - n, "%s%s (%s)", n > 0 ? ", " : "", json_string_value(url),
					json_object_get(g->tried, place) != NULL ? store_text(g->tried, place) : "fetch.no-time");
			}
		}
		json_array_append_new(g->set.missing, json_pack("{s:O,s:O,s:O,s:s}", "cert", json_object_get(m, "cert"), "what",
			json_object_get(m, "what"), "subject", json_object_get(m, "subject"), "why", why));
	}
}

static void
finish(struct gather *g, enum status st)
{
	if (g->over)
		return;
	g->over = true;
	if (st == STATUS_OK) {
		tell_missing(g);
		g->set.certs = json_incref(json_object_get(g->needs, "certs"));
		snprintf(g->set.until, sizeof(g->set.until), "%s", store_text(g->needs, "timestamps_until"));
		snprintf(g->set.stands_until, sizeof(g->set.stands_until), "%s", store_text(g->needs, "stands_until"));
		g->set.revoked = json_is_true(json_object_get(g->needs, "revoked"));
	} else {
		proof_set_clear(&g->set);
	}
	g->cb(g->arg, st, &g->set);
	g->set = (struct proof_set){0};
	free_when_idle(g);
}

/* --- a round --- */

static void next_round(struct gather *g);
static void try_next(struct want *w);

static void
want_end(struct want *w)
{
	struct gather *g = w->gather;

	json_decref(w->missing);
	free(w->place);
	free(w);
	if (--g->wanted > 0)
		return;
	if (g->over)
		free_when_idle(g);
	else if (g->got > 0 && g->rounds < ROUNDS && g->set.count < GATHER_MOST)
		next_round(g);
	else
		finish(g, STATUS_OK);
}

static void
on_proof(void *arg, enum status st, int fd, const char *why)
{
	struct want *w = arg;
	struct gather *g = w->gather;

	json_object_set_new(g->tried, w->place, json_string(st == STATUS_OK ? "" : why[0] != '\0' ? why : status_full_code(st)));
	if (st == STATUS_OK && !g->over) {
		set_add(&g->set, w->kind, fd);
		g->got++;
	}
	if (st == STATUS_OK || g->over)
		want_end(w);
	else
		try_next(w);
}

static bool
try_list(struct want *w, const char *list, enum proof_kind kind)
{
	const json_t *url;
	char place[1200];
	size_t i;

	json_array_foreach(json_object_get(w->missing, list), i, url) {
		snprintf(place, sizeof(place), "%s %s %s", list, json_string_value(url), store_text(w->missing, "cert"));
		if (json_object_get(w->gather->tried, place) != NULL)
			continue;
		free(w->place);
		w->place = strdup(place);
		w->kind = kind;
		proofs_get(w->gather->proofs, kind, json_string_value(url), w->missing, on_proof, w);
		return true;
	}
	return false;
}

static void
try_next(struct want *w)
{
	if (!try_list(w, "urls", PROOF_CERT) && !try_list(w, "ocsp", PROOF_OCSP) && !try_list(w, "crl", PROOF_CRL))
		want_end(w);
}

/* g->needs is what is missing now. */
static void
fetch_missing(struct gather *g)
{
	const json_t *missing = json_object_get(g->needs, "missing"), *m;
	size_t i;

	if (json_array_size(missing) == 0 || g->proofs == NULL) {
		finish(g, STATUS_OK);
		return;
	}
	g->wanted++; /* holds the round open until all have begun */
	json_array_foreach(missing, i, m) {
		struct want *w = calloc(1, sizeof(*w));

		if (w == NULL)
			abort();
		w->gather = g;
		w->missing = json_incref((json_t *)m);
		g->wanted++;
		try_next(w);
	}
	if (--g->wanted == 0 && !g->over)
		finish(g, STATUS_OK);
}

static void
on_needs(void *arg, struct job_result *result)
{
	struct gather *g = arg;

	g->wanted--;
	if (g->over) {
		free_when_idle(g);
		return;
	}
	if (result->status != STATUS_OK) {
		finish(g, result->status);
		return;
	}
	json_decref(g->needs);
	g->needs = json_incref(result->value);
	fetch_missing(g);
}

static void
next_round(struct gather *g)
{
	struct job job = {.type = JOB_NEEDS, .params = json_pack("{s:s}", "kind", g->kind)};
	enum status st;

	g->rounds++;
	g->got = 0;
	g->wanted++;
	job.files[job.file_count++] = g->file;
	if (g->detached >= 0)
		job.files[job.file_count++] = g->detached;
	proof_set_into(&g->set, &job);
	st = pool_submit(g->pool, &job, POOL_URGENT, on_needs, g);
	json_decref(job.params);
	if (st != STATUS_OK) {
		g->wanted--;
		finish(g, st);
	}
}

static void
on_time(void *arg)
{
	struct gather *g = arg;

	loop_timer_stop(g->timer);
	g->timer = NULL;
	finish(g, g->needs != NULL ? STATUS_OK : STATUS_TIMEOUT);
}

static void
begin(void *arg)
{
	struct gather *g = arg;

	if (g->needs == NULL) {
		next_round(g);
		return;
	}
	g->rounds = 1;
	fetch_missing(g);
}

void
gather_start(struct loop *loop, struct pool *pool, struct proofs *proofs, const char *kind, int file, int detached,
	const json_t *needs, unsigned ms, gather_cb cb, void *arg)
{
	struct gather *g = calloc(1, sizeof(*g));

	if (g == NULL || (g->tried = json_object()) == NULL)
		abort();
	g->loop = loop;
	g->pool = pool;
	g->proofs = proofs;
	snprintf(g->kind, sizeof(g->kind), "%s", kind);
	g->file = dup(file);
	g->detached = detached >= 0 ? dup(detached) : -1;
	g->cb = cb;
	g->arg = arg;
	g->needs = json_incref((json_t *)(uintptr_t)needs);
	loop_timer_start(loop, ms, 0, on_time, g, &g->timer);
	loop_soon(loop, begin, g);
}
