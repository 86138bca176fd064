/* seal_xml: see seal_xml.h. */
#include "lib/seal/seal_xml.h"

#include <stdio.h>
#include <string.h>
#include <openssl/objects.h>

#include "lib/pki/strength.h"

/* The worst of the references decides (XML-DSig 3.2.1: all must match). */
static void
weigh_references(const struct xmldsig_signature *s, const char *where, struct verdict_value *v, struct diag *diag)
{
	bool something = false;

	for (size_t i = 0; i < s->reference_count; i++) {
		const struct xmldsig_reference *r = &s->references[i];
		static const enum verdict_content as[] = {
			[XMLDSIG_REFUSED] = VERDICT_CONTENT_REFUSED, [XMLDSIG_MISSING] = VERDICT_CONTENT_MISSING,
			[XMLDSIG_CHANGED] = VERDICT_CONTENT_CHANGED, [XMLDSIG_MATCH] = VERDICT_CONTENT_RIGHT};

		something = something || r->what != XMLDSIG_PROPERTIES;
		if (r->match == XMLDSIG_MATCH) {
			v->content_weak = v->content_weak || strength_of_digest(OBJ_sn2nid(r->digest_name)) != STRENGTH_GOOD;
			continue;
		}
		diag_add(diag, SEVERITY_ERROR, "xmldsig.reference", where, r->uri[0] != '\0' ? r->uri : "URI=\"\"", r->why, "XML-DSig 3.2.1");
		/* what was changed is said before what cannot be told */
		if (v->content == VERDICT_CONTENT_RIGHT || (r->match == XMLDSIG_CHANGED && v->content != VERDICT_CONTENT_CHANGED)) {
			v->content = as[r->match];
			v->content_why = r->why;
		}
	}
	if (v->content == VERDICT_CONTENT_RIGHT && !something) {
		v->content = VERDICT_CONTENT_REFUSED;
		v->content_why = "the signature covers nothing but its own properties";
	} else if (v->content == VERDICT_CONTENT_RIGHT && s->is_xades && !s->properties_signed) {
		v->content = VERDICT_CONTENT_REFUSED;
		v->content_why = "its qualifying properties are not signed (EN 319 132-1 4.4.2)";
	}
}

static enum verdict_scheme
scheme_of(const struct xml_signature_method *m)
{
	if (m == NULL)
		return VERDICT_UNKNOWN;
	switch (m->scheme) {
	case XML_RSA_PKCS1:
		return VERDICT_RSA_PKCS1;
	case XML_RSA_PSS:
		return VERDICT_RSA_PSS;
	case XML_ECDSA:
		return VERDICT_ECDSA;
	}
	return VERDICT_UNKNOWN;
}

void
seal_xml_judge(struct verdict_run *run, const struct xmldsig_signature *s, size_t covered_by, const char *where,
	struct verdict *out, struct diag *diag)
{
	struct verdict_token tokens[XMLDSIG_TOKENS];
	struct verdict_value v = {.data = s->signed_info, .value = s->value, .scheme = scheme_of(s->method),
		.digest_name = s->method != NULL ? s->method->digest_name : "", .certs = s->certs, .cert_count = s->cert_count,
		.advanced = s->properties_signed, .names_policy = s->has_policy, .tokens = tokens, .token_count = s->token_count,
		.crls = s->crls, .crl_count = s->crl_count, .ocsps = s->ocsps, .ocsp_count = s->ocsp_count, .content_why = ""};

	if (s->fault != NULL) {
		diag_add(diag, SEVERITY_ERROR, "xmldsig.form", where, s->fault, NULL, "XML-DSig 4");
		memset(out, 0, sizeof(*out));
		out->indication = INDICATION_FAILED;
		out->sub = SUB_FORMAT_FAILURE;
		snprintf(out->why, sizeof(out->why), "%s", s->fault);
		return;
	}
	if (s->has_cert_ref) {
		/* a name that cannot be read is a name still: no certificate has it */
		v.reference_digest_name = s->cert_ref.digest_name != NULL ? s->cert_ref.digest_name : "";
		v.reference = (struct span){s->cert_ref.digest, s->cert_ref.digest_len};
	}
	if (!clock_parse(s->signing_time, &v.claimed_time))
		v.claimed_time = 0;
	for (size_t i = 0; i < s->token_count; i++)
		tokens[i] = (struct verdict_token){s->tokens[i].der, s->tokens[i].about};
	weigh_references(s, where, &v, diag);
	verdict_run_value(run, &v, covered_by, out);
}

bool
seal_xml_covers_root(const struct xmldsig *x, const struct xmldsig_signature *s)
{
	for (size_t i = 0; i < s->reference_count; i++) {
		const struct xmldsig_reference *r = &s->references[i];

		if (r->match == XMLDSIG_MATCH && (r->what == XMLDSIG_WHOLE ||
			(r->what == XMLDSIG_ELEMENT && strcmp(r->path, xmldsig_root(x)) == 0)))
			return true;
	}
	return false;
}

/* A signature over parts only: which ones. */
static void
tell_parts(const struct xmldsig_signature *s, struct diag *diag)
{
	for (size_t i = 0; i < s->reference_count; i++)
		if (s->references[i].what == XMLDSIG_ELEMENT && s->references[i].match == XMLDSIG_MATCH)
			diag_add(diag, SEVERITY_WARNING, "xmldsig.part", s->path, s->references[i].path, NULL, NULL);
}

static bool
add_signature(struct seal_report *report, struct verdict_run *run, const struct xmldsig *x, size_t i, struct diag *diag)
{
	const struct xmldsig_signature *s = xmldsig_at(x, i);
	struct seal_signature *to = seal_report_add(report);
	char time[CLOCK_TEXT];

	if (to == NULL)
		return false;
	to->field = seal_report_keep(report, s->path);
	to->sub_filter = s->is_xades ? "XAdES" : "XML-DSig";
	to->changes = "none";
	seal_xml_judge(run, s, VERDICT_NOT_COVERED, s->path, to->verdict, diag);
	to->covers_whole_file = seal_xml_covers_root(x, s);
	if (!to->covers_whole_file)
		tell_parts(s, diag);
	if (to->verdict->claimed_time != 0) {
		clock_format_vietnam(to->verdict->claimed_time, time);
		to->claimed_time = seal_report_keep(report, time);
	}
	return true;
}

enum status
seal_xml_judge_document(struct span document, bool lenient, const struct policy *policy, struct seal_report **out,
	struct diag *diag)
{
	struct seal_report *report = seal_report_new();
	struct verdict_run *run = verdict_run_new(policy, NULL);
	struct xmldsig *x = NULL;
	enum status st = report != NULL && run != NULL ? xmldsig_read(document, NULL, lenient, diag, &x) : STATUS_NO_MEMORY;

	for (size_t i = 0; st == STATUS_OK && i < xmldsig_count(x); i++)
		if (!add_signature(report, run, x, i, diag))
			st = STATUS_NO_MEMORY;
	verdict_run_free(run);
	xmldsig_free(x);
	if (st == STATUS_OK)
		*out = report;
	else
		seal_report_free(report);
	return st;
}

static enum status
verify(struct span file, struct span detached, const struct policy *policy, struct seal_report **out, struct diag *diag)
{
	(void)detached;
	return seal_xml_judge_document(file, false, policy, out, diag);
}

const struct seal_kind seal_xml = {
	.name = "xml",
	.verify = verify,
};
