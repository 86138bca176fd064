/* congvand: command line and configuration; the rest is app.c. */
#include "config.h"

#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	log_init("congvand", 2, log_level_from_name(conf_string(conf, "log", "level")));
	signal(SIGPIPE, SIG_IGN);
	mallopt(M_MMAP_THRESHOLD, 1 << 20); /* what hashing a password takes (19 MiB) goes back to the system at once */
	code = check ? 0 : app_run(conf, bootstrap);
	conf_free(conf);
	return code;
}
