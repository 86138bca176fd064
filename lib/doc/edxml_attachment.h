/*
 * edxml_attachment: the bytes of one attachment on their way out of a packet: base64 to a file,
 * then what they are, whether the SDK's ZIP form is to be unwrapped, and whether the sender has
 * damaged them (docs/edxml.md 1.9, decision rule).
 */
#ifndef CONGVAN_DOC_EDXML_ATTACHMENT_H
#define CONGVAN_DOC_EDXML_ATTACHMENT_H

#include "lib/doc/base64_stream.h"
#include "lib/doc/edxml.h"

struct edxml_intake {
	const struct edxml_limits *limits;
	const struct edxml_sink *sink;
	struct base64_decoder decoder;
	int fd;           /* the file being filled in; -1: none */
	uint64_t written; /* bytes in it */
	uint64_t total;   /* bytes of all attachments so far */
};

/* Opens a file for the next attachment. */
enum status edxml_intake_begin(struct edxml_intake *in);

/* A piece of base64. STATUS_TOO_LARGE past a limit. */
enum status edxml_intake_put(struct edxml_intake *in, const char *s, size_t n);

/*
 * Moves the file into a, once everything else of a is known, with its findings at `where`. Only
 * failures of the system are returned; a damaged attachment is a finding and a state.
 */
enum status edxml_intake_finish(
	struct edxml_intake *in, struct edxml_attachment *a, const char *where, struct diag *diag);

/* Closes a file that was not finished. */
void edxml_intake_abort(struct edxml_intake *in);

#endif
