/* memfile: see memfile.h. */
#include "daemon/sign/memfile.h"

#include <unistd.h>

#include "lib/wire/frame.h"

int
memfile_of(struct span bytes)
{
	int fd = frame_memfd("congvan");

	for (size_t at = 0; fd >= 0 && at < bytes.len;) {
		ssize_t n = pwrite(fd, bytes.data + at, bytes.len - at, (off_t)at);

		if (n <= 0) {
			close(fd);
			return -1;
		}
		at += (size_t)n;
	}
	return fd;
}
