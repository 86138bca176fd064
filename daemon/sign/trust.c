/* trust: see trust.h. The looking is done on a thread: a folder may be large, or on a slow disk. */
#include "daemon/sign/trust.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/io/loop.h"
#include "daemon/io/offload.h"
#include "lib/base/digest.h"
#include "lib/base/log.h"

#define LOOK_MS 10000u
#define DEPTH 3
#define FILES_MOST 20000u
#define RULES_MOST 65536u

struct trust {
	struct loop *loop;
	struct offload *offload;
	struct loop_timer *timer;
	char *folder, *program;
	char print[DIGEST_HEX], rules[DIGEST_HEX];
	bool looking, again, closing;

	struct digest sum; /* of the thread's */
	struct digest rules_sum;
	bool has_rules;
	unsigned files;
};

/* --- on the thread --- */

/* Order does not matter: the digests of all are added up bit by bit. */
static void
add(struct trust *t, const char *path, const struct stat *s)
{
	char line[4400];
	struct digest d;
	int n = snprintf(line, sizeof(line), "%s %lld %lld.%09ld %lld.%09ld %llu", path, (long long)s->st_size, (long long)s->st_mtim.tv_sec,
		s->st_mtim.tv_nsec, (long long)s->st_ctim.tv_sec, s->st_ctim.tv_nsec, (unsigned long long)s->st_ino);

	d = digest_of(line, n > 0 ? (size_t)n : 0);
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		t->sum.bytes[i] ^= d.bytes[i];
}

static void
walk(struct trust *t, const char *folder, int depth)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	struct stat s;
	char path[4096];

	while (d != NULL && (e = readdir(d)) != NULL && t->files < FILES_MOST) {
		if (e->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", folder, e->d_name) >= (int)sizeof(path) ||
			stat(path, &s) != 0)
			continue;
		if (S_ISDIR(s.st_mode) && depth < DEPTH) {
			walk(t, path, depth + 1);
		} else if (S_ISREG(s.st_mode)) {
			t->files++;
			add(t, path, &s);
		}
	}
	if (d != NULL)
		closedir(d);
}

/* Their text and not their times: to look at every archived document again costs more than to read a page. */
static void
read_rules(struct trust *t)
{
	char path[4096], text[RULES_MOST];
	FILE *f = NULL;
	size_t n;

	t->has_rules = false;
	if (t->folder != NULL && snprintf(path, sizeof(path), "%s/policy.rules", t->folder) < (int)sizeof(path))
		f = fopen(path, "rb");
	if (f == NULL)
		return;
	n = fread(text, 1, sizeof(text), f);
	t->has_rules = ferror(f) == 0;
	t->rules_sum = digest_of(text, n);
	fclose(f);
}

static void
work(void *arg)
{
	struct trust *t = arg;
	struct stat s;

	read_rules(t);
	t->sum = digest_of("congvan trust 1", 15);
	t->files = 0;
	if (t->folder != NULL)
		walk(t, t->folder, 0);
	if (t->program != NULL && stat(t->program, &s) == 0)
		add(t, t->program, &s);
}

/* --- in the loop --- */

static void
trust_free(struct trust *t)
{
	free(t->folder);
	free(t->program);
	free(t);
}

static void
done(void *arg, enum status st)
{
	struct trust *t = arg;
	char print[DIGEST_HEX];

	t->looking = false;
	if (t->closing) {
		trust_free(t);
		return;
	}
	if (st == STATUS_OK) {
		digest_hex(&t->sum, print);
		if (strcmp(print, t->print) != 0)
			log_info("trust", "event=%s files=%u print=%.16s", t->print[0] == '\0' ? "read" : "changed", t->files, print);
		memcpy(t->print, print, sizeof(print));
		t->rules[0] = '\0';
		if (t->has_rules)
			digest_hex(&t->rules_sum, t->rules);
	}
	if (t->again)
		trust_reload(t);
}

void
trust_reload(struct trust *t)
{
	t->again = t->looking;
	if (t->looking)
		return;
	t->looking = true;
	if (offload_run(t->offload, work, done, t) != STATUS_OK)
		t->looking = false; /* the timer comes again */
}

static void
on_tick(void *arg)
{
	trust_reload(arg);
}

enum status
trust_start(struct loop *loop, struct offload *offload, const char *folder, const char *program, struct trust **out)
{
	struct trust *t = calloc(1, sizeof(*t));
	enum status st = STATUS_NO_MEMORY;

	if (t == NULL)
		return st;
	t->loop = loop;
	t->offload = offload;
	t->folder = folder != NULL ? strdup(folder) : NULL;
	t->program = program != NULL ? strdup(program) : NULL;
	if ((folder == NULL || t->folder != NULL) && (program == NULL || t->program != NULL))
		st = loop_timer_start(loop, LOOK_MS, LOOK_MS, on_tick, t, &t->timer);
	if (st != STATUS_OK) {
		trust_free(t);
		return st;
	}
	trust_reload(t);
	*out = t;
	return STATUS_OK;
}

void
trust_stop(struct trust *t)
{
	if (t == NULL)
		return;
	loop_timer_stop(t->timer);
	t->closing = true;
	if (!t->looking)
		trust_free(t);
}

const char *
trust_rules(const struct trust *t)
{
	return t->rules;
}

const char *
trust_print(const struct trust *t)
{
	return t->print;
}
