/*
 * chain_build: see chain.h. The search is our own because OpenSSL's takes the first certificate that fits by name: one planted certificate
 * of the same name would hide the right one. RFC 5280's checks of a found path are OpenSSL's.
 */
#include "lib/pki/chain.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"

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
	case X509_V_ERR_INVALID_POLICY_EXTENSION:
	case X509_V_ERR_NO_EXPLICIT_POLICY:
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
	case X509_V_ERR_SUBTREE_MINMAX:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
	case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
		return SUB_CHAIN_CONSTRAINTS_FAILURE;
	case X509_V_ERR_OUT_OF_MEM:
	case X509_V_ERR_UNSPECIFIED:
		return SUB_POLICY_PROCESSING_ERROR;
	default:
		return SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE;
	}
}

struct search {
	const struct policy *policy;
	unsigned use;            /* POLICY_USE_… */
	STACK_OF(X509) *candidates; /* the first `known` are the policy's, the others came with the signature */
	int known;
	X509 *path[CHAIN_DEPTH + 2];
	int length;
	int verifications, paths;
	enum sub_indication sub; /* the best that was found: of the path that got furthest */
	const char *why;
	X509 *last;
	bool whole;              /* that path reached an anchor */
	int deepest;
};

/* What is told when no path is good: what is wrong with a whole one, else where the longest ended. */
static void
note(struct search *s, enum sub_indication sub, const char *why, bool whole)
{
	if (s->whole || (!whole && s->length <= s->deepest))
		return;
	s->whole = whole;
	s->deepest = s->length;
	s->sub = sub;
	s->why = why;
	s->last = s->path[s->length - 1];
}

static bool
on_path(const struct search *s, const X509 *cert)
{
	for (int i = 0; i < s->length; i++)
		if (X509_cmp(s->path[i], cert) == 0)
			return true;
	return false;
}

/* The path as it stands by RFC 5280 6.1, apart from times, revocation and strength, which are judged later. */
static int
check_path(const struct search *s)
{
	STACK_OF(X509) *trusted = sk_X509_new_null(), *between = sk_X509_new_null();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error = X509_V_ERR_OUT_OF_MEM;
	bool ok = trusted != NULL && between != NULL && ctx != NULL &&
		sk_X509_push(trusted, s->path[s->length - 1]) > 0;

	for (int i = 1; ok && i < s->length - 1; i++)
		ok = sk_X509_push(between, s->path[i]) > 0;
	if (ok && X509_STORE_CTX_init(ctx, NULL, s->path[0], between) == 1) {
		X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH);
		X509_VERIFY_PARAM_set_auth_level(param, 0);
		/* any policy will do (RFC 5280 6.1.1 c); a certificate that demands an explicit one is obeyed */
		X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy));
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN |
			X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_POLICY_CHECK);
		error = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
		if (error == X509_V_OK && X509_STORE_CTX_get_error(ctx) != X509_V_OK)
			error = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	sk_X509_free(trusted);
	sk_X509_free(between);
	return error;
}

/* The times are judged later, but they must be there to be judged: a period that nobody can read has no beginning and no end. */
static int
check_periods(const struct search *s)
{
	for (int i = 0; i < s->length - 1; i++)
		if (!cert_has_period(s->path[i]))
			return X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD;
	return X509_V_OK;
}

/* The path ends in an anchor: is it good, and for this use? */
static bool
accept(struct search *s, const struct policy_anchor *a)
{
	int error;

	s->paths++;
	if ((a->uses & s->use) == 0) {
		note(s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "the anchor is not trusted for this use", true);
		return false;
	}
	error = check_periods(s);
	if (error == X509_V_OK)
		error = check_path(s);
	if (error != X509_V_OK)
		note(s, sub_of_error(error), X509_verify_cert_error_string(error), true);
	return error == X509_V_OK;
}

/* By name and key identifiers; a missing usage is left to check_path, which says so. */
static bool
may_be_issuer(X509 *issuer, X509 *cert)
{
	int error = X509_check_issued(issuer, cert);

	return error == X509_V_OK || error == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

/* Whether issuer was valid as long as cert. An authority that renewed its certificate with the same key has two that fit: cert was issued under this one. */
static bool
spans(const X509 *issuer, const X509 *cert)
{
	return cert_not_before(issuer) <= cert_not_before(cert) && cert_not_after(issuer) >= cert_not_after(cert);
}

static bool walk(struct search *s);

/* Goes on with this issuer, if it really is, and spans the certificate's time or does not, as wanted. */
static bool
try_issuer(struct search *s, X509 *issuer, const struct policy_anchor *anchor, bool wanted)
{
	X509 *cert = s->path[s->length - 1];
	bool found;

	if (!may_be_issuer(issuer, cert) || spans(issuer, cert) != wanted || on_path(s, issuer) || s->paths == CHAIN_PATHS)
		return false;
	if (s->verifications == CHAIN_VERIFICATIONS) {
		note(s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "too many certificates of the same name", false);
		return false;
	}
	s->verifications++;
	if (X509_verify(cert, X509_get0_pubkey(issuer)) != 1) {
		note(s, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "certificate signature failure", false);
		return false;
	}
	if (s->length == CHAIN_DEPTH + 1 && anchor == NULL) {
		note(s, SUB_CHAIN_CONSTRAINTS_FAILURE, "certificate chain too long", false);
		return false;
	}
	s->path[s->length++] = issuer;
	found = anchor != NULL ? accept(s, anchor) : walk(s);
	if (!found)
		s->length--;
	return found;
}

/* What the office trusts and knows. */
static bool
walk_known(struct search *s, bool wanted)
{
	for (size_t i = 0; i < s->policy->anchor_count; i++)
		if (try_issuer(s, s->policy->anchors[i].cert, &s->policy->anchors[i], wanted))
			return true;
	for (int i = 0; i < s->known; i++)
		if (try_issuer(s, sk_X509_value(s->candidates, i), NULL, wanted))
			return true;
	return false;
}

/* What came along, from *at on, until `most` signatures were checked. */
static bool
walk_carried(struct search *s, int *at, int most, bool wanted)
{
	for (; *at < sk_X509_num(s->candidates) && s->verifications < most; ++*at)
		if (try_issuer(s, sk_X509_value(s->candidates, *at), NULL, wanted))
			return true;
	return false;
}

/*
 * First those in whose time the certificate lies, of the office and then of what came along; then the others. What came along may use up only half of the
 * signatures before the office's others have been tried: it cannot hide them.
 */
static bool
walk(struct search *s)
{
	int spanning = s->known, other = s->known;

	if (walk_known(s, true) || walk_carried(s, &spanning, CHAIN_VERIFICATIONS / 2, true) || walk_known(s, false) ||
		walk_carried(s, &spanning, CHAIN_VERIFICATIONS + 1, true) || walk_carried(s, &other, CHAIN_VERIFICATIONS + 1, false))
		return true;
	note(s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "unable to get issuer certificate", false);
	return false;
}

/* What this office knows first, so that what came along cannot hide it; then what came with the signature, bounded. */
static STACK_OF(X509) *
candidates(const STACK_OF(X509) *inside, const struct policy *p)
{
	STACK_OF(X509) *all = sk_X509_new_null();

	for (int i = 0; all != NULL && i < sk_X509_num(p->intermediates); i++)
		sk_X509_push(all, sk_X509_value(p->intermediates, i));
	for (int i = 0; all != NULL && i < sk_X509_num(inside) && i < CHAIN_CANDIDATES; i++)
		sk_X509_push(all, sk_X509_value(inside, i));
	return all;
}

static STACK_OF(X509) *
copy_path(const struct search *s)
{
	STACK_OF(X509) *path = sk_X509_new_null();

	for (int i = 0; path != NULL && i < s->length; i++)
		if (X509_add_cert(path, s->path[i], X509_ADD_FLAG_UP_REF) != 1) {
			sk_X509_pop_free(path, X509_free);
			return NULL;
		}
	return path;
}

enum sub_indication
chain_build(X509 *leaf, const STACK_OF(X509) *inside, const struct policy *p, enum chain_use use,
	STACK_OF(X509) **path_out, X509 **last_out, const char **why)
{
	const struct policy_anchor *own = policy_anchor_of(p, leaf);
	struct search s = {.policy = p, .path = {leaf}, .length = 1, .why = "",
		.use = use == CHAIN_USE_TIMESTAMP ? POLICY_USE_TIMESTAMP : POLICY_USE_SIGNATURE,
		.candidates = candidates(inside, p), .known = sk_X509_num(p->intermediates)};
	bool found = false;

	*why = "no memory to build the certificate path";
	if (s.candidates == NULL)
		return SUB_POLICY_PROCESSING_ERROR;
	if (own != NULL)
		found = accept(&s, own);
	if (!found)
		found = walk(&s);
	sk_X509_free(s.candidates);
	ERR_clear_error();
	if (!found) {
		*why = s.why;
		if (last_out != NULL)
			*last_out = s.last;
		return s.sub;
	}
	*path_out = copy_path(&s);
	if (*path_out == NULL)
		return SUB_POLICY_PROCESSING_ERROR;
	*why = "";
	return SUB_NONE;
}
