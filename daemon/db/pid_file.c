/* pid_file: see pid_file.h. */
#include "daemon/db/pid_file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

bool
pid_file_read(const char *data_dir, struct pid_file *out)
{
	char path[PATH_MAX], text[4096], *line = text;
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof(path), "%s/postmaster.pid", data_dir) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	*out = (struct pid_file){.pid = (pid_t)strtol(text, NULL, 10)};
	for (int i = 1; i < 8 && line != NULL; i++)
		if ((line = strchr(line, '\n')) != NULL)
			line++;
	out->ready = line != NULL && strncmp(line, "ready", 5) == 0;
	return out->pid > 1;
}

/* Is dir the working directory of the process? */
static bool
stands_in(const char *pid, const char *dir)
{
	char link[64], cwd[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%.20s/cwd", pid);
	n = readlink(link, cwd, sizeof(cwd) - 1);
	if (n <= 0)
		return false;
	cwd[n] = '\0';
	return strcmp(cwd, dir) == 0;
}

int
pid_file_open(const char *data_dir)
{
	char pid[24], real[PATH_MAX];
	struct pid_file file;
	int fd;

	if (!pid_file_read(data_dir, &file) || realpath(data_dir, real) == NULL)
		return -1;
	fd = (int)syscall(SYS_pidfd_open, file.pid, 0);
	if (fd < 0)
		return -1;
	/* Looked at after the pidfd is open, so that the number cannot change its owner in between. */
	snprintf(pid, sizeof(pid), "%d", (int)file.pid);
	if (!stands_in(pid, real)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool
pid_file_drop_stale(const char *data_dir)
{
	char path[PATH_MAX], real[PATH_MAX];
	struct pid_file file;
	struct dirent *entry;
	bool found = false;
	DIR *proc;

	if (!pid_file_read(data_dir, &file) || realpath(data_dir, real) == NULL ||
		(kill(file.pid, 0) != 0 && errno == ESRCH))
		return false;
	proc = opendir("/proc");
	if (proc == NULL)
		return false;
	while (!found && (entry = readdir(proc)) != NULL)
		found = isdigit((unsigned char)entry->d_name[0]) && stands_in(entry->d_name, real);
	closedir(proc);
	if (found || snprintf(path, sizeof(path), "%s/postmaster.pid", data_dir) >= (int)sizeof(path))
		return false;
	return unlink(path) == 0;
}
