/* state: see state.h. One small file per (entry, server), named by a digest of the server's address. */
#include "cli/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/digest.h"

static bool
directory(char *to, size_t size)
{
	const char *own = getenv("CONGVAN_STATE"), *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (own != NULL)
		snprintf(to, size, "%s", own);
	else if (xdg != NULL && xdg[0] == '/')
		snprintf(to, size, "%s/congvan", xdg);
	else
		snprintf(to, size, "%s/.local/state/congvan", home != NULL ? home : "/tmp");
	for (char *p = strchr(to + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(to, 0700) != 0 && errno != EEXIST) {
			*p = '/';
			return false;
		}
		*p = '/';
	}
	return mkdir(to, 0700) == 0 || errno == EEXIST;
}

static bool
file_name(const char *what, const char *server, char *to, size_t size)
{
	struct digest d = digest_of(server, strlen(server));
	char dir[PATH_MAX], hex[DIGEST_HEX];
	int n;

	if (!directory(dir, sizeof(dir)))
		return false;
	digest_hex(&d, hex);
	n = snprintf(to, size, "%s/%s-%.16s", dir, what, hex);
	return n > 0 && (size_t)n < size;
}

bool
state_read(const char *what, const char *server, char *to, size_t size)
{
	char name[PATH_MAX + 64];
	ssize_t n;
	int fd;

	if (!file_name(what, server, name, sizeof(name)) || (fd = open(name, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	n = read(fd, to, size - 1);
	close(fd);
	if (n <= 0)
		return false;
	to[n] = '\0';
	to[strcspn(to, "\n")] = '\0';
	return true;
}

bool
state_write(const char *what, const char *server, const char *text)
{
	char name[PATH_MAX + 64], next[PATH_MAX + 80];
	size_t n = text != NULL ? strlen(text) : 0;
	bool ok;
	int fd;

	if (!file_name(what, server, name, sizeof(name)))
		return false;
	if (text == NULL)
		return unlink(name) == 0 || errno == ENOENT;
	snprintf(next, sizeof(next), "%s.%d", name, (int)getpid());
	fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	ok = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
	ok = close(fd) == 0 && ok && rename(next, name) == 0;
	if (!ok)
		unlink(next);
	return ok;
}
