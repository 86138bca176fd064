/* seal_edxml: see seal_edxml.h. */
#include "lib/seal/seal_edxml.h"

#include <string.h>

#include "lib/seal/seal_report_json.h"
#include "lib/seal/seal_xml.h"

/* Its only place; one that stands elsewhere is not the packet's. */
#define PLACE "/edXML/edXMLEnvelope/edXMLHeader/Signature"

/* A good signature over a part of the packet says nothing about the rest (signature wrapping): it must cover the root. */
static const char *
outcome(const struct seal_signature *s)
{
	if (s == NULL)
		return "edxml.signature.unverified";
	if (s->verdict->indication == INDICATION_FAILED)
		return "edxml.signature.failed";
	if (s->verdict->indication != INDICATION_PASSED)
		return "edxml.signature.open";
	return s->covers_whole_file ? "edxml.signature.good" : "edxml.signature.part";
}

static const struct seal_signature *
find(const struct seal_report *r)
{
	const struct seal_signature *found = NULL;

	for (size_t i = 0; i < seal_report_count(r); i++)
		if (strcmp(seal_report_at(r, i)->field, PLACE) == 0)
			found = seal_report_at(r, i);
	return found;
}

static void
say(struct diag *diag, const char *code, const struct seal_signature *s)
{
	bool note = strcmp(code, "edxml.signature.good") == 0 || strcmp(code, "edxml.signature.unverified") == 0 || strcmp(code, "edxml.signature.dummy") == 0;

	diag_add(diag, note ? SEVERITY_NOTE : SEVERITY_WARNING, code, PLACE, s == NULL ? NULL :
		s->verdict->indication == INDICATION_PASSED ? s->verdict->subject : s->verdict->why, NULL, "QCVN 102:2016");
}

enum status
seal_edxml_judge(struct span packet, enum edxml_signature signature, const struct policy *policy, json_t **report_out,
	struct diag *diag)
{
	struct seal_report *r = NULL;
	enum status st;

	*report_out = NULL;
	if (signature == EDXML_SIGNATURE_NONE)
		return STATUS_OK;
	if (signature == EDXML_SIGNATURE_DUMMY || policy == NULL) {
		say(diag, signature == EDXML_SIGNATURE_DUMMY ? "edxml.signature.dummy" : "edxml.signature.unverified", NULL);
		return STATUS_OK;
	}
	/* its findings are about XML signatures at large: what they mean here is said below */
	st = packet.len <= SEAL_EDXML_MAX ? seal_xml_judge_document(packet, true, policy, &r, NULL) : STATUS_TOO_LARGE;
	if (st == STATUS_NO_MEMORY)
		return st;
	say(diag, outcome(st == STATUS_OK ? find(r) : NULL), st == STATUS_OK ? find(r) : NULL);
	if (st == STATUS_OK)
		*report_out = seal_report_json(r);
	seal_report_free(r);
	return st == STATUS_OK && *report_out == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}
