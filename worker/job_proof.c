/* job_proof: an answer from the network, looked at before it is kept: is it what was asked for, and by whom it must be (lib/pki/fetched)? */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/pki/fetched.h"
#include "worker/job_table.h"
#include "worker/seal_kinds.h"

/* A certificate in a parameter. NULL: none, or it cannot be read. */
static X509 *
read_cert(const struct job_run *run, const char *name)
{
	const char *text = "";
	const unsigned char *at;
	unsigned char *der = NULL;
	X509 *cert = NULL;
	size_t len;

	if (!job_text(run, name, &text) || !base64_decode(text, strlen(text), &der, &len))
		return NULL;
	at = der;
	if (len > 0 && len <= INT_MAX)
		cert = d2i_X509(NULL, &at, (long)len);
	free(der);
	return cert;
}

static const char *
state_name(enum revocation_state s)
{
	switch (s) {
	case REVOCATION_GOOD:
		return "good";
	case REVOCATION_HELD:
		return "held";
	case REVOCATION_REVOKED:
		return "revoked";
	case REVOCATION_UNKNOWN:
	case REVOCATION_STALE:
	case REVOCATION_OUT_OF_BOUNDS:
		break;
	}
	return "";
}

static enum status
result_of(struct job_run *run, const struct fetched *f)
{
	char this_update[CLOCK_TEXT] = "", next_update[CLOCK_TEXT] = "";

	if (f->this_update != 0)
		clock_format_utc(f->this_update, this_update);
	if (f->next_update != 0)
		clock_format_utc(f->next_update, next_update);
	run->value = json_pack("{s:s, s:s, s:s}", "state", state_name(f->state), "this_update", this_update, "next_update",
		next_update);
	if (run->value == NULL)
		return STATUS_NO_MEMORY;
	return job_output_bytes(run, (struct span){f->der.data, f->der.len});
}

enum status
job_proof_read(struct job_run *run)
{
	X509 *of = read_cert(run, "of"), *issuer = read_cert(run, "issuer");
	const char *kind = "", *why = "";
	struct policy *known = NULL;
	struct fetched f = {0};
	enum status st;

	if (!job_text(run, "kind", &kind) || of == NULL)
		st = job_bad_parameter(run, "of");
	else if (strcmp(kind, "cert") == 0)
		st = fetched_issuer(run->inputs[0], of, &f, &why);
	else if (issuer == NULL)
		st = job_bad_parameter(run, "issuer");
	else if (strcmp(kind, "crl") == 0) {
		/* a list may be signed by another certificate of the authority, which the office knows */
		st = seal_policy(run, 0, &known);
		if (st == STATUS_OK)
			st = fetched_crl(run->inputs[0], of, issuer, known, clock_now(), &f, &why);
		policy_free(known);
	}
	else if (strcmp(kind, "ocsp") == 0)
		st = fetched_ocsp(run->inputs[0], of, issuer, clock_now(), &f, &why);
	else
		st = job_bad_parameter(run, "kind");
	if (st == STATUS_OK)
		st = result_of(run, &f);
	else if (st == STATUS_INVALID)
		diag_error(run->diag, "worker.proof", kind, why, NULL);
	buf_free(&f.der);
	X509_free(of);
	X509_free(issuer);
	return st;
}
