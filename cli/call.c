/* call: commands that are plain data: builds path, query and body from the row and the words given, calls, and shows the answer. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/session.h"
#include "cli/view.h"
#include "lib/base/buf.h"
#include "lib/base/uuid.h"

#define PATH_MAX_BYTES 4000

const char *
cli_arg(const struct cli_args *a, size_t i)
{
	return i < a->word_count ? a->words[i] : NULL;
}

size_t
cli_arg_count(const struct cli_args *a)
{
	return a->word_count;
}

const char *
cli_option_at(const struct cli_args *a, const char *name, size_t i)
{
	for (size_t k = 0; k < a->option_count; k++)
		if (strcmp(a->options[k].name, name) == 0 && i-- == 0)
			return a->options[k].value;
	return NULL;
}

const char *
cli_option(const struct cli_args *a, const char *name)
{
	const char *last = NULL, *v;

	for (size_t i = 0; (v = cli_option_at(a, name, i)) != NULL; i++)
		last = v;
	return last;
}

const struct cli_command *
cli_command(const struct cli_args *a)
{
	return a->command;
}

static const char *
mime_of(const char *file)
{
	static const struct {
		const char *suffix, *mime;
	} types[] = {
		{".pdf", "application/pdf"}, {".xml", "application/xml"}, {".edxml", "application/xml"},
		{".png", "image/png"}, {".zip", "application/zip"}, {".txt", "text/plain"},
		{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	};
	size_t n = strlen(file);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t m = strlen(types[i].suffix);

		if (n > m && strcasecmp(file + n - m, types[i].suffix) == 0)
			return types[i].mime;
	}
	return "application/octet-stream";
}

/* Uploads a file; {"sha256","name"} as a new reference, or NULL after having said why. */
static json_t *
upload(struct cli *cli, const char *file, int *rc)
{
	const char *slash = strrchr(file, '/');
	struct client_answer a;
	json_t *out = NULL;

	client_upload(session_client(cli), "/v1/contents", file, mime_of(file), &a);
	if (a.code == 0 && a.error[0] != '\0') {
		cli_error(cli, "cli.no-answer", a.error);
		*rc = CLI_UNAVAILABLE;
	} else if (a.code != 201 && a.code != 200) {
		*rc = session_problem(cli, &a);
	} else {
		out = json_pack("{s:O,s:s}", "sha256", json_object_get(a.json, "sha256"), "name",
			slash != NULL ? slash + 1 : file);
		*rc = out != NULL ? CLI_OK : CLI_FAULT;
	}
	client_answer_clear(&a);
	return out;
}

static json_t *
organ(const char *value)
{
	const char *eq = strchr(value, '=');

	return eq != NULL ? json_pack("{s:s%,s:s}", "organ_id", value, (size_t)(eq - value), "organ_name", eq + 1)
			  : json_pack("{s:s}", "organ_id", value);
}

static int
append(json_t *body, const char *field, json_t *value)
{
	json_t *list = json_object_get(body, field);

	if (list == NULL) {
		list = json_array();
		if (json_object_set_new(body, field, list) != 0)
			return CLI_FAULT;
	}
	return json_array_append_new(list, value) == 0 ? CLI_OK : CLI_FAULT;
}

/* Four numbers with commas between them; NULL when they are none. */
static json_t *
box_of(const char *value)
{
	json_t *box = json_array();
	const char *at = value;
	char *end;

	for (int i = 0; box != NULL && i < 4; i++) {
		double n = strtod(at, &end);

		if (end == at || !isfinite(n) || *end != (i < 3 ? ',' : '\0')) {
			json_decref(box);
			return NULL;
		}
		json_array_append_new(box, json_real(n));
		at = end + 1;
	}
	return box;
}

static int
put_box(struct cli *cli, json_t *body, const struct cli_option *o, const char *value)
{
	json_t *box = box_of(value);

	if (box == NULL) {
		cli_error(cli, "cli.not-a-box", value);
		return CLI_USAGE;
	}
	return json_object_set_new(body, o->field, box) == 0 ? CLI_OK : CLI_FAULT;
}

static int
put_option(struct cli *cli, json_t *body, const struct cli_option *o, const char *value)
{
	json_t *file;
	char *end;
	long long n;
	int rc;

	if (o->field == NULL)
		return CLI_OK; /* for the command itself */
	switch (o->kind) {
	case CLI_TEXT:
		return json_object_set_new(body, o->field, json_string(value)) == 0 ? CLI_OK : CLI_REFUSED;
	case CLI_NUMBER:
		n = strtoll(value, &end, 10);
		if (*value == '\0' || *end != '\0') {
			cli_error(cli, "cli.not-a-number", value);
			return CLI_USAGE;
		}
		return json_object_set_new(body, o->field, json_integer(n)) == 0 ? CLI_OK : CLI_FAULT;
	case CLI_BOX:
		return put_box(cli, body, o, value);
	case CLI_FLAG:
		return json_object_set_new(body, o->field, json_true()) == 0 ? CLI_OK : CLI_FAULT;
	case CLI_LIST:
		return append(body, o->field, json_string(value));
	case CLI_ORGANS:
		return append(body, o->field, organ(value));
	case CLI_UPLOAD:
	case CLI_UPLOADS:
		file = upload(cli, value, &rc);
		if (file == NULL)
			return rc;
		if (o->kind == CLI_UPLOADS)
			return append(body, o->field, file);
		return json_object_set_new(body, o->field, file) == 0 ? CLI_OK : CLI_FAULT;
	default:
		return CLI_OK;
	}
}

int
cli_body(struct cli *cli, const struct cli_args *args, json_t **out)
{
	const struct cli_command *c = args->command;
	json_t *body = c->fixed != NULL ? json_loads(c->fixed, 0, NULL) : json_object();
	int rc = body != NULL ? CLI_OK : CLI_FAULT;

	for (size_t i = 0; rc == CLI_OK && i < args->option_count; i++)
		for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++)
			if (strcmp(o->name, args->options[i].name) == 0)
				rc = put_option(cli, body, o, args->options[i].value);
	if (rc != CLI_OK) {
		json_decref(body);
		return rc;
	}
	*out = body;
	return CLI_OK;
}

int
cli_document(struct cli *cli, const char *name, char id_out[40])
{
	struct client_answer a;
	char path[PATH_MAX_BYTES];
	char *escaped;
	const json_t *items;
	int rc = CLI_OK;

	if (uuid_is_valid(name)) {
		snprintf(id_out, 40, "%s", name);
		return CLI_OK;
	}
	escaped = client_escape(session_client(cli), name);
	if (escaped == NULL)
		return CLI_FAULT;
	snprintf(path, sizeof(path), "/v1/documents?limit=2&number=%s", escaped);
	free(escaped);
	client_call(session_client(cli), "GET", path, NULL, NULL, NULL, &a);
	items = json_object_get(a.json, "items");
	if (a.code != 200) {
		rc = session_problem(cli, &a);
	} else if (json_array_size(items) != 1) {
		cli_error(cli, json_array_size(items) == 0 ? "cli.no-document" : "cli.several-documents", name);
		rc = CLI_NOT_FOUND;
	} else {
		snprintf(id_out, 40, "%s", json_string_value(json_object_get(json_array_get(items, 0), "id")));
	}
	client_answer_clear(&a);
	return rc;
}

/* Fills {1}, {2}, {d}, {d2} of the row's path. */
static int
build_path(struct cli *cli, const struct cli_args *args, struct buf *to)
{
	for (const char *p = args->command->path; *p != '\0'; p++) {
		char id[40];
		char *escaped;
		size_t i;
		int rc;

		if (*p != '{') {
			buf_put_byte(to, (unsigned char)*p);
			continue;
		}
		i = p[1] == 'd' ? 0 : (size_t)(p[1] - '1');
		if (cli_arg(args, i) == NULL)
			return CLI_USAGE;
		if (p[1] == 'd') {
			if ((rc = cli_document(cli, cli_arg(args, 0), id)) != CLI_OK)
				return rc;
			buf_put_str(to, id);
		} else {
			if ((escaped = client_escape(session_client(cli), cli_arg(args, i))) == NULL)
				return CLI_FAULT;
			buf_put_str(to, escaped);
			free(escaped);
		}
		p = strchr(p, '}');
	}
	return CLI_OK;
}

static int
build_query(struct cli *cli, const struct cli_args *args, struct buf *to)
{
	char separator = strchr(buf_str(to), '?') != NULL ? '&' : '?';

	for (size_t i = 0; i < args->option_count; i++)
		for (const struct cli_option *o = args->command->options; o != NULL && o->name != NULL; o++) {
			char *escaped;

			if (o->kind != CLI_QUERY || strcmp(o->name, args->options[i].name) != 0)
				continue;
			escaped = client_escape(session_client(cli), args->options[i].value);
			if (escaped == NULL)
				return CLI_FAULT;
			buf_printf(to, "%c%s=%s", separator, o->field, escaped);
			separator = '&';
			free(escaped);
		}
	return buf_status(to) == STATUS_OK ? CLI_OK : CLI_USAGE;
}

/* The revision a change is made against: --revision, or the document's present one. */
static int
find_revision(struct cli *cli, const char *path, char to[80])
{
	const char *given = session_globals(cli)->revision, *after = path + strlen("/v1/documents/");
	struct client_answer a;
	char document[120];
	int rc = CLI_OK;

	if (given != NULL) {
		snprintf(to, 80, "%s", given);
		return CLI_OK;
	}
	snprintf(document, sizeof(document), "/v1/documents/%.*s", (int)strcspn(after, "/?"), after);
	client_call(session_client(cli), "GET", document, NULL, NULL, NULL, &a);
	if (a.code != 200)
		rc = session_problem(cli, &a);
	else
		snprintf(to, 80, "%s", a.etag);
	client_answer_clear(&a);
	return rc;
}

static bool
needs_revision(const struct cli_command *c)
{
	return strncmp(c->path, "/v1/documents/{d}", 17) == 0 && strcmp(c->method, "GET") != 0 &&
		strstr(c->path, "/notes") == NULL;
}

int
cli_call(struct cli *cli, const struct cli_args *args)
{
	const struct cli_command *c = args->command;
	bool has_body = strcmp(c->method, "GET") != 0 && strcmp(c->method, "DELETE") != 0;
	struct client_answer a = {0};
	char revision[80] = "";
	json_t *body = NULL;
	struct buf path;
	int rc;

	buf_init(&path, PATH_MAX_BYTES);
	if ((rc = build_path(cli, args, &path)) != CLI_OK || (rc = build_query(cli, args, &path)) != CLI_OK)
		goto out;
	if (has_body && (rc = cli_body(cli, args, &body)) != CLI_OK)
		goto out;
	if (needs_revision(c) && (rc = find_revision(cli, buf_str(&path), revision)) != CLI_OK)
		goto out;
	client_call(session_client(cli), c->method, buf_str(&path), body, revision[0] ? revision : NULL,
		c->show != NULL && strcmp(c->show, "text") == 0 ? "text/plain" : NULL, &a);
	rc = a.code >= 200 && a.code < 300 ? view_answer(cli, c->show, &a) : session_problem(cli, &a);
out:
	client_answer_clear(&a);
	json_decref(body);
	buf_free(&path);
	return rc;
}
