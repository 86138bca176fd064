/* content_imprints: the digests of a stored content, taken while it is read chunk by chunk: nobody holds it whole. A chunk is hashed in a turn of its own. */
#include "daemon/store/content.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemon/io/loop.h"
#include "lib/base/imprints.h"
#include "lib/wire/frame.h"

struct taking {
	struct content_get *get;
	struct imprints_stream *stream;
	void (*cb)(void *arg, enum status st, int fd);
	void *arg;
};

static bool
on_bytes(void *arg, const unsigned char *data, size_t n)
{
	struct taking *t = arg;

	imprints_put(t->stream, data, n);
	return true;
}

/* The record as a sealed memory file; -1 when it cannot be made. */
static int
record_of(const struct imprints *i)
{
	struct buf record;
	int fd = frame_memfd("imprints");

	buf_init(&record, IMPRINTS_RECORD);
	imprints_write(i, &record);
	if (fd >= 0 && (buf_status(&record) != STATUS_OK || write(fd, record.data, record.len) != (ssize_t)record.len || frame_seal(fd) != STATUS_OK)) {
		close(fd);
		fd = -1;
	}
	buf_free(&record);
	return fd;
}

static void
on_done(void *arg, enum status st)
{
	struct taking t = *(struct taking *)arg;
	struct imprints i;
	int fd = -1;

	free(arg);
	if (st == STATUS_OK) {
		i = imprints_end(t.stream);
		fd = record_of(&i);
		st = fd >= 0 ? STATUS_OK : STATUS_IO;
	} else {
		imprints_free(t.stream);
	}
	t.cb(t.arg, st, fd);
}

static void
on_nothing(void *arg)
{
	on_done(arg, STATUS_NO_MEMORY);
}

void
content_get_imprints(struct db *db, const struct digest *sha256, void (*cb)(void *arg, enum status st, int fd), void *arg)
{
	struct taking *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->stream = imprints_begin();
	t->cb = cb;
	t->arg = arg;
	if (t->stream != NULL)
		t->get = content_get(db, sha256, 0, UINT64_MAX, on_bytes, on_done, t);
	if (t->get == NULL && loop_soon(db_loop(db), on_nothing, t) != STATUS_OK)
		abort();
}
