/*
 * seal_edxml: the signature block of an edXML packet, judged when it is a real XML signature (docs/edxml.md 1.10). The result is information for a
 * person, never a reason to refuse the packet: the binding signatures are those inside the attachments.
 */
#ifndef CONGVAN_SEAL_SEAL_EDXML_H
#define CONGVAN_SEAL_SEAL_EDXML_H

#include <jansson.h>

#include "lib/doc/edxml.h"
#include "lib/seal/seal.h"

#define SEAL_EDXML_MAX (32u << 20) /* bytes of a packet whose signature is judged: it must be read as a tree */

/*
 * Judges the signature in the header of a packet whose `signature` edxml_read called real. *report_out is as seal_report_json, or NULL when nothing was
 * judged. Adds one finding unless there is no signature: edxml.signature.good (note), .part, .open, .failed (warnings), .unverified (note: the packet is too
 * large, or cannot be read as a tree, or policy is NULL), or .dummy (note: the block holds nothing that could be a signature). STATUS_OK or STATUS_NO_MEMORY.
 */
enum status seal_edxml_judge(struct span packet, enum edxml_signature signature, const struct policy *policy, json_t **report_out,
	struct diag *diag);

#endif
