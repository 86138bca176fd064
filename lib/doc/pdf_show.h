/*
 * pdf_show: the words of a page read from its content stream (ISO 32000-1 8.2, 9.4) without poppler, for a fraction of its work. Only
 * where nothing is left to guess: upright text in embedded fonts with ToUnicode tables, no form objects, no annotations with an
 * appearance, no layers, no replacement text, every word clearly apart from the next. Then the words and their boxes are those that poppler
 * finds (tests/unit/test_pdf_show holds both against each other); everything else is left to it.
 */
#ifndef CONGVAN_DOC_PDF_SHOW_H
#define CONGVAN_DOC_PDF_SHOW_H

#include "lib/doc/pdf_scan.h"
#include "lib/doc/pdf_words.h"

/*
 * The words of a page (1-based) in the order in which they are drawn; free with pdf_words_free. STATUS_UNSUPPORTED: something on the page
 * is not understood; ask poppler.
 */
enum status pdf_show_words(const struct pdf_scan *scan, size_t page, struct pdf_words *out);

#endif
