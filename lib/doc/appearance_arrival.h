/*
 * appearance_arrival: the stamp "ĐẾN" of incoming documents (Decree 30/2020/NĐ-CP App. IV: 50 by 35
 * mm; organ, Số, Ngày, Chuyển, Số và ký hiệu HS), drawn in red, upright on rotated pages. What is not
 * known yet is a row of dots to write on.
 */
#ifndef CONGVAN_DOC_APPEARANCE_ARRIVAL_H
#define CONGVAN_DOC_APPEARANCE_ARRIVAL_H

#include "lib/doc/appearance.h"

#define APPEARANCE_ARRIVAL_WIDTH 141.73 /* 50 mm */
#define APPEARANCE_ARRIVAL_HEIGHT 99.21 /* 35 mm */

/* Số đến, ngày đến, chuyển, số và ký hiệu hồ sơ. */
#define APPEARANCE_ARRIVAL_VALUES 4

struct appearance_arrival {
	double width, height; /* of the box as it is seen; the stamp keeps its shape inside */
	int rotate;           /* of the page */
	const char *organ;    /* NFC; all may be NULL */
	const char *values[APPEARANCE_ARRIVAL_VALUES];
};

/* As appearance_write. */
enum status appearance_arrival_write(const struct appearance_arrival *a, struct pdf_font *font,
	struct pdf_update *u, int *object_out, struct diag *diag);

#endif
