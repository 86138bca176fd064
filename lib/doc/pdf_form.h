/*
 * pdf_form: the form fields that signing needs (ISO 32000-1 12.7): text boxes made in the leader's
 * revision for number and date and filled in later with an appearance of their own (a change that
 * every validator permits), and signature fields with their dictionary.
 */
#ifndef CONGVAN_DOC_PDF_FORM_H
#define CONGVAN_DOC_PDF_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_font.h"
#include "lib/doc/pdf_place.h"
#include "lib/doc/pdf_update.h"

/*
 * Makes a text box at the place, empty (value NULL: the font may be NULL too) or filled in at once.
 * STATUS_INVALID with pdf.field.name (empty, has a dot, or taken).
 */
enum status pdf_form_make_text(struct pdf_update *u, struct pdf_font *font, const char *name,
	const char *value, const struct pdf_place *at, struct diag *diag);

/*
 * Sets the value of a text field and makes its appearance. STATUS_INVALID with pdf.field.missing
 * (no such text field with a box), pdf.field.locked (an earlier signature forbids it, FieldMDP).
 */
enum status pdf_form_fill_text(struct pdf_update *u, struct pdf_font *font, const char *name,
	const char *value, struct diag *diag);

/* What is put into a signature field and its dictionary. */
struct pdf_sign {
	const char *
		field; /* a new name, or an empty signature field that is there; NULL: SignatureN */
	struct pdf_place place;               /* page 0: invisible, on page 1 */
	int appearance;                       /* form object; 0: none */
	const char *sub_filter;               /* "ETSI.CAdES.detached", "ETSI.RFC3161" */
	const char *name, *reason, *location; /* NULL: left out */
	clock_us time;                        /* /M; 0: left out */
	size_t room;                          /* bytes kept for the CMS */
	bool lock_fields; /* FieldMDP over all fields: what is filled in stays */
};

/*
 * Adds the signature field (or takes the existing one) and the dictionary with a hole.
 * STATUS_INVALID with pdf.field.name, pdf.field.signed (the field has a signature already).
 * *value_out: the dictionary's object number.
 */
enum status
pdf_form_sign(struct pdf_update *u, const struct pdf_sign *sign, int *value_out, struct diag *diag);

/*
 * After pdf_update_finish: writes the byte range into the signature dictionary `value`. *hole_at is
 * the offset of the hole's first hexadecimal digit in base + tail, *hole_size the number of digits.
 * STATUS_INTERNAL when there is none.
 */
enum status pdf_form_set_range(const struct pdf_update *u, int value, uint64_t base_size,
	struct buf *tail, uint64_t *hole_at, uint64_t *hole_size);

#endif
