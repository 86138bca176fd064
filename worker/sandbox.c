/* sandbox: see sandbox.h. */
#include "config.h"

#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/filter.h"
#include "worker/landlock.h"

/*
 * Read by fontconfig and poppler when a page is drawn or its text taken. No secrets in any of them.
 */
static const char *const system_folders[] = {
	"/dev/urandom", /* NSS, which poppler brings along */
	"/etc/fonts", "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig",
	"/var/cache/fontconfig", "/usr/share/poppler", "/usr/share/xml/fontconfig",
#ifdef CONGVAN_SANITIZERS
	"/proc/self", /* AddressSanitizer reads its own maps for a report */
#endif
};
#define SYSTEM_FOLDERS (sizeof(system_folders) / sizeof(system_folders[0]))

static void
close_from(unsigned first, unsigned last)
{
	if (first > last)
		return;
	if (syscall(SYS_close_range, first, last, 0u) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < 65536; fd++)
		close((int)fd);
}

enum status
sandbox_clean(int keep)
{
	int null;

	clearenv();
	close_from(3, (unsigned)keep - 1);
	close_from((unsigned)keep + 1, ~0u);
	do
		null = open("/dev/null", O_RDWR);
	while (null >= 0 && null < 3);
	if (null < 0)
		return STATUS_IO;
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0) /* only 2 speaks: the log */
		return STATUS_IO;
	close(null);
	/*
	 * Gone with congvand, however it went; the end of the socket says the same a little later.
	 */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return STATUS_OK;
}

enum status
sandbox_enter(struct sandbox *s)
{
	const char *paths[SANDBOX_FOLDERS + SYSTEM_FOLDERS];

	memcpy(paths, s->folders, sizeof(s->folders));
	memcpy(paths + SANDBOX_FOLDERS, system_folders, sizeof(system_folders));
	(void)prctl(PR_SET_DUMPABLE, 0);
	s->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	s->landlock = landlock_enter(paths, SANDBOX_FOLDERS + SYSTEM_FOLDERS);
	s->seccomp = filter_enter() == STATUS_OK;
	return s->seccomp ? STATUS_OK : STATUS_UNAVAILABLE;
}

void
sandbox_describe(const struct sandbox *s, char *to, size_t size)
{
	char landlock[24] = "";

	if (s->landlock > 0)
		snprintf(landlock, sizeof(landlock), " landlock=%d", s->landlock);
	snprintf(to, size, "%s%s%s", s->no_new_privs ? "no_new_privs" : "privs",
		s->seccomp ? " seccomp" : "", landlock);
}
