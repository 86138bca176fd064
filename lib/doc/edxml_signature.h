/*
 * edxml_signature: what the signature block of a packet is worth (docs/edxml.md 1.10): nothing, a
 * dummy such as most senders write, or a real XML signature. It is never demanded; lib/seal/seal_edxml
 * judges a real one. The binding signatures are those inside the attachments.
 */
#ifndef CONGVAN_DOC_EDXML_SIGNATURE_H
#define CONGVAN_DOC_EDXML_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/doc/edxml.h"

#define EDXML_SIGNATURE_NAMESPACE "http://www.w3.org/2000/09/xmldsig#"

/* What was seen of the block so far. */
struct edxml_signature_block {
	bool present;
	char open[32];                   /* name of the element that was opened last */
	bool digest, value, certificate; /* a plausible one of each */
};

void edxml_signature_begin(struct edxml_signature_block *b, const char *local);
void edxml_signature_end(struct edxml_signature_block *b, const char *text, size_t len);
enum edxml_signature edxml_signature_judge(const struct edxml_signature_block *b);

#endif
