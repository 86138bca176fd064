/* edxml_text: the text of one element as it is kept: trimmed, in NFC, without control characters.
 */
#ifndef CONGVAN_DOC_EDXML_TEXT_H
#define CONGVAN_DOC_EDXML_TEXT_H

#include "lib/base/arena.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

/*
 * NULL in *out when nothing is left. Warnings: edxml.text.control (characters dropped),
 * edxml.text.direction (overrides that make a text look like another), edxml.text.damaged (U+FFFD:
 * the sender lost characters).
 */
enum status edxml_text_keep(struct arena *a, const char *s, size_t n, const char *where,
	struct diag *diag, const char **out);

#endif
