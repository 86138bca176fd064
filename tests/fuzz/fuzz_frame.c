/*
 * Bytes of a hostile process through frame_read; the first byte says how many descriptors come with
 * the second one.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/wire/frame.h"

const char *const fuzz_corpora[] = {"tests/fuzz/corpus/frame", NULL};

static void
send_with_fds(int to, const uint8_t *data, size_t size, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(100 * sizeof(int))];
	} room = {0};
	struct iovec iov = {(void *)(uintptr_t)data, size};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count > 0) {
		struct cmsghdr *c;

		m.msg_control = room.bytes;
		m.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		for (size_t i = 0; i < count; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &(int){2}, sizeof(int));
	}
	(void)!sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int s[2];
	struct frame_reader *r;
	struct frame f;

	if (size < 2 || size > 65536 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s) != 0)
		return 0;
	send_with_fds(s[0], data + 1, size - 1, data[0] % 100u);
	shutdown(s[0], SHUT_WR);
	r = frame_reader_new(s[1]);
	while (r != NULL && frame_read(r, &f) == STATUS_OK) {
		unsigned sum = 0;

		for (size_t i = 0; i < f.payload.len; i++)
			sum += f.payload.data[i];
		if (f.fd_count > FRAME_FDS || f.payload.len > FRAME_MAX || sum == 0xffffffffu)
			abort();
		frame_close_fds(&f);
	}
	frame_reader_free(r);
	close(s[0]);
	close(s[1]);
	return 0;
}
