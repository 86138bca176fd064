/*
 * frame: see frame.h. The reader never takes a byte beyond the frame it is reading: descriptors
 * travel with the first byte of a frame, so they can then belong to no other one, and the number
 * announced must be the number that came.
 */
#include "config.h"

#include "lib/wire/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FRAME_HEAD 12u /* length, version, type, descriptors, zero, id */
#define FRAME_INNER 8u /* the part of the head that the length counts */
#define FRAME_CHUNK (64u << 10)
#define FRAME_COPIED (1 << 20) /* files up to this are read, not mapped: faulting the pages of 200 KB in costs 20 times the copy */

union fd_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FRAME_FDS * sizeof(int))];
};

struct frame_reader {
	int fd;
	unsigned char head[FRAME_HEAD];
	size_t head_len;
	size_t want; /* payload bytes of the frame being read */
	struct buf payload;
	int fds[FRAME_FDS];
	size_t fd_count;
	bool delivered; /* the last frame was handed out: its payload goes at the next call */
};

struct frame_queued {
	struct frame_queued *next;
	struct buf bytes;
	size_t sent;
	int fds[FRAME_FDS];
	size_t fd_count;
};

struct frame_writer {
	int fd;
	size_t max, queued;
	struct frame_queued *first, **last;
};

static void
close_all(int *fds, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*count = 0;
}

struct frame_reader *
frame_reader_new(int fd)
{
	struct frame_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->fd = fd;
	buf_init(&r->payload, FRAME_MAX);
	return r;
}

void
frame_reader_free(struct frame_reader *r)
{
	if (r == NULL)
		return;
	close_all(r->fds, &r->fd_count);
	buf_wipe(&r->payload);
	free(r);
}

/*
 * Takes the descriptors of one received message; false when they are not allowed here. All are
 * taken over or closed.
 */
static bool
take_fds(struct frame_reader *r, struct msghdr *m, bool first_byte)
{
	bool good = (m->msg_flags & MSG_CTRUNC) == 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (first_byte && r->fd_count < FRAME_FDS) {
				r->fds[r->fd_count++] = fd;
			} else {
				close(fd);
				good = false;
			}
		}
	}
	return good;
}

/* recvmsg of at most n bytes. STATUS_CANCELLED at the end of the stream. */
static enum status
receive(struct frame_reader *r, void *to, size_t n, bool first_byte, size_t *got)
{
	union fd_room room;
	struct iovec iov = {to, n};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes)};
	ssize_t len;

	do
		len = recvmsg(r->fd, &m, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? STATUS_UNAVAILABLE
			: errno == ECONNRESET                  ? STATUS_CANCELLED
							       : STATUS_IO;
	if (!take_fds(r, &m, first_byte))
		return STATUS_MALFORMED;
	if (len == 0)
		return STATUS_CANCELLED;
	*got = (size_t)len;
	return STATUS_OK;
}

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static enum status
read_head(struct frame_reader *r)
{
	uint32_t length;

	while (r->head_len < FRAME_HEAD) {
		size_t got;
		enum status st = receive(
			r, r->head + r->head_len, FRAME_HEAD - r->head_len, r->head_len == 0, &got);

		if (st == STATUS_CANCELLED && r->head_len > 0)
			return STATUS_MALFORMED; /* cut in the middle of a frame */
		if (st != STATUS_OK)
			return st;
		r->head_len += got;
	}
	length = be32(r->head);
	if (length < FRAME_INNER || length - FRAME_INNER > FRAME_MAX ||
		r->head[4] != FRAME_VERSION || r->head[6] > FRAME_FDS ||
		r->head[6] != r->fd_count || r->head[7] != 0)
		return STATUS_MALFORMED;
	r->want = length - FRAME_INNER;
	return STATUS_OK;
}

/* Grows as bytes arrive: a peer that only announces four megabytes gets no memory for it. */
static enum status
read_payload(struct frame_reader *r)
{
	unsigned char chunk[FRAME_CHUNK];

	while (r->payload.len < r->want) {
		size_t left = r->want - r->payload.len, got;
		enum status st =
			receive(r, chunk, left < sizeof(chunk) ? left : sizeof(chunk), false, &got);

		if (st == STATUS_CANCELLED)
			return STATUS_MALFORMED;
		if (st != STATUS_OK)
			return st;
		buf_put(&r->payload, chunk, got);
		explicit_bzero(chunk, got); /* the signer reads PINs through here */
		if (buf_status(&r->payload) != STATUS_OK)
			return buf_status(&r->payload);
	}
	return STATUS_OK;
}

enum status
frame_read(struct frame_reader *r, struct frame *out)
{
	enum status st = STATUS_OK;

	if (r->delivered) {
		buf_wipe(&r->payload);
		r->head_len = 0;
		r->delivered = false;
	}
	if (r->head_len < FRAME_HEAD)
		st = read_head(r);
	if (st == STATUS_OK)
		st = read_payload(r);
	if (st != STATUS_OK)
		return st;
	out->type = r->head[5];
	out->id = be32(r->head + 8);
	out->payload = (struct span){r->payload.data, r->payload.len};
	memcpy(out->fds, r->fds, r->fd_count * sizeof(int));
	out->fd_count = r->fd_count;
	r->fd_count = 0;
	r->delivered = true;
	return STATUS_OK;
}

struct frame_writer *
frame_writer_new(int fd, size_t max)
{
	struct frame_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->fd = fd;
	w->max = max;
	w->last = &w->first;
	return w;
}

static void
queued_free(struct frame_queued *q)
{
	close_all(q->fds, &q->fd_count);
	buf_wipe(&q->bytes);
	free(q);
}

void
frame_writer_free(struct frame_writer *w)
{
	if (w == NULL)
		return;
	while (w->first != NULL) {
		struct frame_queued *q = w->first;

		w->first = q->next;
		queued_free(q);
	}
	free(w);
}

enum status
frame_write(struct frame_writer *w, const struct frame *f)
{
	size_t size = FRAME_HEAD + f->payload.len;
	struct frame_queued *q;

	if (f->payload.len > FRAME_MAX || f->fd_count > FRAME_FDS || size > w->max - w->queued)
		return STATUS_TOO_LARGE;
	if ((q = calloc(1, sizeof(*q))) == NULL)
		return STATUS_NO_MEMORY;
	buf_init(&q->bytes, FRAME_HEAD + FRAME_MAX);
	buf_put_u32(&q->bytes, (uint32_t)(FRAME_INNER + f->payload.len));
	buf_put_byte(&q->bytes, FRAME_VERSION);
	buf_put_byte(&q->bytes, f->type);
	buf_put_byte(&q->bytes, (unsigned char)f->fd_count);
	buf_put_byte(&q->bytes, 0);
	buf_put_u32(&q->bytes, f->id);
	buf_put(&q->bytes, f->payload.data, f->payload.len);
	if (buf_status(&q->bytes) != STATUS_OK) {
		queued_free(q);
		return STATUS_NO_MEMORY;
	}
	for (size_t i = 0; i < f->fd_count; i++) {
		int fd = fcntl(f->fds[i], F_DUPFD_CLOEXEC, 3);

		if (fd < 0) {
			queued_free(q);
			return STATUS_IO;
		}
		q->fds[q->fd_count++] = fd;
	}
	*w->last = q;
	w->last = &q->next;
	w->queued += size;
	return STATUS_OK;
}

/* One sendmsg; the descriptors go with the first byte. */
static ssize_t
send_some(int fd, const struct frame_queued *q)
{
	union fd_room room;
	struct iovec iov = {q->bytes.data + q->sent, q->bytes.len - q->sent};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (q->sent == 0 && q->fd_count > 0) {
		struct cmsghdr *c;

		memset(&room, 0, sizeof(room));
		m.msg_control = room.bytes;
		m.msg_controllen = CMSG_SPACE(q->fd_count * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(q->fd_count * sizeof(int));
		memcpy(CMSG_DATA(c), q->fds, q->fd_count * sizeof(int));
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n;
}

enum status
frame_flush(struct frame_writer *w)
{
	while (w->first != NULL) {
		struct frame_queued *q = w->first;
		ssize_t n = send_some(w->fd, q);

		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? STATUS_UNAVAILABLE
								       : STATUS_IO;
		q->sent += (size_t)n;
		if (n > 0)
			close_all(q->fds, &q->fd_count);
		if (q->sent < q->bytes.len)
			continue;
		w->queued -= q->bytes.len;
		w->first = q->next;
		if (w->first == NULL)
			w->last = &w->first;
		queued_free(q);
	}
	return STATUS_OK;
}

bool
frame_writer_pending(const struct frame_writer *w)
{
	return w->first != NULL;
}

void
frame_close_fds(struct frame *f)
{
	close_all(f->fds, &f->fd_count);
}

int
frame_memfd(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

enum status
frame_seal(int fd)
{
	int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int have = fcntl(fd, F_GET_SEALS);

	if (have < 0)
		return STATUS_INVALID;
	if ((have & seals) == seals)
		return STATUS_OK;
	return fcntl(fd, F_ADD_SEALS, seals) == 0 ? STATUS_OK : STATUS_DENIED;
}

/*
 * A memfd that can still shrink under the reader would end it with SIGBUS: its size is sealed
 * first. Ordinary files are taken as they are, also those of tmpfs (F_SEAL_SEAL alone): what comes
 * from a less trusted peer is passed to frame_seal before.
 */
static bool
size_is_fixed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & (F_SEAL_SHRINK | F_SEAL_SEAL)) != 0)
		return true;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0;
}

static enum status
copy_whole(int fd, size_t len, struct span *out)
{
	unsigned char *to = malloc(len);
	size_t at = 0;

	if (to == NULL)
		return STATUS_NO_MEMORY;
	while (at < len) {
		ssize_t n = pread(fd, to + at, len - at, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(to);
			return STATUS_IO;
		}
		at += (size_t)n;
	}
	*out = (struct span){to, len};
	return STATUS_OK;
}

enum status
frame_map(int fd, struct span *out)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0)
		return STATUS_IO;
	if (!S_ISREG(st.st_mode))
		return STATUS_INVALID;
	if (st.st_size == 0) {
		*out = (struct span){NULL, 0};
		return STATUS_OK;
	}
	if (!size_is_fixed(fd) || fstat(fd, &st) != 0)
		return STATUS_DENIED;
	if (st.st_size <= FRAME_COPIED)
		return copy_whole(fd, (size_t)st.st_size, out);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_IO;
	*out = (struct span){p, (size_t)st.st_size};
	return STATUS_OK;
}

void
frame_unmap(struct span *s)
{
	if (s->len > FRAME_COPIED)
		munmap((void *)(uintptr_t)s->data, s->len);
	else
		free((void *)(uintptr_t)s->data);
	*s = (struct span){NULL, 0};
}
