/* sandbox: see sandbox.h. */
#include "signer/sandbox.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/landlock.h>

#include "lib/base/log.h"

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define FS_OF_ABI_1 ((1ULL << 13) - 1)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                                   \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                             \
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define FILES 128
#define FILE_BYTES (INT64_C(2) << 30)
#define ADDRESS_BYTES (INT64_C(2) << 30)

static void
limit(int what, rlim_t value)
{
	struct rlimit r = {value, value};

	if (setrlimit((__rlimit_resource_t)what, &r) != 0)
		log_warn("sandbox", "limit=%d error=\"%s\"", what, strerror(errno));
}

#ifdef CONGVAN_SANITIZERS
static void
lock_memory(void)
{
	/* the shadow memory of the sanitizers is terabytes; secrets are locked one by one all the
	 * same */
}
#else
static void
lock_memory(void)
{
	struct rlimit r = {RLIM_INFINITY, RLIM_INFINITY};

	/* With a limit, MCL_FUTURE would make ordinary allocations fail: then only secrets are
	 * locked, one by one. */
	if (setrlimit(RLIMIT_MEMLOCK, &r) != 0 &&
		(getrlimit(RLIMIT_MEMLOCK, &r) != 0 || r.rlim_cur != RLIM_INFINITY)) {
		log_info("sandbox", "memory=\"secrets locked only\"");
		return;
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		log_info("sandbox", "memory=\"secrets locked only\" error=\"%s\"", strerror(errno));
}
#endif

void
sandbox_harden(void)
{
	umask(077);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, FILES);
	limit(RLIMIT_FSIZE, FILE_BYTES);
#ifndef CONGVAN_SANITIZERS
	limit(RLIMIT_AS, ADDRESS_BYTES);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		log_warn("sandbox", "dumpable=kept error=\"%s\"", strerror(errno));
#endif
	lock_memory();
}

enum status
sandbox_become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
		setresuid(uid, uid, uid) != 0)
		return STATUS_DENIED;
	if (uid == 0 || setuid(0) == 0 || geteuid() != uid || getegid() != gid)
		return STATUS_DENIED;
#ifdef CONGVAN_SANITIZERS
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* the leak check traces its own process */
#else
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* changing the user may have set it again */
#endif
	return STATUS_OK;
}

/* --- Landlock --- */

static bool
allow_folder(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};
	bool ok;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return false;
	ok = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	close(rule.parent_fd);
	return ok;
}

/* Every path of the list; one that is not there is none that can be opened. Files take no rights of folders. */
static bool
allow_list(int rules, const char *list, uint64_t access)
{
	char copy[1024], *save = NULL;
	struct stat sb;
	bool ok = true;

	if (list == NULL || strlen(list) >= sizeof(copy))
		return list == NULL;
	strcpy(copy, list);
	for (char *w = strtok_r(copy, " ,", &save); w != NULL && ok; w = strtok_r(NULL, " ,", &save))
		if (stat(w, &sb) == 0)
			ok = allow_folder(rules, w, S_ISDIR(sb.st_mode) ? access :
				access & (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE));
	return ok;
}

/* The ABI in use, or 0. */
static int
enter_landlock(const char *data, const char *keys, const char *module_folders)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = FS_OF_ABI_1};
	int abi =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int rules;
	bool ok;

	if (abi < 1)
		return 0;
	if (abi >= 2)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (rules < 0)
		return 0;
	ok = allow_folder(rules, data, (FS_READ | FS_WRITE) & attr.handled_access_fs) &&
		allow_folder(rules, keys, FS_READ) &&
		allow_list(rules, module_folders, (FS_READ | FS_WRITE | LANDLOCK_ACCESS_FS_MAKE_DIR) & attr.handled_access_fs) &&
#ifdef CONGVAN_SANITIZERS
		allow_folder(
			rules, "/proc", FS_READ) && /* the leak check looks at its own threads */
#endif
		syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return ok ? abi : 0;
}

/* --- system calls --- */

#ifdef CONGVAN_SANITIZERS
/* The sanitizers' runtime needs threads, ptrace and more: there, only what matters most is
 * forbidden. */
#define DEFAULT_ACTION SCMP_ACT_ALLOW
#define RULE_ACTION SCMP_ACT_ERRNO(EPERM)
static const int calls[] = {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect),
	SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(mount),
	SCMP_SYS(setuid), SCMP_SYS(setresuid), SCMP_SYS(chmod), SCMP_SYS(fchmod),
	SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(fchownat), SCMP_SYS(link),
	SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(bpf), SCMP_SYS(unshare),
	SCMP_SYS(keyctl), SCMP_SYS(io_uring_setup)};
/* of these, what modules need */
static const int module_calls[] = {SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(fchmod)};
#else
#define DEFAULT_ACTION SCMP_ACT_KILL_PROCESS
#define RULE_ACTION SCMP_ACT_ALLOW
static const int calls[] = {
	/* the socket and its clients */
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(accept4), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
	SCMP_SYS(getsockopt), SCMP_SYS(shutdown),
	/* files of the data and key folders, and of memory */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(openat),
	SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek),
	SCMP_SYS(getdents64), SCMP_SYS(fcntl), SCMP_SYS(ftruncate), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlinkat),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(memfd_create),
	/* memory (mmap and mprotect below) */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(mlock),
	SCMP_SYS(munlock),
	/* the C library */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getrandom), SCMP_SYS(futex), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill),
	SCMP_SYS(geteuid), SCMP_SYS(getuid), SCMP_SYS(sched_yield), SCMP_SYS(exit),
	SCMP_SYS(exit_group)};
/* what PKCS#11 modules need besides: files by path, locks, a Unix socket to the reader's daemon, threads, sleep */
static const int module_calls[] = {SCMP_SYS(open), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(access), SCMP_SYS(readlink),
	SCMP_SYS(mkdir), SCMP_SYS(unlink), SCMP_SYS(rename), SCMP_SYS(getdents), SCMP_SYS(statx), SCMP_SYS(flock), SCMP_SYS(umask),
	SCMP_SYS(fchmod), SCMP_SYS(connect), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(clone3), SCMP_SYS(clone), SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq), SCMP_SYS(getppid), SCMP_SYS(getegid), SCMP_SYS(getgid), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(dup),
	SCMP_SYS(pipe2), SCMP_SYS(eventfd2)};
#endif

static bool
is_for_modules(int call)
{
	for (size_t i = 0; i < sizeof(module_calls) / sizeof(module_calls[0]); i++)
		if (module_calls[i] == call)
			return true;
	return false;
}

static bool
add_calls(scmp_filter_ctx ctx, bool modules)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!(modules && RULE_ACTION != SCMP_ACT_ALLOW && is_for_modules(calls[i])) && seccomp_rule_add(ctx, RULE_ACTION, calls[i], 0) != 0)
			return false;
#ifndef CONGVAN_SANITIZERS
	for (size_t i = 0; modules && i < sizeof(module_calls) / sizeof(module_calls[0]); i++)
		if (!is_for_modules(module_calls[i]) || seccomp_rule_add(ctx, SCMP_ACT_ALLOW, module_calls[i], 0) != 0)
			return false;
	if (modules && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX)) != 0)
		return false;
	/* The reader of configurations (ID.conf, ID.p11) asks whether its file is a terminal. */
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0) != 0)
		return false;
	/* Memory, but none that can be executed: code loaded before is all there will be. */
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0 ||
		seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0)
		return false;
#endif
	return true;
}

static bool
enter_seccomp(bool modules)
{
	scmp_filter_ctx ctx = seccomp_init(DEFAULT_ACTION);
	bool ok = ctx != NULL && add_calls(ctx, modules) && seccomp_load(ctx) == 0;

	if (ctx != NULL)
		seccomp_release(ctx);
	return ok;
}

enum status
sandbox_enter(const char *data, const char *keys, const char *module_folders)
{
	bool alone = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	int landlock = alone ? enter_landlock(data, keys, module_folders) : 0;
	bool filter = alone && enter_seccomp(module_folders != NULL);

	log_info("sandbox", "user=%u no_new_privs=%s landlock=%d seccomp=%s", (unsigned)geteuid(),
		alone ? "yes" : "no", landlock, filter ? "yes" : "no");
	return filter ? STATUS_OK : STATUS_UNSUPPORTED;
}
