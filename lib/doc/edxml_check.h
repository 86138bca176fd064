/* edxml_check: parts of the rules beyond the schema that its two files share. */
#ifndef CONGVAN_DOC_EDXML_CHECK_H
#define CONGVAN_DOC_EDXML_CHECK_H

#include "lib/doc/edxml.h"

#define EDXML_WHERE 200

/* "/edXML/edXMLEnvelope/edXMLHeader/<inside>:<line>", without the line when it is 0. */
void edxml_where(char to[EDXML_WHERE], const char *inside, unsigned line);

/* An organisation must have its OrganId. line: used when it has none of its own. */
void edxml_check_organ(
	const struct edxml_organ *o, const char *inside, unsigned line, struct diag *diag);

#endif
