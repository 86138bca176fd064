/*
 * seal_xml: XML signatures judged: lib/doc/xmldsig says what they cover and lib/pki whether they are to be believed. As a container of its own (an XML
 * document with signatures in it) it is only read: congvan makes no XML signatures.
 */
#ifndef CONGVAN_SEAL_SEAL_XML_H
#define CONGVAN_SEAL_SEAL_XML_H

#include "lib/doc/xmldsig.h"
#include "lib/seal/seal.h"

/* The verdict on one signature; references that fail are findings (xmldsig.reference) at `where`. */
void seal_xml_judge(struct verdict_run *run, const struct xmldsig_signature *s, size_t covered_by, const char *where,
	struct verdict *out, struct diag *diag);

/* True when the document's root element is covered as a whole by a reference that matches. */
bool seal_xml_covers_root(const struct xmldsig *x, const struct xmldsig_signature *s);

/*
 * Judges every signature of an XML document; `lenient` as xmldsig_read. What is left out under an enveloped signature is the signature itself and
 * nothing else; a signature over a part says which part ("changes" is "none", covers_whole_file false, and a finding xmldsig.part).
 */
enum status seal_xml_judge_document(struct span document, bool lenient, const struct policy *policy, struct seal_report **out,
	struct diag *diag);

#endif
