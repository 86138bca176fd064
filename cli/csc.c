/* csc: see csc.h. */
#include "cli/csc.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/session.h"
#include "lib/base/hex.h"
#include "lib/base/secret.h"

#define VALUE_MOST 1024 /* bytes of a signature: RSA-8192 */
#define CERTIFICATES 10

struct csc {
	const struct cli_args *args;
	struct client *client;
	char *token;
	char host[400]; /* scheme and host of the URL; the client points to it */
	char path[600]; /* of the URL, before the name of a method */
	char id[200];   /* of the credential */
	json_t *info;
	size_t count;
	struct imprint digests[CSC_BATCH];
	struct {
		unsigned char bytes[VALUE_MOST];
		size_t len;
	} values[CSC_BATCH];
};

static const char *
text_of(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	return s != NULL ? s : "";
}

static int
refuse(struct cli *cli, const char *code, const char *detail, int rc)
{
	cli_error(cli, code, detail);
	return rc;
}

/* --- speaking to it --- */

/* A PIN must not cross a network in clear: https, which a proxy carries unread, or this machine itself. */
static bool
is_safe(const char *url, bool by_proxy)
{
	static const char *const good[] = {"https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:"};

	for (size_t i = 0; i < (by_proxy ? 1 : sizeof(good) / sizeof(good[0])); i++)
		if (strncmp(url, good[i], strlen(good[i])) == 0)
			return true;
	return false;
}

/* One method; the answer's JSON is the caller's. What the service says of a refusal is shown. */
static int
call(struct cli *cli, struct csc *c, const char *method, json_t *body, json_t **out)
{
	struct client_answer a = {0};
	char path[700];
	int rc = CLI_OK;

	snprintf(path, sizeof(path), "%s/%s", c->path, method);
	client_call(c->client, "POST", path, body, NULL, NULL, &a);
	json_decref(body);
	if (a.code == 200 && json_is_object(a.json))
		*out = json_incref(a.json);
	else if (a.code == 0)
		rc = refuse(cli, "cli.csc.away", a.error, CLI_UNAVAILABLE);
	else {
		const char *why = text_of(a.json, "error_description"), *error = text_of(a.json, "error");

		rc = refuse(cli, "cli.csc.refused", why[0] != '\0' ? why : error[0] != '\0' ? error : method,
			a.code == 401 || a.code == 403 || strcmp(error, "invalid_pin") == 0 || strcmp(error, "invalid_otp") == 0 ? CLI_DENIED : CLI_REFUSED);
	}
	client_answer_clear(&a);
	return rc;
}

/* --- the credential --- */

static int
choose_credential(struct cli *cli, struct csc *c)
{
	const char *wanted = cli_option(c->args, "credential");
	json_t *answer = NULL;
	const json_t *ids;
	int rc;

	if (wanted != NULL) {
		snprintf(c->id, sizeof(c->id), "%s", wanted);
		return CLI_OK;
	}
	rc = call(cli, c, "credentials/list", json_pack("{s:i}", "maxResults", 2), &answer);
	if (rc != CLI_OK)
		return rc;
	ids = json_object_get(answer, "credentialIDs");
	if (json_array_size(ids) != 1)
		rc = refuse(cli, json_array_size(ids) == 0 ? "cli.csc.none" : "cli.csc.several", NULL, CLI_NOT_FOUND);
	else
		snprintf(c->id, sizeof(c->id), "%s", json_string_value(json_array_get(ids, 0)) ? json_string_value(json_array_get(ids, 0)) : "");
	json_decref(answer);
	return rc;
}

static int
read_certificates(struct cli *cli, const json_t *list, STACK_OF(X509) *to)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		unsigned char *der = NULL;
		const unsigned char *at;
		X509 *cert = NULL;
		size_t len = 0;

		if (i < CERTIFICATES && json_is_string(one) && base64_decode(json_string_value(one), json_string_length(one), &der, &len)) {
			at = der;
			cert = d2i_X509(NULL, &at, (long)len);
		}
		free(der);
		if (cert == NULL || sk_X509_push(to, cert) <= 0) {
			X509_free(cert);
			return refuse(cli, "cli.csc.answer", "certificates", CLI_FAULT);
		}
	}
	return sk_X509_num(to) > 0 ? CLI_OK : refuse(cli, "cli.csc.answer", "certificates", CLI_FAULT);
}

static int
read_info(struct cli *cli, struct csc *c, STACK_OF(X509) *to)
{
	const json_t *key, *cert;
	int rc = call(cli, c, "credentials/info", json_pack("{s:s,s:s,s:b,s:b}", "credentialID", c->id, "certificates", "chain", "certInfo", 0,
		"authInfo", 1), &c->info);

	if (rc != CLI_OK)
		return rc;
	key = json_object_get(c->info, "key");
	cert = json_object_get(c->info, "cert");
	if (strcmp(text_of(key, "status"), "enabled") != 0)
		return refuse(cli, "cli.csc.disabled", c->id, CLI_DENIED);
	return read_certificates(cli, json_object_get(cert, "certificates"), to);
}

int
csc_open(struct cli *cli, const struct cli_args *args, STACK_OF(X509) *to, struct csc **out)
{
	const char *url = cli_option(args, "csc"), *rest;
	struct client_config config = {.ca = cli_option(args, "csc-ca"), .proxy = cli_option(args, "csc-proxy"), .language = cli_language(cli), .tries = 1};
	struct csc *c;
	int rc;

	if (!is_safe(url, config.proxy != NULL))
		return refuse(cli, "cli.csc.clear", url, CLI_USAGE);
	rest = strchr(strstr(url, "://") + 3, '/');
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return CLI_FAULT;
	c->args = args;
	snprintf(c->host, sizeof(c->host), "%.*s", (int)(rest != NULL ? (size_t)(rest - url) : strlen(url)), url);
	snprintf(c->path, sizeof(c->path), "%s", rest != NULL ? rest : "");
	c->path[strlen(c->path) > 0 && c->path[strlen(c->path) - 1] == '/' ? strlen(c->path) - 1 : strlen(c->path)] = '\0';
	c->token = session_secret(cli, args, "csc-token-file", "cli.prompt.csc-token");
	config.url = c->host;
	config.token = c->token;
	c->client = client_new(&config);
	rc = c->token == NULL ? CLI_DENIED : c->client == NULL ? CLI_FAULT : choose_credential(cli, c);
	if (rc == CLI_OK)
		rc = read_info(cli, c, to);
	if (rc == CLI_OK)
		*out = c;
	else
		csc_close(c);
	return rc;
}

void
csc_close(struct csc *c)
{
	if (c == NULL)
		return;
	client_free(c->client);
	secret_free(c->token);
	json_decref(c->info);
	free(c);
}

/* --- signing --- */

static const char *
sign_algorithm(enum cms_scheme scheme, enum imprint_kind kind)
{
	static const struct {
		enum cms_scheme scheme;
		enum imprint_kind kind;
		const char *oid;
	} rows[] = {
		{CMS_RSA_PKCS1, IMPRINT_SHA256, "1.2.840.113549.1.1.11"}, {CMS_RSA_PKCS1, IMPRINT_SHA384, "1.2.840.113549.1.1.12"},
		{CMS_RSA_PKCS1, IMPRINT_SHA512, "1.2.840.113549.1.1.13"}, {CMS_ECDSA, IMPRINT_SHA256, "1.2.840.10045.4.3.2"},
		{CMS_ECDSA, IMPRINT_SHA384, "1.2.840.10045.4.3.3"}, {CMS_ECDSA, IMPRINT_SHA512, "1.2.840.10045.4.3.4"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].scheme == scheme && rows[i].kind == kind)
			return rows[i].oid;
	return NULL;
}

static const char *
digest_algorithm(enum imprint_kind kind)
{
	return kind == IMPRINT_SHA512 ? "2.16.840.1.101.3.4.2.3" : kind == IMPRINT_SHA384 ? "2.16.840.1.101.3.4.2.2" : "2.16.840.1.101.3.4.2.1";
}

static json_t *
hashes_of(const struct imprint *digests, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		char *text = base64_encode(digests[i].bytes, imprint_size(digests[i].kind));

		json_array_append_new(list, json_string(text));
		free(text);
	}
	return list;
}

/* A secret that the credential asks for, as one object of authData; what it does not ask for is not given. */
static int
add_secret(struct cli *cli, struct csc *c, const char *object, const char *option, const char *prompt, json_t *data)
{
	const json_t *objects = json_object_get(json_object_get(c->info, "auth"), "objects"), *o;
	bool wanted = json_array_size(objects) == 0 && strcmp(object, "PIN") == 0;
	char *secret;
	size_t i;

	json_array_foreach(objects, i, o)
		wanted = wanted || strcmp(text_of(o, "id"), object) == 0 || strcmp(text_of(o, "type"), object) == 0;
	if (!wanted)
		return CLI_OK;
	secret = session_secret(cli, c->args, option, prompt);
	if (secret == NULL)
		return CLI_DENIED;
	json_array_append_new(data, json_pack("{s:s,s:s}", "id", object, "value", secret));
	secret_free(secret);
	return CLI_OK;
}

static int
authorise(struct cli *cli, struct csc *c, json_t *hashes, enum imprint_kind kind, json_t **out)
{
	json_t *data = json_array();
	const char *mode = text_of(json_object_get(c->info, "auth"), "mode");
	int rc = add_secret(cli, c, "PIN", "pin-file", "cli.prompt.pin", data);

	if (rc == CLI_OK)
		rc = add_secret(cli, c, "OTP", "otp-file", "cli.prompt.otp", data);
	if (rc == CLI_OK && mode[0] != '\0' && strcmp(mode, "explicit") != 0)
		rc = refuse(cli, "cli.csc.mode", mode, CLI_REFUSED); /* oauth2code needs a browser and a redirection */
	if (rc == CLI_OK)
		rc = call(cli, c, "credentials/authorize", json_pack("{s:s,s:I,s:O,s:s,s:O}", "credentialID", c->id, "numSignatures",
			(json_int_t)json_array_size(hashes), "hashes", hashes, "hashAlgorithmOID", digest_algorithm(kind), "authData", data), out);
	json_decref(data);
	return rc;
}

static int
keep_values(struct cli *cli, struct csc *c, const json_t *signatures, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(signatures, i);
		unsigned char *value = NULL;
		size_t len = 0;

		if (!json_is_string(one) || !base64_decode(json_string_value(one), json_string_length(one), &value, &len) || len > VALUE_MOST) {
			free(value);
			return refuse(cli, "cli.csc.answer", "signatures", CLI_FAULT);
		}
		memcpy(c->values[i].bytes, value, len);
		c->values[i].len = len;
		free(value);
	}
	c->count = count;
	return CLI_OK;
}

int
csc_authorise(struct cli *cli, struct csc *c, enum cms_scheme scheme, const struct imprint *digests, size_t count)
{
	json_int_t most = json_integer_value(json_object_get(c->info, "multisign"));
	json_t *hashes, *sad = NULL, *signed_ = NULL;
	enum imprint_kind kind;
	int rc;

	if (count == 0 || count > CSC_BATCH || (most > 0 && (json_int_t)count > most))
		return refuse(cli, "cli.csc.batch", NULL, CLI_REFUSED);
	kind = digests[0].kind;
	if (sign_algorithm(scheme, kind) == NULL)
		return refuse(cli, "cli.csc.algorithm", imprint_name(kind), CLI_REFUSED);
	c->count = 0;
	memcpy(c->digests, digests, count * sizeof(*digests));
	hashes = hashes_of(digests, count);
	rc = authorise(cli, c, hashes, kind, &sad);
	if (rc == CLI_OK)
		rc = call(cli, c, "signatures/signHash", json_pack("{s:s,s:s,s:O,s:s,s:s}", "credentialID", c->id, "SAD", text_of(sad, "SAD"), "hashes", hashes,
			"hashAlgorithmOID", digest_algorithm(kind), "signAlgo", sign_algorithm(scheme, kind)), &signed_);
	if (rc == CLI_OK)
		rc = keep_values(cli, c, json_object_get(signed_, "signatures"), count);
	json_decref(hashes);
	json_decref(sad);
	json_decref(signed_);
	return rc;
}

/* Services give ECDSA values as DER or as r and s side by side; CMS wants DER (RFC 5753). */
static enum status
put_ecdsa(const unsigned char *value, size_t len, unsigned char *to, size_t *room)
{
	const unsigned char *at = value;
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &at, (long)len);
	unsigned char *der = NULL;
	int n;

	if (s == NULL && len % 2 == 0 && (s = ECDSA_SIG_new()) != NULL)
		ECDSA_SIG_set0(s, BN_bin2bn(value, (int)len / 2, NULL), BN_bin2bn(value + len / 2, (int)len / 2, NULL));
	n = s != NULL ? i2d_ECDSA_SIG(s, &der) : -1;
	ECDSA_SIG_free(s);
	if (n <= 0 || (size_t)n > *room) {
		OPENSSL_free(der);
		return STATUS_INVALID;
	}
	memcpy(to, der, (size_t)n);
	*room = (size_t)n;
	OPENSSL_free(der);
	return STATUS_OK;
}

enum status
csc_sign(void *arg, const struct cms_to_sign *what, unsigned char *to, size_t *len)
{
	struct csc *c = arg;

	for (size_t i = 0; i < c->count; i++) {
		if (imprint_size(c->digests[i].kind) != what->digest.len || memcmp(c->digests[i].bytes, what->digest.data, what->digest.len) != 0)
			continue;
		if (what->scheme == CMS_ECDSA)
			return put_ecdsa(c->values[i].bytes, c->values[i].len, to, len);
		if (c->values[i].len > *len)
			return STATUS_INVALID;
		memcpy(to, c->values[i].bytes, c->values[i].len);
		*len = c->values[i].len;
		return STATUS_OK;
	}
	return STATUS_NOT_FOUND;
}
