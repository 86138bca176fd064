/* edxml_status: see edxml_status.h. */
#include "lib/doc/edxml_status.h"

#include <ctype.h>
#include <string.h>

#include "lib/doc/edxml_check.h"

static const struct {
	const char *code, *sdk, *message;
	bool receiver, reason;
} codes[] = {
#define EDXML_STATUS_ROW(name, code, sdk, receiver, reason, text)                                  \
	{code, sdk, text, receiver, reason},
	EDXML_STATUS_TABLE(EDXML_STATUS_ROW)
#undef EDXML_STATUS_ROW
};

bool
edxml_status_find(const char *code, enum edxml_status_code *out)
{
	for (size_t i = 0; i < EDXML_STATUS_CODES && code != NULL; i++)
		if (strcmp(codes[i].code, code) == 0 ||
			(codes[i].code[0] == '0' && strcmp(codes[i].code + 1, code) == 0)) {
			*out = (enum edxml_status_code)i;
			return true;
		}
	return false;
}

const char *
edxml_status_text(enum edxml_status_code s)
{
	return codes[s].code;
}

const char *
edxml_status_sdk(enum edxml_status_code s)
{
	return codes[s].sdk;
}

const char *
edxml_status_message(enum edxml_status_code s)
{
	return codes[s].message;
}

bool
edxml_status_from_receiver(enum edxml_status_code s)
{
	return codes[s].receiver;
}

bool
edxml_status_needs_reason(enum edxml_status_code s)
{
	return codes[s].reason;
}

#define TO(name) (1u << EDXML_STATUS_##name)

/* Where a document may go next; 13, 15 and 16 are about a request and leave the document's own
 * state alone. */
static const unsigned next[EDXML_STATUS_CODES] = {
	[EDXML_STATUS_ARRIVED] = TO(REJECTED) | TO(ACCEPTED),
	[EDXML_STATUS_ACCEPTED] = TO(ASSIGNED) | TO(PROCESSING) | TO(FINISHED),
	[EDXML_STATUS_ASSIGNED] = TO(PROCESSING) | TO(FINISHED),
	[EDXML_STATUS_PROCESSING] = TO(ASSIGNED) | TO(FINISHED),
};

enum edxml_step
edxml_status_step(bool first, enum edxml_status_code from, enum edxml_status_code to)
{
	if (to >= EDXML_STATUS_TAKE_BACK)
		return EDXML_STEP_EXPECTED;
	if (first)
		return to == EDXML_STATUS_ARRIVED ? EDXML_STEP_EXPECTED : EDXML_STEP_UNUSUAL;
	if (from >= EDXML_STATUS_TAKE_BACK)
		return EDXML_STEP_UNUSUAL;
	if (from == EDXML_STATUS_REJECTED || from == EDXML_STATUS_FINISHED)
		return from == to ? EDXML_STEP_UNUSUAL : EDXML_STEP_REFUSED;
	return (next[from] >> to & 1u) != 0 ? EDXML_STEP_EXPECTED : EDXML_STEP_UNUSUAL;
}

#define CLAUSE "QCVN 102:2016, StatusCode"

static void
check_code(const struct edxml *e, bool strict, struct diag *diag)
{
	enum edxml_status_code code;
	char where[EDXML_WHERE];

	edxml_where(where, "MessageHeader/StatusCode", e->header_line);
	if (e->status_code == NULL) {
		diag_add(diag, SEVERITY_ERROR, "edxml.status_code.missing", where, NULL, "01 … 16",
			CLAUSE);
		return;
	}
	if (!edxml_status_find(e->status_code, &code)) {
		diag_add(diag, SEVERITY_ERROR, "edxml.status_code.unknown", where, e->status_code,
			"01 02 03 04 05 06 13 15 16", CLAUSE);
		return;
	}
	if (strlen(e->status_code) != 2)
		diag_add(diag, strict ? SEVERITY_ERROR : SEVERITY_WARNING, "edxml.status_code.form",
			where, e->status_code, codes[code].code, CLAUSE);
	edxml_where(where, "MessageHeader/Description", e->header_line);
	if (codes[code].reason && e->description == NULL)
		diag_add(diag, strict ? SEVERITY_ERROR : SEVERITY_WARNING, "edxml.reason.missing",
			where, NULL, NULL, CLAUSE);
}

static void
check_subject(const struct edxml *e, struct diag *diag)
{
	const struct edxml_response *r = e->responses;
	char where[EDXML_WHERE];

	edxml_where(where, "MessageHeader/ResponseFor",
		e->response_count > 0 ? r->line : e->header_line);
	if (e->response_count != 1) {
		diag_add(diag, SEVERITY_ERROR,
			e->response_count == 0 ? "edxml.response.missing"
					       : "edxml.element.repeated",
			where, NULL, "ResponseFor", CLAUSE);
		return;
	}
	if (r->organ_id == NULL)
		diag_add(diag, SEVERITY_ERROR, "edxml.organ_id.missing", where, NULL, "OrganId",
			CLAUSE);
	if (r->document_id == NULL && r->code == NULL)
		diag_add(diag, SEVERITY_ERROR, "edxml.document_id.missing", where, NULL,
			"DocumentId", CLAUSE);
	else if (r->document_id == NULL)
		diag_add(diag, SEVERITY_WARNING, "edxml.document_id.missing", where, r->code,
			"DocumentId", CLAUSE);
}

void
edxml_status_check(const struct edxml *e, bool strict, struct diag *diag)
{
	char where[EDXML_WHERE];

	edxml_check_organ(&e->from, "MessageHeader/From", e->header_line, diag);
	check_subject(e, diag);
	check_code(e, strict, diag);
	edxml_where(where, "MessageHeader/Timestamp", e->header_line);
	if (!e->timestamp.valid)
		diag_add(diag,
			e->timestamp.raw == NULL || strict ? SEVERITY_ERROR : SEVERITY_WARNING,
			e->timestamp.raw == NULL ? "edxml.timestamp.missing" : "edxml.time", where,
			e->timestamp.raw, "yyyy/MM/dd HH:mm:ss", CLAUSE);
}
