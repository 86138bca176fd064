/*
 * pdf_update: writes one incremental update (ISO 32000-1 7.5.6) to a PDF that is never touched
 * itself: only the bytes to append are made. Object numbers and generations stay; a table follows a
 * table, a stream follows a stream; only the objects that must change are written again, so that
 * earlier signatures stay valid.
 */
#ifndef CONGVAN_DOC_PDF_UPDATE_H
#define CONGVAN_DOC_PDF_UPDATE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_scan.h"

#define PDF_UPDATE_MAX (UINT64_C(64) << 20) /* bytes of one update */

struct pdf_update;

/*
 * Begins an update of the base, which must outlive it. STATUS_INVALID with a finding when nothing
 * may be added: as pdf_scan_open (damaged: repair is for the upload, never for signing),
 * pdf.encrypted (also with an empty password), pdf.certified (DocMDP 1), pdf.catalog.direct,
 * pdf.pages.count (the page tree lies about its pages), pdf.pages.deep, pdf.form, pdf.dss (the
 * catalog, its form, a field or its store is in it), pdf.object.damaged (one that cannot be read as it stands).
 */
enum status pdf_update_begin(struct span base, struct pdf_update **out, struct diag *diag);

/*
 * The same for an update that adds nothing but validation data or a document timestamp: DocMDP 1
 * lets these through (EN 319 142-1 5.5).
 */
enum status
pdf_update_begin_archival(struct span base, struct pdf_update **out, struct diag *diag);
void pdf_update_free(struct pdf_update *u);

/* What the base is; lives as long as the update. */
const struct pdf_scan *pdf_update_scan(const struct pdf_update *u);

/*
 * The number of a new object (generation 0), whose body must be put before the end. 0 without
 * memory.
 */
int pdf_update_new(struct pdf_update *u);

/* Puts the body of a new object; copies it. */
void pdf_update_put(struct pdf_update *u, int number, struct span body);

/*
 * Puts a stream: `dict` are the entries besides /Length and /Filter ("/Type /XObject …"); packed
 * with Flate when that makes it smaller.
 */
void pdf_update_put_stream(struct pdf_update *u, int number, const char *dict, struct span data);

/* The same for data that is packed with Flate already. */
void pdf_update_put_packed(
	struct pdf_update *u, int number, const char *dict, struct span packed);

/*
 * Adds an annotation (a new object) to a page (1-based). STATUS_INVALID: pdf.page.number,
 * pdf.page.direct.
 */
enum status
pdf_update_annotate(struct pdf_update *u, size_t page, int annotation, struct diag *diag);

/*
 * Adds a field (a new object) to the form, which is made when there is none. STATUS_INVALID:
 * pdf.form.
 */
enum status
pdf_update_add_field(struct pdf_update *u, int field, bool signature, struct diag *diag);

/* Adds a font to the form's default resources (/DR) under this name unless it is taken. */
enum status pdf_update_form_font(struct pdf_update *u, const char *name, int font);

/*
 * Appends a reference to an object of this update to the array `key` of the catalog's dictionary
 * `of` ("/DSS"); what is missing of the two is made, the dictionary as an object of its own.
 * STATUS_INVALID when `of` or `key` is there and is something else.
 */
enum status pdf_update_append(struct pdf_update *u, const char *of, const char *key, int object);

/* Object number of the catalog, and of a page (1-based; 0: direct). */
int pdf_update_catalog(const struct pdf_update *u);

/*
 * Sets a key of an existing object to a value given as PDF text without references, or to a
 * reference to an object of this update. STATUS_INVALID when the object is not a dictionary.
 */
enum status pdf_update_set(
	struct pdf_update *u, int number, int generation, const char *key, const char *value);
/* /AP with this form object as its only normal appearance. */
enum status pdf_update_set_appearance(struct pdf_update *u, int number, int generation, int form);
enum status
pdf_update_set_reference(struct pdf_update *u, int number, int generation, const char *key, int to);

/*
 * Appends the update's bytes to `tail`, which must be empty: they begin with a line end when the
 * base has none. STATUS_TOO_LARGE over PDF_UPDATE_MAX or 9,999,999,999 bytes in all; STATUS_INVALID:
 * pdf.signature.shared (what is to be changed holds a signature of the base too, which would not be kept as it was).
 */
enum status pdf_update_finish(struct pdf_update *u, struct buf *tail, struct diag *diag);

/* After the end: where an object of this update begins in the tail. SIZE_MAX: it is not one. */
size_t pdf_update_offset(const struct pdf_update *u, int number);

#endif
