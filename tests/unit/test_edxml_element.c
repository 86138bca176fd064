/* edxml_element: rows found by context and exact name only, numbers of a context that never meet, fields inside their structs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/edxml.h"
#include "lib/doc/edxml_element.h"

static void
test_rows(void **state)
{
	static const struct {
		enum edxml_context in;
		const char *name;
		enum edxml_action action;
		enum edxml_context inside;
		size_t offset;
	} rows[] = {
		{EDXML_IN_FILE, "edXML", EDXML_GROUP, EDXML_IN_ROOT, 0},
		{EDXML_IN_MESSAGE, "From", EDXML_GROUP, EDXML_IN_ORGAN, offsetof(struct edxml, from)},
		{EDXML_IN_MESSAGE, "To", EDXML_ITEM, EDXML_IN_ORGAN, offsetof(struct edxml, to)},
		{EDXML_IN_MESSAGE, "Subject", EDXML_TEXT, EDXML_IN_NOTHING, offsetof(struct edxml, subject)},
		{EDXML_IN_MESSAGE, "DueDate", EDXML_DATE, EDXML_IN_NOTHING, offsetof(struct edxml, due_date)},
		{EDXML_IN_MESSAGE, "Timestamp", EDXML_TIME, EDXML_IN_NOTHING, offsetof(struct edxml, timestamp)},
		{EDXML_IN_TRACE, "Timestamp", EDXML_TIME, EDXML_IN_NOTHING, offsetof(struct edxml_trace, timestamp)},
		{EDXML_IN_ORGAN, "OrganId", EDXML_TEXT, EDXML_IN_NOTHING, offsetof(struct edxml_organ, organ_id)},
		{EDXML_IN_RESPONSE, "OrganId", EDXML_TEXT, EDXML_IN_NOTHING, offsetof(struct edxml_response, organ_id)},
		{EDXML_IN_ORGAN_IDS, "OrganId", EDXML_TEXT_ITEM, EDXML_IN_NOTHING, offsetof(struct edxml_replacement, organ_ids)},
		{EDXML_IN_TYPE, "Type", EDXML_NUMBER, EDXML_IN_NOTHING, offsetof(struct edxml, type)},
		{EDXML_IN_ATTACHMENT, "ContentTransferEncoded", EDXML_BYTES, EDXML_IN_NOTHING, 0},
		{EDXML_IN_HEADER, "Signature", EDXML_BLOCK, EDXML_IN_SIGNATURE, 0},
		{EDXML_IN_OTHER, "ReplyFors", EDXML_SKIP, EDXML_IN_NOTHING, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned bit = 99;
		const struct edxml_element *e = edxml_element_find(rows[i].in, rows[i].name, &bit);

		if (e == NULL || e->action != rows[i].action || e->inside != rows[i].inside || e->offset != rows[i].offset || e->in != rows[i].in)
			fail_msg("%s", rows[i].name);
		assert_string_equal(e->name, rows[i].name);
		assert_true(bit < 64);
	}
}

static void
test_unknown(void **state)
{
	static const struct {
		enum edxml_context in;
		const char *name;
	} rows[] = {{EDXML_IN_FILE, "edxml"}, {EDXML_IN_FILE, "edXMLEnvelope"}, {EDXML_IN_FILE, ""}, {EDXML_IN_MESSAGE, "subject"},
		{EDXML_IN_MESSAGE, "Subject "}, {EDXML_IN_MESSAGE, "e:Subject"}, {EDXML_IN_MESSAGE, "OrganId"}, {EDXML_IN_ORGAN, "To"},
		{EDXML_IN_BODY, "Subject"}, {EDXML_IN_HEADER, "Attachment"}, {EDXML_IN_SIGNATURE, "Subject"}, {EDXML_IN_SIGNATURE, "Signature"},
		{EDXML_IN_NOTHING, "Subject"}, {EDXML_IN_NOTHING, "edXML"}};
	unsigned bit;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (edxml_element_find(rows[i].in, rows[i].name, &bit) != NULL)
			fail_msg("found: '%s' in %d", rows[i].name, (int)rows[i].in);
}

/* Every name of docs/edxml.md, in every context: what was seen twice is told by the numbers, so no two rows of one context may share one. */
static const char *const names[] = {"edXML", "edXMLEnvelope", "AttachmentEncoded", "Attachment", "edXMLHeader", "edXMLBody", "MessageHeader", "Status",
	"TraceHeaderList", "Signature", "DigitalSignature", "From", "To", "DocumentId", "Code", "PromulgationInfo", "DocumentType", "Subject", "Content",
	"SignerInfo", "DueDate", "OtherInfo", "ResponseFor", "SteeringType", "ResponseForTask", "ApplicationType", "ToPlaces", "StaffInfo", "StatusCode",
	"Description", "Timestamp", "OrganId", "OrganName", "OrganizationInCharge", "OrganAdd", "Email", "Telephone", "Fax", "Website", "CodeNumber",
	"CodeNotation", "Place", "PromulgationDate", "Type", "TypeDetail", "TypeName", "Competence", "Position", "FullName", "Priority",
	"SphereOfPromulgation", "TyperNotation", "PromulgationAmount", "PageAmount", "Appendixes", "Appendix", "Direction", "ReplyFors", "ReferenceCodes",
	"TraceHeader", "Bussiness", "BussinessDocType", "BusinessDocType", "BussinessDocReason", "Paper", "BussinessDocumentInfo", "ReplacementInfoList",
	"DocumentInfo", "DocumentReceiver", "ReceiverList", "Receiver", "ReceiverType", "ReplacementInfo", "OrganIdList", "Department", "DepartmentId",
	"Staff", "StaffId", "Mobile", "edXMLManifest", "Reference", "ContentId", "ContentType", "AttachmentName", "AttachmentType", "AttachmentSize",
	"ContentTransferEncoded", "AttachmentData", "Format", "FieldName"};

static void
test_numbers(void **state)
{
	(void)state;
	for (int in = 0; in <= EDXML_IN_NOTHING; in++) {
		uint64_t seen = 0;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			unsigned bit;
			const struct edxml_element *e = edxml_element_find((enum edxml_context)in, names[i], &bit);

			if (e == NULL)
				continue;
			if (bit >= 64 || (seen >> bit & 1) != 0)
				fail_msg("%s in %d: number %u", names[i], in, bit);
			seen |= UINT64_C(1) << bit;
			if (e->action == EDXML_ITEM || e->action == EDXML_TEXT_ITEM) {
				assert_true(e->size > 0 && e->count != e->offset);
				assert_true(e->line < e->size);
				assert_true(e->count < sizeof(struct edxml) && e->offset < sizeof(struct edxml));
			} else if (e->offset != SIZE_MAX) {
				assert_true(e->offset < sizeof(struct edxml));
			}
		}
		assert_true((seen & (seen + 1)) == 0); /* no gap: all of the context's rows were named above */
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
