/* sign_shown: see sign_shown.h. */
#include "cli/sign_shown.h"

#include <stdio.h>
#include <string.h>

#include "cli/session.h"
#include "lib/base/digest.h"
#include "lib/base/text.h"
#include "lib/seal/seal.h"
#include "lib/seal/seal_asic_parts.h"
#include "lib/wire/frame.h"

static const char *
text_of(const json_t *object, const char *member)
{
	const char *s = json_string_value(json_object_get(object, member));

	return s != NULL ? s : "";
}

static int
fetch(struct cli *cli, const char *path, FILE *to)
{
	struct client_answer a = {0};
	int rc = CLI_OK;

	client_download(session_client(cli), path, to, &a);
	if (a.code != 200)
		rc = session_problem(cli, &a);
	client_answer_clear(&a);
	return rc;
}

static int
fetch_version(struct cli *cli, const json_t *prepared, const char *version, FILE *to)
{
	char path[160];

	snprintf(path, sizeof(path), "/v1/documents/%s/versions/%s/content", text_of(prepared, "document"), version);
	return fetch(cli, path, to);
}

static int
fetch_tail(struct cli *cli, const json_t *prepared, FILE *to)
{
	char path[100];

	snprintf(path, sizeof(path), "/v1/signings/%s/tail", text_of(prepared, "id"));
	return fetch(cli, path, to);
}

/* --- a container: the manifest, then every file it names --- */

struct shown {
	struct cli *cli;
	const json_t *prepared;
	size_t count;
	int rc;
};

static const json_t *
find_object(const json_t *prepared, const char *name)
{
	const json_t *o;
	size_t i;

	json_array_foreach(json_object_get(prepared, "objects"), i, o)
		if (strcmp(text_of(o, "name"), name) == 0)
			return o;
	return NULL;
}

/* The digest of the file that the office shows under this version. */
static int
digest_version(struct shown *s, const char *version, struct digest *out)
{
	FILE *file = tmpfile();
	int rc = file != NULL ? fetch_version(s->cli, s->prepared, version, file) : CLI_FAULT;

	if (rc == CLI_OK && (fflush(file) != 0 || digest_of_fd(fileno(file), out) != STATUS_OK))
		rc = CLI_FAULT;
	if (file != NULL)
		fclose(file);
	return rc;
}

static enum status
on_object(void *arg, const char *name, const struct digest *sha256)
{
	struct shown *s = arg;
	const json_t *o = find_object(s->prepared, name);
	struct digest found;

	s->rc = o != NULL ? digest_version(s, text_of(o, "version"), &found) : CLI_DENIED;
	if (s->rc == CLI_OK && memcmp(found.bytes, sha256->bytes, DIGEST_BYTES) != 0)
		s->rc = CLI_DENIED;
	if (s->rc == CLI_DENIED)
		cli_error(s->cli, "cli.digest-differs", name);
	s->count++;
	return s->rc == CLI_OK ? STATUS_OK : STATUS_CONFLICT;
}

static void
say_object(const char *name)
{
	char line[400];

	text_line(line, sizeof(line), name, strlen(name));
	fprintf(stderr, "     + %s\n", line);
}

/* Signed is the manifest, whole; so the files it names, and no others, are what is approved. */
static int
check_manifest(struct cli *cli, const json_t *prepared, struct span manifest)
{
	struct shown s = {.cli = cli, .prepared = prepared, .rc = CLI_OK};
	enum status st = seal_asic_manifest_objects(manifest, on_object, &s, NULL);
	const json_t *o;
	size_t i;

	if (st == STATUS_OK && s.count != json_array_size(json_object_get(prepared, "objects")))
		st = STATUS_INVALID;
	if (st != STATUS_OK && s.rc == CLI_OK) {
		cli_error(cli, "cli.digest-differs", text_of(prepared, "title"));
		s.rc = CLI_DENIED;
	}
	json_array_foreach(json_object_get(prepared, "objects"), i, o)
		if (s.rc == CLI_OK)
			say_object(text_of(o, "name"));
	return s.rc;
}

/* --- the digest --- */

/* The extract of a trích sao is the person's own file. */
static int
read_extract(struct cli *cli, const char *path, FILE *to)
{
	FILE *from = fopen(path, "rb");
	char part[16384];
	size_t n;
	bool ok = from != NULL;

	while (ok && (n = fread(part, 1, sizeof(part), from)) > 0)
		ok = fwrite(part, 1, n, to) == n;
	ok = ok && !ferror(from);
	if (!ok)
		cli_error(cli, "cli.cannot-read", path);
	if (from != NULL)
		fclose(from);
	return ok ? CLI_OK : CLI_FAULT;
}

/* A container's manifest; else the version (or extract) as it is, then what preparing appends to it. */
static int
fetch_shown(struct cli *cli, const struct cli_args *args, const json_t *prepared, bool manifest, FILE *to)
{
	const char *extract = text_of(prepared, "extract")[0] != '\0' ? cli_option(args, "extract") : NULL;
	int rc = CLI_OK;

	if (extract != NULL)
		rc = read_extract(cli, extract, to);
	else if (!manifest)
		rc = fetch_version(cli, prepared, text_of(prepared, "base_version"), to);
	return rc == CLI_OK ? fetch_tail(cli, prepared, to) : rc;
}

int
sign_check_shown(struct cli *cli, const struct cli_args *args, const json_t *prepared, struct imprint *out)
{
	bool manifest = strcmp(text_of(prepared, "container"), "asic-e") == 0;
	struct imprint named, found;
	enum imprint_kind kind;
	struct span shown = {NULL, 0};
	FILE *file;
	int rc;

	if (!imprint_kind_find(text_of(prepared, "algorithm"), &kind) || !imprint_from_hex(kind, text_of(prepared, "digest"), &named)) {
		cli_error(cli, "cli.bad-answer", text_of(prepared, "digest"));
		return CLI_FAULT;
	}
	if ((file = tmpfile()) == NULL)
		return CLI_FAULT;
	rc = fetch_shown(cli, args, prepared, manifest, file);
	if (rc == CLI_OK && fflush(file) == 0 && frame_map(fileno(file), &shown) == STATUS_OK) {
		/* of a counter-signature what is shown is the CMS, and what is signed its signature value */
		if ((json_is_true(json_object_get(prepared, "counter")) ? seal_counter_imprint : seal_prepared_imprint)(shown, kind, &found) != STATUS_OK || !imprint_equal(&found, &named)) {
			cli_error(cli, "cli.digest-differs", text_of(prepared, "title"));
			rc = CLI_DENIED;
		}
		if (rc == CLI_OK && manifest)
			rc = check_manifest(cli, prepared, shown);
	} else if (rc == CLI_OK)
		rc = CLI_FAULT;
	frame_unmap(&shown);
	fclose(file);
	*out = named;
	return rc;
}

static bool
is_counter(const json_t *prepared)
{
	return json_is_true(json_object_get(prepared, "counter"));
}

enum signer_format
sign_format_of(const json_t *prepared)
{
	return signer_format_of(text_of(prepared, "container"), is_counter(prepared));
}

void
sign_title(const json_t *prepared, char to[SIGN_TITLE])
{
	const char *title = text_of(prepared, "title");

	text_line(to, SIGN_TITLE, title, strlen(title));
}

void
sign_say_file(struct cli *cli, size_t place, const json_t *prepared)
{
	char form[40], title[SIGN_TITLE];

	sign_title(prepared, title);
	snprintf(form, sizeof(form), "signing.form.%s", is_counter(prepared) ? "counter" : text_of(prepared, "container"));
	fprintf(stderr, "  %zu. %s\n     %s\n     %s %s\n", place, title, cli_say(cli, form), text_of(prepared, "algorithm"), text_of(prepared, "digest"));
}
