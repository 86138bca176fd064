/* congvand: command line and configuration; the rest is app.c. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/app.h"
#include "daemon/settings.h"
#include "lib/base/log.h"
#include "lib/base/message.h"

static void
usage(FILE *to)
{
	fputs("congvand [--config FILE] [--bootstrap FILE.json] | --check | --print-config | --version | --help\n"
	      "  --config FILE      configuration (default " CONGVAN_SYSCONFDIR "/congvand.conf when it is there)\n"
	      "  --bootstrap FILE   organs, units, accounts and registers for an empty database\n"
	      "  --check            read the configuration and say what is wrong with it\n"
	      "  --print-config     a sample with every key, its default and what it is for\n",
		to);
}

static struct conf *
read_config(const char *path)
{
	struct diag *diag = diag_new();
	struct conf *conf = NULL;
	struct stat st;

	if (path == NULL && stat(CONGVAN_SYSCONFDIR "/congvand.conf", &st) == 0)
		path = CONGVAN_SYSCONFDIR "/congvand.conf";
	if (conf_read(path, settings_keys, settings_key_count, diag, &conf) != STATUS_OK)
		for (size_t i = 0; i < diag_count(diag); i++) {
			const struct finding *f = diag_at(diag, i);

			fprintf(stderr, "congvand: %s: %s (%s)\n", f->where, message_text(f->code, message_language(getenv("LANG"))),
				f->got ? f->got : "");
		}
	diag_free(diag);
	return conf;
}

/* A connection is a descriptor, and the usual limit of 1,024 is far below what the hard one and limits.connections allow. */
static void
raise_file_limit(const struct conf *conf)
{
	struct rlimit limit;
	rlim_t before, wanted = (rlim_t)conf_number(conf, "limits", "connections") + 200; /* the database, workers, files */

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	before = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		limit.rlim_cur = before;
	log_info("app", "event=file-limit now=%llu before=%llu", (unsigned long long)limit.rlim_cur, (unsigned long long)before);
	if (limit.rlim_cur < wanted)
		log_warn("app", "event=file-limit-low now=%llu want=%llu", (unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
}

/* Standard error stays where it is when there is no log.file. False: it cannot be opened. */
static bool
open_log(const struct conf *conf)
{
	char *file = settings_path(conf, "log", "file");
	bool fine = file == NULL || log_to_file(file) == STATUS_OK;

	if (!fine)
		fprintf(stderr, "congvand: log.file: %s: %s\n", file, strerror(errno));
	free(file);
	return fine;
}

static int
run(const struct conf *conf, const char *bootstrap)
{
	log_init("congvand", 2, log_level_from_name(conf_string(conf, "log", "level")));
	if (!open_log(conf))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	mallopt(M_MMAP_THRESHOLD, 1 << 20); /* what hashing a password takes (19 MiB) goes back to the system at once */
	mallopt(M_TRIM_THRESHOLD, 8 << 20); /* but not every chunk of a content (256 KiB): to fault its pages in again takes a millisecond and more of a turn */
	raise_file_limit(conf);
	return app_run(conf, bootstrap);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"bootstrap", required_argument, NULL, 'b'}, {"check", no_argument, NULL, 'k'},
		{"print-config", no_argument, NULL, 'p'}, {"version", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *path = NULL, *bootstrap = NULL;
	struct conf *conf;
	bool check = false;
	int c, code;

	while ((c = getopt_long(argc, argv, "c:b:", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'b':
			bootstrap = optarg;
			break;
		case 'k':
			check = true;
			break;
		case 'p':
			settings_print(stdout);
			return 0;
		case 'v':
			puts("congvand " PACKAGE_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	conf = read_config(path);
	if (conf == NULL)
		return 2;
	code = check ? 0 : run(conf, bootstrap);
	conf_free(conf);
	return code;
}
