/* xmldsig_xades: the qualifying properties of a XAdES signature (EN 319 132-1): what was signed along with the references, and what was added later. */
#include <string.h>

#include "lib/doc/xmldsig_data.h"

#define TOKEN_MAX (1u << 20)
#define DATA_MAX (8u << 20)

/* Exactly one QualifyingProperties in the Objects of the signature, whose Target is the signature. */
const char *
xmldsig_find_properties(struct xmldsig *x, struct xmldsig_node *n, struct xmldsig_signature *s)
{
	const char *target;

	for (const xmlNode *o = xml_tree_child(n->element, n->ns, "Object"); o != NULL; o = xml_tree_next(o, n->ns, "Object"))
		for (xmlNodePtr q = xml_tree_child(o, XMLDSIG_XADES, "QualifyingProperties"); q != NULL;
			q = xml_tree_next(q, XMLDSIG_XADES, "QualifyingProperties")) {
			if (n->qualifying != NULL)
				return "there are several QualifyingProperties (EN 319 132-1 4.4.2)";
			n->qualifying = q;
		}
	if (n->qualifying == NULL)
		return NULL;
	s->is_xades = true;
	target = xml_tree_attribute(n->qualifying, "Target", x->arena);
	if (target == NULL || target[0] != '#' || strcmp(target + 1, s->id) != 0)
		return "the QualifyingProperties are those of another signature (EN 319 132-1 4.3.2)";
	n->properties = xml_tree_child(n->qualifying, XMLDSIG_XADES, "SignedProperties");
	return NULL;
}

static void
read_cert_ref(struct xmldsig *x, const struct xmldsig_node *n, const xmlNode *signed_signature, struct xmldsig_signature *s)
{
	static const char *const names[] = {"SigningCertificateV2", "SigningCertificate"};
	const xmlNode *digest = NULL;
	const char *method;
	struct span value;

	for (size_t i = 0; i < 2 && digest == NULL; i++)
		digest = xml_tree_child(xml_tree_child(xml_tree_child(signed_signature, XMLDSIG_XADES, names[i]), XMLDSIG_XADES, "Cert"),
			XMLDSIG_XADES, "CertDigest");
	if (digest == NULL)
		return;
	s->has_cert_ref = true;
	method = xml_tree_attribute(xml_tree_child(digest, n->ns, "DigestMethod"), "Algorithm", x->arena);
	s->cert_ref.digest_name = method != NULL ? xml_digest_name(method) : NULL;
	value = xml_tree_base64(xml_tree_child(digest, n->ns, "DigestValue"), XMLDSIG_DIGEST, x->arena);
	if (value.len > 0)
		memcpy(s->cert_ref.digest, value.data, value.len);
	s->cert_ref.digest_len = value.len;
}

/* SignatureTimeStamp: over the canonical SignatureValue element (5.3). */
static void
read_timestamps(struct xmldsig *x, const struct xmldsig_node *n, const xmlNode *list, struct xmldsig_signature *s)
{
	for (const xmlNode *t = xml_tree_child(list, XMLDSIG_XADES, "SignatureTimeStamp"); t != NULL;
		t = xml_tree_next(t, XMLDSIG_XADES, "SignatureTimeStamp")) {
		const xmlNode *method = xml_tree_child(t, n->ns, "CanonicalizationMethod");
		struct xmldsig_form form = {xml_c14n_find("http://www.w3.org/TR/2001/REC-xml-c14n-20010315"), NULL};
		struct xmldsig_token token;

		if (method != NULL)
			form = xmldsig_form_of(x, method);
		token.der = xml_tree_base64(xml_tree_child(t, XMLDSIG_XADES, "EncapsulatedTimeStamp"), TOKEN_MAX, x->arena);
		token.about = xmldsig_canonical(x, n->value, &form);
		if (token.der.len > 0 && token.about.len > 0 && s->token_count < XMLDSIG_TOKENS)
			s->tokens[s->token_count++] = token;
	}
}

static void
read_values(struct xmldsig *x, const xmlNode *list, const char *local, size_t max, struct span *to, size_t *count)
{
	for (const xmlNode *v = xml_tree_child(list, XMLDSIG_XADES, local); v != NULL; v = xml_tree_next(v, XMLDSIG_XADES, local)) {
		struct span der = xml_tree_base64(v, DATA_MAX, x->arena);

		if (der.len > 0 && *count < max)
			to[(*count)++] = der;
	}
}

static void
read_unsigned(struct xmldsig *x, const struct xmldsig_node *n, struct xmldsig_signature *s)
{
	const xmlNode *list = xml_tree_child(xml_tree_child(n->qualifying, XMLDSIG_XADES, "UnsignedProperties"), XMLDSIG_XADES,
		"UnsignedSignatureProperties");
	const xmlNode *certs = xml_tree_child(list, XMLDSIG_XADES, "CertificateValues");
	const xmlNode *revocation = xml_tree_child(list, XMLDSIG_XADES, "RevocationValues");

	read_timestamps(x, n, list, s);
	for (const xmlNode *c = xml_tree_child(certs, XMLDSIG_XADES, "EncapsulatedX509Certificate"); c != NULL;
		c = xml_tree_next(c, XMLDSIG_XADES, "EncapsulatedX509Certificate"))
		xmldsig_take_cert(s, xml_tree_base64(c, 65536, x->arena));
	read_values(x, xml_tree_child(revocation, XMLDSIG_XADES, "CRLValues"), "EncapsulatedCRLValue", XMLDSIG_TOKENS, s->crls, &s->crl_count);
	read_values(x, xml_tree_child(revocation, XMLDSIG_XADES, "OCSPValues"), "EncapsulatedOCSPValue", XMLDSIG_TOKENS, s->ocsps,
		&s->ocsp_count);
}

void
xmldsig_read_properties(struct xmldsig *x, const struct xmldsig_node *n, struct xmldsig_signature *s)
{
	const xmlNode *signed_signature = xml_tree_child(n->properties, XMLDSIG_XADES, "SignedSignatureProperties");
	const char *time;

	if (n->qualifying == NULL)
		return;
	/* what is not covered by the signature says nothing */
	if (s->properties_signed) {
		time = xml_tree_text(xml_tree_child(signed_signature, XMLDSIG_XADES, "SigningTime"), x->arena);
		s->signing_time = time != NULL ? time : "";
		read_cert_ref(x, n, signed_signature, s);
		s->has_policy = xml_tree_child(xml_tree_child(signed_signature, XMLDSIG_XADES, "SignaturePolicyIdentifier"), XMLDSIG_XADES,
			"SignaturePolicyId") != NULL;
	}
	read_unsigned(x, n, s);
}
