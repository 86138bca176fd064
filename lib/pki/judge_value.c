/*
 * judge_value: signatures that are not CMS (verdict_run_value): the value checked with the certificate that the signature names, then time and
 * certificate as for any other (EN 319 102-1 5.3 to 5.6).
 */
#include "lib/pki/judge_data.h"

#include "lib/pki/ageing.h"

#include <string.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "lib/pki/cert.h"

/* r and s behind each other as ECDSA-Sig-Value; OPENSSL_free it. */
static unsigned char *
ecdsa_der(struct span value, size_t *len)
{
	ECDSA_SIG *sig = value.len != 0 && value.len % 2 == 0 ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = BN_bin2bn(value.data, (int)(value.len / 2), NULL);
	BIGNUM *s = BN_bin2bn(value.data + value.len / 2, (int)(value.len / 2), NULL);
	unsigned char *der = NULL;
	int n = -1;

	if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL;
		n = i2d_ECDSA_SIG(sig, &der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	*len = n > 0 ? (size_t)n : 0;
	return n > 0 ? der : NULL;
}

static bool
fits(const struct verdict_value *in, const EVP_PKEY *key)
{
	switch (in->scheme) {
	case VERDICT_RSA_PKCS1:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	case VERDICT_RSA_PSS:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA || EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS;
	case VERDICT_ECDSA:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
	case VERDICT_UNKNOWN:
		break;
	}
	return false;
}

static bool
check_value(const struct verdict_value *in, X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const EVP_MD *md = EVP_get_digestbyname(in->digest_name);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey = NULL;
	unsigned char *der = NULL;
	struct span value = in->value;
	bool right = false;

	if (ctx == NULL || md == NULL || key == NULL || !fits(in, key) || EVP_DigestVerifyInit(ctx, &pkey, md, NULL, key) != 1)
		goto out;
	if (in->scheme == VERDICT_RSA_PSS && (EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) != 1 ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, RSA_PSS_SALTLEN_AUTO) != 1 || EVP_PKEY_CTX_set_rsa_mgf1_md(pkey, md) != 1))
		goto out;
	if (in->scheme == VERDICT_ECDSA) {
		der = ecdsa_der(in->value, &value.len);
		value.data = der;
		if (der == NULL)
			goto out;
	}
	right = EVP_DigestVerify(ctx, value.data, value.len, in->data.data, in->data.len) == 1;
out:
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return right;
}

static X509 *
read_cert(struct span der)
{
	const unsigned char *p = der.data;
	X509 *x = d2i_X509(NULL, &p, (long)der.len);

	if (x != NULL && p != der.data + der.len) {
		X509_free(x);
		x = NULL;
	}
	ERR_clear_error();
	return x;
}

static bool
is_named(const struct verdict_value *in, const X509 *cert)
{
	const EVP_MD *md = EVP_get_digestbyname(in->reference_digest_name);
	unsigned char own[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	return md != NULL && X509_digest(cert, md, own, &len) == 1 && len == in->reference.len && len != 0 &&
		memcmp(own, in->reference.data, len) == 0;
}

/* The certificate that the signed properties name; without a name the first whose key made the value, else the first. A reference of its own. */
static X509 *
find_signer(const struct verdict_value *in)
{
	X509 *first = NULL;

	for (size_t i = 0; i < in->cert_count; i++) {
		X509 *cert = read_cert(in->certs[i]);

		if (cert == NULL)
			continue;
		if (in->reference_digest_name != NULL ? is_named(in, cert) : check_value(in, cert)) {
			X509_free(first);
			return cert;
		}
		if (first == NULL && in->reference_digest_name == NULL)
			first = cert;
		else
			X509_free(cert);
	}
	return first;
}

static enum sub_indication
check_integrity(const struct verdict_value *in, X509 *cert, const char **why)
{
	*why = in->content_why;
	switch (in->content) {
	case VERDICT_CONTENT_CHANGED:
		return SUB_HASH_FAILURE;
	case VERDICT_CONTENT_MISSING:
		return SUB_SIGNED_DATA_NOT_FOUND;
	case VERDICT_CONTENT_REFUSED:
		return SUB_SIG_CONSTRAINTS_FAILURE;
	case VERDICT_CONTENT_RIGHT:
		break;
	}
	*why = "the signature algorithm is not known";
	if (in->scheme == VERDICT_UNKNOWN)
		return SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE;
	*why = "the signature value is not that of the certificate's key over what was signed";
	return check_value(in, cert) ? SUB_NONE : SUB_SIG_CRYPTO_FAILURE;
}

static enum sub_indication
judge_signature(struct judge *j, const char **why)
{
	const struct verdict_value *in = j->raw;
	struct verdict *v = j->v;
	enum sub_indication sub;

	judge_name_algorithms(v, &j->cms, j->cert);
	if (j->cert == NULL) {
		*why = in->cert_count == 0 ? "the certificate of the signer is not inside" :
			"none of the certificates inside is the one that was signed along";
		return SUB_NO_SIGNING_CERTIFICATE_FOUND;
	}
	verdict_set_signer(v, j->cert);
	judge_own_algorithms(j);
	if (in->content_weak)
		judge_digest(j, NID_sha1);
	v->weak_algorithm = j->strength != STRENGTH_GOOD;
	sub = check_integrity(in, j->cert, why);
	v->intact = sub == SUB_NONE;
	if (sub != SUB_NONE)
		return sub;
	j->referred = in->reference_digest_name != NULL;
	if (in->advanced && j->referred)
		v->level = LEVEL_B_B;
	if (in->names_policy) {
		*why = "the signature policy that the signature names is not at hand";
		return SUB_SIGNATURE_POLICY_NOT_AVAILABLE;
	}
	return judge_conclude(j, why);
}

static void
take_all(struct verdict_run *run, const struct verdict_value *in)
{
	for (size_t i = 0; i < in->cert_count; i++)
		material_take(run, VERDICT_PROOF_CERT, in->certs[i], 0);
	for (size_t i = 0; i < in->crl_count; i++)
		material_take(run, VERDICT_PROOF_CRL, in->crls[i], 0);
	for (size_t i = 0; i < in->ocsp_count; i++)
		material_take(run, VERDICT_PROOF_OCSP, in->ocsps[i], 0);
}

void
verdict_run_value(struct verdict_run *run, const struct verdict_value *in, size_t covered_by, struct verdict *out)
{
	struct judge j = {.run = run, .v = out, .raw = in, .best = run->policy->at, .covered_by = covered_by, .good_until = AGEING_NEVER};
	enum sub_indication sub;
	const char *why = "";

	judge_start(out, run->policy);
	out->claimed_time = in->claimed_time;
	j.cms.value = in->value;
	j.cms.digest_nid = in->scheme != VERDICT_UNKNOWN ? OBJ_sn2nid(in->digest_name) : NID_undef;
	j.cms.signature_nid = in->scheme == VERDICT_RSA_PSS ? NID_rsassaPss : NID_undef;
	take_all(run, in);
	j.cert = find_signer(in);
	sub = judge_signature(&j, &why);
	verdict_set(out, sub, why);
	judge_tell(&j);
	X509_free(j.cert);
	judge_free(&j);
	ERR_clear_error();
}
