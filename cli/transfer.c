/* transfer: see transfer.h. Downloads go to a temporary file beside the target and take its name when complete. */
#include "cli/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/session.h"
#include "cli/view.h"
#include "lib/base/buf.h"

int
transfer_search(struct cli *cli, const struct cli_args *args)
{
	struct client_answer a;
	struct buf path;
	int rc;

	buf_init(&path, 4000);
	buf_put_str(&path, "/v1/documents?q=");
	for (size_t i = 0; i < cli_arg_count(args); i++) {
		char *word = client_escape(session_client(cli), cli_arg(args, i));

		buf_printf(&path, "%s%s", i > 0 ? "%20" : "", word != NULL ? word : "");
		free(word);
	}
	for (const struct cli_option *o = cli_command(args)->options; o->name != NULL; o++) {
		const char *v = cli_option(args, o->name);
		char *escaped = v != NULL ? client_escape(session_client(cli), v) : NULL;

		if (escaped != NULL)
			buf_printf(&path, "&%s=%s", o->field, escaped);
		free(escaped);
	}
	if (buf_status(&path) != STATUS_OK) {
		buf_free(&path);
		return CLI_USAGE;
	}
	client_call(session_client(cli), "GET", buf_str(&path), NULL, NULL, NULL, &a);
	rc = a.code == 200 ? view_answer(cli, "documents", &a) : session_problem(cli, &a);
	client_answer_clear(&a);
	buf_free(&path);
	return rc;
}

int
transfer_packet(struct cli *cli, const struct cli_args *args)
{
	struct client_answer a;
	int rc;

	client_upload(session_client(cli), "/v1/packets", cli_arg(args, 0), "application/xml", &a);
	rc = a.code == 201 || a.code == 200 ? view_answer(cli, NULL, &a) : session_problem(cli, &a);
	client_answer_clear(&a);
	return rc;
}

/* Downloads path to `output` ("-": standard output). */
static int
download(struct cli *cli, const char *path, const char *output)
{
	bool to_stdout = strcmp(output, "-") == 0;
	char temporary[4096];
	struct client_answer a;
	int rc = CLI_OK;
	FILE *to;

	snprintf(temporary, sizeof(temporary), "%s.part", output);
	to = to_stdout ? stdout : fopen(temporary, "wb");
	if (to == NULL) {
		cli_error(cli, "cli.cannot-write", output);
		return CLI_REFUSED;
	}
	client_download(session_client(cli), path, to, &a);
	if (a.code != 200)
		rc = session_problem(cli, &a);
	if (fflush(to) != 0 || (!to_stdout && (fsync(fileno(to)) != 0 || fclose(to) != 0))) {
		cli_error(cli, "cli.cannot-write", output);
		rc = CLI_FAULT;
	}
	if (!to_stdout) {
		if (rc == CLI_OK && rename(temporary, output) != 0)
			rc = CLI_FAULT;
		if (rc != CLI_OK)
			unlink(temporary);
		else if (!session_globals(cli)->quiet)
			printf("%s\n", output);
	}
	client_answer_clear(&a);
	return rc;
}

int
transfer_packet_get(struct cli *cli, const struct cli_args *args)
{
	const char *output = cli_option(args, "output");
	char path[200], name[120];

	snprintf(path, sizeof(path), "/v1/packets/%.60s/content", cli_arg(args, 0));
	snprintf(name, sizeof(name), "%.60s.edxml", cli_arg(args, 0));
	return download(cli, path, output != NULL ? output : name);
}

static json_t *
get_document(struct cli *cli, const char *name, char etag[80], int *rc)
{
	char id[40], path[100];
	struct client_answer a;
	json_t *document = NULL;

	if ((*rc = cli_document(cli, name, id)) != CLI_OK)
		return NULL;
	snprintf(path, sizeof(path), "/v1/documents/%s", id);
	client_call(session_client(cli), "GET", path, NULL, NULL, NULL, &a);
	if (a.code == 200) {
		document = json_incref(a.json);
		memcpy(etag, a.etag, 80);
	} else {
		*rc = session_problem(cli, &a);
	}
	client_answer_clear(&a);
	return document;
}

/* The version named by id, or by "PART" or "PART/ORDINAL"; without a name the newest main version. */
static const json_t *
pick_version(const json_t *document, const char *name)
{
	const json_t *list = json_object_get(document, "versions"), *v, *best = NULL;
	char part[32] = "main";
	int ordinal = 0;
	size_t i;

	if (name != NULL && strlen(name) < 30)
		sscanf(name, "%31[^/]/%d", part, &ordinal);
	json_array_foreach(list, i, v) {
		json_int_t n = json_integer_value(json_object_get(v, "ordinal"));
		const char *id = json_string_value(json_object_get(v, "id")),
			   *p = json_string_value(json_object_get(v, "part"));

		if (name != NULL && id != NULL && strcmp(id, name) == 0)
			return v;
		if (p != NULL && strcmp(p, part) == 0 && (ordinal == 0 || n == ordinal) &&
			(best == NULL || n > json_integer_value(json_object_get(best, "ordinal"))))
			best = v;
	}
	return best;
}

/* A name from the server made safe for the current folder. */
static void
local_name(const char *from, char *to, size_t size)
{
	const char *slash = strrchr(from, '/');

	snprintf(to, size, "%s", slash != NULL ? slash + 1 : from);
	if (to[0] == '.' || to[0] == '\0')
		to[0] = '_';
}

static int
get_part(struct cli *cli, const struct cli_args *args, const char *what, const char *suffix)
{
	const char *output = cli_option(args, "output");
	char etag[80], path[300], name[300];
	const json_t *version;
	json_t *document;
	int rc;

	document = get_document(cli, cli_arg(args, 0), etag, &rc);
	if (document == NULL)
		return rc;
	version = pick_version(document, cli_arg(args, 1));
	if (version == NULL) {
		cli_error(cli, "cli.no-version", cli_arg(args, 1));
		json_decref(document);
		return CLI_NOT_FOUND;
	}
	local_name(json_string_value(json_object_get(version, "name")), name, sizeof(name) - 8);
	strcat(name, suffix);
	snprintf(path, sizeof(path), "/v1/documents/%s/versions/%s/%s%s%s",
		json_string_value(json_object_get(document, "id")),
		json_string_value(json_object_get(version, "id")), what,
		cli_option(args, "page") != NULL ? "?page=" : "",
		cli_option(args, "page") != NULL ? cli_option(args, "page") : "");
	json_decref(document);
	return download(cli, path, output != NULL ? output : name);
}

int
transfer_passport(struct cli *cli, const struct cli_args *args)
{
	const char *output = cli_option(args, "output");
	char id[40], path[100], name[60];
	int rc = cli_document(cli, cli_arg(args, 0), id);

	if (rc != CLI_OK)
		return rc;
	snprintf(path, sizeof(path), "/v1/documents/%s/passport", id);
	snprintf(name, sizeof(name), "%s.asice", id);
	return download(cli, path, output != NULL ? output : name);
}

int
transfer_get(struct cli *cli, const struct cli_args *args)
{
	return get_part(cli, args, "content", "");
}

/* --- the files inside a container --- */

/* The path of the version's list, and what it says; NULL after it said why. */
static json_t *
entries_of(struct cli *cli, const struct cli_args *args, char path[200], struct client_answer *a, int *rc)
{
	char etag[80];
	json_t *document = get_document(cli, cli_arg(args, 0), etag, rc);
	const json_t *version = document != NULL ? pick_version(document, cli_arg(args, 1)) : NULL;

	if (document == NULL)
		return NULL;
	if (version == NULL) {
		cli_error(cli, "cli.no-version", cli_arg(args, 1));
		json_decref(document);
		*rc = CLI_NOT_FOUND;
		return NULL;
	}
	snprintf(path, 200, "/v1/documents/%s/versions/%s/entries", json_string_value(json_object_get(document, "id")),
		json_string_value(json_object_get(version, "id")));
	json_decref(document);
	client_call(session_client(cli), "GET", path, NULL, NULL, NULL, a);
	if (a->code == 200)
		return a->json;
	*rc = session_problem(cli, a);
	client_answer_clear(a);
	return NULL;
}

int
transfer_entries(struct cli *cli, const struct cli_args *args)
{
	struct client_answer a;
	char path[200];
	int rc = CLI_OK;

	if (entries_of(cli, args, path, &a, &rc) == NULL)
		return rc;
	rc = view_answer(cli, "contained", &a);
	client_answer_clear(&a);
	return rc;
}

int
transfer_take(struct cli *cli, const struct cli_args *args)
{
	const char *output = cli_option(args, "output"), *wanted = cli_arg(args, 2);
	char path[200], one[220], name[300], number[16];
	struct client_answer a;
	const json_t *entry = NULL, *row;
	int rc = CLI_OK;
	json_t *list = entries_of(cli, args, path, &a, &rc);
	size_t i;

	if (list == NULL)
		return rc;
	json_array_foreach(json_object_get(list, "items"), i, row) {
		snprintf(number, sizeof(number), "%d", (int)json_integer_value(json_object_get(row, "n")));
		if (strcmp(number, wanted) == 0 || strcmp(json_string_value(json_object_get(row, "name")), wanted) == 0)
			entry = row;
	}
	if (entry == NULL) {
		cli_error(cli, "entry.missing", wanted);
		client_answer_clear(&a);
		return CLI_NOT_FOUND;
	}
	local_name(json_string_value(json_object_get(entry, "name")), name, sizeof(name));
	snprintf(one, sizeof(one), "%s/%d", path, (int)json_integer_value(json_object_get(entry, "n")));
	client_answer_clear(&a);
	return download(cli, one, output != NULL ? output : name);
}

int
transfer_preview(struct cli *cli, const struct cli_args *args)
{
	return get_part(cli, args, "preview", ".png");
}

int
transfer_attach(struct cli *cli, const struct cli_args *args)
{
	bool is_main = strcmp(cli_command(args)->verb, "revise") == 0;
	const char *file = cli_arg(args, 1), *slash = strrchr(file, '/');
	char etag[80], path[120];
	struct client_answer a;
	json_t *document, *body;
	int rc;

	document = get_document(cli, cli_arg(args, 0), etag, &rc);
	if (document == NULL)
		return rc;
	snprintf(path, sizeof(path), "/v1/documents/%s/versions",
		json_string_value(json_object_get(document, "id")));
	json_decref(document);
	client_upload(session_client(cli), "/v1/contents", file, "application/octet-stream", &a);
	if (a.code != 201 && a.code != 200) {
		rc = session_problem(cli, &a);
		client_answer_clear(&a);
		return rc;
	}
	body = json_pack("{s:s,s:O,s:s}", "part", is_main ? "main" : "attachment", "sha256",
		json_object_get(a.json, "sha256"), "name", slash != NULL ? slash + 1 : file);
	client_answer_clear(&a);
	client_call(session_client(cli), "POST", path, body, etag, NULL, &a);
	json_decref(body);
	rc = a.code == 200 || a.code == 201 ? view_answer(cli, "document", &a) : session_problem(cli, &a);
	client_answer_clear(&a);
	return rc;
}

int
transfer_number(struct cli *cli, const struct cli_args *args)
{
	struct client_answer a;
	json_t *body = NULL;
	char id[40];
	int rc = cli_document(cli, cli_arg(args, 0), id);

	if (rc != CLI_OK || (rc = cli_body(cli, args, &body)) != CLI_OK)
		return rc;
	json_object_set_new(body, "document", json_string(id));
	json_object_set_new(body, "move", json_string("number"));
	client_call(session_client(cli), "POST", "/v1/signings", body, NULL, NULL, &a);
	json_decref(body);
	rc = a.code == 200 ? view_answer(cli, "document", &a) : session_problem(cli, &a);
	client_answer_clear(&a);
	return rc;
}

static bool
print_event(void *arg, const char *text)
{
	(void)arg;
	if (strncmp(text, "data:", 5) == 0 || strncmp(text, "event:", 6) == 0) {
		puts(text);
		fflush(stdout);
	}
	return true;
}

int
transfer_events(struct cli *cli, const struct cli_args *args)
{
	struct client_answer a;
	int rc;

	(void)args;
	client_events(session_client(cli), "/v1/events", print_event, NULL, &a);
	rc = a.code == 200 ? CLI_OK : session_problem(cli, &a);
	client_answer_clear(&a);
	return rc;
}
