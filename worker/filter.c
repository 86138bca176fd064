/*
 * filter: see filter.h. The list is what reading documents needs: memory, the descriptors it was
 * given, files opened for reading (which ones is Landlock's part), clocks. No sockets are made,
 * nothing is opened for writing, no memory becomes executable, no process or thread begins.
 */
#include "config.h"

#include "worker/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

/* clang-format off */
static const char *const allowed[] = {
	/* descriptors */
	"read", "readv", "pread64", "write", "writev", "pwrite64", "lseek", "close", "close_range",
	"dup", "fstat", "newfstatat", "fstatat64", "statx", "stat", "lstat", "fstatfs",
	"statfs", "getdents64", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "fadvise64",
	"ftruncate", "fallocate", "fsync", "memfd_create", "poll", "ppoll", "eventfd2",
	"recvmsg", "sendmsg", "recvfrom", "sendto", /* on the one socket there is */
	/* memory */
	"munmap", "mremap", "madvise", "brk", "mincore", "mlock", "munlock", "membarrier",
	/* time and waiting */
	"clock_gettime", "clock_getres", "gettimeofday", "time", "clock_nanosleep", "nanosleep",
	"futex", "restart_syscall", "sched_yield", "sched_getaffinity",
	/* itself */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "exit", "exit_group", "getpid",
	"gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "getrlimit",
	"setrlimit", "sysinfo", "uname", "getrandom", "set_robust_list", "rseq", "times",
#ifdef CONGVAN_SANITIZERS
	"prctl", "personality",
#endif
};

/* Nothing here is done by mistake: the document has taken over. */
static const char *const deadly[] = {
	"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "bpf",
	"userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "perf_event_open",
	"mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_by_handle_at", "keyctl",
	"add_key", "request_key", "init_module", "finit_module", "kexec_load", "reboot", "swapon",
	"setuid", "setgid", "setresuid", "setresgid", "acct", "quotactl", "modify_ldt",
};
/* clang-format on */

static int
allow_names(scmp_filter_ctx ctx)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && rc == 0; i++) {
		int nr = seccomp_syscall_resolve_name(allowed[i]);

		if (nr != __NR_SCMP_ERROR && nr >= 0)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	}
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]) && rc == 0; i++) {
		int nr = seccomp_syscall_resolve_name(deadly[i]);

		if (nr != __NR_SCMP_ERROR && nr >= 0)
			rc = seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, nr, 0);
	}
	return rc;
}

/* Allowed when argument `arg` has none of the bits. */
static int
allow_without(scmp_filter_ctx ctx, const char *name, unsigned arg, uint64_t bits)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0;
	return seccomp_rule_add(
		ctx, SCMP_ACT_ALLOW, nr, 1, SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bits, 0));
}

static int
allow_with(scmp_filter_ctx ctx, const char *name, unsigned arg, uint64_t value)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 1, SCMP_CMP(arg, SCMP_CMP_EQ, value));
}

static int
allow_by_arguments(scmp_filter_ctx ctx)
{
	static const int commands[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC,
		F_ADD_SEALS, F_GET_SEALS};
	const uint64_t writing =
		(uint64_t)(O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY));
	int rc = 0;

	rc |= allow_without(ctx, "openat", 2, writing);
	rc |= allow_without(ctx, "open", 1, writing);
	rc |= allow_without(ctx, "mmap", 2, PROT_EXEC);
	rc |= allow_without(ctx, "mprotect", 2, PROT_EXEC);
	rc |= allow_with(ctx, "prlimit64", 0, 0); /* its own limits, below the hard ones */
	rc |= allow_with(ctx, "tgkill", 0, (uint64_t)getpid()); /* abort() */
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		rc |= allow_with(ctx, "fcntl", 1, (uint64_t)commands[i]);
	/*
	 * glibc asks for clone3 first and takes this for an old kernel; the clone that follows is
	 * refused.
	 */
	rc |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return rc;
}

enum status
filter_enter(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	enum status st = STATUS_UNAVAILABLE;

	if (ctx == NULL)
		return STATUS_NO_MEMORY;
	if (allow_names(ctx) == 0 && allow_by_arguments(ctx) == 0 && seccomp_load(ctx) == 0)
		st = STATUS_OK;
	seccomp_release(ctx);
	return st;
}
