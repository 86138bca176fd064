/*
 * pdf_box: a rectangle in a page's user space (points, y upwards), corners in order: x0 <= x1, y0
 * <= y1.
 */
#ifndef CONGVAN_DOC_PDF_BOX_H
#define CONGVAN_DOC_PDF_BOX_H

struct pdf_box {
	double x0, y0, x1, y1;
};

#endif
