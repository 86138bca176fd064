/*
 * pdf_place: see pdf_place.h. Works in the space of the page as it is seen (origin top left, y
 * downwards) and turns the result.
 */
#include "lib/doc/pdf_place.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/doc/appearance.h"

#define PICTURE_WIDTH 130.0 /* at most */
#define PICTURE_HEIGHT 72.0
#define PICTURE_HEIGHT_MIN 30.0
#define TITLE_FAR 150.0  /* a line higher above the name is not its title */
#define SEAL_SIZE 102.05 /* 36 mm */
#define GAP_MIN 8.0
#define GAP_MAX 110.0
#define GIVEN_MIN 8.0    /* of a rectangle given by the user: as of a gap */
#define GIVEN_BEYOND 0.5 /* over the edge of the page: rounded numbers */
#define CORNER_RIGHT 8.0
#define CORNER_TOP 16.0
#define PAGES_LOOKED_AT 10u
#define ANCHOR_WORDS 16u

/* Size of the page as it is seen. */
static void
seen_size(const struct pdf_page *p, double *w, double *h)
{
	double cw = p->crop.x1 - p->crop.x0, ch = p->crop.y1 - p->crop.y0;
	bool turned = p->rotate == 90 || p->rotate == 270;

	*w = turned ? ch : cw;
	*h = turned ? cw : ch;
}

static void
point_to_user(const struct pdf_page *p, double x, double y, double *ux, double *uy)
{
	const struct pdf_box *c = &p->crop;

	switch (p->rotate) {
	case 90:
		*ux = c->x0 + y;
		*uy = c->y0 + x;
		break;
	case 180:
		*ux = c->x1 - x;
		*uy = c->y0 + y;
		break;
	case 270:
		*ux = c->x1 - y;
		*uy = c->y1 - x;
		break;
	default:
		*ux = c->x0 + x;
		*uy = c->y1 - y;
	}
}

static struct pdf_box
ordered(double x0, double y0, double x1, double y1)
{
	return (struct pdf_box){fmin(x0, x1), fmin(y0, y1), fmax(x0, x1), fmax(y0, y1)};
}

static struct pdf_box
to_user(const struct pdf_page *p, const struct pdf_box *seen)
{
	double x0, y0, x1, y1;

	point_to_user(p, seen->x0, seen->y0, &x0, &y0);
	point_to_user(p, seen->x1, seen->y1, &x1, &y1);
	return ordered(x0, y0, x1, y1);
}

static struct pdf_box
to_seen(const struct pdf_page *p, const struct pdf_box *user)
{
	const struct pdf_box *c = &p->crop, *u = user;

	switch (p->rotate) {
	case 90:
		return ordered(u->y0 - c->y0, u->x0 - c->x0, u->y1 - c->y0, u->x1 - c->x0);
	case 180:
		return ordered(c->x1 - u->x0, u->y0 - c->y0, c->x1 - u->x1, u->y1 - c->y0);
	case 270:
		return ordered(c->y1 - u->y0, c->x1 - u->x0, c->y1 - u->y1, c->x1 - u->x1);
	default:
		return ordered(u->x0 - c->x0, c->y1 - u->y0, u->x1 - c->x0, c->y1 - u->y1);
	}
}

/* Moves (and if it must, cuts) a box onto the page and fills in the result. */
static void
settle(const struct pdf_scan *scan, size_t page, struct pdf_box b, struct pdf_place *out)
{
	const struct pdf_page *p = &pdf_scan_info(scan)->pages[page - 1];
	double w, h, dx, dy;

	seen_size(p, &w, &h);
	dx = b.x1 > w ? w - b.x1 : 0;
	dx = b.x0 + dx < 0 ? -b.x0 : dx;
	dy = b.y1 > h ? h - b.y1 : 0;
	dy = b.y0 + dy < 0 ? -b.y0 : dy;
	b = (struct pdf_box){b.x0 + dx, b.y0 + dy, fmin(b.x1 + dx, w), fmin(b.y1 + dy, h)};
	*out = (struct pdf_place){.page = page, .width = b.x1 - b.x0, .height = b.y1 - b.y0};
	out->rect = to_user(p, &b);
}

static enum status
check_page(const struct pdf_scan *scan, size_t page, struct diag *diag)
{
	size_t count = pdf_scan_info(scan)->page_count;
	char got[24], want[24];

	if (page >= 1 && page <= count)
		return STATUS_OK;
	snprintf(got, sizeof(got), "%zu", page);
	snprintf(want, sizeof(want), "1-%zu", count);
	diag_error(diag, "pdf.page.number", "page", got, want);
	return STATUS_INVALID;
}

/* Says the rectangle and the page's box. */
static enum status
not_on_page(const struct pdf_box *r, const struct pdf_box *page, struct diag *diag)
{
	char got[160], want[160];

	snprintf(got, sizeof(got), "%.7g %.7g %.7g %.7g", r->x0, r->y0, r->x1, r->y1);
	snprintf(want, sizeof(want), "%.7g %.7g %.7g %.7g", page->x0, page->y0, page->x1, page->y1);
	diag_error(diag, "pdf.place.rect", "rect", got, want);
	return STATUS_INVALID;
}

enum status
pdf_place_too_small(const struct pdf_place *p, double width, double height, struct diag *diag)
{
	char got[64], want[64];

	snprintf(got, sizeof(got), "%.7g %.7g", p->width, p->height);
	snprintf(want, sizeof(want), "%.7g %.7g", width, height);
	diag_error(diag, "pdf.place.small", "rect", got, want);
	return STATUS_INVALID;
}

static void
take_place(const struct pdf_page *p, size_t page, const struct pdf_box *r, struct pdf_place *out)
{
	struct pdf_box seen = to_seen(p, r);

	*out = (struct pdf_place){page, *r, seen.x1 - seen.x0, seen.y1 - seen.y0, 0, false, false};
}

enum status
pdf_place_given(const struct pdf_scan *scan, size_t page, const struct pdf_box *rect,
	struct pdf_place *out, struct diag *diag)
{
	struct pdf_box r = ordered(rect->x0, rect->y0, rect->x1, rect->y1);
	const struct pdf_page *p;

	if (check_page(scan, page, diag) != STATUS_OK)
		return STATUS_INVALID;
	p = &pdf_scan_info(scan)->pages[page - 1];
	/* negated: what is no number is not on the page */
	if (!(r.x0 >= p->crop.x0 - GIVEN_BEYOND && r.x1 <= p->crop.x1 + GIVEN_BEYOND &&
		r.y0 >= p->crop.y0 - GIVEN_BEYOND && r.y1 <= p->crop.y1 + GIVEN_BEYOND))
		return not_on_page(&r, &p->crop, diag);
	take_place(p, page, &r, out);
	return out->width >= GIVEN_MIN && out->height >= GIVEN_MIN ? STATUS_OK :
		pdf_place_too_small(out, GIVEN_MIN, GIVEN_MIN, diag);
}

enum status
pdf_place_existing(const struct pdf_scan *scan, size_t page, const struct pdf_box *rect,
	struct pdf_place *out, struct diag *diag)
{
	struct pdf_box r = ordered(rect->x0, rect->y0, rect->x1, rect->y1);
	const struct pdf_page *p;

	if (check_page(scan, page, diag) != STATUS_OK)
		return STATUS_INVALID;
	p = &pdf_scan_info(scan)->pages[page - 1];
	if (!(r.x1 - r.x0 >= 1) || !(r.y1 - r.y0 >= 1) || !(r.x1 > p->crop.x0) ||
		!(r.x0 < p->crop.x1) || !(r.y1 > p->crop.y0) || !(r.y0 < p->crop.y1))
		return not_on_page(&r, &p->crop, diag);
	take_place(p, page, &r, out);
	return STATUS_OK;
}

/* The words of the anchor, folded when `fold`. */
struct wanted {
	char *words[ANCHOR_WORDS];
	size_t count;
	bool fold;
};

static void
free_wanted(struct wanted *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->words[i]);
}

static bool
split_anchor(const char *anchor, bool fold, struct wanted *w)
{
	char *copy = NULL, *save = NULL;

	*w = (struct wanted){.fold = fold};
	if ((fold ? text_fold : text_nfc)(anchor, strlen(anchor), &copy) != STATUS_OK)
		return false;
	for (char *p = strtok_r(copy, " \t\n", &save); p != NULL && w->count < ANCHOR_WORDS;
		p = strtok_r(NULL, " \t\n", &save))
		w->words[w->count++] = strdup(p);
	free(copy);
	return w->count > 0;
}

/* True when the printed word is the wanted one, perhaps with punctuation after it. */
static bool
word_matches(const struct pdf_word *word, const char *wanted, bool fold)
{
	char *folded = NULL;
	const char *text = word->text;
	size_t n;
	bool same;

	if (word->dots || (fold && text_fold(text, strlen(text), &folded) != STATUS_OK))
		return false;
	text = fold ? folded : text;
	n = strlen(text);
	while (n > 0 && strchr(":,;.", text[n - 1]) != NULL)
		n--;
	same = n == strlen(wanted) && memcmp(text, wanted, n) == 0;
	free(folded);
	return same;
}

static bool
same_line(const struct pdf_box *a, const struct pdf_box *b)
{
	double overlap = fmin(a->y1, b->y1) - fmax(a->y0, b->y0);

	return overlap > 0.4 * fmin(a->y1 - a->y0, b->y1 - b->y0);
}

/* True when b stands on the line below a and under the text so far: a name that wraps. */
static bool
line_below(const struct pdf_box *a, const struct pdf_box *b, const struct pdf_box *so_far)
{
	double height = a->y1 - a->y0;

	return b->y0 > a->y0 + 0.5 * height && b->y0 < a->y1 + height && b->x1 > so_far->x0 - 20 &&
		b->x0 < so_far->x1 + 20;
}

/*
 * The next word of an anchor after `last`: the next one read when it stands on the same line, else
 * one on the line below.
 */
static bool
next_word(const struct pdf_words *words, const char *wanted, bool fold, const struct pdf_box *so_far,
	size_t *last)
{
	const struct pdf_box *from = &words->words[*last].box;
	size_t next = *last + 1;

	if (next < words->count && same_line(from, &words->words[next].box) &&
		word_matches(&words->words[next], wanted, fold)) {
		*last = next;
		return true;
	}
	for (size_t i = 0; i < words->count; i++)
		if (line_below(from, &words->words[i].box, so_far) &&
			word_matches(&words->words[i], wanted, fold)) {
			*last = i;
			return true;
		}
	return false;
}

static bool
run_matches(const struct pdf_words *words, size_t *at, const struct wanted *w, struct pdf_box *box)
{
	size_t last = *at;

	if (!word_matches(&words->words[last], w->words[0], w->fold))
		return false;
	*box = words->words[last].box;
	for (size_t i = 1; i < w->count; i++) {
		const struct pdf_box *b;

		if (!next_word(words, w->words[i], w->fold, box, &last))
			return false;
		b = &words->words[last].box;
		box->x0 = fmin(box->x0, b->x0);
		box->x1 = fmax(box->x1, b->x1);
		box->y0 = fmin(box->y0, b->y0);
		box->y1 = fmax(box->y1, b->y1);
	}
	*at = last;
	return true;
}

/*
 * The topmost or lowest place of the anchor, exact spelling before folded. Index of its last word
 * in *at.
 */
static bool
find_anchor(const struct pdf_words *words, const char *anchor, bool lowest, struct pdf_box *box,
	size_t *at)
{
	bool found = false;

	for (int fold = 0; fold < 2 && !found; fold++) {
		struct wanted w;
		struct pdf_box b;

		if (split_anchor(anchor, fold != 0, &w))
			for (size_t i = 0; i < words->count; i++) {
				size_t last = i;

				if (!run_matches(words, &last, &w, &b) ||
					(found && (lowest ? b.y1 <= box->y1 : b.y0 >= box->y0)))
					continue;
				found = true;
				*box = b;
				*at = last;
			}
		free_wanted(&w);
	}
	return found;
}

/*
 * The same among words of our own reading, whose order is not poppler's, and only where order plays no part: one word, or several
 * that begin at one place. What is not spelled exactly so is left to poppler too.
 */
static bool
find_certain(const struct pdf_words *words, const char *anchor, bool lowest, struct pdf_box *box, size_t *at)
{
	struct wanted w;
	size_t starts = 0;
	bool good = split_anchor(anchor, false, &w), found = false, tie = false;

	for (size_t i = 0; i < words->count && good && starts < 2; i++) {
		const struct pdf_box *b = &words->words[i].box;
		bool more = w.count == 1;

		if (!word_matches(&words->words[i], w.words[0], false))
			continue;
		for (size_t k = 0; k < words->count && !more; k++) {
			const struct pdf_box *next = &words->words[k].box;

			more = (same_line(b, next) || line_below(b, next, b)) && word_matches(&words->words[k], w.words[1], false);
		}
		if (!more)
			continue;
		starts += w.count > 1;
		tie = found && (tie || fabs(lowest ? b->y1 - box->y1 : b->y0 - box->y0) < 0.01);
		if (found && (lowest ? b->y1 <= box->y1 : b->y0 >= box->y0))
			continue;
		found = true;
		*box = *b;
		*at = i;
	}
	good = good && found && !tie && starts < 2;
	if (good && w.count > 1)
		good = run_matches(words, at, &w, box);
	free_wanted(&w);
	return good;
}

/*
 * The words of a page and the anchor in them: from the content stream where that is certain, else by poppler. STATUS_NOT_FOUND: not on this page.
 */
static enum status
look_for(struct pdf_text *text, const struct pdf_scan *scan, size_t page, const char *anchor, bool lowest, const struct pdf_words **words,
	struct pdf_box *box, size_t *at)
{
	enum status st;

	if (pdf_text_drawn(text, scan, page, words) == STATUS_OK && find_certain(*words, anchor, lowest, box, at))
		return STATUS_OK;
	if ((st = pdf_text_look(text, page, words)) != STATUS_OK)
		return st;
	return find_anchor(*words, anchor, lowest, box, at) ? STATUS_OK : STATUS_NOT_FOUND;
}

static enum status
no_anchor(struct diag *diag, const char *anchor)
{
	diag_error(diag, "pdf.place.anchor", "anchor", anchor, NULL);
	return STATUS_INVALID;
}

/*
 * The lower edge of the line printed next above the name, or a little above the name when there is
 * none.
 */
static double
title_edge(const struct pdf_words *words, const struct pdf_box *name)
{
	double edge = name->y0 - PICTURE_HEIGHT - 4;
	bool found = false;

	for (size_t i = 0; i < words->count; i++) {
		const struct pdf_box *b = &words->words[i].box;

		if (b->y1 > name->y0 + 2 || b->x1 < name->x0 - 40 || b->x0 > name->x1 + 40 ||
			name->y0 - b->y1 > TITLE_FAR)
			continue;
		if (!found || b->y1 > edge)
			edge = b->y1;
		found = true;
	}
	return edge;
}

/* Finds the name's page and the picture's box on it, as seen. */
static enum status
find_signature(struct pdf_text *text, const struct pdf_scan *scan, size_t *page, const char *name,
	double aspect, struct pdf_box *out, struct diag *diag)
{
	size_t last = *page ? *page : pdf_scan_info(scan)->page_count;
	size_t first = *page ? *page : last > PAGES_LOOKED_AT ? last - PAGES_LOOKED_AT : 1;
	double low, high = 0, w, h;
	const struct pdf_words *words;
	struct pdf_box box;
	enum status st = STATUS_NOT_FOUND;
	size_t at;

	for (size_t p = last; p >= 1 && st != STATUS_OK; p--) {
		if (p < first && *page)
			break;
		if (p < first && p > PAGES_LOOKED_AT)
			p = PAGES_LOOKED_AT; /* a long appendix is bound behind the letter: its first pages */
		st = look_for(text, scan, p, name, true, &words, &box, &at);
		if (st == STATUS_INVALID)
			return st;
		if (st == STATUS_OK) {
			high = title_edge(words, &box) + 2;
			*page = p;
		}
	}
	if (st != STATUS_OK)
		return no_anchor(diag, name);
	low = box.y0 - 2;
	h = fmin(low - high, PICTURE_HEIGHT);
	if (h < PICTURE_HEIGHT_MIN) { /* no room: it lies over the lines, as ink would */
		high -= (PICTURE_HEIGHT_MIN - (low - high)) / 2;
		low = high + PICTURE_HEIGHT_MIN;
		h = PICTURE_HEIGHT_MIN;
	}
	w = h * aspect;
	if (w > PICTURE_WIDTH) {
		h *= PICTURE_WIDTH / w;
		w = PICTURE_WIDTH;
	}
	out->x0 = (box.x0 + box.x1 - w) / 2;
	out->x1 = out->x0 + w;
	out->y0 = (low + high - h) / 2;
	out->y1 = out->y0 + h;
	return STATUS_OK;
}

enum status
pdf_place_signature(struct pdf_text *text, const struct pdf_scan *scan, size_t page,
	const char *name, double aspect, struct pdf_place *out, struct diag *diag)
{
	struct pdf_box box;
	enum status st;

	if (page != 0 && (st = check_page(scan, page, diag)) != STATUS_OK)
		return st;
	st = find_signature(text, scan, &page, name, aspect, &box, diag);
	if (st == STATUS_OK)
		settle(scan, page, box, out);
	return st;
}

/* The newest visible signature (on the page, if one is named), as seen. */
static bool
last_signature(const struct pdf_scan *scan, size_t *page, struct pdf_box *box)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	uint64_t newest = 0;
	bool found = false;

	for (size_t i = 0; i < info->signature_count; i++) {
		const struct pdf_signature *s = &info->signatures[i];
		const struct pdf_field *f = &info->fields[s->field_index];

		if (f->page == 0 || (*page != 0 && f->page != *page) ||
			f->rect.x1 - f->rect.x0 < 2 || f->rect.y1 - f->rect.y0 < 2 ||
			(found && s->revision_end <= newest))
			continue;
		*box = to_seen(&info->pages[f->page - 1], &f->rect);
		*page = f->page;
		newest = s->revision_end;
		found = true;
	}
	return found;
}

enum status
pdf_place_seal(struct pdf_text *text, const struct pdf_scan *scan, size_t page, const char *name,
	double aspect, double text_width, size_t lines, struct pdf_place *out, struct diag *diag)
{
	struct pdf_box sign, seal;
	double w = SEAL_SIZE * aspect, middle,
	       below = (double)lines * APPEARANCE_LINE + (lines ? 2 : 0);
	enum status st = STATUS_OK;

	if (page != 0 && (st = check_page(scan, page, diag)) != STATUS_OK)
		return st;
	if (!last_signature(scan, &page, &sign)) {
		if (name == NULL)
			return no_anchor(diag, NULL);
		st = find_signature(text, scan, &page, name, 2, &sign, diag);
	}
	if (st != STATUS_OK)
		return st;
	seal.x1 = sign.x0 + (sign.x1 - sign.x0) / 3;
	seal.x0 = seal.x1 - w;
	seal.y0 = (sign.y0 + sign.y1 - SEAL_SIZE) / 2;
	seal.y1 = seal.y0 + SEAL_SIZE + below;
	middle = (seal.x0 + seal.x1) / 2;
	seal.x0 = fmin(seal.x0, middle - text_width / 2 - 2);
	seal.x1 = fmax(seal.x1, middle + text_width / 2 + 2);
	settle(scan, page, seal, out);
	return STATUS_OK;
}

static bool
overlap(const struct pdf_box *a, const struct pdf_box *b)
{
	return a->x0 < b->x1 && b->x0 < a->x1 && a->y0 < b->y1 && b->y0 < a->y1;
}

/* The lower edge of a signature seen under this box, as seen; 0: there is none. */
static double
taken_below(const struct pdf_scan *scan, size_t page, const struct pdf_box *box)
{
	const struct pdf_info *info = pdf_scan_info(scan);

	for (size_t i = 0; i < info->field_count; i++) {
		const struct pdf_field *f = &info->fields[i];
		struct pdf_box seen;

		if (f->kind != PDF_FIELD_SIGNATURE || f->page != page ||
			f->rect.x1 - f->rect.x0 < 2 || f->rect.y1 - f->rect.y0 < 2)
			continue;
		seen = to_seen(&info->pages[page - 1], &f->rect);
		if (overlap(&seen, box))
			return seen.y1;
	}
	return 0;
}

enum status
pdf_place_corner(const struct pdf_scan *scan, size_t page, double width, double height,
	struct pdf_place *out, struct diag *diag)
{
	struct pdf_box box;
	double w, h, edge;

	page = page ? page : 1;
	if (check_page(scan, page, diag) != STATUS_OK)
		return STATUS_INVALID;
	seen_size(&pdf_scan_info(scan)->pages[page - 1], &w, &h);
	box = (struct pdf_box){
		w - CORNER_RIGHT - width, CORNER_TOP, w - CORNER_RIGHT, CORNER_TOP + height};
	while ((edge = taken_below(scan, page, &box)) > 0 && edge + 2 + height < h / 2 &&
		edge + 2 > box.y0) {
		box.y0 = edge + 2;
		box.y1 = box.y0 + height;
	}
	settle(scan, page, box, out);
	return STATUS_OK;
}

/* How many words and signatures a box would cover. */
static size_t
covered(const struct pdf_words *words, const struct pdf_scan *scan, size_t page,
	const struct pdf_box *box)
{
	size_t n = 0;

	for (size_t i = 0; i < words->count; i++)
		n += overlap(&words->words[i].box, box);
	return n + (taken_below(scan, page, box) > 0 ? 10 : 0);
}

/* A search for the box that covers least: the first of those that cover nothing. */
struct search {
	const struct pdf_words *words;
	const struct pdf_scan *scan;
	size_t page, least;
	struct pdf_box best;
};

/* Tries the box from y to below `bottom`; true when one covers nothing. */
static bool
try_column(struct search *s, double x, double y, double width, double height, double bottom)
{
	for (; y + height < bottom && s->least > 0; y += 6) {
		struct pdf_box box = {x, y, x + width, y + height};
		size_t n = covered(s->words, s->scan, s->page, &box);

		if (n < s->least) {
			s->least = n;
			s->best = box;
		}
	}
	return s->least == 0;
}

/* Under number and subject, then under the date; else anywhere on the page, from the left. */
static struct pdf_box
find_free(struct search *s, double width, double height)
{
	double w, h, x;

	seen_size(&pdf_scan_info(s->scan)->pages[s->page - 1], &w, &h);
	s->least = SIZE_MAX;
	s->best = (struct pdf_box){20, 20, 20 + width, 20 + height};
	if (try_column(s, fmax(0.26 * w - width / 2, 20), 0.08 * h, width, height, 0.45 * h) ||
		try_column(s, fmax(0.75 * w - width / 2, 20), 0.08 * h, width, height, 0.45 * h))
		return s->best;
	for (x = 20; x + width < w - 20; x += 12)
		if (try_column(s, x, 20, width, height, h - 20))
			break;
	return s->best;
}

enum status
pdf_place_arrival(struct pdf_text *text, const struct pdf_scan *scan, size_t page, double width,
	double height, struct pdf_place *out, struct diag *diag)
{
	static const struct pdf_words none = {NULL, 0};
	struct search search = {NULL, scan, page ? page : 1, 0, {0, 0, 0, 0}};
	enum status st;

	page = search.page;
	if (check_page(scan, page, diag) != STATUS_OK)
		return STATUS_INVALID;
	if ((st = pdf_text_drawn(text, scan, page, &search.words)) != STATUS_OK)
		st = pdf_text_look(text, page, &search.words);
	if (st == STATUS_NOT_FOUND)
		search.words = &none;
	else if (st != STATUS_OK)
		return st;
	settle(scan, page, find_free(&search, width, height), out);
	return STATUS_OK;
}

/* From the anchor to what stands next on its line. */
static struct pdf_box
gap_after(const struct pdf_words *words, const struct pdf_box *anchor, size_t at, double page_width,
	struct pdf_place *about)
{
	struct pdf_box gap = {anchor->x1 + 2, anchor->y0 - 1,
		fmin(anchor->x1 + GAP_MAX, page_width - 10), anchor->y1 + 1};

	for (size_t i = 0; i < words->count; i++) {
		const struct pdf_word *w = &words->words[i];

		if (i == at || w->box.x0 < anchor->x1 - 1 || !same_line(anchor, &w->box))
			continue;
		if (w->dots || w->box.x0 - 1 > gap.x1)
			continue;
		gap.x1 = w->box.x0 - 1;
		about->bounded = true;
	}
	for (size_t i = 0; i < words->count; i++)
		about->dots |= words->words[i].dots && same_line(anchor, &words->words[i].box) &&
			words->words[i].box.x0 < gap.x1 && words->words[i].box.x1 > gap.x0;
	return gap;
}

enum status
pdf_place_gap(struct pdf_text *text, const struct pdf_scan *scan, size_t page, const char *anchor,
	struct pdf_place *out, struct diag *diag)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	size_t first = page ? page : 1, last = page ? page : info->page_count;
	bool printed = false;

	if (check_page(scan, first, diag) != STATUS_OK)
		return STATUS_INVALID;
	for (size_t p = first; p <= last && p < first + PAGES_LOOKED_AT; p++) {
		const struct pdf_words *words;
		struct pdf_box box, gap;
		struct pdf_place about = {0};
		enum status st;
		double w, h;
		size_t at = 0;

		st = look_for(text, scan, p, anchor, false, &words, &box, &at);
		if (st == STATUS_INVALID)
			return st;
		if (st != STATUS_OK)
			continue;
		printed = true;
		seen_size(&info->pages[p - 1], &w, &h);
		gap = gap_after(words, &box, at, w, &about);
		about.size = words->words[at].size;
		if (gap.x1 - gap.x0 < GAP_MIN)
			continue;
		settle(scan, p, gap, out);
		out->size = about.size;
		out->dots = about.dots;
		out->bounded = about.bounded;
		return STATUS_OK;
	}
	if (!printed)
		return no_anchor(diag, anchor);
	diag_error(diag, "pdf.place.room", "anchor", anchor, NULL);
	return STATUS_INVALID;
}
