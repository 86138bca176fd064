/* limits: see limits.h. */
#include "config.h"

#include "worker/limits.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define LIMITS_FILES 400 /* 64 inputs, 64 outputs, each twice while it is sent, fonts and schemas  \
			  */
#define LIMITS_FILE_BYTES (1u << 30) /* an output: attachments of 500 MB, in base64 */
#define MIB (UINT64_C(1) << 20)

struct limits {
	int statm; /* /proc/self/statm: opened before the sandbox, read inside it */
	uint64_t page;
};

static int
set(__rlimit_resource_t what, rlim_t soft, rlim_t hard)
{
	struct rlimit now, want = {soft, hard};

	if (getrlimit(what, &now) != 0)
		return -1;
	if (now.rlim_max != RLIM_INFINITY &&
		(want.rlim_max == RLIM_INFINITY || want.rlim_max > now.rlim_max))
		want.rlim_max = now.rlim_max; /* it can only go down */
	if (want.rlim_max != RLIM_INFINITY &&
		(want.rlim_cur == RLIM_INFINITY || want.rlim_cur > want.rlim_max))
		want.rlim_cur = want.rlim_max;
	return setrlimit(what, &want);
}

struct limits *
limits_enter(void)
{
	struct limits *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->page = (uint64_t)sysconf(_SC_PAGESIZE);
	l->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	signal(SIGXFSZ, SIG_IGN); /* EFBIG says it as well, and to the job only */
	if (set(RLIMIT_CORE, 0, 0) != 0 || set(RLIMIT_NOFILE, LIMITS_FILES, LIMITS_FILES) != 0 ||
		set(RLIMIT_FSIZE, LIMITS_FILE_BYTES, LIMITS_FILE_BYTES) != 0 ||
		set(RLIMIT_MSGQUEUE, 0, 0) != 0) {
		free(l);
		return NULL;
	}
	return l;
}

/* Field 0: address space, 1: resident; in bytes. */
static uint64_t
statm_bytes(const struct limits *l, int field)
{
	char text[128];
	unsigned long long pages[2];
	ssize_t n = l->statm >= 0 ? pread(l->statm, text, sizeof(text) - 1, 0) : -1;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "%llu %llu", &pages[0], &pages[1]) == 2 ? pages[field] * l->page : 0;
}

enum status
limits_job(struct limits *l, unsigned seconds, unsigned mib, uint64_t input)
{
	struct rusage used;

	if (getrusage(RUSAGE_SELF, &used) != 0)
		return STATUS_IO;
	if (set(RLIMIT_CPU, (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + seconds + 2,
		    RLIM_INFINITY) != 0)
		return STATUS_IO;
#ifdef CONGVAN_SANITIZERS
	(void)l;
	(void)mib;
	(void)input;
#else
	if (set(RLIMIT_AS, statm_bytes(l, 0) + mib * MIB + input, RLIM_INFINITY) != 0)
		return STATUS_IO;
#endif
	return STATUS_OK;
}

void
limits_job_done(struct limits *l)
{
	(void)l;
	(void)set(RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY);
#ifndef CONGVAN_SANITIZERS
	(void)set(RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY);
#endif
}

uint64_t
limits_resident(const struct limits *l)
{
	return statm_bytes(l, 1);
}
