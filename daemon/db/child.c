/* child: see child.h. fork and not uv_spawn, because of PR_SET_PDEATHSIG: after kill -9 of congvand its PostgreSQL shuts down too. */
#include "daemon/db/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/db/watch.h"
#include "daemon/io/loop.h"
#include "lib/base/log.h"

#define LINE_MAX_BYTES 400

struct child {
	struct loop *loop;
	const char *label;
	pid_t pid;
	int pidfd, output;
	struct watch *watch_pid, *watch_output;
	char line[LINE_MAX_BYTES];
	size_t line_len;
	void (*ended)(void *arg, int wait_status);
	void *arg;
};

/* ---- in the child: only calls that are safe after fork ---- */

static _Noreturn void
become(char *const argv[], const struct child_user *user, int output, pid_t parent)
{
	/* A backend that copies chunks of contents (256 KiB) keeps up to 4 MiB for the next ones: to fault the same pages in again costs more than the copying (mallopt(3)). */
	static char *const env[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "MALLOC_TRIM_THRESHOLD_=4194304", "MALLOC_MMAP_THRESHOLD_=2097152", NULL};
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	close_range(3, ~0U, 0);
	umask(077);
	if (chdir("/") != 0)
		_exit(126);
	/* The raw calls: the library's reach into threads that a forked process does not have. */
	if (user->change && (syscall(SYS_setgroups, 0, NULL) != 0 || syscall(SYS_setresgid, user->gid, user->gid, user->gid) != 0 ||
				    syscall(SYS_setresuid, user->uid, user->uid, user->uid) != 0))
		_exit(126);
	/* After the change of user, which clears it. A parent already gone sends nothing. */
	prctl(PR_SET_PDEATHSIG, SIGINT);
	if (getppid() != parent)
		_exit(126);
	execve(argv[0], argv, env);
	_exit(127);
}

/* ---- in the parent ---- */

/* "2026-… LOG:  text": PostgreSQL's word for the level decides ours. */
static enum log_level
level_of(const char *line)
{
	if (strstr(line, "FATAL:") != NULL || strstr(line, "PANIC:") != NULL || strstr(line, "ERROR:") != NULL)
		return LOG_LEVEL_WARN;
	if (strstr(line, "WARNING:") != NULL)
		return LOG_LEVEL_INFO;
	return LOG_LEVEL_DEBUG;
}

static void
log_line(struct child *c)
{
	c->line[c->line_len] = '\0';
	if (c->line_len > 0)
		log_write(level_of(c->line), c->label, "message=\"%s\"", c->line);
	c->line_len = 0;
}

static void
on_output(void *arg)
{
	struct child *c = arg;
	char bytes[4096];
	ssize_t n = read(c->output, bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		watch_stop(c->watch_output);
		c->watch_output = NULL;
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			log_line(c);
		else if (c->line_len < sizeof(c->line) - 1)
			c->line[c->line_len++] = bytes[i];
	}
}

static void
free_child(struct child *c)
{
	watch_stop(c->watch_pid);
	watch_stop(c->watch_output);
	if (c->pidfd >= 0)
		close(c->pidfd);
	if (c->output >= 0)
		close(c->output);
	free(c);
}

static void
on_end(void *arg)
{
	struct child *c = arg;
	void (*ended)(void *, int) = c->ended;
	void *ended_arg = c->arg;
	int status = 0;

	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	/* What it wrote last is in the pipe; grandchildren may keep the pipe open, so there need not be an end. */
	for (int i = 0; i < 16 && c->watch_output != NULL; i++)
		on_output(c);
	log_line(c);
	free_child(c);
	ended(ended_arg, status);
}

static enum status
watch_child(struct child *c)
{
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (c->pidfd < 0)
		return STATUS_IO;
	fcntl(c->output, F_SETFL, O_NONBLOCK);
	if (watch_start(c->loop, c->pidfd, on_end, c, &c->watch_pid) != STATUS_OK)
		return STATUS_IO;
	return watch_start(c->loop, c->output, on_output, c, &c->watch_output);
}

enum status
child_start(struct loop *loop, const char *label, char *const argv[], const struct child_user *user,
	void (*ended)(void *arg, int wait_status), void *arg, struct child **out)
{
	struct child *c = calloc(1, sizeof(*c));
	pid_t parent = getpid();
	int pipe_fds[2];

	if (c == NULL)
		return STATUS_NO_MEMORY;
	*c = (struct child){.loop = loop, .label = label, .pidfd = -1, .output = -1, .ended = ended, .arg = arg};
	if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
		free(c);
		return STATUS_IO;
	}
	c->output = pipe_fds[0];
	c->pid = fork();
	if (c->pid == 0)
		become(argv, user, pipe_fds[1], parent);
	close(pipe_fds[1]);
	if (c->pid < 0) {
		free_child(c);
		return STATUS_IO;
	}
	if (watch_child(c) != STATUS_OK) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
		free_child(c);
		return STATUS_IO;
	}
	*out = c;
	return STATUS_OK;
}

void
child_kill(const struct child *c, int signum)
{
	syscall(SYS_pidfd_send_signal, c->pidfd, signum, NULL, 0);
}

pid_t
child_pid(const struct child *c)
{
	return c->pid;
}
