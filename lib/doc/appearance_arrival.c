/* appearance_arrival: see appearance_arrival.h. */
#include "lib/doc/appearance_arrival.h"

#include <math.h>
#include <stdio.h>

#include "lib/doc/pdf_write.h"

#define W APPEARANCE_ARRIVAL_WIDTH
#define H APPEARANCE_ARRIVAL_HEIGHT
#define HEAD 20.0  /* height of the organ's name */
#define FOOT 18.0  /* of the file's notation */
#define LEFT 46.0  /* width of the word ĐẾN */
#define PAD 4.0
#define SMALLEST 4.0
#define COLOUR "0.78 0.06 0.1"

/* Frame and rules. */
static const double rules[][4] = {
	{0.5, 0.5, W - 0.5, 0.5},
	{0.5, H - 0.5, W - 0.5, H - 0.5},
	{0.5, 0.5, 0.5, H - 0.5},
	{W - 0.5, 0.5, W - 0.5, H - 0.5},
	{0.5, H - HEAD, W - 0.5, H - HEAD},
	{0.5, FOOT, W - 0.5, FOOT},
	{LEFT, FOOT, LEFT, H - HEAD},
};

#define ROW ((H - HEAD - FOOT) / 3)

static const struct {
	const char *label;
	double x, y; /* of the baseline's left end */
} rows[APPEARANCE_ARRIVAL_VALUES] = {
	{"Số: ", LEFT + PAD, FOOT + 2 * ROW + 6},
	{"Ngày: ", LEFT + PAD, FOOT + ROW + 6},
	{"Chuyển: ", LEFT + PAD, FOOT + 6},
	{"Số và ký hiệu HS: ", PAD, 6},
};

static void
put_numbers(struct buf *content, const double *v, int n, const char *operator)
{
	for (int i = 0; i < n; i++) {
		pdf_put_number(content, v[i]);
		buf_put_byte(content, ' ');
	}
	buf_put_str(content, operator);
	buf_put_byte(content, '\n');
}

static enum status
put_text(struct pdf_font *font, const char *text, double x, double y, double size,
	struct buf *content, struct diag *diag)
{
	enum status st;

	buf_put_str(content, "BT /F ");
	put_numbers(content, &size, 1, "Tf");
	put_numbers(content, (double[]){1, 0, 0, 1, x, y}, 6, "Tm");
	st = pdf_font_show(font, text, size, content, diag);
	buf_put_str(content, "ET\n");
	return st;
}

/* The size at which it fits. */
static double
fitting(struct pdf_font *font, const char *text, double size, double room)
{
	double w = pdf_font_width(font, text, size);

	return w > room && w > 0 ? fmax(size * room / w, SMALLEST) : size;
}

/* In the middle of the box from x0 to x1. */
static enum status
put_centred(struct pdf_font *font, const char *text, double x0, double x1, double y, double size,
	struct buf *content, struct diag *diag)
{
	size = fitting(font, text, size, x1 - x0 - 2 * PAD);
	return put_text(font, text, (x0 + x1 - pdf_font_width(font, text, size)) / 2, y, size,
		content, diag);
}

static enum status
put_row(struct pdf_font *font, size_t i, const char *value, struct buf *content, struct diag *diag)
{
	const double size = APPEARANCE_TEXT_SIZE;
	double x = rows[i].x + pdf_font_width(font, rows[i].label, size), room = W - PAD - x;
	double dot = pdf_font_width(font, ".", size);
	enum status st = put_text(font, rows[i].label, rows[i].x, rows[i].y, size, content, diag);
	char dots[64];
	size_t n = 0;

	if (st != STATUS_OK)
		return st;
	if (value != NULL)
		return put_text(font, value, x, rows[i].y, fitting(font, value, size, room),
			content, diag);
	while (n + 1 < sizeof(dots) && (double)(n + 1) * dot < room)
		dots[n++] = '.';
	dots[n] = '\0';
	return put_text(font, dots, x, rows[i].y, size, content, diag);
}

static enum status
put_all(const struct appearance_arrival *a, struct pdf_font *font, struct buf *content,
	struct diag *diag)
{
	double scale = fmin(a->width / W, a->height / H);
	enum status st = STATUS_OK;

	buf_put_str(content, "q " COLOUR " RG " COLOUR " rg 1 w ");
	put_numbers(content,
		(double[]){scale, 0, 0, scale, (a->width - W * scale) / 2,
			(a->height - H * scale) / 2},
		6, "cm");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		put_numbers(content, rules[i], 2, "m");
		put_numbers(content, rules[i] + 2, 2, "l");
	}
	buf_put_str(content, "S\n");
	if (a->organ != NULL)
		st = put_centred(font, a->organ, 0, W, H - HEAD + 7, APPEARANCE_TEXT_SIZE, content,
			diag);
	if (st == STATUS_OK)
		st = put_centred(font, "ĐẾN", 0, LEFT, FOOT + 1.5 * ROW - 5, 17, content, diag);
	for (size_t i = 0; i < APPEARANCE_ARRIVAL_VALUES && st == STATUS_OK; i++)
		st = put_row(font, i, a->values[i], content, diag);
	buf_put_str(content, "Q\n");
	return st == STATUS_OK ? buf_status(content) : st;
}

enum status
appearance_arrival_write(const struct appearance_arrival *a, struct pdf_font *font,
	struct pdf_update *u, int *object_out, struct diag *diag)
{
	struct buf content;
	enum status st;

	buf_init(&content, 1u << 20);
	st = put_all(a, font, &content, diag);
	if (st == STATUS_OK)
		st = appearance_put_form(a->width, a->height, a->rotate, 0,
			pdf_font_object(font, u), (struct span){content.data, content.len}, u,
			object_out);
	buf_free(&content);
	return st;
}
