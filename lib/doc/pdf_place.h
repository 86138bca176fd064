/*
 * pdf_place: where on a page a signature's picture or a field goes, found from the printed text
 * (Decree 30/2020 App. I): the leader's picture between title and name, the office's seal over one
 * third of it to its left, the attachment block in the top right corner, a field in the gap after a
 * printed word. Right on rotated and cropped pages.
 */
#ifndef CONGVAN_DOC_PDF_PLACE_H
#define CONGVAN_DOC_PDF_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_scan.h"
#include "lib/doc/pdf_text.h"

struct pdf_place {
	size_t page;          /* 1-based */
	struct pdf_box rect;  /* user space: for /Rect */
	double width, height; /* as seen */
	double size;          /* of the text it stands in, points */
	bool dots;            /* printed dots lie under it */
	bool bounded;         /* a gap between two words */
};

/*
 * A rectangle given by the user (user space). STATUS_INVALID: pdf.page.number, pdf.place.rect (not
 * wholly on the page as it is shown), pdf.place.small (under 8 points wide or high).
 */
enum status pdf_place_given(const struct pdf_scan *scan, size_t page, const struct pdf_box *rect,
	struct pdf_place *out, struct diag *diag);

/* That it is too small for what is to be seen in it, which needs this much (points, as it is seen). */
enum status pdf_place_too_small(const struct pdf_place *p, double width, double height, struct diag *diag);

/*
 * The rectangle of a field that is there: where its author put it, so it is enough that a part is on
 * the page. STATUS_INVALID as above.
 */
enum status pdf_place_existing(const struct pdf_scan *scan, size_t page, const struct pdf_box *rect,
	struct pdf_place *out, struct diag *diag);

/*
 * Above the last place where `name` is printed and below the line over it (the title). page 0: the
 * last page that has it, of the last eleven, then of the first ten (an appendix may be bound behind
 * the letter). `aspect` is the picture's width by height. STATUS_INVALID with pdf.place.anchor: not
 * printed on any of these.
 */
enum status pdf_place_signature(struct pdf_text *text, const struct pdf_scan *scan, size_t page,
	const char *name, double aspect, struct pdf_place *out, struct diag *diag);

/*
 * The seal: 36 mm high (the size of the stamp), its right third over the left third of the newest
 * visible signature, or of where the name's signature would be. Below it `lines` lines of text,
 * `text_width` wide.
 */
enum status
pdf_place_seal(struct pdf_text *text, const struct pdf_scan *scan, size_t page, const char *name,
	double aspect, double text_width, size_t lines, struct pdf_place *out, struct diag *diag);

/*
 * Top right corner of a page (0: the first) for a block of this size; below the signatures that are
 * to be seen there already.
 */
enum status pdf_place_corner(const struct pdf_scan *scan, size_t page, double width, double height,
	struct pdf_place *out, struct diag *diag);

/*
 * The stamp ĐẾN on a page (0: the first): below the number and subject on the left, or below the date on the
 * right, where nothing is printed and no signature seen (Decree 30/2020 App. IV); when there is no such place, where it
 * covers the fewest words.
 */
enum status pdf_place_arrival(struct pdf_text *text, const struct pdf_scan *scan, size_t page,
	double width, double height, struct pdf_place *out, struct diag *diag);

/*
 * The gap from the topmost printed `anchor` to the next word of its line (or as far as 110 points).
 * page 0: the first that has it with room. STATUS_INVALID with pdf.place.anchor, or pdf.place.room
 * when less than 8 points are free.
 */
enum status pdf_place_gap(struct pdf_text *text, const struct pdf_scan *scan, size_t page,
	const char *anchor, struct pdf_place *out, struct diag *diag);

#endif
