/* congvan: the command line. Finds the command, prepares the connection, runs it; exit codes in cli.h. */
#include <curl/curl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/session.h"
#include "config.h"

static const char *
first_set(const char *a, const char *b, const char *c)
{
	return a != NULL ? a : b != NULL ? b : c;
}

static const char *
locale_language(void)
{
	const char *lang = getenv("CONGVAN_LANG");

	return lang != NULL ? lang : "vi"; /* Vietnamese first; LANG=en_US on a server says little about its people */
}

static void
apply_environment(struct cli_globals *g)
{
	g->language = first_set(g->language, locale_language(), "vi");
	if (g->socket == NULL && g->url == NULL) {
		g->url = getenv("CONGVAN_URL");
		if (g->url == NULL)
			g->socket = first_set(getenv("CONGVAN_SOCKET"), "/run/congvan/congvand.sock", NULL);
	}
	g->ca = first_set(g->ca, getenv("CONGVAN_CA"), NULL);
	g->token_file = first_set(g->token_file, getenv("CONGVAN_TOKEN_FILE"), NULL);
	g->trust = first_set(g->trust, getenv("CONGVAN_TRUST"), CONGVAN_SYSCONFDIR "/trust");
	g->schemas = first_set(g->schemas, getenv("CONGVAN_SCHEMAS"), CONGVAN_DATADIR "/xsd");
	g->signer_key = first_set(g->signer_key, getenv("CONGVAN_SIGNER_KEY"), NULL);
}

int
main(int argc, char **argv)
{
	struct cli_globals globals = {0};
	struct cli_args args;
	struct cli *cli;
	int rc = args_parse(argc, argv, &globals, &args);

	if (rc != CLI_OK)
		return rc;
	if (globals.version) {
		printf("congvan %s\n", PACKAGE_VERSION);
		return CLI_OK;
	}
	apply_environment(&globals);
	if (args.command == NULL || globals.help) {
		args_help(message_language(globals.language), args.command ? args.command->noun : NULL,
			args.command ? args.command->verb : NULL);
		return args.command == NULL && !globals.help ? CLI_USAGE : CLI_OK;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	cli = session_open(&globals);
	if (cli == NULL)
		return CLI_FAULT;
	rc = args.command->run(cli, &args);
	session_close(cli);
	curl_global_cleanup();
	if (fflush(stdout) != 0 && rc == CLI_OK)
		rc = CLI_FAULT;
	return rc;
}
