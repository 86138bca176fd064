/*
 * appearance: what a signature or a filled-in field looks like: a form object with a picture and
 * lines of text, upright on rotated pages (ISO 32000-1 12.5.5; Decree 30/2020 App. I: Times New
 * Roman, regular, 10 pt, black).
 */
#ifndef CONGVAN_DOC_APPEARANCE_H
#define CONGVAN_DOC_APPEARANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_font.h"
#include "lib/doc/pdf_update.h"

#define APPEARANCE_TEXT_SIZE 10.0
#define APPEARANCE_LINE 12.0 /* from baseline to baseline at that size */
#define APPEARANCE_LINES 8

/* Text is not made smaller than this to fit: what is smaller is not read on paper. */
#define APPEARANCE_TEXT_MIN 4.0
#define APPEARANCE_MARGIN 1.0 /* beside the text */
#define APPEARANCE_UNDER_PICTURE 2.0 /* between the lines and the picture above */

enum appearance_align { APPEARANCE_LEFT, APPEARANCE_CENTRE, APPEARANCE_RIGHT };

struct appearance {
	double width, height; /* of the box as it is seen, points */
	int rotate;           /* of the page: 0, 90, 180, 270 */
	struct span png; /* fills the box above the lines, keeping its shape; data NULL: none */
	struct pdf_cache *cache; /* for the picture; may be NULL */
	const char *lines[APPEARANCE_LINES]; /* NFC, at the bottom of the box; NULL ends */
	double size; /* of the text; made smaller when a line is wider than the box */
	enum appearance_align align;
	bool field; /* the value of a text field: one line, on the middle, marked /Tx */
	bool white; /* white ground (a field over printed dots) */
};

/*
 * Writes the form object; *object_out is its number. The font must be written afterwards
 * (pdf_font_write).
 */
enum status appearance_write(const struct appearance *a, struct pdf_font *font,
	struct pdf_update *u, int *object_out, struct diag *diag);

/*
 * A form object of this size with this content, turned for a page that is shown rotated; its
 * resources are the picture /Im and the font /F (0: none).
 */
enum status appearance_put_form(double width, double height, int rotate, int image, int font,
	struct span content, struct pdf_update *u, int *object_out);

/* An empty form object of this size, for fields and invisible signatures that want an appearance.
 */
enum status
appearance_write_empty(double width, double height, struct pdf_update *u, int *object_out);

#endif
