/*
 * frame: what is written comes out the same on the other end, with its descriptors; a broken peer
 * is told from a slow one.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/wire/frame.h"

struct pair {
	int a, b;
	struct frame_reader *reader; /* on b */
	struct frame_writer *writer; /* on a */
};

static void
pair_open(struct pair *p)
{
	int s[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s), 0);
	p->a = s[0];
	p->b = s[1];
	p->reader = frame_reader_new(p->b);
	p->writer = frame_writer_new(p->a, 16u << 20);
	assert_non_null(p->reader);
	assert_non_null(p->writer);
}

static void
pair_close(struct pair *p)
{
	frame_reader_free(p->reader);
	frame_writer_free(p->writer);
	if (p->a >= 0)
		close(p->a);
	close(p->b);
}

static struct frame
text_frame(uint8_t type, uint32_t id, const char *text)
{
	struct frame f = {
		.type = type, .id = id, .payload = {(const unsigned char *)text, strlen(text)}};

	return f;
}

static int
file_with(const char *text)
{
	int fd = frame_memfd("test");

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void
assert_file_is(int fd, const char *text)
{
	struct span s;

	assert_int_equal(frame_map(fd, &s), STATUS_OK);
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.data, text, s.len);
	frame_unmap(&s);
}

static void
test_two_frames_glued(void **state)
{
	struct pair p;
	struct frame out, one = text_frame(7, 1, "one"), two = text_frame(8, 2, "");

	(void)state;
	pair_open(&p);
	two.fds[0] = file_with("first");
	two.fds[1] = file_with("second");
	two.fd_count = 2;
	assert_int_equal(frame_write(p.writer, &one), STATUS_OK);
	assert_int_equal(frame_write(p.writer, &two), STATUS_OK);
	close(two.fds[0]); /* the queue has its own */
	close(two.fds[1]);
	assert_true(frame_writer_pending(p.writer));
	assert_int_equal(frame_flush(p.writer), STATUS_OK);
	assert_false(frame_writer_pending(p.writer));

	assert_int_equal(frame_read(p.reader, &out), STATUS_OK);
	assert_int_equal(out.type, 7);
	assert_int_equal(out.id, 1);
	assert_int_equal(out.fd_count, 0);
	assert_int_equal(out.payload.len, 3);
	assert_memory_equal(out.payload.data, "one", 3);
	assert_int_equal(frame_read(p.reader, &out), STATUS_OK);
	assert_int_equal(out.id, 2);
	assert_int_equal(out.payload.len, 0);
	assert_int_equal(out.fd_count, 2);
	assert_true((fcntl(out.fds[0], F_GETFD) & FD_CLOEXEC) != 0);
	assert_file_is(out.fds[0], "first");
	assert_file_is(out.fds[1], "second");
	frame_close_fds(&out);
	assert_int_equal(out.fd_count, 0);
	assert_int_equal(frame_read(p.reader, &out), STATUS_UNAVAILABLE);
	close(p.a);
	p.a = -1;
	assert_int_equal(frame_read(p.reader, &out), STATUS_CANCELLED);
	pair_close(&p);
}

/* A frame of four megabytes does not fit the socket: both sides must go in turns. */
static void
test_large(void **state)
{
	struct pair p;
	struct frame out, f = {.type = 1, .id = 77};
	unsigned char *bytes = malloc(FRAME_MAX + 1);
	enum status st;
	int turns = 0;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < FRAME_MAX; i++)
		bytes[i] = (unsigned char)(i * 7 >> 3);
	pair_open(&p);
	f.payload = (struct span){bytes, FRAME_MAX + 1};
	assert_int_equal(frame_write(p.writer, &f), STATUS_TOO_LARGE);
	f.payload.len = FRAME_MAX;
	f.fds[0] = file_with("with it");
	f.fd_count = 1;
	assert_int_equal(frame_write(p.writer, &f), STATUS_OK);
	close(f.fds[0]);
	assert_int_equal(frame_flush(p.writer), STATUS_UNAVAILABLE);
	while ((st = frame_read(p.reader, &out)) == STATUS_UNAVAILABLE) {
		frame_flush(p.writer);
		turns++;
	}
	assert_int_equal(st, STATUS_OK);
	assert_true(turns > 1);
	assert_int_equal(out.payload.len, FRAME_MAX);
	assert_memory_equal(out.payload.data, bytes, FRAME_MAX);
	assert_int_equal(out.fd_count, 1);
	assert_file_is(out.fds[0], "with it");
	frame_close_fds(&out);
	pair_close(&p);
	free(bytes);
}

static void
test_byte_by_byte(void **state)
{
	static const unsigned char raw[] = {0, 0, 0, 10, 1, 9, 0, 0, 0, 0, 1, 2, 'h', 'i'};
	struct pair p;
	struct frame out;

	(void)state;
	pair_open(&p);
	for (size_t i = 0; i < sizeof(raw); i++) {
		assert_int_equal(frame_read(p.reader, &out), STATUS_UNAVAILABLE);
		assert_int_equal(write(p.a, raw + i, 1), 1);
	}
	assert_int_equal(frame_read(p.reader, &out), STATUS_OK);
	assert_int_equal(out.type, 9);
	assert_int_equal(out.id, 258);
	assert_memory_equal(out.payload.data, "hi", 2);
	pair_close(&p);
}

static void
test_queue_bound(void **state)
{
	struct pair p;
	struct frame f = text_frame(1, 1, "12345678");
	struct frame_writer *w;

	(void)state;
	pair_open(&p);
	w = frame_writer_new(p.a, 45); /* two frames of 20 bytes */
	assert_int_equal(frame_write(w, &f), STATUS_OK);
	assert_int_equal(frame_write(w, &f), STATUS_OK);
	assert_int_equal(frame_write(w, &f), STATUS_TOO_LARGE);
	assert_int_equal(frame_flush(w), STATUS_OK);
	assert_int_equal(frame_write(w, &f), STATUS_OK);
	f.fd_count = FRAME_FDS + 1;
	assert_int_equal(frame_write(w, &f), STATUS_TOO_LARGE);
	frame_writer_free(w); /* with one frame still queued */
	pair_close(&p);
}

/* Sends raw bytes, with descriptors when n > 0. */
static void
send_raw(int to, const void *bytes, size_t len, int fd, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(200 * sizeof(int))];
	} room;
	struct iovec iov = {(void *)(uintptr_t)bytes, len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n > 0) {
		struct cmsghdr *c;

		memset(&room, 0, sizeof(room));
		m.msg_control = room.bytes;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		for (size_t i = 0; i < n; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(to, &m, 0), len);
}

static size_t
open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 512; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			n++;
	return n;
}

static void
test_broken_peers(void **state)
{
	static const struct {
		unsigned char raw[12];
		size_t fds, len;
	} rows[] = {
		{{0, 0, 0, 7, 1, 1, 0, 0, 0, 0, 0, 1}, 0, 12},    /* shorter than its own head */
		{{0, 0x40, 0, 9, 1, 1, 0, 0, 0, 0, 0, 1}, 0, 12}, /* over FRAME_MAX by one */
		{{0xff, 0xff, 0xff, 0xff, 1, 1, 0, 0, 0, 0, 0, 1}, 0, 12},
		{{0, 0, 0, 8, 2, 1, 0, 0, 0, 0, 0, 1}, 0, 12}, /* version */
		{{0, 0, 0, 8, 1, 1, 0, 1, 0, 0, 0, 1}, 0, 12}, /* the zero */
		{{0, 0, 0, 8, 1, 1, 1, 0, 0, 0, 0, 1}, 0,
			12}, /* a descriptor announced, none came */
		{{0, 0, 0, 8, 1, 1, 0, 0, 0, 0, 0, 1}, 1, 12}, /* one came, none announced */
		{{0, 0, 0, 8, 1, 1, 3, 0, 0, 0, 0, 1}, 2, 12},
		{{0, 0, 0, 8, 1, 1, FRAME_FDS + 1, 0, 0, 0, 0, 1}, FRAME_FDS + 1, 12}, /* cut off */
		{{0, 0, 0, 8, 1, 1, 0, 0, 0, 0, 0, 1}, 0, 5},  /* the end within the head */
		{{0, 0, 0, 9, 1, 1, 0, 0, 0, 0, 0, 1}, 0, 12}, /* the end within the payload */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t before = open_fds();
		struct pair p;
		struct frame out = {0};

		pair_open(&p);
		send_raw(p.a, rows[i].raw, rows[i].len, 2, rows[i].fds);
		close(p.a);
		p.a = -1;
		assert_int_equal(frame_read(p.reader, &out), STATUS_MALFORMED);
		pair_close(&p);
		assert_int_equal(open_fds(), before); /* what came was closed */
	}
}

static void
test_fds_only_with_the_first_byte(void **state)
{
	static const unsigned char head[] = {0, 0, 0, 9, 1, 1, 1, 0, 0, 0, 0, 1};
	size_t before = open_fds();
	struct pair p;
	struct frame out;

	(void)state;
	pair_open(&p);
	send_raw(p.a, head, 4, 2, 1);
	send_raw(p.a, head + 4, 8, 2, 0);
	assert_int_equal(frame_read(p.reader, &out), STATUS_UNAVAILABLE);
	send_raw(p.a, "x", 1, 2, 1);
	assert_int_equal(frame_read(p.reader, &out), STATUS_MALFORMED);
	pair_close(&p);
	assert_int_equal(open_fds(), before);
}

static void
test_peer_gone(void **state)
{
	struct pair p;
	struct frame f = text_frame(1, 1, "x");

	(void)state;
	pair_open(&p);
	close(p.b);
	assert_int_equal(frame_write(p.writer, &f), STATUS_OK);
	assert_int_equal(frame_flush(p.writer), STATUS_IO); /* and no SIGPIPE */
	p.b = dup(p.a);
	pair_close(&p);
}

static void
test_map(void **state)
{
	int fd = file_with("abc"), ends[2], empty = frame_memfd("empty");
	struct span s;

	(void)state;
	assert_int_equal(frame_map(fd, &s), STATUS_OK);
	assert_int_equal(ftruncate(fd, 1), -1); /* a hostile writer cannot take the pages away */
	frame_unmap(&s);
	assert_null(s.data);
	assert_int_equal(frame_map(empty, &s), STATUS_OK);
	assert_null(s.data);
	assert_int_equal(s.len, 0);
	frame_unmap(&s);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(frame_map(ends[0], &s), STATUS_INVALID);
	assert_int_equal(frame_map(-1, &s), STATUS_IO);
	close(ends[0]);
	close(ends[1]);
	close(fd);
	close(empty);
}

/* A small file is copied and a large one mapped: to the reader they are the same, at the border too. */
static void
test_map_sizes(void **state)
{
	(void)state;
	for (size_t size = (1u << 20) - 1; size <= (1u << 20) + 1; size++) {
		int fd = frame_memfd("test");
		struct span s;

		assert_int_equal(ftruncate(fd, (off_t)size), 0);
		assert_int_equal(pwrite(fd, "a", 1, 0), 1);
		assert_int_equal(pwrite(fd, "z", 1, (off_t)size - 1), 1);
		assert_int_equal(frame_map(fd, &s), STATUS_OK);
		assert_int_equal(s.len, size);
		assert_true(s.data[0] == 'a' && s.data[1] == 0 && s.data[size - 1] == 'z');
		frame_unmap(&s);
		assert_null(s.data);
		close(fd);
	}
}

static void
test_seal(void **state)
{
	int fd = file_with("abc"), ends[2];
	void *p = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	(void)state;
	assert_true(p != MAP_FAILED);
	assert_int_equal(
		frame_seal(fd), STATUS_DENIED); /* somebody can still write through a mapping */
	munmap(p, 3);
	assert_int_equal(frame_seal(fd), STATUS_OK);
	assert_int_equal(frame_seal(fd), STATUS_OK);
	assert_int_equal(write(fd, "d", 1), -1);
	assert_file_is(fd, "abc");
	close(fd);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(frame_seal(ends[0]), STATUS_INVALID);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_frames_glued),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_queue_bound),
		cmocka_unit_test(test_broken_peers),
		cmocka_unit_test(test_fds_only_with_the_first_byte),
		cmocka_unit_test(test_peer_gone),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_map_sizes),
		cmocka_unit_test(test_seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
