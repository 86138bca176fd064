/* appearance: see appearance.h. */
#include "lib/doc/appearance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/pdf_image.h"
#include "lib/doc/pdf_write.h"

static size_t
line_count(const struct appearance *a)
{
	size_t n = 0;

	while (n < APPEARANCE_LINES && a->lines[n] != NULL)
		n++;
	return n;
}

/* The size at which every line fits into the width, and all of them into the height. */
static double
fitting_size(const struct appearance *a, struct pdf_font *font)
{
	double size = a->size > 0 ? a->size : APPEARANCE_TEXT_SIZE, room = a->width - 2 * APPEARANCE_MARGIN;
	size_t n = line_count(a);

	for (size_t i = 0; i < n; i++) {
		double w = pdf_font_width(font, a->lines[i], size);

		if (w > room && w > 0)
			size *= room / w;
	}
	if (n > 0 && (double)n * size * 1.2 > a->height && !a->field)
		size = a->height / ((double)n * 1.2);
	return fmax(size, APPEARANCE_TEXT_MIN);
}

static void
put_operator(struct buf *content, const double *v, int n, const char *operator)
{
	for (int i = 0; i < n; i++) {
		pdf_put_number(content, v[i]);
		buf_put_byte(content, ' ');
	}
	buf_put_str(content, operator);
	buf_put_byte(content, '\n');
}

/* The picture as large as fits between `bottom` and the top of the box, in its middle. */
static enum status
put_picture(const struct appearance *a, double bottom, struct buf *content, struct diag *diag)
{
	unsigned w, h;
	enum status st = pdf_image_size(a->png, &w, &h, diag);
	double room = fmax(a->height - bottom, 1), scale;

	if (st != STATUS_OK)
		return st;
	scale = fmin(a->width / w, room / h);
	put_operator(content, NULL, 0, "q");
	put_operator(content,
		(double[]){w * scale, 0, 0, h * scale, (a->width - w * scale) / 2,
			bottom + (room - h * scale) / 2},
		6, "cm");
	put_operator(content, NULL, 0, "/Im Do Q");
	return STATUS_OK;
}

static enum status
put_lines(const struct appearance *a, struct pdf_font *font, double size, struct buf *content,
	struct diag *diag)
{
	size_t n = line_count(a);
	double leading = size * APPEARANCE_LINE / APPEARANCE_TEXT_SIZE;
	double first = (double)(n - 1) * leading + pdf_font_descent(font, size);
	enum status st = STATUS_OK;

	if (a->field) /* the middle of the capitals on the middle of the box */
		first = (a->height - pdf_font_ascent(font, size) * 0.74) / 2;
	for (size_t i = 0; i < n && st == STATUS_OK; i++) {
		double slack = a->width - 2 * APPEARANCE_MARGIN - pdf_font_width(font, a->lines[i], size);
		double x = APPEARANCE_MARGIN +
			(a->align == APPEARANCE_LEFT                   ? 0
					: a->align == APPEARANCE_RIGHT ? slack
								       : slack / 2);

		buf_put_str(content, "BT 0 g /F ");
		put_operator(content, &size, 1, "Tf");
		put_operator(
			content, (double[]){1, 0, 0, 1, x, first - (double)i * leading}, 6, "Tm");
		st = pdf_font_show(font, a->lines[i], size, content, diag);
		buf_put_str(content, "ET\n");
	}
	return st;
}

/* The turn that makes the form upright on a page that is shown rotated clockwise. */
static const char *
matrix(int rotate)
{
	switch (rotate) {
	case 90:
		return " /Matrix [0 1 -1 0 0 0]";
	case 180:
		return " /Matrix [-1 0 0 -1 0 0]";
	case 270:
		return " /Matrix [0 -1 1 0 0 0]";
	default:
		return "";
	}
}

enum status
appearance_put_form(double width, double height, int rotate, int image, int font,
	struct span content, struct pdf_update *u, int *object_out)
{
	struct buf dict;
	int object = pdf_update_new(u);

	if (object == 0)
		return STATUS_NO_MEMORY;
	buf_init(&dict, 1000);
	buf_put_str(&dict, "/Type /XObject /Subtype /Form /BBox ");
	pdf_put_box(&dict, &(struct pdf_box){0, 0, width, height});
	buf_printf(&dict, "%s /Resources <<", matrix(rotate));
	if (image != 0)
		buf_printf(&dict, " /XObject << /Im %d 0 R >>", image);
	if (font != 0)
		buf_printf(&dict, " /Font << /F %d 0 R >>", font);
	buf_put_str(&dict, " >>");
	pdf_update_put_stream(u, object, buf_str(&dict), content);
	buf_free(&dict);
	*object_out = object;
	return STATUS_OK;
}

enum status
appearance_write(const struct appearance *a, struct pdf_font *font, struct pdf_update *u,
	int *object_out, struct diag *diag)
{
	bool text = line_count(a) > 0;
	double size = text ? fitting_size(a, font) : 0;
	double bottom = text
		? (double)line_count(a) * size * APPEARANCE_LINE / APPEARANCE_TEXT_SIZE + APPEARANCE_UNDER_PICTURE
		: 0;
	enum status st = STATUS_OK;
	struct buf content;
	int image = 0;

	buf_init(&content, 1u << 20);
	if (a->field)
		buf_put_str(&content, "/Tx BMC q\n");
	if (a->white) {
		buf_put_str(&content, "1 g ");
		put_operator(&content, (double[]){0, 0, a->width, a->height}, 4, "re f");
	}
	if (a->png.data != NULL) {
		st = put_picture(a, bottom, &content, diag);
		if (st == STATUS_OK)
			st = pdf_image_write(a->png, a->cache, u, &image, diag);
	}
	if (st == STATUS_OK && text)
		st = put_lines(a, font, size, &content, diag);
	if (a->field)
		buf_put_str(&content, "Q EMC\n");
	if (st == STATUS_OK)
		st = buf_status(&content);
	if (st == STATUS_OK)
		st = appearance_put_form(a->width, a->height, a->rotate, image,
			text ? pdf_font_object(font, u) : 0,
			(struct span){content.data, content.len}, u, object_out);
	buf_free(&content);
	return st;
}

enum status
appearance_write_empty(double width, double height, struct pdf_update *u, int *object_out)
{
	return appearance_put_form(
		width, height, 0, 0, 0, (struct span){(const unsigned char *)"", 0}, u, object_out);
}
