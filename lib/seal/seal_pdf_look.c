/* seal_pdf_look: see seal_pdf_look.h. */
#include "lib/seal/seal_pdf_look.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/doc/appearance_arrival.h"
#include "lib/doc/pdf_image.h"

#define LINES (sizeof(((struct seal_look *)0)->lines) / sizeof(char *))
#define BOX_MARGIN 4.0
#define PICTURE_MIN 8.0 /* points high */
#define LINE_WIDTH 190.0 /* points at most before a line is broken: a name longer than that wraps */

/* The forms of copies (Decree 30/2020 App. I part III), as the block shows them. */
static const char *const copy_names[] = {
	[SEAL_COPY_SAO_Y] = "Sao y",
	[SEAL_COPY_SAO_LUC] = "Sao lục",
	[SEAL_COPY_TRICH_SAO] = "Trích sao",
};

enum status
seal_pdf_need_text(struct seal_pdf_job *j)
{
	return j->text != NULL ? STATUS_OK : pdf_text_open_late(j->base, &j->text, j->diag);
}

enum status
seal_pdf_need_font(struct seal_pdf_job *j)
{
	return j->font != NULL
		? STATUS_OK
		: pdf_font_open(j->req->look.font, j->req->cache, &j->font, j->diag);
}

bool
seal_pdf_has_rect(const double r[4])
{
	return r[0] != 0 || r[1] != 0 || r[2] != 0 || r[3] != 0;
}

struct pdf_box
seal_pdf_box_of(const double r[4])
{
	return (struct pdf_box){r[0], r[1], r[2], r[3]};
}

void
seal_pdf_job_close(struct seal_pdf_job *j)
{
	for (size_t i = 0; i < j->line_count; i++)
		free(j->lines[i]);
	pdf_font_free(j->font);
	pdf_text_free(j->text);
	pdf_update_free(j->update);
}

/*
 * Cuts a line that is too wide at the last blank that makes it fit; the rest becomes the next line.
 * A word that is too wide alone stays: it is shown smaller.
 */
static bool
wrap_last(struct seal_pdf_job *j)
{
	char *line = j->lines[j->line_count - 1], *best = NULL, *rest;

	if (j->line_count == APPEARANCE_LINES ||
		pdf_font_width(j->font, line, APPEARANCE_TEXT_SIZE) <= LINE_WIDTH)
		return false;
	for (char *p = strchr(line, ' '); p != NULL; p = strchr(p + 1, ' ')) {
		double width;

		*p = '\0';
		width = pdf_font_width(j->font, line, APPEARANCE_TEXT_SIZE);
		*p = ' ';
		if (width > LINE_WIDTH && best != NULL)
			break;
		best = p;
	}
	if (best == NULL || best[1] == '\0' || (rest = strdup(best + 1)) == NULL)
		return false;
	*best = '\0';
	j->lines[j->line_count++] = rest;
	return true;
}

static enum status
add_line(struct seal_pdf_job *j, const char *line)
{
	enum status st;

	if (line == NULL || *line == '\0' || j->line_count == APPEARANCE_LINES)
		return STATUS_OK;
	st = text_nfc(line, strlen(line), &j->lines[j->line_count]);
	if (st == STATUS_INVALID)
		diag_error(j->diag, "seal.text", "lines", line, "UTF-8");
	if (st != STATUS_OK)
		return st;
	j->line_count++;
	st = seal_pdf_need_font(j);
	while (st == STATUS_OK && wrap_last(j))
		continue;
	return st;
}

/*
 * The lines asked for, or those of the role: the office its name and the time; an attachment the
 * number and notation of its document and the time; a copy its form, the organ and the time (Decree
 * 30/2020 App. I); a leader without a picture as the office.
 */
static enum status
take_lines(struct seal_pdf_job *j)
{
	const struct seal_request *req = j->req;
	const struct seal_look *look = &req->look;
	bool several = look->role == SEAL_ROLE_ATTACHMENT && look->notation != NULL;
	enum status st = STATUS_OK;
	char when[CLOCK_TEXT];

	for (size_t i = 0; i < LINES && look->lines[i] != NULL && st == STATUS_OK; i++)
		st = add_line(j, look->lines[i]);
	if (st != STATUS_OK || j->line_count > 0 ||
		(look->role == SEAL_ROLE_LEADER && look->png.data != NULL))
		return st;
	if (look->role == SEAL_ROLE_COPY)
		st = add_line(j, copy_names[look->copy]);
	if (st == STATUS_OK)
		st = add_line(j, several ? look->notation : req->signer);
	clock_format_people(req->time, when);
	return st == STATUS_OK ? add_line(j, when) : st;
}

static double
widest(struct seal_pdf_job *j)
{
	double most = 0;

	for (size_t i = 0; i < j->line_count; i++) {
		double w = pdf_font_width(j->font, j->lines[i], APPEARANCE_TEXT_SIZE);

		most = w > most ? w : most;
	}
	return most;
}

/* Width by height of what is to be seen: of the picture, or of the lines. */
static enum status
aspect_of(struct seal_pdf_job *j, double text_width, double *out)
{
	unsigned w = 0, h = 0;
	enum status st = STATUS_OK;

	*out = (text_width + BOX_MARGIN) / ((double)(j->line_count + 1) * APPEARANCE_LINE);
	if (j->req->look.png.data != NULL &&
		(st = pdf_image_size(j->req->look.png, &w, &h, j->diag)) == STATUS_OK)
		*out = (double)w / h;
	return st;
}

/* Where the printed text decides. */
static enum status
find_place(struct seal_pdf_job *j, double text_width, struct pdf_place *out)
{
	const struct pdf_scan *scan = pdf_update_scan(j->update);
	const struct seal_look *look = &j->req->look;
	size_t page = look->page > 0 ? (size_t)look->page : 0;
	const char *name = look->anchor != NULL ? look->anchor : j->req->signer;
	double aspect = 1;
	enum status st = seal_pdf_need_text(j);

	if (st != STATUS_OK)
		return st;
	if (look->role == SEAL_ROLE_ARRIVAL)
		return pdf_place_arrival(j->text, scan, page, APPEARANCE_ARRIVAL_WIDTH,
			APPEARANCE_ARRIVAL_HEIGHT, out, j->diag);
	st = aspect_of(j, text_width, &aspect);
	if (st != STATUS_OK)
		return st;
	if (look->role == SEAL_ROLE_OFFICE)
		return pdf_place_seal(j->text, scan, page, look->anchor,
			look->png.data != NULL ? aspect : 1, text_width, j->line_count, out,
			j->diag);
	if (name != NULL)
		return pdf_place_signature(j->text, scan, page, name, aspect, out, j->diag);
	diag_error(j->diag, "pdf.place.anchor", "anchor", NULL, NULL);
	return STATUS_INVALID;
}

/* A rectangle given by the user must hold what it is for: the lines at their smallest, under a picture of the least size. */
static enum status
check_room(struct seal_pdf_job *j, double text_width, const struct pdf_place *at)
{
	const double smallest = APPEARANCE_TEXT_MIN / APPEARANCE_TEXT_SIZE;
	double width = text_width * smallest + 2 * APPEARANCE_MARGIN, height = (double)j->line_count * APPEARANCE_LINE * smallest;

	if (j->req->look.role == SEAL_ROLE_ARRIVAL) {
		width = APPEARANCE_ARRIVAL_WIDTH * smallest;
		height = APPEARANCE_ARRIVAL_HEIGHT * smallest;
	} else if (j->line_count == 0) {
		return STATUS_OK;
	} else if (j->req->look.png.data != NULL) {
		height += APPEARANCE_UNDER_PICTURE + PICTURE_MIN;
	}
	return at->width >= width && at->height >= height ? STATUS_OK : pdf_place_too_small(at, width, height, j->diag);
}

static enum status
place(struct seal_pdf_job *j, struct pdf_place *out)
{
	const struct pdf_scan *scan = pdf_update_scan(j->update);
	const struct seal_look *look = &j->req->look;
	double text_width = widest(j);

	if (seal_pdf_has_rect(look->rect)) {
		struct pdf_box box = seal_pdf_box_of(look->rect);
		size_t page = look->page > 0 ? (size_t)look->page : pdf_scan_info(scan)->page_count;
		enum status st = pdf_place_given(scan, page, &box, out, j->diag);

		return st == STATUS_OK ? check_room(j, text_width, out) : st;
	}
	if (look->role == SEAL_ROLE_ATTACHMENT || look->role == SEAL_ROLE_COPY)
		return pdf_place_corner(scan, look->page > 0 ? (size_t)look->page : 0,
			text_width + BOX_MARGIN,
			(double)j->line_count * APPEARANCE_LINE + BOX_MARGIN, out, j->diag);
	return find_place(j, text_width, out);
}

/* The place of an empty signature field that is there and can be seen, or where it belongs. */
static enum status
choose_place(struct seal_pdf_job *j, struct pdf_place *at)
{
	const struct pdf_scan *scan = pdf_update_scan(j->update);
	const struct pdf_field *existing =
		j->req->field != NULL ? pdf_scan_field(scan, j->req->field) : NULL;

	if (existing != NULL && existing->page != 0 && existing->rect.x1 - existing->rect.x0 >= 1)
		return pdf_place_existing(scan, existing->page, &existing->rect, at, j->diag);
	return place(j, at);
}

static enum status
make_lines_look(struct seal_pdf_job *j, const struct pdf_place *at, int rotate, int *form_out)
{
	struct appearance a = {.width = at->width,
		.height = at->height,
		.rotate = rotate,
		.png = j->req->look.png,
		.cache = j->req->cache,
		.size = APPEARANCE_TEXT_SIZE,
		.align = APPEARANCE_CENTRE};

	if (j->req->look.role == SEAL_ROLE_ATTACHMENT || j->req->look.role == SEAL_ROLE_COPY)
		a.align = APPEARANCE_RIGHT;
	for (size_t i = 0; i < j->line_count; i++)
		a.lines[i] = j->lines[i];
	return appearance_write(&a, j->font, j->update, form_out, j->diag);
}

/* The stamp ĐẾN: the lines asked for are its values in the order of the form. */
static enum status
make_arrival_look(struct seal_pdf_job *j, const struct pdf_place *at, int rotate, int *form_out)
{
	struct appearance_arrival a = {
		.width = at->width, .height = at->height, .rotate = rotate};
	const char *texts[APPEARANCE_ARRIVAL_VALUES + 1] = {j->req->signer};
	enum status st = seal_pdf_need_font(j);

	for (size_t i = 0; i < APPEARANCE_ARRIVAL_VALUES && i < LINES &&
		j->req->look.lines[i] != NULL;
		i++)
		texts[i + 1] = j->req->look.lines[i];
	for (size_t i = 0; i <= APPEARANCE_ARRIVAL_VALUES && st == STATUS_OK; i++) {
		if (texts[i] == NULL)
			continue;
		st = text_nfc(texts[i], strlen(texts[i]), &j->lines[j->line_count]);
		if (st == STATUS_INVALID)
			diag_error(j->diag, "seal.text", "lines", texts[i], "UTF-8");
		if (st != STATUS_OK)
			break;
		*(i == 0 ? &a.organ : &a.values[i - 1]) = j->lines[j->line_count++];
	}
	return st == STATUS_OK
		? appearance_arrival_write(&a, j->font, j->update, form_out, j->diag)
		: st;
}

enum status
seal_pdf_make_look(struct seal_pdf_job *j, struct pdf_place *at, int *form_out)
{
	const struct pdf_info *info = pdf_scan_info(pdf_update_scan(j->update));
	bool arrival = j->req->look.role == SEAL_ROLE_ARRIVAL;
	enum status st = STATUS_OK;
	int rotate;

	if (j->req->look.role == SEAL_ROLE_INVISIBLE)
		return STATUS_OK;
	if (!arrival)
		st = take_lines(j);
	if (st == STATUS_OK)
		st = choose_place(j, at);
	if (st != STATUS_OK)
		return st;
	rotate = info->pages[at->page - 1].rotate;
	return arrival ? make_arrival_look(j, at, rotate, form_out)
		       : make_lines_look(j, at, rotate, form_out);
}
