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
	json_t *prepared; /* answers, in order */
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

static int
prepare(struct cli *cli, const struct cli_args *args, const struct sign_key *key, const char *document, struct own *own)
{
	size_t n = json_array_size(own->prepared);
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
	rc = a.code == 201 ? sign_check_shown(cli, args, a.json, &own->imprints[n]) : session_problem(cli, &a);
	if (rc == CLI_OK && own->imprints[n].kind != sign_key_digest(key))
		rc = CLI_FAULT;
	if (rc == CLI_OK) {
		own->times[n] = strcmp(text_of(a.json, "container"), "pdf") == 0 ? 0 : clock_now();
		json_array_append(own->prepared, a.json);
		fprintf(stderr, "  %zu. %s\n     %s %s\n", n + 1, text_of(a.json, "title"), text_of(a.json, "algorithm"), text_of(a.json, "digest"));
	}
	client_answer_clear(&a);
	return rc;
}

static int
complete(struct cli *cli, const json_t *prepared, const struct buf *cms)
{
	char *base64 = base64_encode(cms->data, cms->len), path[100];
	json_t *body = json_pack("{s:s}", "cms", base64);
	struct client_answer a;
	const json_t *one;
	int rc;

	free(base64);
	snprintf(path, sizeof(path), "/v1/signings/%s/complete", text_of(prepared, "id"));
	client_call(session_client(cli), "POST", path, body, NULL, NULL, &a);
	json_decref(body);
	rc = a.code == 200 ? view_answer(cli, "signings", &a) : session_problem(cli, &a);
	one = json_array_get(json_object_get(a.json, "signings"), 0);
	if (rc == CLI_OK && strcmp(text_of(one, "state"), "done") != 0) {
		cli_error(cli, "cli.not-signed", text_of(one, "error"));
		rc = CLI_REFUSED;
	}
	client_answer_clear(&a);
	return rc;
}

/* Each is completed as soon as it is signed; the first that cannot be ends the run, and the rest is said to be skipped. */
static int
sign_all(struct cli *cli, struct sign_key *key, const struct own *own)
{
	int rc = CLI_OK;
	json_t *one;
	size_t i;

	json_array_foreach(own->prepared, i, one) {
		struct buf cms;

		if (rc != CLI_OK) {
			cli_error(cli, "cli.not-signed", text_of(one, "title"));
			continue;
		}
		buf_init(&cms, CMS_MAX);
		rc = sign_key_sign(cli, key, &own->imprints[i], own->times[i], &cms);
		if (rc == CLI_OK)
			rc = complete(cli, one, &cms);
		buf_free(&cms);
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
		rc = sign_confirm(cli, cli_arg_count(args));
	if (rc == CLI_OK)
		rc = sign_key_expect(cli, key, own->imprints, own->times, cli_arg_count(args));
	if (rc == CLI_OK)
		rc = sign_all(cli, key, own);
	sign_key_free(key);
	if (own != NULL)
		json_decref(own->prepared);
	free(own);
	return rc;
}
