/*
 * edxml: packets of the national document exchange (QCVN 102:2016/BTTTT and its Amendment 1:2022):
 * documents with their attachments, and status messages. Reading checks a packet against our XSD
 * (schemas/xsd) and the rules beyond it and reports every finding with its place; writing gives
 * what the national SDK gives. Elements are known by namespace and local name, in any order and
 * with any prefix, because genuine senders differ in both.
 *
 * Findings: edxml.*, xml.*, pack.*, sniff.*. An ERROR refuses the packet, a WARNING is for a person
 * to see.
 *
 * To read: edxml_schemas_load (once, before the sandbox closes), edxml_read, edxml_free.
 *
 * To write: fill in a struct from edxml_new (or edxml_from_json), give each attachment its fd,
 * edxml_write_document or edxml_write_status.
 */
#ifndef CONGVAN_DOC_EDXML_H
#define CONGVAN_DOC_EDXML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/diag.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"
#include "lib/doc/output.h"
#include "lib/doc/pack.h"
#include "lib/doc/sniff.h"
#include "lib/doc/xml.h"

#define EDXML_NAMESPACE "http://www.mic.gov.vn/TBT/QCVN_102_2016"

enum edxml_packet { EDXML_DOCUMENT, EDXML_STATUS };

/* BussinessDocType (docs/edxml.md 1.6). */
enum edxml_business_type { EDXML_NEW = 0, EDXML_RECALL = 1, EDXML_UPDATE = 2, EDXML_REPLACE = 3 };

/*
 * All strings are NFC, trimmed, and NULL when the element is absent or empty. Everything hangs in
 * the packet's arena. `line` is the line of the element in the packet, 0 when it was not read from
 * one.
 */

/* A day as sent, and as understood. */
struct edxml_date {
	const char *raw; /* NULL: absent */
	bool valid;
	struct clock_date date;
};

/* A moment as sent (Vietnamese time), and as understood. */
struct edxml_time {
	const char *raw;
	bool valid;
	clock_us at;
};

/* A whole number as sent, and as understood. */
struct edxml_number {
	const char *raw;
	bool valid;
	int value;
};

struct edxml_organ {
	const char *organ_id, *organ_name, *in_charge, *address, *email, *telephone, *fax, *website;
	unsigned line;
};

/* A document that this one answers (1.3), or the one a status message is about (1.11). */
struct edxml_response {
	const char *organ_id, *code, *document_id;
	struct edxml_date promulgation_date;
	unsigned line;
};

struct edxml_trace {
	const char *organ_id; /* may be the literal text "null" */
	struct edxml_time timestamp;
};

struct edxml_receiver {
	const char *organ_id;
	struct edxml_number type; /* 0 removed, 1 added */
};

struct edxml_replacement {
	const char *document_id;
	const char **organ_ids;
	size_t organ_id_count;
	unsigned line;
};

struct edxml_staff {
	const char *department, *staff, *email, *mobile, *department_id, *staff_id;
};

struct edxml_business {
	bool present;             /* false: treat as new */
	struct edxml_number type; /* enum edxml_business_type */
	const char *reason;
	const char *document_id; /* the earlier document; means something for an update only */
	struct edxml_number paper;
	struct edxml_number document_info, document_receiver; /* what an update changes */
	struct edxml_receiver *receivers;
	size_t receiver_count;
	struct edxml_replacement *replacements;
	size_t replacement_count;
	unsigned line;
};

/* A row of the manifest. */
struct edxml_reference {
	const char *content_id, *name, *content_type, *description;
	unsigned line;
};

enum edxml_attachment_state {
	EDXML_ATTACHMENT_GOOD,
	EDXML_ATTACHMENT_DAMAGED /* cannot be used; its bytes as received are still given */
};

struct edxml_attachment {
	const char *content_id;                 /* without cid: and angle brackets */
	const char *name;                       /* the real name, to show; never a path */
	const char *content_type, *description; /* as sent; says little */
	enum edxml_attachment_state state;
	bool unwrapped; /* came in the SDK's ZIP form */
	struct sniff sniff;
	uint64_t size;
	struct digest digest; /* of the bytes in fd */
	int fd; /* the content, owned by the packet (edxml_free closes it); -1: none */
	unsigned line;
};

enum edxml_signature { EDXML_SIGNATURE_NONE, EDXML_SIGNATURE_DUMMY, EDXML_SIGNATURE_REAL };

struct edxml {
	struct arena *arena;
	enum edxml_packet packet;

	struct edxml_organ from;
	struct edxml_organ *to;
	size_t to_count;
	const char *document_id;
	const char *code_number, *code_notation;
	const char *place;
	struct edxml_date promulgation_date;
	struct edxml_number type, type_detail;
	const char *type_name;
	const char *subject, *content;
	const char *competence, *position, *full_name; /* of the signer */
	struct edxml_date due_date;
	struct edxml_number priority, promulgation_amount, page_amount;
	const char *sphere, *typer_notation, *direction;
	const char **appendixes;
	size_t appendix_count;
	struct edxml_response *responses;
	size_t response_count;
	struct edxml_number steering_type;
	const char *response_for_task, *application_type;
	const char **to_places;
	size_t to_place_count;
	struct edxml_trace *traces;
	size_t trace_count;
	struct edxml_business business;
	struct edxml_staff staff; /* Bussiness/StaffInfo, or StaffInfo of a status message */
	enum edxml_signature signature;
	struct edxml_reference *references;
	size_t reference_count;
	struct edxml_attachment *attachments;
	size_t attachment_count;

	/* status messages */
	const char *status_code; /* two digits when valid */
	const char *description;
	struct edxml_time timestamp;

	unsigned header_line;
};

/* An empty packet with its arena; NULL without memory. */
struct edxml *edxml_new(enum edxml_packet packet);

/* Closes the attachments' descriptors and frees everything. */
void edxml_free(struct edxml *e);

/*
 * Appends a zeroed item to a list of the packet and returns it: edxml_add(e, &e->to, &e->to_count,
 * sizeof(*e->to)). NULL when the arena is full. Pointers to earlier items of the list become
 * invalid.
 */
void *edxml_add(struct edxml *e, void *list, size_t *count, size_t size);

/* The business type; EDXML_NEW when absent, -1 when it is none that is known. */
int edxml_business(const struct edxml *e);

/* "cid:<x>" or "<x>" without cid: and angle brackets, in place of s; a pointer into s, which it may
 * shorten. */
char *edxml_content_id(char *s);

/* The texts of edXML for dates. False (raw kept) when it is not a real day or moment. */
void edxml_date_set(struct edxml_date *d, const char *raw);
void edxml_time_set(struct edxml_time *t, const char *raw);
void edxml_number_set(struct edxml_number *n, const char *raw);

struct edxml_limits {
	uint64_t packet; /* bytes of the packet */
	struct xml_limits xml;
	size_t receivers; /* To */
	size_t list;      /* items of any other list */
	size_t attachments;
	uint64_t attachment;     /* bytes of one attachment, as sent or inflated */
	uint64_t total;          /* bytes of all attachments */
	struct pack_limits pack; /* for the SDK's ZIP form */
};

/* The limits used everywhere, each with its reason (edxml_limits.c). */
extern const struct edxml_limits edxml_limits_default;

/* Where attachments are written. */
struct edxml_sink {
	/* An empty, seekable file, open for reading and writing; edxml closes it. STATUS_OK and
	 * *fd_out, or the error that ends the reading. */
	enum status (*open)(void *arg, int *fd_out);
	void *arg;
};

/* Files in memory (memfd): what a worker without a file system has. */
extern const struct edxml_sink edxml_sink_memory;

struct edxml_schemas;

/* Loads edxml.xsd and edxml-status.xsd of the folder dir. Once; read-only afterwards. */
enum status edxml_schemas_load(const char *dir, struct diag *diag, struct edxml_schemas **out);
void edxml_schemas_free(struct edxml_schemas *s);

/*
 * Reads and checks a packet. Attachments are decoded into files from sink while the packet streams
 * by, so that memory is bounded whatever the packet's size. STATUS_OK: no finding of severity
 * ERROR. STATUS_INVALID: refused, see diag; when the packet could be read to its end, *out is given
 * nevertheless, so that the caller can tell the sender which document was refused (else *out is
 * NULL). Other errors: *out is NULL. A damaged attachment is the ERROR edxml.attachment.damaged and
 * marks that attachment only; a caller that keeps such packets may look whether there are other
 * errors.
 */
enum status edxml_read(struct span packet, const struct edxml_schemas *schemas,
	const struct edxml_limits *limits, const struct edxml_sink *sink, struct diag *diag,
	struct edxml **out);

/*
 * The rules beyond the schema, on a packet from anywhere (edxml_read runs them). strict: also what
 * we ask of ourselves when writing. STATUS_OK or STATUS_INVALID.
 */
enum status edxml_check(const struct edxml *e, bool strict, struct diag *diag);

struct edxml_write_options {
	bool raw; /* attachments as they are, with their true MIME type; else the SDK's ZIP form */
	const struct edxml_sink *temp; /* for ZIP archives under way; NULL: memory */
};

/*
 * Writes a document packet, attachments streaming from their fd (from offset 0). Content ids, where
 * absent, are made; digest, size and sniff of the struct are not needed. STATUS_INVALID with
 * findings when edxml_check(strict) refuses it; else the error of the output.
 */
enum status edxml_write_document(const struct edxml *e, const struct edxml_write_options *options,
	const struct output *to, struct diag *diag);

/* Writes a status message: from, the first response, staff, status_code, description, timestamp. */
enum status edxml_write_status(const struct edxml *e, const struct output *to, struct diag *diag);

#endif
