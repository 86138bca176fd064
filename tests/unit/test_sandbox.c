/*
 * sandbox: what a document that has taken over the process could still do. Each attempt is made in
 * a child that has entered the sandbox.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/wire/frame.h"
#include "worker/limits.h"
#include "worker/sandbox.h"

static char folder[] = "/tmp/test_sandbox.XXXXXX"; /* may be read */

/* What the child does; its result is the exit status. 0: it could. An errno: it was refused. */
typedef int (*attempt_fn)(void);

static int
errno_of(long rc)
{
	return rc >= 0 ? 0 : errno;
}

/* The exit status, or 1000 + the signal that ended the child. */
static int
try_it(attempt_fn attempt, bool sandboxed)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct sandbox box = {.folders = {folder, "/nonexistent", NULL}};

		if (sandboxed && (limits_enter() == NULL || sandbox_enter(&box) != STATUS_OK))
			_exit(250);
		_exit(attempt());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool
have_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u) > 0;
}

static int
make_tcp_socket(void)
{
	return errno_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int
make_unix_socket(void)
{
	return errno_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
open_for_writing(void)
{
	return errno_of(open("/tmp/test_sandbox_written", O_WRONLY | O_CREAT, 0600));
}

static int
open_null_for_writing(void)
{
	return errno_of(open("/dev/null", O_RDWR));
}

static int
truncate_on_open(void)
{
	return errno_of(open("/tmp/test_sandbox_written", O_RDONLY | O_TRUNC));
}

static int
remove_file(void)
{
	return errno_of(unlink("/tmp/test_sandbox_written"));
}

static int
make_folder(void)
{
	return errno_of(mkdir("/tmp/test_sandbox_folder", 0700));
}

static int
make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return errno_of(pid);
}

static int
run_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int
trace_parent(void)
{
	return errno_of(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int
signal_parent(void)
{
	return errno_of(kill(getppid(), 0));
}

static int
map_executable(void)
{
	void *p = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? 0 : errno;
}

static int
make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return errno_of(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
become_somebody(void)
{
	return errno_of(setuid(1));
}

static int
limit_of_parent(void)
{
	struct rlimit r;

	return errno_of(prlimit(getppid(), RLIMIT_CORE, NULL, &r));
}

static int
raise_core_limit(void)
{
	struct rlimit r = {RLIM_INFINITY, RLIM_INFINITY};

	return errno_of(setrlimit(RLIMIT_CORE, &r));
}

static int
read_outside(void)
{
	return errno_of(open("/etc/passwd", O_RDONLY));
}

static int
read_inside(void)
{
	char path[128], text[8] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/schema", folder);
	fd = open(path, O_RDONLY);
	return fd >= 0 && read(fd, text, 7) == 5 && strcmp(text, "<xsd>") == 0 ? 0 : errno;
}

static int
do_its_work(void)
{
	int fd = frame_memfd("work");
	char *p = malloc(3 << 20);
	struct span s;

	if (fd < 0 || p == NULL || write(fd, "abc", 3) != 3 || frame_seal(fd) != STATUS_OK ||
		frame_map(fd, &s) != STATUS_OK)
		return errno != 0 ? errno : 251;
	memset(p, 1, 3 << 20);
	frame_unmap(&s);
	free(p);
	return 0;
}

static int
write_too_large_a_file(void)
{
	int fd = frame_memfd("work");

	return errno_of(ftruncate(fd, (off_t)8 << 30));
}

static int
spin(void)
{
	struct limits *l = limits_enter();

	if (l == NULL || limits_job(l, 0, 64, 0) != STATUS_OK)
		return 252;
	for (volatile unsigned i = 0;; i++)
		;
}

/* 0: the limit let the small allocation through and stopped the large one, and was lifted again. */
static int
use_memory(void)
{
	struct limits *l = limits_enter();
	void *p;

	if (l == NULL || limits_job(l, 60, 64, 0) != STATUS_OK)
		return 252;
	if ((p = malloc(16u << 20)) == NULL)
		return 253;
	free(p);
	if ((p = malloc(100u << 20)) != NULL)
		return 254;
	limits_job_done(l);
	p = malloc(100u << 20);
	return p != NULL ? 0 : 255;
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name;
		attempt_fn attempt;
	} rows[] = {
		{"TCP socket", make_tcp_socket},
		{"Unix socket", make_unix_socket},
		{"open for writing", open_for_writing},
		{"open a device for writing", open_null_for_writing},
		{"truncate on open", truncate_on_open},
		{"remove a file", remove_file},
		{"make a folder", make_folder},
		{"make a process", make_process},
		{"signal the parent", signal_parent},
		{"map executable memory", map_executable},
		{"make memory executable", make_executable},
		{"look at the parent's limits", limit_of_parent},
		{"raise a limit", raise_core_limit},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = try_it(rows[i].attempt, true);

		if (rc != EPERM && rc != EACCES)
			fail_msg("%s: %d", rows[i].name, rc);
	}
	assert_int_equal(try_it(write_too_large_a_file, true), EFBIG);
}

/*
 * The same attempts work without the sandbox: the test above shows the sandbox, not a poor machine.
 */
static void
test_possible_outside(void **state)
{
	(void)state;
	assert_int_equal(try_it(make_unix_socket, false), 0);
	assert_int_equal(try_it(open_for_writing, false), 0);
	assert_int_equal(try_it(remove_file, false), 0);
	assert_int_equal(try_it(make_process, false), 0);
	assert_int_equal(try_it(signal_parent, false), 0);
	assert_int_equal(try_it(map_executable, false), 0);
	assert_int_equal(try_it(run_program, false), 0);
	assert_int_equal(try_it(read_outside, false), 0);
}

static void
test_deadly(void **state)
{
	(void)state;
	assert_int_equal(try_it(run_program, true), 1000 + SIGSYS);
	assert_int_equal(try_it(trace_parent, true), 1000 + SIGSYS);
	assert_int_equal(try_it(become_somebody, true), 1000 + SIGSYS);
}

static void
test_reading(void **state)
{
	(void)state;
	assert_int_equal(try_it(read_inside, true), 0);
	if (have_landlock())
		assert_int_equal(try_it(read_outside, true), EACCES);
	else
		print_message("# no Landlock in this kernel: reading is not restricted\n");
	assert_int_equal(try_it(do_its_work, true), 0);
}

static void
test_processor_time(void **state)
{
	(void)state;
	assert_int_equal(try_it(spin, false), 1000 + SIGXCPU);
}

static void
test_memory(void **state)
{
	(void)state;
#ifdef CONGVAN_SANITIZERS
	print_message("# no limit of address space under AddressSanitizer\n");
	(void)use_memory;
#else
	assert_int_equal(try_it(use_memory, true), 0);
#endif
}

static void
test_describe(void **state)
{
	struct sandbox s = {.no_new_privs = true, .seccomp = true, .landlock = 7};
	char text[80];

	(void)state;
	sandbox_describe(&s, text, sizeof(text));
	assert_string_equal(text, "no_new_privs seccomp landlock=7");
	s = (struct sandbox){0};
	sandbox_describe(&s, text, sizeof(text));
	assert_string_equal(text, "privs");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_possible_outside),
		cmocka_unit_test(test_deadly),
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_processor_time),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_describe),
	};
	char path[128];
	int fd, failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/schema", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, "<xsd>", 5) != 5)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return failed;
}
