/* sign_local: see sign_local.h. What is written is judged by our own verifier first: a file that is not intact is not left behind. */
#include "cli/sign_local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/offline.h"
#include "cli/sign_key.h"
#include "lib/pki/cert.h"
#include "lib/pki/cms_read.h"
#include "lib/seal/seal.h"
#include "lib/wire/frame.h"

static int
write_out(struct cli *cli, const char *path, struct span head, struct span tail)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	const struct span parts[] = {head, tail};
	bool ok = fd >= 0;
	char why[300];

	for (size_t i = 0; i < 2 && ok; i++)
		for (size_t at = 0; ok && at < parts[i].len;) {
			ssize_t n = write(fd, parts[i].data + at, parts[i].len - at);

			ok = n > 0;
			at += n > 0 ? (size_t)n : 0;
		}
	if (fd >= 0 && close(fd) != 0)
		ok = false;
	if (ok)
		return CLI_OK;
	snprintf(why, sizeof(why), "%s: %s", path, strerror(errno));
	cli_error(cli, "cli.cannot-write", why);
	if (fd >= 0)
		(void)unlink(path);
	return CLI_FAULT;
}

/* The signature just made is intact; trust is the reader's to say. */
static bool
is_intact(const struct seal_kind *kind, struct span file, struct span detached, struct diag *diag)
{
	struct policy *policy = policy_new(0);
	struct seal_report *report = NULL;
	size_t n = 0;
	bool good = policy != NULL && kind->verify(file, detached, policy, &report, diag) == STATUS_OK;

	if (good)
		n = seal_report_count(report);
	good = n > 0;
	for (size_t i = 0; i < n; i++)
		good = good && seal_report_at(report, i)->verdict->intact;
	seal_report_free(report);
	policy_free(policy);
	return good;
}

/* base and what the signature adds, as one file in memory for the verifier. */
static bool
check_made(const struct seal_kind *kind, struct span base, const struct buf *tail, bool attached, struct diag *diag)
{
	struct span made = {tail->data, tail->len}, none = {NULL, 0};
	struct buf whole;
	bool good;

	if (kind == &seal_cms)
		return attached ? is_intact(kind, made, none, diag) : is_intact(kind, base, made, diag);
	buf_init(&whole, base.len + tail->len);
	buf_put(&whole, base.data, base.len);
	buf_put(&whole, tail->data, tail->len);
	good = buf_status(&whole) == STATUS_OK && is_intact(kind, (struct span){whole.data, whole.len}, none, diag);
	buf_free(&whole);
	return good;
}

static bool
wants_attached(const struct cli_args *args)
{
	const char *container = cli_option(args, "container");

	return cli_option(args, "attached") != NULL || (container != NULL && strcmp(container, "cms-attached") == 0);
}

/* A file of one's own is signed inside itself or beside it; containers are made by `congvan asic create`. */
static bool
is_local_form(const struct cli_args *args)
{
	const char *container = cli_option(args, "container");

	return container == NULL || strcmp(container, "cms") == 0 || strcmp(container, "cms-attached") == 0 || strcmp(container, "pdf") == 0;
}

static int
sign_file(struct cli *cli, const struct cli_args *args, struct sign_key *key, struct span base, struct diag *diag)
{
	bool pdf = base.len >= 5 && memcmp(base.data, "%PDF-", 5) == 0, attached = wants_attached(args);
	const struct seal_kind *kind = pdf ? &seal_pdf : &seal_cms;
	struct seal_prepared prepared = {0};
	struct seal_request req = {.reason = cli_option(args, "reason"), .time = clock_now(), .look = {.role = SEAL_ROLE_INVISIBLE},
		.algorithm = sign_key_digest(key), .attached = attached};
	char name[256];
	struct buf cms;
	int rc = CLI_INVALID;

	if (pdf && attached) {
		cli_error(cli, "cli.attached", NULL);
		return CLI_USAGE;
	}
	cert_name_part(X509_get_subject_name(sign_key_cert(key)), NID_commonName, name, sizeof(name));
	req.signer = name;
	buf_init(&cms, CMS_MAX);
	if (kind->prepare(base, &req, &prepared, diag) == STATUS_OK) {
		clock_us time = pdf ? 0 : req.time;

		rc = sign_key_expect(cli, key, &prepared.imprint, &time, 1);
		if (rc == CLI_OK)
			rc = sign_key_sign(cli, key, &prepared.imprint, time, &cms);
		if (rc == CLI_OK && (kind->embed(base, &prepared, (struct span){cms.data, cms.len}, diag) != STATUS_OK ||
			!check_made(kind, base, &prepared.tail, attached, diag))) {
			cli_error(cli, "cli.not-intact", NULL);
			rc = CLI_INVALID;
		}
		if (rc == CLI_OK)
			rc = write_out(cli, cli_option(args, "out"), pdf ? base : (struct span){NULL, 0},
				(struct span){prepared.tail.data, prepared.tail.len});
	}
	buf_free(&cms);
	seal_prepared_free(&prepared);
	return rc;
}

/*
 * The signature `cms` (beside the document, or with it inside) with a counter-signature more. What somebody puts his own signature over must be whole itself, and over this document.
 */
static int
counter_sign(struct cli *cli, const struct cli_args *args, struct sign_key *key, struct span document, struct span cms, struct diag *diag)
{
	struct seal_request req = {.algorithm = sign_key_digest(key)};
	struct seal_prepared prepared = {0};
	struct cms_signature s;
	struct span none = {NULL, 0};
	clock_us now = clock_now();
	const char *why;
	struct buf made;
	bool read = cms_read(cms, NULL, &s, &why) == STATUS_OK, inside = read && s.content.data != NULL;
	int rc = CLI_INVALID;

	buf_init(&made, CMS_MAX);
	if (!(inside ? is_intact(&seal_cms, cms, none, diag) : is_intact(&seal_cms, document, cms, diag)))
		cli_error(cli, "cli.counter.broken", cli_option(args, "counter"));
	else if (seal_counter.prepare(cms, &req, &prepared, diag) == STATUS_OK) {
		rc = sign_key_expect(cli, key, &prepared.imprint, &now, 1);
		if (rc == CLI_OK)
			rc = sign_key_sign(cli, key, &prepared.imprint, now, &made);
		if (rc == CLI_OK && (seal_counter.embed(cms, &prepared, (struct span){made.data, made.len}, diag) != STATUS_OK ||
			!check_made(&seal_cms, document, &prepared.tail, inside, diag))) {
			cli_error(cli, "cli.not-intact", NULL);
			rc = CLI_INVALID;
		}
		if (rc == CLI_OK)
			rc = write_out(cli, cli_option(args, "out"), none, (struct span){prepared.tail.data, prepared.tail.len});
	}
	if (read)
		cms_signature_free(&s);
	buf_free(&made);
	seal_prepared_free(&prepared);
	return rc;
}

int
sign_local(struct cli *cli, const struct cli_args *args)
{
	const char *counter = cli_option(args, "counter");
	struct span signature = {NULL, 0};
	struct span base = {NULL, 0};
	struct sign_key *key = NULL;
	struct diag *diag;
	int rc;

	if (cli_arg_count(args) != 1 || !sign_key_given(args)) {
		cli_error(cli, "cli.sign-local", NULL);
		return CLI_USAGE;
	}
	if (!is_local_form(args)) {
		cli_error(cli, "signing.container", cli_option(args, "container"));
		return CLI_USAGE;
	}
	if (offline_map(cli, cli_arg(args, 0), &base) != STATUS_OK)
		return CLI_NOT_FOUND;
	if (counter != NULL && offline_map(cli, counter, &signature) != STATUS_OK) {
		frame_unmap(&base);
		return CLI_NOT_FOUND;
	}
	diag = diag_new();
	rc = sign_key_open(cli, args, &key);
	if (rc == CLI_OK)
		rc = counter != NULL ? counter_sign(cli, args, key, base, signature, diag) : sign_file(cli, args, key, base, diag);
	offline_findings(cli, diag);
	sign_key_free(key);
	diag_free(diag);
	frame_unmap(&signature);
	frame_unmap(&base);
	return rc;
}
