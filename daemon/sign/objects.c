/* objects: see objects.h. One after the other: they are few. */
#include "daemon/sign/objects.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemon/store/content.h"
#include "daemon/store/store.h"
#include "lib/base/hex.h"

struct load {
	struct db *db;
	const json_t *list;
	size_t from;
	uint64_t most;
	struct objects *o;
	objects_cb cb;
	void *arg;
};

static void next(struct load *l);

static void
end(struct load *l, enum status st)
{
	l->cb(l->arg, st);
	free(l);
}

static void
on_content(void *arg, enum status st, int fd)
{
	struct load *l = arg;

	if (st != STATUS_OK) {
		end(l, st);
		return;
	}
	l->o->fds[l->o->count++] = fd;
	next(l);
}

static void
next(struct load *l)
{
	const json_t *one = json_array_get(l->list, l->from + l->o->count);
	struct digest d;

	if (one == NULL)
		end(l, STATUS_OK);
	else if (l->o->count == OBJECTS_MOST)
		end(l, STATUS_TOO_LARGE);
	else if (!hex_decode(store_text(one, "sha256"), d.bytes, DIGEST_BYTES))
		end(l, STATUS_INTERNAL);
	else
		content_get_fd(l->db, &d, l->most, on_content, l);
}

void
objects_load(struct db *db, const json_t *list, size_t from, uint64_t most, struct objects *o, objects_cb cb, void *arg)
{
	struct load *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	*l = (struct load){db, list, from, most, o, cb, arg};
	next(l);
}

void
objects_close(struct objects *o)
{
	while (o->count > 0)
		close(o->fds[--o->count]);
}
