/* attempts: see attempts.h. */
#include "signer/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE 48 /* bytes of a file: written in place, within one sector */
#define DOUBLINGS 20
#define LONGEST (30 * CLOCK_DAY)
#define PREPAID_MOST 5 /* rules that allow fewer attempts have none to spare for a crash */
#define PREPAID_FREE 2

struct entry {
	unsigned failed;
	clock_us last; /* time of the last wrong attempt */
};

/* The file of this key says one attempt that nobody has made. */
struct prepaid {
	char *key;
	struct entry entry; /* what the file says as long as no other hand has written to it */
};

struct attempts {
	int dir;
	struct attempts_rules rules;
	struct prepaid *prepaid;
	size_t prepaid_count;
};

enum status
attempts_open(const char *dir, const struct attempts_rules *rules, struct attempts **out)
{
	struct attempts *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return STATUS_NO_MEMORY;
	a->rules = *rules;
	a->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dir < 0) {
		free(a);
		return STATUS_IO;
	}
	*out = a;
	return STATUS_OK;
}

/* False when the file is there but does not say how often. */
static bool
load(const struct attempts *a, const char *key, struct entry *out)
{
	char line[LINE + 1], again[LINE + 1];
	int fd = openat(a->dir, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	*out = (struct entry){0, 0};
	if (fd < 0)
		return errno == ENOENT;
	n = read(fd, line, LINE);
	close(fd);
	if (n != LINE)
		return false;
	line[LINE] = '\0';
	if (sscanf(line, "failed=%10u last=%" SCNd64, &out->failed, &out->last) != 2)
		return false;
	snprintf(
		again, sizeof(again), "failed=%010u last=%024" PRId64 "\n", out->failed, out->last);
	return strcmp(line, again) == 0;
}

static enum status
store(const struct attempts *a, const char *key, const struct entry *e, bool durable)
{
	char line[LINE + 1];
	bool made = false, ok;
	int fd = openat(a->dir, key, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT) {
		fd = openat(
			a->dir, key, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		made = true;
	}
	if (fd < 0)
		return errno == ENOSPC || errno == EDQUOT ? STATUS_NO_SPACE : STATUS_IO;
	snprintf(line, sizeof(line), "failed=%010u last=%024" PRId64 "\n", e->failed, e->last);
	ok = pwrite(fd, line, LINE, 0) == LINE && (!durable || fdatasync(fd) == 0) &&
		(!made || fsync(a->dir) == 0);
	close(fd);
	return ok ? STATUS_OK : STATUS_IO;
}

/* --- paid for in advance --- */

/* The index of the key's, when the file says what it said then; prepaid_count: none. */
static size_t
find_prepaid(const struct attempts *a, const char *key, const struct entry *e)
{
	size_t i = 0;

	while (i < a->prepaid_count && strcmp(a->prepaid[i].key, key) != 0)
		i++;
	if (i < a->prepaid_count && (a->prepaid[i].entry.failed != e->failed || a->prepaid[i].entry.last != e->last))
		return a->prepaid_count;
	return i;
}

static void
drop_prepaid(struct attempts *a, const char *key)
{
	for (size_t i = 0; i < a->prepaid_count; i++)
		if (strcmp(a->prepaid[i].key, key) == 0) {
			free(a->prepaid[i].key);
			a->prepaid[i] = a->prepaid[--a->prepaid_count];
			return;
		}
}

/* False: it stays as it was. */
static bool
keep_prepaid(struct attempts *a, const char *key, const struct entry *e)
{
	struct prepaid *grown = realloc(a->prepaid, (a->prepaid_count + 1) * sizeof(*grown));
	char *name = strdup(key);

	if (grown != NULL)
		a->prepaid = grown;
	if (grown == NULL || name == NULL) {
		free(name);
		return false;
	}
	a->prepaid[a->prepaid_count++] = (struct prepaid){name, *e};
	return true;
}

void
attempts_close(struct attempts *a)
{
	static const struct entry none = {0, 0};
	struct entry e;

	if (a == NULL)
		return;
	for (size_t i = 0; i < a->prepaid_count; i++)
		if (load(a, a->prepaid[i].key, &e) && find_prepaid(a, a->prepaid[i].key, &e) == i)
			(void)store(a, a->prepaid[i].key, &none, false);
	while (a->prepaid_count > 0)
		free(a->prepaid[--a->prepaid_count].key);
	free(a->prepaid);
	close(a->dir);
	free(a);
}

/* --- what follows from it --- */

static clock_us
delay_of(const struct attempts_rules *r, unsigned failed)
{
	unsigned doublings = failed - r->free;
	clock_us delay = r->delay << (doublings < DOUBLINGS ? doublings : DOUBLINGS);

	return delay < LONGEST ? delay : LONGEST;
}

struct attempts_state
attempts_state(const struct attempts *a, const char *key, clock_us now)
{
	struct attempts_state s = {0, 0, STATUS_LOCKED};
	struct entry e;
	clock_us passed, delay;

	if (!load(a, key, &e))
		return s;
	if (find_prepaid(a, key, &e) < a->prepaid_count)
		e.failed--;
	if (e.failed >= a->rules.most)
		return s;
	s.left = a->rules.most - e.failed;
	s.status = STATUS_OK;
	if (e.failed < a->rules.free)
		return s;
	/* A clock set back must not make a delay of seconds one of years. */
	passed = now > e.last ? now - e.last : 0;
	delay = delay_of(&a->rules, e.failed);
	if (passed < delay) {
		s.retry_after = (unsigned)((delay - passed + CLOCK_SECOND - 1) / CLOCK_SECOND);
		s.status = STATUS_TOO_MANY;
	}
	return s;
}

enum status
attempts_charge(struct attempts *a, const char *key, clock_us now)
{
	struct entry e;

	bool paid;

	if (!load(a, key, &e))
		return STATUS_LOCKED;
	paid = find_prepaid(a, key, &e) < a->prepaid_count;
	drop_prepaid(a, key);
	if (paid)
		return STATUS_OK;
	e.failed++;
	e.last = now;
	return store(a, key, &e, true);
}

void
attempts_wrong(struct attempts *a, const char *key, clock_us now)
{
	struct entry e;

	if (!load(a, key, &e) || e.last == now)
		return;
	e.last = now; /* it was paid for at another time */
	(void)store(a, key, &e, true);
}

void
attempts_refund(struct attempts *a, const char *key, bool pin_was_right)
{
	struct entry e;

	bool paid = pin_was_right && a->rules.most >= PREPAID_MOST && a->rules.free >= PREPAID_FREE, written;

	if (!load(a, key, &e) || e.failed == 0)
		return;
	written = paid && e.failed == 1;
	e.failed = paid ? 1 : pin_was_right ? 0 : e.failed - 1;
	/* lost in a crash, one attempt too many stands: the safe side */
	if (!written && store(a, key, &e, false) != STATUS_OK)
		return;
	if (paid)
		(void)keep_prepaid(a, key, &e);
}

enum status
attempts_unlock(struct attempts *a, const char *key)
{
	struct entry e = {0, 0};

	return store(a, key, &e, true);
}
