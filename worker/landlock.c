/*
 * landlock: see landlock.h. Raw system calls: glibc has no wrappers, and Debian 12's headers stop
 * at ABI 2.
 */
#include "config.h"

#include "worker/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h of newer kernels; the kernel takes any prefix of the struct that it knows. */
struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* ABI 4 */
	uint64_t scoped;             /* ABI 6 */
};

#define FS_ABI_1 ((UINT64_C(1) << 13) - 1) /* execute … make symlink */
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_TCP UINT64_C(3)   /* bind, connect */
#define SCOPE_ALL UINT64_C(3) /* abstract Unix sockets, signals */

static int
abi_version(void)
{
	long v = syscall(
		SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

	return v > 0 ? (int)v : 0;
}

static int
create_ruleset(int abi)
{
	struct ruleset_attr attr = {.handled_access_fs = FS_ABI_1};
	size_t size = sizeof(uint64_t);

	if (abi >= 2)
		attr.handled_access_fs |= FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= FS_TRUNCATE;
	if (abi >= 5)
		attr.handled_access_fs |= FS_IOCTL_DEV;
	if (abi >= 4) {
		attr.handled_access_net = NET_TCP;
		size = 2 * sizeof(uint64_t);
	}
	if (abi >= 6) {
		attr.scoped = SCOPE_ALL;
		size = sizeof(attr);
	}
	return (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0u);
}

static int
allow_reading(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
	struct stat st;
	int rc = -1;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return 0; /* not there: nothing to allow */
	if (fstat(rule.parent_fd, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
		rc = (int)syscall(
			SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0u);
	}
	close(rule.parent_fd);
	return rc;
}

int
landlock_enter(const char *const *paths, size_t count)
{
	int abi = abi_version(), ruleset;
	long rc = 0;

	if (abi == 0 || (ruleset = create_ruleset(abi)) < 0)
		return 0;
	for (size_t i = 0; i < count && rc == 0; i++)
		if (paths[i] != NULL)
			rc = allow_reading(ruleset, paths[i]);
	if (rc == 0)
		rc = syscall(SYS_landlock_restrict_self, ruleset, 0u);
	close(ruleset);
	return rc == 0 ? abi : 0;
}
