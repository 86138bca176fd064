/* edxml_element: see edxml_element.h. docs/edxml.md 1.2 to 1.11. */
#include "lib/doc/edxml_element.h"

#include <string.h>

#include "lib/doc/edxml.h"

/* A row is a line: */
/* clang-format off */
#define AT(type, field) offsetof(struct type, field)
#define GROUP(in, name, inside, field) {EDXML_IN_##in, name, EDXML_GROUP, EDXML_IN_##inside, AT(edxml, field), 0, 0, 0}
#define LINED(in, name, inside, field, type)                                                       \
	{EDXML_IN_##in, name, EDXML_GROUP, EDXML_IN_##inside, AT(edxml, field), 0, 0, AT(type, line)}
#define PLAIN(in, name, inside) {EDXML_IN_##in, name, EDXML_GROUP, EDXML_IN_##inside, 0, 0, 0, 0}
#define ITEM(in, name, inside, parent, list, number, type, line)                                   \
	{EDXML_IN_##in, name, EDXML_ITEM, EDXML_IN_##inside, AT(parent, list), AT(parent, number),      \
		sizeof(struct type), line}
#define LEAF(in, name, action, type, field)                                                        \
	{EDXML_IN_##in, name, EDXML_##action, EDXML_IN_NOTHING, AT(type, field), 0, 0, 0}
#define TEXTS(in, name, type, list, number)                                                        \
	{EDXML_IN_##in, name, EDXML_TEXT_ITEM, EDXML_IN_NOTHING, AT(type, list), AT(type, number),      \
		sizeof(char *), 0}
#define SKIP(in, name) {EDXML_IN_##in, name, EDXML_SKIP, EDXML_IN_NOTHING, 0, 0, 0, 0}
#define BYTES(in, name) {EDXML_IN_##in, name, EDXML_BYTES, EDXML_IN_NOTHING, 0, 0, 0, 0}
#define BLOCK(name) {EDXML_IN_HEADER, name, EDXML_BLOCK, EDXML_IN_SIGNATURE, 0, 0, 0, 0}

/* Rows of one context stand together. */
static const struct edxml_element elements[] = {
	PLAIN(FILE, "edXML", ROOT),

	PLAIN(ROOT, "edXMLEnvelope", ENVELOPE),
	PLAIN(ROOT, "AttachmentEncoded", ATTACHMENTS),
	ITEM(ROOT, "Attachment", ATTACHMENT, edxml, attachments, attachment_count, edxml_attachment,
		AT(edxml_attachment, line)),

	PLAIN(ENVELOPE, "edXMLHeader", HEADER),
	PLAIN(ENVELOPE, "edXMLBody", BODY),

	{EDXML_IN_HEADER, "MessageHeader", EDXML_GROUP, EDXML_IN_MESSAGE, 0, 0, 0,
		AT(edxml, header_line)},
	{EDXML_IN_HEADER, "Status", EDXML_GROUP, EDXML_IN_MESSAGE, 0, 0, 0, AT(edxml, header_line)},
	PLAIN(HEADER, "TraceHeaderList", TRACES),
	BLOCK("Signature"),
	BLOCK("DigitalSignature"),

	LINED(MESSAGE, "From", ORGAN, from, edxml_organ),
	ITEM(MESSAGE, "To", ORGAN, edxml, to, to_count, edxml_organ, AT(edxml_organ, line)),
	LEAF(MESSAGE, "DocumentId", TEXT, edxml, document_id),
	PLAIN(MESSAGE, "Code", CODE),
	PLAIN(MESSAGE, "PromulgationInfo", PROMULGATION),
	PLAIN(MESSAGE, "DocumentType", TYPE),
	LEAF(MESSAGE, "Subject", TEXT, edxml, subject),
	LEAF(MESSAGE, "Content", TEXT, edxml, content),
	PLAIN(MESSAGE, "SignerInfo", SIGNER),
	LEAF(MESSAGE, "DueDate", DATE, edxml, due_date),
	PLAIN(MESSAGE, "OtherInfo", OTHER),
	ITEM(MESSAGE, "ResponseFor", RESPONSE, edxml, responses, response_count, edxml_response,
		AT(edxml_response, line)),
	LEAF(MESSAGE, "SteeringType", NUMBER, edxml, steering_type),
	LEAF(MESSAGE, "ResponseForTask", TEXT, edxml, response_for_task),
	LEAF(MESSAGE, "ApplicationType", TEXT, edxml, application_type),
	PLAIN(MESSAGE, "ToPlaces", TO_PLACES),
	GROUP(MESSAGE, "StaffInfo", STAFF, staff),
	LEAF(MESSAGE, "StatusCode", TEXT, edxml, status_code),
	LEAF(MESSAGE, "Description", TEXT, edxml, description),
	LEAF(MESSAGE, "Timestamp", TIME, edxml, timestamp),

	LEAF(ORGAN, "OrganId", TEXT, edxml_organ, organ_id),
	LEAF(ORGAN, "OrganName", TEXT, edxml_organ, organ_name),
	LEAF(ORGAN, "OrganizationInCharge", TEXT, edxml_organ, in_charge),
	LEAF(ORGAN, "OrganAdd", TEXT, edxml_organ, address),
	LEAF(ORGAN, "Email", TEXT, edxml_organ, email),
	LEAF(ORGAN, "Telephone", TEXT, edxml_organ, telephone),
	LEAF(ORGAN, "Fax", TEXT, edxml_organ, fax),
	LEAF(ORGAN, "Website", TEXT, edxml_organ, website),

	LEAF(CODE, "CodeNumber", TEXT, edxml, code_number),
	LEAF(CODE, "CodeNotation", TEXT, edxml, code_notation),

	LEAF(PROMULGATION, "Place", TEXT, edxml, place),
	LEAF(PROMULGATION, "PromulgationDate", DATE, edxml, promulgation_date),

	LEAF(TYPE, "Type", NUMBER, edxml, type),
	LEAF(TYPE, "TypeDetail", NUMBER, edxml, type_detail),
	LEAF(TYPE, "TypeName", TEXT, edxml, type_name),

	LEAF(SIGNER, "Competence", TEXT, edxml, competence),
	LEAF(SIGNER, "Position", TEXT, edxml, position),
	LEAF(SIGNER, "FullName", TEXT, edxml, full_name),

	LEAF(OTHER, "Priority", NUMBER, edxml, priority),
	LEAF(OTHER, "SphereOfPromulgation", TEXT, edxml, sphere),
	LEAF(OTHER, "TyperNotation", TEXT, edxml, typer_notation),
	LEAF(OTHER, "PromulgationAmount", NUMBER, edxml, promulgation_amount),
	LEAF(OTHER, "PageAmount", NUMBER, edxml, page_amount),
	PLAIN(OTHER, "Appendixes", APPENDIXES),
	LEAF(OTHER, "Direction", TEXT, edxml, direction),
	SKIP(OTHER, "ReplyFors"),
	SKIP(OTHER, "ReferenceCodes"),

	TEXTS(APPENDIXES, "Appendix", edxml, appendixes, appendix_count),
	TEXTS(TO_PLACES, "Place", edxml, to_places, to_place_count),

	LEAF(RESPONSE, "OrganId", TEXT, edxml_response, organ_id),
	LEAF(RESPONSE, "Code", TEXT, edxml_response, code),
	LEAF(RESPONSE, "PromulgationDate", DATE, edxml_response, promulgation_date),
	LEAF(RESPONSE, "DocumentId", TEXT, edxml_response, document_id),

	ITEM(TRACES, "TraceHeader", TRACE, edxml, traces, trace_count, edxml_trace, 0),
	LINED(TRACES, "Bussiness", BUSINESS, business, edxml_business),

	LEAF(TRACE, "OrganId", TEXT, edxml_trace, organ_id),
	LEAF(TRACE, "Timestamp", TIME, edxml_trace, timestamp),

	LEAF(BUSINESS, "BussinessDocType", NUMBER, edxml_business, type),
	LEAF(BUSINESS, "BusinessDocType", NUMBER, edxml_business, type),
	LEAF(BUSINESS, "BussinessDocReason", TEXT, edxml_business, reason),
	LEAF(BUSINESS, "DocumentId", TEXT, edxml_business, document_id),
	LEAF(BUSINESS, "Paper", NUMBER, edxml_business, paper),
	GROUP(BUSINESS, "BussinessDocumentInfo", BUSINESS_INFO, business),
	GROUP(BUSINESS, "ReplacementInfoList", REPLACEMENTS, business),
	GROUP(BUSINESS, "StaffInfo", STAFF, staff),

	LEAF(BUSINESS_INFO, "DocumentInfo", NUMBER, edxml_business, document_info),
	LEAF(BUSINESS_INFO, "DocumentReceiver", NUMBER, edxml_business, document_receiver),
	GROUP(BUSINESS_INFO, "ReceiverList", RECEIVERS, business),

	ITEM(RECEIVERS, "Receiver", RECEIVER, edxml_business, receivers, receiver_count,
		edxml_receiver, 0),
	LEAF(RECEIVER, "OrganId", TEXT, edxml_receiver, organ_id),
	LEAF(RECEIVER, "ReceiverType", NUMBER, edxml_receiver, type),

	ITEM(REPLACEMENTS, "ReplacementInfo", REPLACEMENT, edxml_business, replacements,
		replacement_count, edxml_replacement, AT(edxml_replacement, line)),
	LEAF(REPLACEMENT, "DocumentId", TEXT, edxml_replacement, document_id),
	{EDXML_IN_REPLACEMENT, "OrganIdList", EDXML_GROUP, EDXML_IN_ORGAN_IDS, (size_t)-1, 0, 0, 0},
	TEXTS(ORGAN_IDS, "OrganId", edxml_replacement, organ_ids, organ_id_count),

	LEAF(STAFF, "Department", TEXT, edxml_staff, department),
	LEAF(STAFF, "DepartmentId", TEXT, edxml_staff, department_id),
	LEAF(STAFF, "Staff", TEXT, edxml_staff, staff),
	LEAF(STAFF, "StaffId", TEXT, edxml_staff, staff_id),
	LEAF(STAFF, "Email", TEXT, edxml_staff, email),
	LEAF(STAFF, "Mobile", TEXT, edxml_staff, mobile),

	PLAIN(BODY, "edXMLManifest", MANIFEST),
	ITEM(BODY, "Attachment", ATTACHMENT, edxml, attachments, attachment_count, edxml_attachment,
		AT(edxml_attachment, line)),

	ITEM(MANIFEST, "Reference", REFERENCE, edxml, references, reference_count, edxml_reference,
		AT(edxml_reference, line)),
	LEAF(REFERENCE, "ContentId", TEXT, edxml_reference, content_id),
	LEAF(REFERENCE, "ContentType", TEXT, edxml_reference, content_type),
	LEAF(REFERENCE, "Description", TEXT, edxml_reference, description),
	LEAF(REFERENCE, "AttachmentName", TEXT, edxml_reference, name),
	SKIP(REFERENCE, "AttachmentType"),
	SKIP(REFERENCE, "AttachmentSize"),

	ITEM(ATTACHMENTS, "Attachment", ATTACHMENT, edxml, attachments, attachment_count,
		edxml_attachment, AT(edxml_attachment, line)),
	LEAF(ATTACHMENT, "ContentId", TEXT, edxml_attachment, content_id),
	LEAF(ATTACHMENT, "AttachmentName", TEXT, edxml_attachment, name),
	LEAF(ATTACHMENT, "Description", TEXT, edxml_attachment, description),
	LEAF(ATTACHMENT, "ContentType", TEXT, edxml_attachment, content_type),
	BYTES(ATTACHMENT, "ContentTransferEncoded"),
	BYTES(ATTACHMENT, "AttachmentData"),
	SKIP(ATTACHMENT, "AttachmentType"),
	SKIP(ATTACHMENT, "AttachmentSize"),
	SKIP(ATTACHMENT, "Format"),
	SKIP(ATTACHMENT, "FieldName"),
	SKIP(ATTACHMENT, "MimeType"),
};
/* clang-format on */

const struct edxml_element *
edxml_element_find(enum edxml_context in, const char *local, unsigned *bit_out)
{
	unsigned bit = 0;

	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		if (elements[i].in != in)
			continue;
		if (strcmp(elements[i].name, local) == 0) {
			*bit_out = bit;
			return &elements[i];
		}
		bit++;
	}
	return NULL;
}
