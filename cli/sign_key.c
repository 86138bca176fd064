/* sign_key: see sign_key.h. */
#include "cli/sign_key.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "cli/csc.h"
#include "cli/offline.h"
#include "cli/session.h"
#include "lib/base/secret.h"
#include "lib/pki/cert.h"
#include "lib/token/token.h"
#include "lib/wire/frame.h"

struct sign_key {
	X509 *cert;
	STACK_OF(X509) *others; /* certificates found beside it */
	EVP_PKEY *private_key;  /* of a file */
	struct token_module *module;
	struct token *token;
	struct token_key *token_key;
	struct csc *remote;
	enum imprint_kind digest;
	bool pss, counter;
};

bool
sign_key_given(const struct cli_args *args)
{
	return cli_option(args, "p12") != NULL || cli_option(args, "module") != NULL || cli_option(args, "csc") != NULL;
}

void
sign_key_free(struct sign_key *k)
{
	if (k == NULL)
		return;
	csc_close(k->remote);
	token_key_free(k->token_key);
	token_close(k->token);
	token_module_close(k->module);
	EVP_PKEY_free(k->private_key);
	X509_free(k->cert);
	sk_X509_pop_free(k->others, X509_free);
	free(k);
}

X509 *
sign_key_cert(const struct sign_key *k)
{
	return k->cert;
}

enum imprint_kind
sign_key_digest(const struct sign_key *k)
{
	return k->digest;
}

static int
refuse(struct cli *cli, const char *code, const char *detail, enum status st)
{
	cli_error(cli, code, detail);
	return st == STATUS_DENIED || st == STATUS_LOCKED ? CLI_DENIED : st == STATUS_NOT_FOUND ? CLI_NOT_FOUND :
		st == STATUS_UNAVAILABLE ? CLI_UNAVAILABLE : CLI_REFUSED;
}

/* --- a file --- */

static int
open_p12(struct cli *cli, const struct cli_args *args, struct sign_key *k)
{
	const char *path = cli_option(args, "p12");
	struct span file = {NULL, 0};
	char *pin = NULL;
	PKCS12 *p12 = NULL;
	const unsigned char *at;
	int rc = CLI_OK;

	if (offline_map(cli, path, &file) != STATUS_OK)
		return CLI_NOT_FOUND;
	at = file.data;
	p12 = file.len <= INT_MAX ? d2i_PKCS12(NULL, &at, (long)file.len) : NULL;
	if (p12 == NULL)
		rc = refuse(cli, "signing_key.unreadable", path, STATUS_INVALID);
	else if ((pin = session_secret(cli, args, "pin-file", "cli.prompt.pin")) == NULL)
		rc = CLI_DENIED;
	else if (PKCS12_parse(p12, pin, &k->private_key, &k->cert, &k->others) != 1)
		rc = ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE ?
			refuse(cli, "pin.wrong", path, STATUS_DENIED) : refuse(cli, "signing_key.unreadable", path, STATUS_INVALID);
	else if (k->private_key == NULL || k->cert == NULL)
		rc = refuse(cli, "signing_key.unreadable", path, STATUS_INVALID);
	ERR_clear_error();
	secret_free(pin);
	PKCS12_free(p12);
	frame_unmap(&file);
	return rc;
}

/* --- a token --- */

/* The certificate to sign with: of those that may sign and are valid now, the one whose common name has the wanted text. Exactly one. */
static int
choose_certificate(struct cli *cli, const char *wanted, struct sign_key *k)
{
	clock_us now = clock_now();

	for (int i = 0; i < sk_X509_num(k->others); i++) {
		X509 *cert = sk_X509_value(k->others, i);
		char name[256];

		cert_name_part(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
		if (!cert_may_sign_documents(cert) || !cert_valid_at(cert, now) || (wanted != NULL && strstr(name, wanted) == NULL))
			continue;
		if (k->cert != NULL)
			return refuse(cli, "cli.certificates", name, STATUS_CONFLICT);
		X509_up_ref(cert);
		k->cert = cert;
	}
	return k->cert != NULL ? CLI_OK : refuse(cli, "token.no-key", wanted, STATUS_NOT_FOUND);
}

static int
log_in(struct cli *cli, const struct cli_args *args, struct sign_key *k)
{
	char *pin = NULL;
	const char *why = NULL;
	enum status st;

	if (token_has_pad(k->token))
		fprintf(stderr, "%s\n", cli_say(cli, "cli.pin-pad"));
	else if ((pin = session_secret(cli, args, "pin-file", "cli.prompt.pin")) == NULL)
		return CLI_DENIED;
	st = token_login(k->token, pin, false, &why);
	secret_free(pin);
	if (st == STATUS_OK)
		st = token_key_open(k->token, k->cert, &k->token_key);
	else
		return refuse(cli, why != NULL ? why : "token.failed", NULL, st);
	return st == STATUS_OK ? CLI_OK : refuse(cli, "token.no-key", NULL, st);
}

static int
open_module(struct cli *cli, const struct cli_args *args, struct sign_key *k)
{
	const char *path = cli_option(args, "module"), *slot = cli_option(args, "slot");
	struct token_choice choice = {cli_option(args, "token"), NULL, slot != NULL ? atol(slot) : -1};
	enum status st = token_module_open(path, &k->module);
	int rc;

	if (st != STATUS_OK)
		return refuse(cli, "token.module", path, st);
	st = token_open(k->module, &choice, &k->token);
	if (st != STATUS_OK)
		return refuse(cli, st == STATUS_NOT_FOUND ? "token.absent" : st == STATUS_CONFLICT ? "token.several" : "token.failed",
			choice.label, st);
	if ((k->others = sk_X509_new_null()) == NULL || token_certificates(k->token, k->others) != STATUS_OK)
		return refuse(cli, "token.failed", NULL, STATUS_UNAVAILABLE);
	rc = choose_certificate(cli, cli_option(args, "certificate"), k);
	return rc == CLI_OK ? log_in(cli, args, k) : rc;
}

/* --- a remote service --- */

static int
open_remote(struct cli *cli, const struct cli_args *args, struct sign_key *k)
{
	int rc;

	if ((k->others = sk_X509_new_null()) == NULL)
		return CLI_FAULT;
	rc = csc_open(cli, args, k->others, &k->remote);
	if (rc == CLI_OK) {
		k->cert = sk_X509_value(k->others, 0);
		X509_up_ref(k->cert);
	}
	return rc;
}

int
sign_key_open(struct cli *cli, const struct cli_args *args, struct sign_key **out)
{
	struct sign_key *k = calloc(1, sizeof(*k));
	const char *digest = cli_option(args, "digest");
	int rc;

	if (k == NULL)
		return CLI_FAULT;
	rc = cli_option(args, "p12") != NULL ? open_p12(cli, args, k) : cli_option(args, "csc") != NULL ? open_remote(cli, args, k) :
		open_module(cli, args, k);
	if (rc == CLI_OK) {
		k->digest = cms_digest_of(k->cert);
		k->pss = cli_option(args, "pss") != NULL;
		k->counter = cli_option(args, "counter") != NULL;
		if (digest != NULL && !imprint_kind_find(digest, &k->digest)) {
			cli_error(cli, "cli.digest", digest);
			rc = CLI_USAGE;
		}
	}
	if (rc != CLI_OK)
		sign_key_free(k);
	else
		*out = k;
	return rc;
}

/* --- signing --- */

static enum status
sign_with(struct sign_key *k, const struct cms_template *t, const struct cms_input *input, struct buf *out)
{
	struct cms_key *key = NULL;
	enum status st;

	if (k->remote != NULL)
		return cms_template_sign(t, input, csc_sign, k->remote, out);
	if (k->token_key != NULL)
		return cms_template_sign(t, input, token_key_sign, k->token_key, out);
	st = cms_key_new(t, k->private_key, &key);
	if (st == STATUS_OK)
		st = cms_template_sign(t, input, cms_key_sign, key, out);
	cms_key_free(key);
	return st;
}

/* The issuers of the certificate among those beside it, as far as they go, without a root. */
static STACK_OF(X509) *
chain_of(const struct sign_key *k)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *last = k->cert;

	for (int found = 0; chain != NULL && found < 8; found++) {
		X509 *next = NULL;

		for (int i = 0; i < sk_X509_num(k->others) && next == NULL; i++)
			if (X509_check_issued(sk_X509_value(k->others, i), last) == X509_V_OK)
				next = sk_X509_value(k->others, i);
		if (next == NULL || X509_check_issued(next, next) == X509_V_OK || sk_X509_push(chain, next) <= 0)
			break;
		last = next;
	}
	ERR_clear_error();
	return chain;
}

static enum status
make_template(const struct sign_key *k, clock_us signing_time, struct cms_template **out)
{
	struct cms_options options = {.digest_name = imprint_name(k->digest), .pss = k->pss, .signing_time = signing_time != 0, .counter = k->counter};
	STACK_OF(X509) *chain = chain_of(k);
	enum status st = cms_template_new(k->cert, chain, &options, out);

	sk_X509_free(chain);
	return st;
}

size_t
sign_key_size(const struct sign_key *k)
{
	struct cms_template *t = NULL;
	size_t size = 0;

	if (make_template(k, CLOCK_SECOND, &t) == STATUS_OK)
		size = cms_template_room(t);
	cms_template_free(t);
	return size;
}

/* The digest of the attributes that sign_key_sign will build. */
static enum status
attributes_digest(const struct sign_key *k, const struct imprint *imprint, clock_us signing_time, enum cms_scheme *scheme, struct imprint *out)
{
	struct cms_input input = {{imprint->bytes, imprint_size(imprint->kind)}, signing_time};
	struct cms_template *t = NULL;
	struct buf attributes;
	enum status st = make_template(k, signing_time, &t);

	buf_init(&attributes, CMS_MAX);
	if (st == STATUS_OK)
		st = cms_template_attributes(t, &input, &attributes);
	if (st == STATUS_OK) {
		*scheme = cms_template_scheme(t);
		*out = imprint_of(k->digest, attributes.data, attributes.len);
	}
	buf_free(&attributes);
	cms_template_free(t);
	return st;
}

int
sign_key_expect(struct cli *cli, struct sign_key *k, const struct imprint *imprints, const clock_us *times, size_t count)
{
	struct imprint *digests;
	enum cms_scheme scheme = CMS_RSA_PKCS1;
	enum status st = STATUS_OK;
	int rc;

	if (k->remote == NULL)
		return CLI_OK;
	digests = calloc(count, sizeof(*digests));
	if (digests == NULL)
		return CLI_FAULT;
	for (size_t i = 0; st == STATUS_OK && i < count; i++)
		st = attributes_digest(k, &imprints[i], times[i], &scheme, &digests[i]);
	rc = st == STATUS_OK ? csc_authorise(cli, k->remote, scheme, digests, count) : refuse(cli, "token.mechanism", NULL, st);
	free(digests);
	return rc;
}

int
sign_key_sign(struct cli *cli, struct sign_key *k, const struct imprint *imprint, clock_us signing_time, struct buf *out)
{
	struct cms_input input = {{imprint->bytes, imprint_size(imprint->kind)}, signing_time};
	struct cms_template *t = NULL;
	enum status st = make_template(k, signing_time, &t);
	const char *why = st == STATUS_OK ? NULL : "token.mechanism";

	if (st == STATUS_OK) {
		st = sign_with(k, t, &input, out);
		if (k->token_key != NULL)
			why = token_key_why(k->token_key);
	}
	cms_template_free(t);
	return st == STATUS_OK ? CLI_OK : refuse(cli, why != NULL ? why : "signing.failed", NULL, st);
}
