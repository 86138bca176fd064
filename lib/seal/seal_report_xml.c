/* seal_report_xml: see seal_report_xml.h. Clause numbers are of TS 119 102-2 v1.4.1. */
#include "lib/seal/seal_report_xml.h"

#include <openssl/evp.h>
#include <string.h>

#include "lib/seal/seal_report_words.h"

#define URN "urn:etsi:019102:"

static void
put_text(struct buf *to, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&':
			buf_put_str(to, "&amp;");
			break;
		case '<':
			buf_put_str(to, "&lt;");
			break;
		case '>':
			buf_put_str(to, "&gt;");
			break;
		case '"':
			buf_put_str(to, "&quot;");
			break;
		default:
			/* XML 1.0 has no other control characters, escaped or not */
			if ((unsigned char)*s >= 0x20 || *s == '\t' || *s == '\n')
				buf_put_byte(to, (unsigned char)*s);
		}
}

static void
element(struct buf *to, const char *name, const char *text)
{
	buf_printf(to, "<%s>", name);
	put_text(to, text);
	buf_printf(to, "</%s>\n", name);
}

/* xs:dateTime in UTC, without the fraction. */
static void
put_time(struct buf *to, const char *name, clock_us t)
{
	char text[CLOCK_TEXT];

	clock_format_utc(t - t % CLOCK_SECOND, text);
	text[19] = 'Z';
	text[20] = '\0';
	element(to, name, text);
}

static void
put_base64(struct buf *to, const unsigned char *bytes, size_t len)
{
	unsigned char text[4 * 64 / 3 + 8];

	if (len <= 64 && EVP_EncodeBlock(text, bytes, (int)len) > 0)
		buf_put_str(to, (const char *)text);
}

/* XML Encryption and RFC 9231 names of digests. */
static const char *
digest_uri(const char *name)
{
	static const struct {
		const char *name, *uri;
	} uris[] = {
		{"SHA1", "http://www.w3.org/2000/09/xmldsig#sha1"},
		{"SHA224", "http://www.w3.org/2001/04/xmldsig-more#sha224"},
		{"SHA256", "http://www.w3.org/2001/04/xmlenc#sha256"},
		{"SHA384", "http://www.w3.org/2001/04/xmldsig-more#sha384"},
		{"SHA512", "http://www.w3.org/2001/04/xmlenc#sha512"},
		{"MD5", "http://www.w3.org/2001/04/xmldsig-more#md5"},
	};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		if (strcmp(uris[i].name, name) == 0)
			return uris[i].uri;
	return NULL;
}

/* The URI of the signature algorithm, or one of our own for what has none. */
static void
put_algorithm(struct buf *to, const struct verdict *v)
{
	static const struct {
		const char *key, *digest, *uri;
	} uris[] = {
		{"RSA-PSS", "SHA256", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"},
		{"RSA-PSS", "SHA384", "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1"},
		{"RSA-PSS", "SHA512", "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1"},
		{"RSA", "SHA1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"},
		{"RSA", "SHA256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"},
		{"RSA", "SHA384", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"},
		{"RSA", "SHA512", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"},
		{"RSA", "MD5", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"},
		{"ECDSA", "SHA1", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"},
		{"ECDSA", "SHA256", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"},
		{"ECDSA", "SHA384", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"},
		{"ECDSA", "SHA512", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"},
		{"ED25519", "", "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"},
	};

	buf_put_str(to, "<Algorithm>");
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		if (strncmp(v->signature_name, uris[i].key, strlen(uris[i].key)) == 0 &&
			(uris[i].digest[0] == '\0' || strcmp(v->digest_name, uris[i].digest) == 0)) {
			buf_printf(to, "%s</Algorithm>\n", uris[i].uri);
			return;
		}
	buf_put_str(to, "urn:congvan:algorithm:");
	for (const char *c = v->signature_name; *c != '\0'; c++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.", *c) != NULL)
			buf_put_byte(to, (unsigned char)*c);
	buf_put_str(to, "</Algorithm>\n");
}

static void
put_digest(struct buf *to, const char *uri, const unsigned char *bytes, size_t len)
{
	buf_printf(to, "<DigestAlgAndValue><ds:DigestMethod Algorithm=\"%s\"/><ds:DigestValue>", uri);
	put_base64(to, bytes, len);
	buf_put_str(to, "</ds:DigestValue></DigestAlgAndValue>\n");
}

static void
put_sha256(struct buf *to, const struct digest *d)
{
	put_digest(to, digest_uri("SHA256"), d->bytes, DIGEST_BYTES);
}

/* The id of an object: it is the same in every signature that uses it, and each is written once. */
static void
put_id(struct buf *to, char kind, const struct digest *d)
{
	char hex[DIGEST_HEX];

	digest_hex(d, hex);
	buf_printf(to, "%c-%s", kind, hex);
}

static void
put_reference(struct buf *to, const char *name, const struct digest *d)
{
	buf_printf(to, "<%s VOReference=\"", name);
	put_id(to, 'V', d);
	buf_put_str(to, "\"/>\n");
}

/* 4.3.4.2: the indication of a signature; `total` false: of a constraint or a timestamp. */
static void
put_status(struct buf *to, enum indication i, enum sub_indication sub, bool total)
{
	static const char *const names[] = {"passed", "indeterminate", "failed"};

	buf_printf(to, "<MainIndication>" URN "mainindication:%s%s</MainIndication>\n",
		total && i != INDICATION_INDETERMINATE ? "total-" : "", names[i]);
	if (sub != SUB_NONE)
		buf_printf(to, "<SubIndication>" URN "subindication:%s</SubIndication>\n", sub_indication_name(sub));
}

/* 4.3.3: what identifies the signature: the digest of its value; nothing was given only as a hash. */
static void
put_identifier(struct buf *to, const struct seal_signature *s, size_t number)
{
	buf_printf(to, "<SignatureIdentifier id=\"S-%zu\">\n", number);
	put_sha256(to, &s->verdict->value_digest);
	buf_put_str(to, "<HashOnly>false</HashOnly>\n<DocHashOnly>false</DocHashOnly>\n");
	if (s->field != NULL)
		element(to, "DAIdentifier", s->field);
	buf_put_str(to, "</SignatureIdentifier>\n");
}

/* The constraints that were applied, in the order of judging, and what each gave (4.3.5). */
static const struct constraint {
	const char *name;
	enum sub_indication subs[14];
} constraints[] = {
	{"format", {SUB_FORMAT_FAILURE}},
	{"integrity", {SUB_HASH_FAILURE, SUB_SIG_CRYPTO_FAILURE, SUB_SIGNED_DATA_NOT_FOUND}},
	{"signing-certificate", {SUB_NO_SIGNING_CERTIFICATE_FOUND, SUB_SIG_CONSTRAINTS_FAILURE}},
	{"signature-policy", {SUB_SIGNATURE_POLICY_NOT_AVAILABLE, SUB_POLICY_PROCESSING_ERROR}},
	{"certificate-path", {SUB_NO_CERTIFICATE_CHAIN_FOUND, SUB_CHAIN_CONSTRAINTS_FAILURE,
		SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, SUB_REVOKED, SUB_EXPIRED,
		SUB_NOT_YET_VALID, SUB_REVOKED_NO_POE, SUB_REVOKED_CA_NO_POE, SUB_OUT_OF_BOUNDS_NOT_REVOKED,
		SUB_OUT_OF_BOUNDS_NO_POE, SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE, SUB_NO_POE, SUB_TRY_LATER}},
	{"timestamp-order", {SUB_TIMESTAMP_ORDER_FAILURE}},
	{"algorithms", {SUB_CRYPTO_CONSTRAINTS_FAILURE, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE}},
};

static bool
gives(const struct constraint *c, enum sub_indication sub)
{
	for (size_t i = 0; i < sizeof(c->subs) / sizeof(c->subs[0]); i++)
		if (sub != SUB_NONE && c->subs[i] == sub)
			return true;
	return false;
}

/* A constraint of this office's own that was not met; its name is not one of the standard's, whose word for it is SIG_CONSTRAINTS_FAILURE. */
static void
put_own_constraint(struct buf *to, const struct seal_signature *s)
{
	buf_put_str(to, "<ValidationConstraint>\n<ValidationConstraintIdentifier>urn:congvan:constraint:");
	for (const char *c = s->own_sub; *c != '\0'; c++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", *c) != NULL)
			buf_put_byte(to, (unsigned char)*c);
	buf_put_str(to, "</ValidationConstraintIdentifier>\n<ConstraintStatus><Status>" URN "constraintStatus:applied</Status></ConstraintStatus>\n<ValidationStatus>\n");
	put_status(to, s->verdict->indication, s->verdict->sub, false);
	buf_put_str(to, "</ValidationStatus>\n</ValidationConstraint>\n");
}

static void
put_constraints(struct buf *to, const struct seal_signature *s)
{
	const struct verdict *v = s->verdict;
	bool reached = true;

	buf_put_str(to, "<ValidationConstraintsEvaluationReport>\n");
	for (size_t i = 0; i < sizeof(constraints) / sizeof(constraints[0]); i++) {
		bool here = s->own_sub == NULL && gives(&constraints[i], v->sub);

		buf_printf(to, "<ValidationConstraint>\n<ValidationConstraintIdentifier>urn:congvan:constraint:%s"
			"</ValidationConstraintIdentifier>\n<ConstraintStatus><Status>" URN "constraintStatus:%s"
			"</Status></ConstraintStatus>\n", constraints[i].name, reached ? "applied" : "disabled");
		if (reached) {
			buf_put_str(to, "<ValidationStatus>\n");
			put_status(to, here ? v->indication : INDICATION_PASSED, here ? v->sub : SUB_NONE, false);
			buf_put_str(to, "</ValidationStatus>\n");
		}
		buf_put_str(to, "</ValidationConstraint>\n");
		reached = reached && !here;
	}
	if (s->own_sub != NULL)
		put_own_constraint(to, s);
	buf_put_str(to, "</ValidationConstraintsEvaluationReport>\n");
}

/* 4.3.6: when it was judged, and since when the signature is proven to exist: at least now. */
static void
put_times(struct buf *to, const struct verdict *v)
{
	buf_put_str(to, "<ValidationTimeInfo>\n");
	put_time(to, "ValidationTime", v->judged_at);
	buf_put_str(to, "<BestSignatureTime>\n");
	put_time(to, "POETime", v->proven_time != 0 ? v->proven_time : v->judged_at);
	buf_put_str(to, "<TypeOfProof>" URN "poetype:validation</TypeOfProof>\n</BestSignatureTime>\n</ValidationTimeInfo>\n");
}

static void
put_document(struct buf *to, const struct verdict *v)
{
	const char *uri = digest_uri(v->digest_name);

	if (v->content_digest_len == 0 || uri == NULL)
		return;
	buf_put_str(to, "<SignersDocument>\n");
	put_digest(to, uri, v->content_digest, v->content_digest_len);
	buf_put_str(to, "</SignersDocument>\n");
}

/* 4.3.9: the counter-signatures, by what identifies each of them (4.3.3); each has a report of its own. */
static void
put_counters(struct buf *to, const struct seal_report *r, size_t number)
{
	for (size_t i = 0; i < seal_report_count(r); i++) {
		const struct seal_signature *s = seal_report_at(r, i);

		if (s->counter_of != number)
			continue;
		buf_printf(to, "<CounterSignature Signed=\"false\"><CounterSignature><DigestMethod>%s</DigestMethod><DigestValue>", digest_uri("SHA256"));
		put_base64(to, s->verdict->value_digest.bytes, DIGEST_BYTES);
		buf_put_str(to, "</DigestValue></CounterSignature></CounterSignature>\n");
	}
}

/* 4.3.9: times and policy in the signature. */
static void
put_attributes(struct buf *to, const struct seal_report *r, size_t number)
{
	const struct seal_signature *s = seal_report_at(r, number - 1);
	static const char *const names[] = {"SignatureTimeStamp", "AllDataObjectsTimeStamp", "ArchiveTimeStamp",
		"DocTimeStamp"};
	const struct verdict *v = s->verdict;
	clock_us claimed = v->claimed_time;

	if (s->claimed_time != NULL)
		(void)clock_parse(s->claimed_time, &claimed);
	buf_put_str(to, "<SignatureAttributes>\n");
	if (claimed > 0) {
		buf_put_str(to, "<SigningTime Signed=\"true\">");
		put_time(to, "Time", claimed);
		buf_put_str(to, "</SigningTime>\n");
	}
	for (size_t i = 0; i < v->stamp_count; i++) {
		if (v->stamps[i].gen_time <= 0)
			continue;
		buf_printf(to, "<%s>", names[v->stamps[i].kind]);
		put_time(to, "TimeStampValue", v->stamps[i].gen_time);
		buf_printf(to, "</%s>\n", names[v->stamps[i].kind]);
	}
	if (v->signature_policy[0] != '\0') {
		buf_put_str(to, "<SigPolicyIdentifier Signed=\"true\">");
		buf_printf(to, "<SigPolicyId>%s", strcmp(v->signature_policy, "implied") != 0 ? "urn:oid:" : "urn:congvan:");
		put_text(to, v->signature_policy);
		buf_put_str(to, "</SigPolicyId></SigPolicyIdentifier>\n");
	}
	put_counters(to, r, number);
	if (s->sub_filter != NULL) {
		buf_put_str(to, "<SubFilter>");
		element(to, "SubFilterElement", s->sub_filter);
		buf_put_str(to, "</SubFilter>\n");
	}
	buf_put_str(to, "</SignatureAttributes>\n");
}

static const struct verdict_object *
find_object(const struct verdict *v, enum object_kind kind, size_t from)
{
	for (size_t i = from; i < v->object_count; i++)
		if (v->objects[i].kind == kind)
			return &v->objects[i];
	return NULL;
}

/* 4.3.10; the certificate is a validation object when a path was found. */
static void
put_signer(struct buf *to, const struct verdict *v)
{
	const struct verdict_object *o = v->object_count > 0 ? &v->objects[0] : NULL;

	if (v->subject[0] == '\0' || find_object(v, OBJECT_ANCHOR, 0) == NULL)
		return;
	for (size_t i = 0; i < v->object_count; i++)
		if (memcmp(&v->objects[i].digest, &v->cert_digest, sizeof(v->cert_digest)) == 0)
			o = &v->objects[i];
	buf_put_str(to, "<SignerInformation Pseudonym=\"false\">\n");
	put_reference(to, "SignerCertificate", &o->digest);
	element(to, "Signer", v->subject);
	buf_put_str(to, "</SignerInformation>\n");
}

/* 4.3.12.5: the algorithm that the verdict turned on. */
static void
put_crypto(struct buf *to, const struct verdict *v)
{
	buf_put_str(to, "<CryptoInformation>\n");
	put_reference(to, "ValidationObjectId", &v->value_digest);
	put_algorithm(to, v);
	if (v->weak_name[0] != '\0') {
		buf_put_str(to, "<AlgorithmParameters><Type>urn:congvan:algorithm:name</Type><Value>");
		put_text(to, v->weak_name);
		buf_put_str(to, "</Value></AlgorithmParameters>\n");
	}
	buf_printf(to, "<SecureAlgorithm>%s</SecureAlgorithm>\n", v->weak_algorithm ? "false" : "true");
	if (v->weak_until > 0)
		put_time(to, "NotAfter", v->weak_until);
	buf_put_str(to, "</CryptoInformation>\n");
}

/* 4.3.12: details that the standard has no element for: the reason, and what was done to the file after this signature, in plain Vietnamese. */
static void
put_additional(struct buf *to, const struct seal_signature *s)
{
	const char *lines = s->change_list;
	bool changed = lines != NULL && *lines != '\0';
	struct seal_change c;

	if (s->verdict->why[0] == '\0' && !changed)
		return;
	buf_put_str(to, "<AdditionalValidationReportData>");
	if (s->verdict->why[0] != '\0') {
		buf_put_str(to, "<ReportData><Type>urn:congvan:detail</Type><Value>");
		put_text(to, s->verdict->why);
		buf_put_str(to, "</Value></ReportData>\n");
	}
	while (seal_change_next(&lines, &c)) {
		struct buf b;

		buf_init(&b, 4096);
		seal_words_change(&c, LANGUAGE_VI, &b);
		buf_put_str(to, "<ReportData><Type>urn:congvan:change:");
		for (const char *p = c.code; *p != '\0'; p++)
			if (strchr("abcdefghijklmnopqrstuvwxyz.-", *p) != NULL)
				buf_put_byte(to, (unsigned char)*p);
		buf_put_str(to, "</Type><Value>");
		put_text(to, buf_str(&b));
		buf_put_str(to, "</Value></ReportData>\n");
		buf_free(&b);
	}
	buf_put_str(to, "</AdditionalValidationReportData>\n");
}

/* 4.3.12: what the status rests on. */
static void
put_report_data(struct buf *to, const struct seal_signature *s)
{
	const struct verdict *v = s->verdict;
	const struct verdict_object *anchor = find_object(v, OBJECT_ANCHOR, 0);
	const struct verdict_object *crl = find_object(v, OBJECT_CRL, 0);

	buf_put_str(to, "<AssociatedValidationReportData>\n");
	if (anchor != NULL)
		put_reference(to, "TrustAnchor", &anchor->digest);
	if (v->revoked_at > 0) {
		buf_put_str(to, "<RevocationStatusInformation>\n");
		put_reference(to, "ValidationObjectId", &v->cert_digest);
		put_time(to, "RevocationTime", v->revoked_at);
		if (crl != NULL)
			put_reference(to, "RevocationObject", &crl->digest);
		buf_put_str(to, "</RevocationStatusInformation>\n");
	}
	put_crypto(to, v);
	put_additional(to, s);
	buf_put_str(to, "</AssociatedValidationReportData>\n");
}

static void
put_signature(struct buf *to, const struct seal_report *r, size_t number)
{
	const struct seal_signature *s = seal_report_at(r, number - 1);
	const struct verdict *v = s->verdict;

	buf_put_str(to, "<SignatureValidationReport>\n");
	put_identifier(to, s, number);
	put_constraints(to, s);
	put_times(to, v);
	put_document(to, v);
	put_attributes(to, r, number);
	put_signer(to, v);
	buf_printf(to, "<SignatureValidationProcess><SignatureValidationProcessID>" URN "validationprocess:%s"
		"</SignatureValidationProcessID></SignatureValidationProcess>\n", seal_process_name(v->process));
	buf_put_str(to, "<SignatureValidationStatus>\n");
	put_status(to, v->indication, v->sub, true);
	put_report_data(to, s);
	buf_put_str(to, "</SignatureValidationStatus>\n</SignatureValidationReport>\n");
}

static void
put_object(struct buf *to, const char *type, const struct digest *d, clock_us proven)
{
	buf_put_str(to, "<ValidationObject id=\"");
	put_id(to, 'V', d);
	buf_printf(to, "\">\n<ObjectType>" URN "validationObject:%s</ObjectType>\n<ValidationObjectRepresentation>", type);
	put_sha256(to, d);
	buf_put_str(to, "</ValidationObjectRepresentation>\n<POE>");
	put_time(to, "POETime", proven);
	buf_put_str(to, "<TypeOfProof>" URN "poetype:validation</TypeOfProof></POE>\n</ValidationObject>\n");
}

/* Digests written already: ids are unique in a document. */
struct seen {
	struct digest *list;
	size_t count, room;
};

static bool
is_new(struct seen *seen, const struct digest *d)
{
	for (size_t i = 0; i < seen->count; i++)
		if (memcmp(&seen->list[i], d, sizeof(*d)) == 0)
			return false;
	if (seen->count < seen->room)
		seen->list[seen->count++] = *d;
	return true;
}

/* 4.4: every object that a signature rests on, and the signatures' values themselves, once, with the earliest proof. */
static void
put_objects(struct buf *to, const struct seal_report *r, struct seen *seen)
{
	static const char *const types[] = {"certificate", "certificate", "CRL", "OCSPResponse", "timestamp"};

	buf_put_str(to, "<SignatureValidationObjects>\n");
	for (size_t i = 0; i < seal_report_count(r); i++) {
		const struct verdict *v = seal_report_at(r, i)->verdict;

		for (size_t k = 0; k < v->object_count; k++)
			if (is_new(seen, &v->objects[k].digest))
				put_object(to, types[v->objects[k].kind], &v->objects[k].digest,
					v->objects[k].proven != 0 ? v->objects[k].proven : v->judged_at);
		if (v->revoked_at > 0 && is_new(seen, &v->cert_digest))
			put_object(to, "certificate", &v->cert_digest, v->judged_at);
		if (is_new(seen, &v->value_digest))
			put_object(to, "signedData", &v->value_digest, v->proven_time != 0 ? v->proven_time : v->judged_at);
	}
	buf_put_str(to, "</SignatureValidationObjects>\n");
}

enum status
seal_report_xml(const struct seal_report *r, struct buf *to)
{
	size_t n = seal_report_count(r);
	struct seen seen = {.room = n * (VERDICT_OBJECTS_MAX + 2)};
	struct buf store;

	buf_init(&store, (seen.room + 1) * sizeof(struct digest));
	seen.list = (struct digest *)(void *)buf_reserve(&store, (seen.room + 1) * sizeof(struct digest));
	if (seen.list == NULL)
		return STATUS_NO_MEMORY;
	buf_put_str(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ValidationReport "
		"xmlns=\"http://uri.etsi.org/19102/v1.4.1#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n");
	for (size_t i = 0; i < n; i++)
		put_signature(to, r, i + 1);
	if (n > 0)
		put_objects(to, r, &seen);
	buf_put_str(to, "</ValidationReport>\n");
	buf_free(&store);
	return buf_status(to);
}
