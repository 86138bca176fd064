/* remedy: what would make a signature valid, or valid without a warning, told from what was found (verdict.h, VERDICT_NEED_TABLE). */
#include "lib/pki/verdict_data.h"

#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/base/text.h"
#include "lib/pki/cert.h"

/* The common name of a subject, or all of it. */
static void
short_name(const X509_NAME *name, char *to, size_t size)
{
	cert_name_part(name, NID_commonName, to, size);
	if (to[0] == '\0')
		cert_name_text(name, to, size);
}

static bool
take_uri(const GENERAL_NAME *g, char *to, size_t size)
{
	if (g == NULL || g->type != GEN_URI)
		return false;
	text_excerpt(to, size, (const char *)ASN1_STRING_get0_data(g->d.uniformResourceIdentifier),
		(size_t)ASN1_STRING_length(g->d.uniformResourceIdentifier));
	return to[0] != '\0';
}

/* Where the certificate says its CRL is. */
static void
crl_url(const X509 *cert, char *to, size_t size)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
	bool found = false;

	*to = '\0';
	for (int i = 0; i < sk_DIST_POINT_num(points) && !found; i++) {
		DIST_POINT_NAME *n = sk_DIST_POINT_value(points, i)->distpoint;

		for (int k = 0; n != NULL && n->type == 0 && k < sk_GENERAL_NAME_num(n->name.fullname) && !found; k++)
			found = take_uri(sk_GENERAL_NAME_value(n->name.fullname, k), to, size);
	}
	CRL_DIST_POINTS_free(points);
	ERR_clear_error();
}

/* Where the certificate says its issuer's certificate or OCSP responder is. */
static void
access_url(const X509 *cert, int method, char *to, size_t size)
{
	AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
	bool found = false;

	*to = '\0';
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(info) && !found; i++) {
		ACCESS_DESCRIPTION *a = sk_ACCESS_DESCRIPTION_value(info, i);

		found = OBJ_obj2nid(a->method) == method && take_uri(a->location, to, size);
	}
	AUTHORITY_INFO_ACCESS_free(info);
	ERR_clear_error();
}

void
verdict_add_need(struct verdict *v, enum verdict_need_kind kind, const char *who, const char *url, clock_us at)
{
	struct verdict_need *n = &v->needs[v->need_count];

	for (size_t i = 0; i < v->need_count; i++)
		if (v->needs[i].kind == kind && strcmp(v->needs[i].who, who) == 0)
			return;
	if (v->need_count == VERDICT_NEEDS_MAX)
		return;
	n->kind = kind;
	n->at = at;
	text_excerpt(n->who, sizeof(n->who), who, strlen(who));
	text_excerpt(n->url, sizeof(n->url), url, strlen(url));
	v->need_count++;
}

/* Revocation data about cert: its CRL, or else its OCSP responder. */
static void
need_data(struct verdict *v, enum verdict_need_kind kind, const X509 *cert, clock_us at)
{
	char who[96], url[160];

	short_name(X509_get_subject_name(cert), who, sizeof(who));
	crl_url(cert, url, sizeof(url));
	if (url[0] == '\0')
		access_url(cert, NID_ad_OCSP, url, sizeof(url));
	verdict_add_need(v, kind, who, url, at);
}

void
need_of_issuer(struct verdict *v, const X509 *last)
{
	char who[96], url[160];

	if (last == NULL)
		return;
	short_name(X509_get_issuer_name(last), who, sizeof(who));
	access_url(last, NID_ad_ca_issuers, url, sizeof(url));
	if (X509_NAME_cmp(X509_get_issuer_name(last), X509_get_subject_name(last)) == 0)
		verdict_add_need(v, NEED_ANCHOR, who, "", 0);
	else
		verdict_add_need(v, NEED_INTERMEDIATE, who, url, 0);
}

void
need_of_path(struct verdict *v, const struct chain_finding *f, const STACK_OF(X509) *path, const struct past *past)
{
	const X509 *at = f->at != NULL ? f->at : sk_X509_value(path, 0);

	switch (v->sub) {
	case SUB_REVOKED_NO_POE:
	case SUB_REVOKED_CA_NO_POE:
		verdict_add_need(v, NEED_TIMESTAMP, "", "", f->revoked_at);
		verdict_add_need(v, NEED_RESIGN, "", "", 0);
		break;
	case SUB_OUT_OF_BOUNDS_NO_POE:
	case SUB_OUT_OF_BOUNDS_NOT_REVOKED:
	case SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE:
		verdict_add_need(v, NEED_TIMESTAMP, "", "", cert_not_after(at));
		verdict_add_need(v, NEED_RESIGN, "", "", 0);
		break;
	case SUB_TRY_LATER:
		if (f->revoked_at != 0)
			verdict_add_need(v, NEED_WAIT, "", "", 0);
		else
			need_data(v, NEED_CRL, at, f->stale_since);
		break;
	case SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE:
		need_data(v, NEED_CRL, at, 0);
		break;
	case SUB_NO_POE:
		if (past != NULL && past->at != NULL)
			need_data(v, NEED_PROOF, past->at, past->control);
		break;
	case SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE:
		verdict_add_need(v, NEED_TIMESTAMP, "", "", v->weak_until);
		verdict_add_need(v, NEED_RESIGN, "", "", 0);
		break;
	default:
		break;
	}
	if (v->indication != INDICATION_PASSED || v->revocation_checked)
		return;
	if (f->unchecked != NULL)
		need_data(v, NEED_CRL, f->unchecked, f->stale_since);
	else if (past != NULL && past->at != NULL)
		need_data(v, NEED_PROOF, past->at, past->control);
}

void
need_of_sub(struct verdict *v)
{
	static const struct {
		enum sub_indication sub;
		enum verdict_need_kind kind;
	} rows[] = {
		{SUB_FORMAT_FAILURE, NEED_ORIGINAL}, {SUB_HASH_FAILURE, NEED_ORIGINAL},
		{SUB_SIG_CRYPTO_FAILURE, NEED_ORIGINAL}, {SUB_REVOKED, NEED_RESIGN}, {SUB_EXPIRED, NEED_RESIGN},
		{SUB_NOT_YET_VALID, NEED_RESIGN}, {SUB_SIG_CONSTRAINTS_FAILURE, NEED_RESIGN},
		{SUB_CHAIN_CONSTRAINTS_FAILURE, NEED_RESIGN},
		{SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, NEED_RESIGN},
		{SUB_CRYPTO_CONSTRAINTS_FAILURE, NEED_RESIGN}, {SUB_TIMESTAMP_ORDER_FAILURE, NEED_RESIGN},
		{SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, NEED_RESIGN},
		{SUB_NO_SIGNING_CERTIFICATE_FOUND, NEED_SIGNER}, {SUB_SIGNED_DATA_NOT_FOUND, NEED_CONTENT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].sub == v->sub)
			verdict_add_need(v, rows[i].kind, "", "", 0);
	if (v->sub == SUB_SIGNATURE_POLICY_NOT_AVAILABLE || v->sub == SUB_POLICY_PROCESSING_ERROR)
		verdict_add_need(v, NEED_POLICY, v->signature_policy, "", 0);
}
