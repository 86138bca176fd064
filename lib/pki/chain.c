/* chain: see chain.h. */
#include "lib/pki/chain.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"
#include "lib/pki/revocation.h"

static enum sub_indication
sub_of_error(int error)
{
	switch (error) {
	case X509_V_OK:
		return SUB_NONE;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return SUB_NO_CERTIFICATE_CHAIN_FOUND;
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_NON_CA:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
	case X509_V_ERR_INVALID_EXTENSION:
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
	case X509_V_ERR_SUBTREE_MINMAX:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
		return SUB_CHAIN_CONSTRAINTS_FAILURE;
	case X509_V_ERR_OUT_OF_MEM:
	case X509_V_ERR_UNSPECIFIED:
		return SUB_POLICY_PROCESSING_ERROR;
	default:
		return SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE;
	}
}

/* Candidates for the path: what came with the signature first, bounded, then what this office knows. */
static STACK_OF(X509) *
candidates(const STACK_OF(X509) *inside, const struct policy *p)
{
	STACK_OF(X509) *all = sk_X509_new_null();

	for (int i = 0; all != NULL && i < sk_X509_num(inside) && i < CHAIN_CANDIDATES; i++)
		sk_X509_push(all, sk_X509_value(inside, i));
	for (int i = 0; all != NULL && i < sk_X509_num(p->intermediates); i++)
		sk_X509_push(all, sk_X509_value(p->intermediates, i));
	return all;
}

enum sub_indication
chain_build(X509 *leaf, const STACK_OF(X509) *inside, const struct policy *p,
	STACK_OF(X509) **path_out, const char **why)
{
	STACK_OF(X509) *untrusted = candidates(inside, p);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum sub_indication sub = SUB_POLICY_PROCESSING_ERROR;
	X509_VERIFY_PARAM *param;
	int error;

	*why = "no memory to build the certificate path";
	if (ctx == NULL || untrusted == NULL ||
		X509_STORE_CTX_init(ctx, p->anchor_store, leaf, untrusted) != 1)
		goto out;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH);
	X509_VERIFY_PARAM_set_auth_level(param, 0); /* strength is judged apart */
	/* an anchor is trusted as it is; times are judged apart; the store comes first so that old roots do not hide it */
	X509_VERIFY_PARAM_set_flags(param,
		X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
	if (X509_verify_cert(ctx) == 1) {
		*path_out = X509_STORE_CTX_get1_chain(ctx);
		sub = *path_out != NULL ? SUB_NONE : SUB_POLICY_PROCESSING_ERROR;
		goto out;
	}
	error = X509_STORE_CTX_get_error(ctx);
	sub = error == X509_V_OK ? SUB_POLICY_PROCESSING_ERROR : sub_of_error(error);
	*why = X509_verify_cert_error_string(error);
out:
	X509_STORE_CTX_free(ctx);
	sk_X509_free(untrusted);
	ERR_clear_error();
	return sub;
}

/* Puts a finding down unless an earlier one stands. */
static void
find(struct chain_finding *f, enum sub_indication sub, const char *why)
{
	if (f->sub != SUB_NONE)
		return;
	f->sub = sub;
	f->why = why;
}

static void
judge_revocation(struct chain_finding *f, const struct revocation *r, bool leaf,
	const struct policy *p)
{
	bool require = p->revocation == POLICY_REVOCATION_REQUIRE;

	switch (r->state) {
	case REVOCATION_GOOD:
		return;
	case REVOCATION_REVOKED:
		if (f->sub == SUB_NONE)
			f->revoked_at = r->revoked_at;
		if (leaf)
			find(f, SUB_REVOKED_NO_POE, "the certificate is revoked");
		else
			find(f, SUB_REVOKED_CA_NO_POE, "a certificate of an issuer is revoked");
		return;
	case REVOCATION_HELD: /* EN 319 102-1 5.2.6.4: suspended, may be lifted */
		if (f->sub == SUB_NONE)
			f->revoked_at = r->revoked_at;
		find(f, SUB_TRY_LATER, "the certificate is suspended");
		return;
	case REVOCATION_OUT_OF_BOUNDS:
		f->revocation_checked = false;
		if (require)
			find(f, SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE,
				"the certificate of the OCSP responder was not valid");
		return;
	case REVOCATION_STALE:
		f->revocation_checked = false;
		if (require)
			find(f, SUB_TRY_LATER, "the revocation data at hand is too old");
		return;
	case REVOCATION_UNKNOWN:
		f->revocation_checked = false;
		if (require)
			find(f, SUB_TRY_LATER, "no revocation data at hand");
		return;
	}
}

static void
judge_validity(struct chain_finding *f, X509 *cert, bool leaf, const struct revocation *r, clock_us t)
{
	if (cert_valid_at(cert, t))
		return;
	if (!leaf)
		find(f, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
			"the certificate of an issuer is not valid at that time");
	else if (t >= cert_not_before(cert) && r->state == REVOCATION_GOOD && r->after_expiry)
		find(f, SUB_OUT_OF_BOUNDS_NOT_REVOKED,
			"the certificate has expired; it was not revoked");
	else
		find(f, SUB_OUT_OF_BOUNDS_NO_POE, "the certificate is not valid at that time");
}

void
chain_judge(const STACK_OF(X509) *path, const STACK_OF(X509_CRL) *crls, const struct policy *p,
	enum chain_use use, clock_us t, struct chain_finding *out)
{
	X509 *leaf = sk_X509_value(path, 0);
	int last = sk_X509_num(path) - 1;
	bool may = use == CHAIN_USE_TIMESTAMP ? cert_may_sign_timestamps(leaf) :
		cert_may_sign_documents(leaf);

	*out = (struct chain_finding){.sub = SUB_NONE, .why = "", .revocation_checked = true};
	if (!may)
		find(out, SUB_CHAIN_CONSTRAINTS_FAILURE, use == CHAIN_USE_TIMESTAMP ?
			"the certificate is not one for timestamps only (RFC 3161 2.3)" :
			"the certificate may not sign documents by its key usage");
	for (int i = 0; i <= last; i++) {
		X509 *cert = sk_X509_value(path, i);
		struct revocation r = {.state = REVOCATION_GOOD};
		enum strength s = strength_of_cert(cert, i == last);

		if (s > out->strength)
			out->strength = s;
		/* nobody stands above the anchor to revoke it; a leaf that is itself an anchor neither */
		if (i < last) {
			revocation_find(cert, sk_X509_value(path, i + 1), p, crls, t, &r);
			judge_revocation(out, &r, i == 0, p);
		}
		judge_validity(out, cert, i == 0, &r, t);
	}
	ERR_clear_error();
}
