/* sign_own: see sign_own.h. */
#include "cli/sign_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "cli/session.h"
#include "cli/sign_key.h"
#include "cli/sign_shown.h"
#include "cli/view.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"

#define DOCUMENTS 100 /* in one run: each is a signature at the token */

struct own {
	json_t *prepared; /* answers, in order; attachments after their main file */
	struct imprint imprints[DOCUMENTS];
	clock_us times[DOCUMENTS];
};

static const char *
text_of(const json_t *object, const char *member)
{
	const char *s = json_string_value(json_object_get(object, member));

	return s != NULL ? s : "";
}

int
sign_confirm(struct cli *cli, size_t count)
{
	char line[16] = "";

	fprintf(stderr, "%s (%zu) [c/K] ", cli_say(cli, "cli.prompt.approve"), count);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return CLI_DENIED;
	return strchr("cCyY", line[0]) != NULL && line[0] != '\0' ? CLI_OK : CLI_DENIED;
}

/* The key's name at the office: the certificate's SHA-256, which the administrator gave to the account. */
static bool
key_name(const struct sign_key *k, char hex[DIGEST_HEX])
{
	struct digest d;

	if (X509_digest(sign_key_cert(k), EVP_sha256(), d.bytes, NULL) != 1)
		return false;
	digest_hex(&d, hex);
	return true;
}

/* One file to be signed, once its digest is found to be what congvand says. */
static int
add(struct cli *cli, const struct cli_args *args, const struct sign_key *key, json_t *prepared, struct own *own)
{
	size_t n = json_array_size(own->prepared);
	int rc = n < DOCUMENTS ? sign_check_shown(cli, args, prepared, &own->imprints[n]) : CLI_USAGE;

	if (rc == CLI_OK && own->imprints[n].kind != sign_key_digest(key))
		rc = CLI_FAULT;
	if (rc != CLI_OK)
		return rc;
	own->times[n] = sign_format_of(prepared) == SIGNER_FORMAT_PADES ? 0 : clock_now();
	json_array_append(own->prepared, prepared);
	sign_say_file(cli, n + 1, prepared);
	return CLI_OK;
}

static int
prepare(struct cli *cli, const struct cli_args *args, const struct sign_key *key, const char *document, struct own *own)
{
	json_t *one;
	size_t i;
	struct client_answer a;
	char id[40], name[DIGEST_HEX];
	json_t *body = NULL;
	int rc = cli_document(cli, document, id);

	if (rc == CLI_OK)
		rc = cli_body(cli, args, &body);
	if (rc != CLI_OK)
		return rc;
	if (!key_name(key, name)) {
		json_decref(body);
		return CLI_FAULT;
	}
	json_object_set_new(body, "document", json_string(id));
	json_object_set_new(body, "key", json_string(name));
	json_object_set_new(body, "algorithm", json_string(imprint_name(sign_key_digest(key))));
	if (sign_key_size(key) > 0)
		json_object_set_new(body, "cms_size", json_integer((json_int_t)sign_key_size(key)));
	client_call(session_client(cli), "POST", "/v1/signings", body, NULL, NULL, &a);
	json_decref(body);
	rc = a.code == 201 ? add(cli, args, key, a.json, own) : session_problem(cli, &a);
	json_array_foreach(json_object_get(a.json, "attachments"), i, one)
		if (rc == CLI_OK)
			rc = add(cli, args, key, one, own);
	client_answer_clear(&a);
	return rc;
}

static json_t *
base64_of(const struct buf *cms)
{
	char *text = base64_encode(cms->data, cms->len);
	json_t *value = json_string(text != NULL ? text : "");

	free(text);
	return value;
}

/* body: the CMS of the main file, and those of the attachments prepared with it. */
static int
complete(struct cli *cli, const json_t *prepared, json_t *body)
{
	struct client_answer a;
	const json_t *one;
	char path[100];
	size_t i;
	int rc;

	snprintf(path, sizeof(path), "/v1/signings/%s/complete", text_of(prepared, "id"));
	client_call(session_client(cli), "POST", path, body, NULL, NULL, &a);
	rc = a.code == 200 ? view_answer(cli, "signings", &a) : session_problem(cli, &a);
	json_array_foreach(json_object_get(a.json, "signings"), i, one)
		if ((rc == CLI_OK || rc == CLI_REFUSED) && strcmp(text_of(one, "state"), "done") != 0) {
			cli_error(cli, "cli.not-signed", text_of(one, "error"));
			rc = CLI_REFUSED;
		}
	client_answer_clear(&a);
	return rc;
}

/* The document that begins at *at: its files signed one after the other, then completed together. */
static int
sign_document(struct cli *cli, struct sign_key *key, const struct own *own, size_t *at)
{
	const json_t *first = json_array_get(own->prepared, *at);
	size_t count = 1 + json_array_size(json_object_get(first, "attachments"));
	json_t *body = json_object(), *rest = json_array();
	int rc = CLI_OK;

	for (size_t i = 0; i < count && rc == CLI_OK; i++) {
		struct buf cms;

		buf_init(&cms, CMS_MAX);
		rc = sign_key_sign(cli, key, &own->imprints[*at + i], own->times[*at + i], &cms);
		if (rc == CLI_OK && i == 0)
			json_object_set_new(body, "cms", base64_of(&cms));
		else if (rc == CLI_OK)
			json_array_append_new(rest, json_pack("{s:O,s:o}", "id", json_object_get(json_array_get(own->prepared, *at + i), "id"), "cms", base64_of(&cms)));
		buf_free(&cms);
	}
	if (json_array_size(rest) > 0)
		json_object_set(body, "attachments", rest);
	if (rc == CLI_OK)
		rc = complete(cli, first, body);
	json_decref(body);
	json_decref(rest);
	*at += count;
	return rc;
}

/* Each document is completed as soon as it is signed; the first that cannot be ends the run: it and the rest are said not to be signed, each file by its title. */
static int
sign_all(struct cli *cli, struct sign_key *key, const struct own *own)
{
	size_t count = json_array_size(own->prepared), i = 0, whole = 0;
	char title[SIGN_TITLE];
	int rc = CLI_OK;

	while (i < count && rc == CLI_OK) {
		whole = i;
		rc = sign_document(cli, key, own, &i);
	}
	for (; rc != CLI_OK && whole < count; whole++) {
		sign_title(json_array_get(own->prepared, whole), title);
		cli_error(cli, "cli.not-signed", title);
	}
	return rc;
}

int
sign_own(struct cli *cli, const struct cli_args *args)
{
	struct own *own = calloc(1, sizeof(*own));
	struct sign_key *key = NULL;
	int rc = own != NULL && cli_arg_count(args) <= DOCUMENTS ? sign_key_open(cli, args, &key) : CLI_USAGE;

	if (rc == CLI_OK && (own->prepared = json_array()) == NULL)
		rc = CLI_FAULT;
	for (size_t i = 0; rc == CLI_OK && i < cli_arg_count(args); i++)
		rc = prepare(cli, args, key, cli_arg(args, i), own);
	if (rc == CLI_OK && cli_option(args, "yes") == NULL)
		rc = sign_confirm(cli, json_array_size(own->prepared));
	if (rc == CLI_OK)
		rc = sign_key_expect(cli, key, own->imprints, own->times, json_array_size(own->prepared));
	if (rc == CLI_OK)
		rc = sign_all(cli, key, own);
	sign_key_free(key);
	if (own != NULL)
		json_decref(own->prepared);
	free(own);
	return rc;
}
