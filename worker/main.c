/*
 * congvan-worker: opens documents for congvand, one job at a time, and holds nothing: no network,
 * no database, no key. congvand starts it with a stream socket on a descriptor; jobs and results
 * are the frames of lib/wire/job.h. Not meant to be started by hand.
 *
 *   congvan-worker --fd 3 [--schemas DIR] [--fonts DIR] [--trust DIR] [--jobs N] [--log LEVEL]
 * [--allow-unsandboxed]
 *
 * Exit: 0 congvand closed or the worker served its time, 2 wrong arguments, 3 no sandbox, 4 the
 * other end does not speak our frames, 1 anything else.
 */
#include "config.h"

#include <fcntl.h>
#include <getopt.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "lib/base/log.h"
#include "lib/doc/pdf_second.h"
#include "worker/jobs.h"
#include "worker/limits.h"
#include "worker/sandbox.h"
#include "worker/serve.h"

#define WORKER_JOBS 4000 /* libraries leak a little (some 2 KB a job): a fresh process, which costs 80 ms, now and then */
#define WORKER_RESIDENT (UINT64_C(512) << 20)

struct arguments {
	int fd;
	struct jobs_folders folders;
	unsigned jobs;
	enum log_level log;
	bool allow_unsandboxed;
};

#ifdef CONGVAN_SANITIZERS
/*
 * In the sandbox there is no symboliser to start and no process to look for leaks (the unit tests
 * of lib/ do that).
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:abort_on_error=0:allocator_may_return_null=1:"
	       "quarantine_size_mb=32"; /* freed memory counts as resident */
}
#endif

static bool
read_number(const char *text, long least, long most, long *out)
{
	char *end;
	long v = strtol(text, &end, 10);

	if (end == text || *end != '\0' || v < least || v > most)
		return false;
	*out = v;
	return true;
}

static bool
read_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{"fd", required_argument, NULL, 'f'},
		{"schemas", required_argument, NULL, 's'},
		{"fonts", required_argument, NULL, 'o'},
		{"trust", required_argument, NULL, 't'},
		{"jobs", required_argument, NULL, 'j'},
		{"log", required_argument, NULL, 'l'},
		{"allow-unsandboxed", no_argument, NULL, 'u'},
		{NULL, 0, NULL, 0},
	};
	long v;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			if (!read_number(optarg, 3, 1000, &v) || fcntl((int)v, F_GETFD) < 0)
				return false;
			a->fd = (int)v;
			break;
		case 's':
			a->folders.schemas = optarg;
			break;
		case 'o':
			a->folders.fonts = optarg;
			break;
		case 't':
			a->folders.trust = optarg;
			break;
		case 'j':
			if (!read_number(optarg, 1, 1000000, &v))
				return false;
			a->jobs = (unsigned)v;
			break;
		case 'l':
			a->log = log_level_from_name(optarg);
			break;
		case 'u':
			a->allow_unsandboxed = true;
			break;
		default:
			return false;
		}
	}
	return a->fd >= 3 && optind == argc;
}

/*
 * What libraries read at their first use is read now, while files can still be opened and code can
 * still be loaded: OpenSSL's configuration, the time zone, glibc's converters (texts in PDFs are
 * UTF-16). The converters stay open, since they are unloaded with their last user.
 */
static void
warm_up(void)
{
	static const char *const encodings[] = {
		"UTF-16BE", "UTF-16LE", "UTF-16", "ISO-8859-1", "WINDOWS-1252"};

	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
	tzset();
	pdf_second_warm_up();
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
		(void)iconv_open("UTF-8", encodings[i]);
}

static int
exit_code(enum status st)
{
	return st == STATUS_OK ? 0 : st == STATUS_MALFORMED ? 4 : 1;
}

int
main(int argc, char **argv)
{
	struct arguments a = {.fd = -1, .jobs = WORKER_JOBS, .log = LOG_LEVEL_INFO};
	struct sandbox box = {0};
	struct limits *limits = NULL;
	struct jobs *jobs = NULL;
	char layers[80];
	enum status st;

	if (!read_arguments(argc, argv, &a)) {
		fprintf(stderr, "congvan-worker: started by congvand, not by hand\n");
		return 2;
	}
	log_init("congvan-worker", 2, a.log);
	warm_up();
	if ((st = sandbox_clean(a.fd)) == STATUS_OK)
		st = jobs_open(&a.folders, &jobs);
	if (st == STATUS_OK && (limits = limits_enter()) == NULL)
		st = STATUS_IO;
	if (st != STATUS_OK) {
		log_error("worker", "event=start status=%s", status_code(st));
		return exit_code(st);
	}
	box.folders[0] = a.folders.schemas;
	box.folders[1] = a.folders.fonts;
	box.folders[2] = a.folders.trust;
	st = sandbox_enter(&box);
	sandbox_describe(&box, layers, sizeof(layers));
	if (st != STATUS_OK && !a.allow_unsandboxed) {
		log_error("worker", "event=no-sandbox layers=\"%s\"", layers);
		return 3;
	}
	log_info("worker", "event=ready layers=\"%s\"", layers);
	st = serve(&(struct serve_config){a.fd, layers, a.jobs, WORKER_RESIDENT}, jobs, limits);
	if (st != STATUS_OK)
		log_warn("worker", "event=end status=%s", status_code(st));
	jobs_close(jobs);
	fflush(NULL);
	_exit(exit_code(st)); /* not exit(): nothing is left to be done, and libraries' handlers
				 would meet the sandbox */
}
