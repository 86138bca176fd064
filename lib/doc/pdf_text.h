/*
 * pdf_text: the text of a PDF (NFC, for search and for finding places on a page) and pictures of
 * its pages, by poppler. Runs in a worker only: a hostile file may take its time and memory, which
 * the worker's limits end.
 */
#ifndef CONGVAN_DOC_PDF_TEXT_H
#define CONGVAN_DOC_PDF_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_scan.h"
#include "lib/doc/pdf_words.h"

#define PDF_TEXT_MAX (16u << 20)   /* bytes of text taken from one file */
#define PDF_TEXT_PAGES_MAX 5000u   /* pages read for it */
#define PDF_PICTURE_SIDE_MAX 4000u /* pixels */

struct pdf_text;

/* Opens the bytes, which must outlive it. STATUS_INVALID with pdf.damaged or pdf.encrypted. */
enum status pdf_text_open(struct span file, struct pdf_text **out, struct diag *diag);
void pdf_text_free(struct pdf_text *t);

/*
 * The same for pdf_text_look and pdf_text_drawn only: poppler opens the bytes when it is first asked, and what it
 * finds wrong goes to `diag` then, which must outlive it too.
 */
enum status pdf_text_open_late(struct span file, struct pdf_text **out, struct diag *diag);

size_t pdf_text_pages(const struct pdf_text *t);

/*
 * Appends the text of all pages in NFC with the values of their text fields, a form feed after each
 * page. Over one of the limits the rest is left out with warning pdf.text.cut and STATUS_OK; `to`
 * needs a maximum of at least PDF_TEXT_MAX.
 */
enum status pdf_text_all(struct pdf_text *t, struct buf *to, struct diag *diag);

/*
 * The words of a page (1-based) in reading order; free with pdf_words_free. STATUS_NOT_FOUND: no
 * such page.
 */
enum status pdf_text_words(struct pdf_text *t, size_t page, struct pdf_words *out);

/*
 * The same, kept until another page is looked at: valid so long. pdf_text_look also gives STATUS_INVALID as pdf_text_open does;
 * pdf_text_drawn gives what pdf_show_words gives, from the same file's scan.
 */
enum status pdf_text_look(struct pdf_text *t, size_t page, const struct pdf_words **out);
enum status pdf_text_drawn(struct pdf_text *t, const struct pdf_scan *scan, size_t page, const struct pdf_words **out);

/*
 * Appends a PNG of the page (1-based), `width` pixels wide (16 to PDF_PICTURE_SIDE_MAX; narrower
 * when it would become too high), with fields and signatures as a viewer shows them.
 * STATUS_NOT_FOUND: no such page; STATUS_INVALID: width out of bounds.
 */
enum status pdf_text_picture(struct pdf_text *t, size_t page, unsigned width, struct buf *to,
	unsigned *width_out, unsigned *height_out);

#endif
