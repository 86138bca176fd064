/* material: certificates and revocation data carried by a CMS (verdict_data.h), wherever in it they stand. */
#include "lib/pki/verdict_data.h"

#include <string.h>
#include <openssl/err.h>

/* id-ri-ocsp-response 1.3.6.1.5.5.7.16.2, id-pkix-ocsp-basic 1.3.6.1.5.5.7.48.1.1 */
static const unsigned char oid_ri_ocsp[] = {0x06, 8, 43, 6, 1, 5, 5, 7, 16, 2};
static const unsigned char oid_ocsp_basic[] = {0x06, 9, 43, 6, 1, 5, 5, 7, 48, 1, 1};
/* id-aa-ets-certValues and -revocationValues, 1.2.840.113549.1.9.16.2.23 and .24 */
static const unsigned char oid_cert_values[] = {0x06, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 23};
static const unsigned char oid_revocation_values[] = {0x06, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 24};
/* adbe-revocationInfoArchival, 1.2.840.113583.1.1.8 (ISO 32000-1 12.8.3.3.2) */
static const unsigned char oid_adobe[] = {0x06, 9, 42, 134, 72, 134, 247, 47, 1, 1, 8};

struct walk {
	material_fn fn;
	void *arg;
	struct material now;
};

static bool
is_oid(struct span whole, const unsigned char *oid, size_t len)
{
	return whole.len == len && memcmp(whole.data, oid, len) == 0;
}

static void
give(struct walk *w, enum verdict_proof_kind kind, struct span der)
{
	w->now.kind = kind;
	w->now.der = der;
	w->fn(w->arg, &w->now);
}

/* OCSPResponse: SEQUENCE { ENUMERATED, [0] { SEQUENCE { OID, OCTET STRING } } }: the BasicOCSPResponse in it. */
static bool
basic_of(struct span response, struct span *out)
{
	struct der d, bytes;

	if (!der_expect(&response, DER_SEQUENCE, &d) || response.len != 0)
		return false;
	response = d.value;
	if (!der_expect(&response, 0x0a, &d) || !der_expect(&response, DER_CONTEXT(0), &d))
		return false;
	response = d.value;
	if (!der_expect(&response, DER_SEQUENCE, &d))
		return false;
	response = d.value;
	if (!der_expect(&response, DER_OID, &d) || !is_oid(d.whole, oid_ocsp_basic, sizeof(oid_ocsp_basic)) ||
		!der_expect(&response, DER_OCTET_STRING, &bytes))
		return false;
	*out = bytes.value;
	return true;
}

static void
give_response(struct walk *w, struct span response)
{
	struct span basic;

	if (basic_of(response, &basic))
		give(w, VERDICT_PROOF_OCSP, basic);
}

/* RevocationInfoChoice: a CertificateList, or [1] { OID, … }. */
static void
each_crl(struct walk *w, struct span crls)
{
	struct der d, oid, info;

	w->now.place = MATERIAL_CRLS;
	while (crls.len != 0 && der_get(&crls, &d)) {
		struct span other = d.value;

		w->now.element = d.whole;
		if (d.tag == DER_SEQUENCE)
			give(w, VERDICT_PROOF_CRL, d.whole);
		else if (d.tag == DER_CONTEXT(1) && der_expect(&other, DER_OID, &oid) && der_get(&other, &info)) {
			if (is_oid(oid.whole, oid_ri_ocsp, sizeof(oid_ri_ocsp)))
				give_response(w, info.whole);
			else if (is_oid(oid.whole, oid_ocsp_basic, sizeof(oid_ocsp_basic)))
				give(w, VERDICT_PROOF_OCSP, info.whole);
		}
	}
}

static void
each_of(struct walk *w, struct span list, enum verdict_proof_kind kind, bool responses)
{
	struct der d;

	while (list.len != 0 && der_get(&list, &d))
		if (responses)
			give_response(w, d.whole);
		else
			give(w, kind, d.whole);
}

/* RevocationValues and Adobe's archive: SEQUENCE { [0] SEQUENCE OF CertificateList, [1] SEQUENCE OF (Basic)OCSPResponse, … } */
static void
each_value(struct walk *w, struct span value, bool responses)
{
	struct der all, tagged, list;

	if (!der_expect(&value, DER_SEQUENCE, &all))
		return;
	while (all.value.len != 0 && der_get(&all.value, &tagged)) {
		struct span in = tagged.value;

		if ((tagged.tag != DER_CONTEXT(0) && tagged.tag != DER_CONTEXT(1)) ||
			!der_expect(&in, DER_SEQUENCE, &list))
			continue;
		if (tagged.tag == DER_CONTEXT(0))
			each_of(w, list.value, VERDICT_PROOF_CRL, false);
		else
			each_of(w, list.value, VERDICT_PROOF_OCSP, responses);
	}
}

static void
each_attribute(struct walk *w, struct span attribute)
{
	struct der type, all;
	struct span values;

	if (!cms_attribute_split(attribute, &type, &values))
		return;
	w->now.element = attribute;
	if (is_oid(type.whole, oid_cert_values, sizeof(oid_cert_values)) && der_expect(&values, DER_SEQUENCE, &all))
		each_of(w, all.value, VERDICT_PROOF_CERT, false);
	else if (is_oid(type.whole, oid_revocation_values, sizeof(oid_revocation_values)))
		each_value(w, values, false);
	else if (is_oid(type.whole, oid_adobe, sizeof(oid_adobe)))
		each_value(w, values, true);
}

/* The signed attributes stand in the SignerInfo's head: version, sid, digestAlgorithm, [0]. */
static void
each_signed(struct walk *w, struct span signer)
{
	struct der d, attribute;

	if (!der_get(&signer, &d) || !der_get(&signer, &d) || !der_get(&signer, &d) ||
		!der_expect(&signer, DER_CONTEXT(0), &d))
		return;
	w->now.place = MATERIAL_SIGNED;
	while (d.value.len != 0 && der_get(&d.value, &attribute))
		each_attribute(w, attribute.whole);
}

void
material_each(const struct cms_parts *parts, material_fn fn, void *arg)
{
	struct walk w = {.fn = fn, .arg = arg};
	struct span certs = parts->certs;
	struct der d;

	w.now.place = MATERIAL_CERTS;
	while (certs.len != 0 && der_get(&certs, &d)) {
		w.now.element = d.whole;
		if (d.tag == DER_SEQUENCE) /* others are attribute certificates */
			give(&w, VERDICT_PROOF_CERT, d.whole);
	}
	each_crl(&w, parts->crls);
	w.now.place = MATERIAL_UNSIGNED;
	for (size_t i = 0; i < parts->unsigned_count; i++)
		each_attribute(&w, parts->unsigned_attributes[i]);
	each_signed(&w, parts->signer);
}

static void
take_ocsp(struct verdict_run *run, struct span der)
{
	const unsigned char *p = der.data;
	OCSP_BASICRESP *basic = d2i_OCSP_BASICRESP(NULL, &p, (long)der.len);

	if (basic != NULL)
		(void)policy_keep_ocsp(run->policy, basic, true);
}

void
material_take(struct verdict_run *run, enum verdict_proof_kind kind, struct span der, clock_us proven)
{
	const unsigned char *p = der.data;
	struct digest digest;
	X509_CRL *crl;
	X509 *cert;

	if (kind == VERDICT_PROOF_OCSP && der.len != 0 && basic_of(der, &der))
		p = der.data;
	if (der.len == 0 || der.len > CMS_READ_MAX)
		return;
	digest = digest_of(der.data, der.len);
	if (proven != 0)
		policy_prove(run->policy, &digest, proven);
	switch (kind) {
	case VERDICT_PROOF_CERT:
		cert = cert_kept_read(run->policy->known, der);
		if (cert == NULL) /* something behind it: passed over */
			cert = d2i_X509(NULL, &p, (long)der.len);
		if (cert != NULL)
			run_take_cert(run, cert);
		X509_free(cert);
		break;
	case VERDICT_PROOF_CRL:
		crl = d2i_X509_CRL(NULL, &p, (long)der.len);
		if (crl != NULL)
			(void)policy_keep_crl(run->policy, crl, true);
		break;
	case VERDICT_PROOF_OCSP:
		take_ocsp(run, der);
		break;
	}
	ERR_clear_error();
}

struct taking {
	struct verdict_run *run;
	clock_us proven;
};

static void
take_one(void *arg, const struct material *m)
{
	const struct taking *t = arg;
	struct digest digest;

	if (m->place != MATERIAL_CERTS) {
		material_take(t->run, m->kind, m->der, t->proven);
		return;
	}
	/* the certificates of the SignedData itself are decoded already: decoding is most of what a certificate costs */
	digest = digest_of(m->der.data, m->der.len);
	if (t->proven != 0)
		policy_prove(t->run->policy, &digest, t->proven);
}

void
run_take_cms(struct verdict_run *run, const struct cms_signature *s, const struct cms_parts *parts, clock_us proven)
{
	struct taking t = {run, proven};

	for (int i = 0; i < sk_X509_num(s->certs); i++)
		run_take_cert(run, sk_X509_value(s->certs, i));
	if (parts != NULL) {
		material_each(parts, take_one, &t);
		return;
	}
	for (int i = 0; i < sk_X509_CRL_num(s->crls); i++) {
		X509_CRL *crl = sk_X509_CRL_value(s->crls, i);

		if (X509_CRL_up_ref(crl) == 1)
			(void)policy_keep_crl(run->policy, crl, true);
	}
}
