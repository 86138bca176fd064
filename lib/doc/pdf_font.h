/*
 * pdf_font: one TrueType font file as a source of Vietnamese text in a PDF: shaping by HarfBuzz,
 * and an embedded subset of what was shown (Type0, Identity-H, CIDFontType2, W, ToUnicode; ISO
 * 32000-1 9.7). The font file is the installation's own and trusted.
 */
#ifndef CONGVAN_DOC_PDF_FONT_H
#define CONGVAN_DOC_PDF_FONT_H

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_cache.h"
#include "lib/doc/pdf_update.h"

/*
 * Metric of Times New Roman, which Decree 30/2020 App. I wants; SIL OFL (fonts-liberation2; version
 * 1 of it has no Vietnamese letters).
 */
#define PDF_FONT_DEFAULT "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
#define PDF_FONT_TEXT_MAX 1000u /* bytes of one line of text */

struct pdf_font;

/*
 * path NULL: the default. STATUS_INVALID with pdf.font when it is not a TrueType font that can be
 * read. The opened file and subsets of it are taken from the cache (may be NULL; it must outlive
 * the font) or put there.
 */
enum status pdf_font_open(
	const char *path, struct pdf_cache *cache, struct pdf_font **out, struct diag *diag);
void pdf_font_free(struct pdf_font *f);

/* The opened font file, for pdf_cache. */
void pdf_face_free(struct pdf_face *f);

/* Width of the text (valid UTF-8, at most PDF_FONT_TEXT_MAX bytes) at a size in points. */
double pdf_font_width(struct pdf_font *f, const char *text, double size);

/* Height above the baseline and depth below it (positive) at a size. */
double pdf_font_ascent(const struct pdf_font *f, double size);
double pdf_font_descent(const struct pdf_font *f, double size);

/*
 * Appends the operators that show the text from the current text position (inside BT … ET, the font
 * already set by Tf), and remembers its glyphs for the subset. STATUS_INVALID: text too long; a
 * letter that the font lacks is shown as its .notdef and told as warning pdf.font.glyph.
 */
enum status pdf_font_show(
	struct pdf_font *f, const char *text, double size, struct buf *content, struct diag *diag);

/*
 * The object number of the font in this update, taken on the first call. One font serves one
 * update.
 */
int pdf_font_object(struct pdf_font *f, struct pdf_update *u);

/*
 * Writes the font's objects with the glyphs shown so far; does nothing when no object number was
 * taken.
 */
enum status pdf_font_write(struct pdf_font *f, struct pdf_update *u);

#endif
