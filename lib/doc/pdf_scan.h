/*
 * pdf_scan: what a PDF is, looked at without changing it: version, pages and their boxes, form
 * fields, signatures with their byte ranges checked, revisions, and what in it can act (scripts,
 * launches, attachments). Read strictly; on request a second try lets qpdf repair in memory, which
 * tells "damaged but readable" from "unreadable", of files up to 256 MiB (PDF_REPAIR_MAX). Files of any size that the format
 * knows, mapped by the caller; memory beside it is bounded by the limits below. ISO 32000-1; signatures: 12.8, EN 319 142-1.
 */
#ifndef CONGVAN_DOC_PDF_SCAN_H
#define CONGVAN_DOC_PDF_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_box.h"
#include "lib/doc/pdf_xref.h"

#define PDF_PAGES_MAX 50000u
#define PDF_PAGE_DEPTH_MAX 64u
#define PDF_FIELDS_MAX 20000u
#define PDF_SIGNATURES_MAX 200u

/* What can act or hide, each told as a warning pdf.flag.NAME. */
/* clang-format off */
#define PDF_FLAG_TABLE(X)                                                                          \
	X(JAVASCRIPT, "javascript") X(LAUNCH, "launch") X(EMBEDDED, "embedded-file") X(XFA, "xfa") \
	X(OPEN_ACTION, "open-action") X(RICH_MEDIA, "rich-media") X(SUBMIT, "submit-form")

enum pdf_flag_bit {
#define PDF_FLAG_ENUM(name, text) PDF_FLAG_BIT_##name,
	PDF_FLAG_TABLE(PDF_FLAG_ENUM)
#undef PDF_FLAG_ENUM
	PDF_FLAG_COUNT
};
/* clang-format on */
#define PDF_FLAG(name) (1u << PDF_FLAG_BIT_##name)

const char *pdf_flag_name(enum pdf_flag_bit bit);

struct pdf_page {
	int object, generation;     /* 0: the page is a direct object */
	struct pdf_box media, crop; /* user space; crop is cut to media, both inherited */
	int rotate;                 /* 0, 90, 180, 270: clockwise when shown */
};

enum pdf_field_kind { PDF_FIELD_TEXT, PDF_FIELD_SIGNATURE, PDF_FIELD_OTHER };

struct pdf_field {
	const char *name; /* full name, parts joined by dots */
	enum pdf_field_kind kind;
	int object, generation;        /* 0: direct */
	int widget, widget_generation; /* its first widget; the field itself when merged; 0: none */
	size_t page;                   /* 1-based, of that widget; 0: not known */
	struct pdf_box rect;
	bool filled; /* has a value that is not empty */
};

enum pdf_lock { PDF_LOCK_NONE, PDF_LOCK_ALL, PDF_LOCK_INCLUDE, PDF_LOCK_EXCLUDE };

struct pdf_signature {
	const char *field;
	size_t field_index;
	int value_object; /* 0: the dictionary is direct in the field */
	uint64_t at;      /* offset of the object that holds it; UINT64_MAX: not known */
	const char *filter, *sub_filter, *name, *reason, *location; /* NULL: absent */
	const char *time; /* /M as RFC 3339; NULL: absent or unreadable */
	bool timestamp;   /* a document timestamp */
	uint64_t range[4];
	const char *fault;     /* finding code of what is wrong with the byte range; NULL: sound */
	struct span contents;  /* the CMS: DER without the padding of the hole */
	bool padding_used;     /* the padding is not all zeros: something may be hidden there */
	uint64_t revision_end; /* end of the signed bytes; 0 with a fault */
	bool whole_file;
	uint64_t closed;           /* end of its object when that has no references; else 0 */
	int docmdp;                /* 1, 2, 3 when it certifies (12.8.2.2), else 0 */
	enum pdf_lock lock;        /* FieldMDP (12.8.2.4) */
	const char *const *locked; /* names for INCLUDE and EXCLUDE */
	size_t locked_count;
};

struct pdf_info {
	const char *version; /* "1.7" */
	bool recovered; /* damaged; read only by repairing: sign nothing, believe no signature */
	bool encrypted, linearized;
	bool stream_xref, hybrid; /* kind of the newest section */
	bool form, direct_form;
	int certified;  /* strictest DocMDP in force, 0: none */
	unsigned flags; /* PDF_FLAG() */
	const struct pdf_page *pages;
	size_t page_count;
	const struct pdf_field *fields;
	size_t field_count;
	const struct pdf_signature *signatures;
	size_t signature_count;
	const struct pdf_xref *xref; /* NULL when recovered */
};

struct pdf_scan;

/*
 * Looks at the bytes, which must outlive the result. STATUS_INVALID with findings pdf.* when it
 * cannot be read (with `recovery`: not even by repairing; a repaired one gives a warning
 * pdf.damaged and info.recovered). What can act is told as warnings. A file without pages is
 * refused here (pdf.pages.none).
 */
enum status
pdf_scan_open(struct span file, bool recovery, struct pdf_scan **out, struct diag *diag);

/*
 * The same, strictly, for the first `size` bytes of a file that `later` is the scan of; it must outlive the result. Signatures
 * that both revisions have at the same place are taken over from there, not read again.
 */
enum status pdf_scan_open_earlier(
	const struct pdf_scan *later, uint64_t size, struct pdf_scan **out, struct diag *diag);
void pdf_scan_free(struct pdf_scan *s);
const struct pdf_info *pdf_scan_info(const struct pdf_scan *s);
struct span pdf_scan_file(const struct pdf_scan *s);

/* The field of this name, or NULL. */
const struct pdf_field *pdf_scan_field(const struct pdf_scan *s, const char *name);

/* Number of the object that holds the signature's dictionary: its own, or the field's when it is direct there. */
int pdf_signature_holder(const struct pdf_scan *s, const struct pdf_signature *sig);

/*
 * True when this signature forbids changes of the field's value (FieldMDP; a name covers what is
 * below it).
 */
bool pdf_signature_locks(const struct pdf_signature *s, const char *field);

/* A PDF date (7.9.4) as RFC 3339 with its offset; false when it is none. */
bool pdf_date_rfc3339(const char *date, char to[40]);

#endif
