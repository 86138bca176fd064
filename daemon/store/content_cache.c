/* content_cache: see content_cache.h. A handful of files: the list is searched from its newest end. It lives with the database handle. */
#include "daemon/store/content_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/io/loop.h"

#define FILES_MOST 128u
#define FILE_MOST (4u << 20)  /* bytes of one */
#define BYTES_MOST (32u << 20)
#define LIFE_MS 60000u        /* from when it was put here */
#define TICK_MS 10000u
#define NO_WRITING (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct kept {
	struct digest sha256;
	int fd;
	uint64_t size, since;
};

struct content_cache {
	struct loop *loop;
	struct loop_timer *timer; /* while there is something */
	struct kept files[FILES_MOST]; /* oldest first */
	unsigned count;
	uint64_t bytes;
};

static void
drop_oldest(struct content_cache *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		close(c->files[i].fd);
		c->bytes -= c->files[i].size;
	}
	memmove(c->files, c->files + n, (c->count - n) * sizeof(c->files[0]));
	c->count -= n;
}

static void
drop_aged(struct content_cache *c)
{
	uint64_t now = loop_now_ms(c->loop);
	unsigned n = 0;

	while (n < c->count && now - c->files[n].since >= LIFE_MS)
		n++;
	drop_oldest(c, n);
}

static void
on_tick(void *arg)
{
	struct content_cache *c = arg;

	drop_aged(c);
	if (c->count > 0)
		return;
	loop_timer_stop(c->timer);
	c->timer = NULL;
}

static void
forget(void *arg)
{
	struct content_cache *c = arg;

	drop_oldest(c, c->count);
	loop_timer_stop(c->timer);
	free(c);
}

static struct content_cache *
cache_of(struct db *db)
{
	struct content_cache *c = db_companion(db);

	if (c != NULL || (c = calloc(1, sizeof(*c))) == NULL)
		return c;
	c->loop = db_loop(db);
	if (db_set_companion(db, c, forget))
		return c;
	free(c); /* it is stopping */
	return NULL;
}

static const struct kept *
find(const struct content_cache *c, const struct digest *sha256)
{
	for (unsigned i = c->count; i-- > 0;)
		if (memcmp(c->files[i].sha256.bytes, sha256->bytes, DIGEST_BYTES) == 0)
			return &c->files[i];
	return NULL;
}

int
content_cache_find(struct db *db, const struct digest *sha256, uint64_t limit)
{
	struct content_cache *c = db_companion(db);
	const struct kept *k;

	if (c == NULL)
		return -1;
	drop_aged(c);
	k = find(c, sha256);
	return k != NULL && k->size <= limit ? fcntl(k->fd, F_DUPFD_CLOEXEC, 0) : -1;
}

bool
content_cache_takes(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && (seals & NO_WRITING) == NO_WRITING && fstat(fd, &st) == 0 && st.st_size <= (off_t)FILE_MOST;
}

void
content_cache_keep(struct db *db, const struct digest *sha256, int fd)
{
	struct content_cache *c = cache_of(db);
	struct stat st;
	int own;

	if (c == NULL || !content_cache_takes(fd) || find(c, sha256) != NULL || fstat(fd, &st) != 0 || (own = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return;
	while (c->count > 0 && (c->count == FILES_MOST || c->bytes + (uint64_t)st.st_size > BYTES_MOST))
		drop_oldest(c, 1);
	c->files[c->count++] = (struct kept){*sha256, own, (uint64_t)st.st_size, loop_now_ms(c->loop)};
	c->bytes += (uint64_t)st.st_size;
	if (c->timer == NULL && loop_timer_start(c->loop, TICK_MS, TICK_MS, on_tick, c, &c->timer) != STATUS_OK)
		drop_oldest(c, c->count); /* nothing would end it */
}
