/* session: see session.h. */
#include "cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/state.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"

#define SECRET_MAX 1024

struct cli {
	const struct cli_globals *globals;
	enum language language;
	bool colour;
	char token[256];
	struct client *client;
};

static bool
read_line_file(const char *path, char *to, size_t size)
{
	int fd = strcmp(path, "-") == 0 ? dup(0) : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	size_t used = 0;

	if (fd < 0)
		return false;
	while (used < size - 1 && (n = read(fd, to + used, size - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	to[used] = '\0';
	to[strcspn(to, "\r\n")] = '\0';
	return n >= 0 && to[0] != '\0';
}

const char *
session_server(const struct cli *cli)
{
	return cli->globals->socket != NULL ? cli->globals->socket : cli->globals->url;
}

struct cli *
session_open(const struct cli_globals *globals)
{
	struct cli *cli = calloc(1, sizeof(*cli));
	struct client_config config = {0};

	if (cli == NULL)
		return NULL;
	cli->globals = globals;
	cli->language = message_language(globals->language);
	cli->colour = !globals->no_colour && isatty(1) && getenv("NO_COLOR") == NULL;
	if (globals->token_file != NULL) {
		if (!read_line_file(globals->token_file, cli->token, sizeof(cli->token)))
			cli_error(cli, "cli.token-file", globals->token_file);
	} else {
		state_read("session", session_server(cli), cli->token, sizeof(cli->token));
	}
	config.socket = globals->socket;
	config.url = globals->url;
	config.ca = globals->ca;
	config.cert = globals->cert;
	config.key = globals->key;
	config.token = cli->token[0] != '\0' ? cli->token : NULL;
	config.language = cli->language;
	config.progress = isatty(2) && !globals->quiet;
	cli->client = client_new(&config);
	if (cli->client == NULL) {
		free(cli);
		return NULL;
	}
	return cli;
}

void
session_close(struct cli *cli)
{
	client_free(cli->client);
	explicit_bzero(cli->token, sizeof(cli->token));
	free(cli);
}

struct client *
session_client(struct cli *cli)
{
	return cli->client;
}

const struct cli_globals *
session_globals(const struct cli *cli)
{
	return cli->globals;
}

enum language
cli_language(const struct cli *cli)
{
	return cli->language;
}

bool
cli_is_json(const struct cli *cli)
{
	return cli->globals->json;
}

const char *
cli_field(const struct cli *cli)
{
	return cli->globals->field;
}

bool
cli_has_colour(const struct cli *cli)
{
	return cli->colour;
}

const char *
cli_say(const struct cli *cli, const char *code)
{
	return message_text(code, cli->language);
}

/* What was said elsewhere, between before and after: no control bytes reach the terminal. */
static void
put_said(const char *before, const char *s, const char *after)
{
	size_t n = strlen(s), size = 3 * n + 1; /* what stands for a bad byte has three */
	char *clean = malloc(size);

	if (clean == NULL)
		return;
	text_excerpt(clean, size, s, n);
	fprintf(stderr, "%s%s%s", before, clean, after);
	free(clean);
}

void
cli_error(const struct cli *cli, const char *code, const char *detail)
{
	bool colour = isatty(2) && !cli->globals->no_colour && getenv("NO_COLOR") == NULL;

	fprintf(stderr, "%scongvan: %s", colour ? "\033[31m" : "", cli_say(cli, code));
	if (detail != NULL)
		put_said(": ", detail, "");
	fprintf(stderr, "%s\n", colour ? "\033[0m" : "");
}

int
cli_exit_of(long http)
{
	switch (http) {
	case 401: case 403: case 423:
		return CLI_DENIED;
	case 404:
		return CLI_NOT_FOUND;
	case 409: case 412:
		return CLI_CONFLICT;
	case 0: case 429: case 503: case 504: case 507:
		return CLI_UNAVAILABLE;
	default:
		return http >= 200 && http < 300 ? CLI_OK : http >= 400 && http < 500 ? CLI_REFUSED : CLI_FAULT;
	}
}

static const char *
field(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL && s[0] != '\0' ? s : NULL;
}

static void
put_member(const struct cli *cli, const char *name, const char *value)
{
	if (value == NULL)
		return;
	fprintf(stderr, "      %s", cli_say(cli, name));
	put_said(": ", value, "\n");
}

static void
print_finding(const struct cli *cli, const json_t *f)
{
	const char *where = field(f, "where"), *got = field(f, "got"), *want = field(f, "want"),
		*text = field(f, "text"), *code = field(f, "code"), *clause = field(f, "clause");

	put_said("  - ", text != NULL ? text : code != NULL ? cli_say(cli, code) : "", "");
	if (clause != NULL)
		put_said(" (", clause, ")");
	fputc('\n', stderr);
	put_member(cli, "cli.where", where);
	put_member(cli, "cli.got", got);
	put_member(cli, "cli.want", want);
}

int
session_problem(struct cli *cli, const struct client_answer *a)
{
	const json_t *findings = json_object_get(a->json, "findings"), *f;
	size_t i;

	if (a->code == 0) {
		cli_error(cli, "cli.no-answer", a->error);
		return CLI_UNAVAILABLE;
	}
	if (cli_is_json(cli) && a->json != NULL) {
		json_dumpf(a->json, stderr, JSON_INDENT(2));
		fputc('\n', stderr);
		return cli_exit_of(a->code);
	}
	if (a->json != NULL) {
		const char *title = field(a->json, "title"), *detail = field(a->json, "detail");

		put_said("congvan: ", title != NULL ? title : "", " ");
		fprintf(stderr, "(%ld ", a->code);
		put_said("", field(a->json, "code") != NULL ? field(a->json, "code") : "", ")\n");
		if (detail != NULL && (title == NULL || strcmp(title, detail) != 0))
			put_said("  ", detail, "\n");
		json_array_foreach(findings, i, f)
			print_finding(cli, f);
	} else {
		fprintf(stderr, "congvan: HTTP %ld\n", a->code);
	}
	return cli_exit_of(a->code);
}

static bool
read_terminal(const char *prompt, char *to, size_t size)
{
	struct termios before, quiet;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || tcgetattr(fd, &before) != 0) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	dprintf(fd, "%s: ", prompt);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	n = read(fd, to, size - 1);
	tcsetattr(fd, TCSAFLUSH, &before);
	dprintf(fd, "\n");
	close(fd);
	if (n <= 0)
		return false;
	to[n] = '\0';
	to[strcspn(to, "\r\n")] = '\0';
	return true;
}

char *
session_secret(struct cli *cli, const struct cli_args *args, const char *file_option, const char *prompt_code)
{
	const char *file = cli_option(args, file_option);
	char *secret = secret_alloc(SECRET_MAX);

	if (secret == NULL)
		return NULL;
	if (file != NULL ? read_line_file(file, secret, SECRET_MAX)
			 : read_terminal(cli_say(cli, prompt_code), secret, SECRET_MAX))
		return secret;
	cli_error(cli, "cli.secret", file != NULL ? file : "/dev/tty");
	secret_free(secret);
	return NULL;
}
