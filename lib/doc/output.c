/* output: see output.h. */
#include "lib/doc/output.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum status
output_put(const struct output *o, const void *p, size_t n)
{
	return n == 0 ? STATUS_OK : o->put(o->arg, p, n);
}

static enum status
put_fd(void *arg, const void *p, size_t n)
{
	const int *fd = arg;
	const char *from = p;

	while (n > 0) {
		ssize_t done = write(*fd, from, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno == ENOSPC || errno == EDQUOT ? STATUS_NO_SPACE
				: errno == EFBIG                  ? STATUS_TOO_LARGE
								  : STATUS_IO;
		from += done;
		n -= (size_t)done;
	}
	return STATUS_OK;
}

struct output
output_fd(int *fd)
{
	return (struct output){put_fd, fd};
}

static enum status
put_buf(void *arg, const void *p, size_t n)
{
	struct buf *b = arg;

	buf_put(b, p, n);
	return buf_status(b);
}

struct output
output_buf(struct buf *b)
{
	return (struct output){put_buf, b};
}

int
output_memfd(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC);
}

enum status
mapped_open(int fd, struct mapped *out)
{
	struct stat st;
	struct mapped m;

	memset(&m, 0, sizeof(m));
	if (fstat(fd, &st) < 0 || st.st_size < 0 || (uintmax_t)st.st_size > SIZE_MAX)
		return STATUS_IO;
	m.len = (size_t)st.st_size;
	if (m.len > 0) {
		m.at = mmap(NULL, m.len, PROT_READ, MAP_PRIVATE, fd, 0);
		if (m.at == MAP_FAILED)
			return STATUS_IO;
	}
	m.span = (struct span){m.at, m.len};
	*out = m;
	return STATUS_OK;
}

void
mapped_close(struct mapped *m)
{
	if (m->at != NULL)
		munmap(m->at, m->len);
	memset(m, 0, sizeof(*m));
}
