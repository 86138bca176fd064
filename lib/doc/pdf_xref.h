/*
 * pdf_xref: the chain of cross-reference sections of a PDF (ISO 32000-1 7.5.4, 7.5.6, 7.5.8), read
 * strictly: what qpdf does not tell (where each revision ends, what kind of section is last, which
 * objects a revision wrote). Anything that a viewer would have to repair makes the file damaged
 * here.
 */
#ifndef CONGVAN_DOC_PDF_XREF_H
#define CONGVAN_DOC_PDF_XREF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

#define PDF_SECTIONS_MAX 4096u
#define PDF_ENTRIES_MAX 2000000u /* 32 bytes each while a file is looked at */
#define PDF_NUMBER_MAX 8388607u  /* ISO 32000-1 Annex C */

enum pdf_entry_kind { PDF_ENTRY_FREE, PDF_ENTRY_PLAIN, PDF_ENTRY_PACKED };

struct pdf_entry {
	uint64_t at; /* offset; PACKED: number of the object stream */
	uint32_t number;
	uint32_t order; /* of reading within the section: of doubles the first counts, of a hybrid's the first that is not free; it stands first */
	uint32_t index; /* PACKED: in the object stream */
	uint16_t generation;
	uint8_t kind;
};

struct pdf_section {
	uint64_t at;         /* offset of "xref" or of the stream object */
	uint64_t trailer_at; /* offset of the trailer dictionary */
	uint64_t size;       /* /Size */
	bool stream;         /* a cross-reference stream */
	bool hybrid;         /* a table with /XRefStm, … */
	uint64_t hybrid_at;  /* … which stands there */
	struct pdf_entry *entries; /* by number */
	size_t count;
};

/*
 * The end of a revision: its bytes are file[0, end), or up to end_eol with the line end after
 * %%EOF.
 */
struct pdf_revision {
	uint64_t end, end_eol;
	size_t newest, oldest; /* sections of it; two when linearized, else one */
};

struct pdf_xref {
	struct pdf_section *sections; /* newest first */
	size_t count;
	struct pdf_revision *revisions; /* oldest first */
	size_t revision_count;
	uint64_t *streams; /* places of the cross-reference streams, in order */
	size_t stream_count;
	uint64_t *index; /* of many sections: number << 32 | section, in order; NULL: of few */
	size_t index_count;
	uint64_t startxref;
	uint64_t max_size; /* largest /Size */
	bool no_eof;       /* the file lacks its last %%EOF */
};

/*
 * Reads the chain. STATUS_INVALID with a finding pdf.startxref, pdf.xref, pdf.trailing or pdf.linearized when it
 * cannot be read without guessing; STATUS_TOO_LARGE over the limits above.
 */
enum status pdf_xref_read(struct span file, struct pdf_xref **out, struct diag *diag);
void pdf_xref_free(struct pdf_xref *x);

/*
 * The newest entry for an object among sections [from, count), or NULL. Sections are newest first. What a hybrid section's table
 * calls free is looked for in its stream (7.5.8.4). Bisects, also among sections when there are many: callers ask it of each of millions of entries.
 */
const struct pdf_entry *pdf_xref_find(const struct pdf_xref *x, size_t from, uint32_t number);

/* True when a section of the chain is a cross-reference stream that stands there. */
bool pdf_xref_is_stream(const struct pdf_xref *x, uint64_t at);

/* The revision whose end (with or without its line end) is at this size, or NULL. */
const struct pdf_revision *pdf_xref_revision(const struct pdf_xref *x, uint64_t size);

#endif
