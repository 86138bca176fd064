/*
 * edxml_status: the status codes of exchanged documents (docs/edxml.md 1.11) and which may follow
 * which (section 2: Decision 28/2018, transitions inferred). Knows the codes; whose turn it is to
 * send one is the flow's business.
 */
#ifndef CONGVAN_DOC_EDXML_STATUS_H
#define CONGVAN_DOC_EDXML_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/edxml.h"

/* name, code, name in the SDK's samples, sent by the receiver (else the sender), needs a reason,
 * message code for people */
#define EDXML_STATUS_TABLE(X)                                                                      \
	X(ARRIVED, "01", "inbox", true, false, "edxml.status.01")                                  \
	X(REJECTED, "02", "rejection", true, true, "edxml.status.02")                              \
	X(ACCEPTED, "03", "acceptance", true, false, "edxml.status.03")                            \
	X(ASSIGNED, "04", "assignment", true, false, "edxml.status.04")                            \
	X(PROCESSING, "05", "processing", true, false, "edxml.status.05")                          \
	X(FINISHED, "06", "finish", true, false, "edxml.status.06")                                \
	X(TAKE_BACK, "13", "cancellation", false, true, "edxml.status.13")                         \
	X(CHANGE_ACCEPTED, "15", "change-acceptance", true, false, "edxml.status.15")              \
	X(CHANGE_REJECTED, "16", "change-rejection", true, true, "edxml.status.16")

enum edxml_status_code {
#define EDXML_STATUS_ENUM(name, code, sdk, receiver, reason, text) EDXML_STATUS_##name,
	/* clang-format off */
	EDXML_STATUS_TABLE(EDXML_STATUS_ENUM)
#undef EDXML_STATUS_ENUM
	EDXML_STATUS_CODES
	/* clang-format on */
};

/* "01" … "16" -> value. A single digit ("1") is taken as well. False for codes nobody has seen
 * (07-12, 14 …). */
bool edxml_status_find(const char *code, enum edxml_status_code *out);

const char *edxml_status_text(enum edxml_status_code s); /* "01" */
const char *edxml_status_sdk(enum edxml_status_code s);  /* "inbox" */
/* "edxml.status.01", for message_text */
const char *edxml_status_message(enum edxml_status_code s);
bool edxml_status_from_receiver(enum edxml_status_code s);
bool edxml_status_needs_reason(enum edxml_status_code s);

enum edxml_step {
	EDXML_STEP_EXPECTED,
	EDXML_STEP_UNUSUAL, /* real partners skip 04 and repeat 05: take it with a warning */
	EDXML_STEP_REFUSED  /* out of a final state */
};

/* Whether the receiver of a document may go from one status to the next; first: nothing was
 * reported before. */
enum edxml_step
edxml_status_step(bool first, enum edxml_status_code from, enum edxml_status_code to);

/* The rules of a status message beyond the schema; see edxml_check, which calls it. */
void edxml_status_check(const struct edxml *e, bool strict, struct diag *diag);

#endif
