/* spool: see spool.h. */
#define _GNU_SOURCE /* O_TMPFILE, fallocate */
#include "daemon/io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/io/loop.h"
#include "daemon/io/loop_uv.h"

struct writing {
	uv_work_t uv;
	struct loop *loop;
	int fd;
	uint64_t at;
	size_t n;
	enum status status;
	void (*done)(void *arg, enum status st);
	void *arg;
	unsigned char data[];
};

static enum status
status_of(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return STATUS_NO_SPACE;
	case EMFILE:
	case ENFILE:
		return STATUS_TOO_MANY;
	default:
		return STATUS_IO;
	}
}

/* Where the file system has no files without a name: one whose name is gone at once. */
static int
open_named(const char *dir)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s/.spool.XXXXXX", dir) >= (int)sizeof(path))
		return -1;
	if ((fd = mkostemp(path, O_CLOEXEC)) >= 0)
		(void)unlink(path);
	return fd;
}

static enum status
set_aside(const char *dir, int fd, uint64_t size)
{
	struct statvfs v;

	if (size > INT64_MAX)
		return STATUS_NO_SPACE;
	if (statvfs(dir, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < size + SPOOL_LEAVES)
		return STATUS_NO_SPACE;
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) != 0 && errno != EOPNOTSUPP && errno != ENOSYS)
		return status_of(errno);
	return STATUS_OK;
}

enum status
spool_open(const char *dir, uint64_t size, int *fd_out)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	enum status st;

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		fd = open_named(dir);
	if (fd < 0)
		return status_of(errno);
	st = set_aside(dir, fd, size);
	if (st == STATUS_OK)
		*fd_out = fd;
	else
		close(fd);
	return st;
}

static void
work(uv_work_t *uv)
{
	struct writing *w = uv->data;

	for (size_t written = 0; written < w->n;) {
		ssize_t n = pwrite(w->fd, w->data + written, w->n - written, (off_t)(w->at + written));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->status = status_of(errno);
			return;
		}
		written += (size_t)n;
	}
}

static void
after(uv_work_t *uv, int error)
{
	struct writing *w = uv->data;
	struct loop *loop = w->loop;

	close(w->fd);
	loop_enter(uv->loop, "spool");
	w->done(w->arg, error == 0 ? w->status : STATUS_CANCELLED);
	loop_leave(uv->loop);
	free(w);
	loop_release(loop);
}

void
spool_write(struct loop *l, int fd, uint64_t at, const void *data, size_t n, void (*done)(void *arg, enum status st), void *arg)
{
	struct writing *w = malloc(sizeof(*w) + n);

	if (w == NULL)
		abort();
	*w = (struct writing){.loop = l, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0), .at = at, .n = n, .status = STATUS_OK, .done = done, .arg = arg};
	if (n > 0)
		memcpy(w->data, data, n);
	w->uv.data = w;
	loop_hold(l);
	if (uv_queue_work(loop_uv(l), &w->uv, work, after) != 0)
		abort(); /* only for a missing callback */
}

enum status
spool_seal(int fd, int *fd_out)
{
	char path[40];
	int again;
	enum status st;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	st = again >= 0 ? STATUS_OK : status_of(errno);
	close(fd);
	if (st == STATUS_OK)
		*fd_out = again;
	return st;
}
