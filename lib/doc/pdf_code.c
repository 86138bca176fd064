/* pdf_code: see pdf_code.h. */
#include "lib/doc/pdf_code.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_string.h"

#define TABLE_BYTES (2u << 20) /* of a ToUnicode table, unpacked */
#define RANGES 65536u
#define KEPT 256u /* codes looked up before */

/* Codes first..last: letters from `letter` on, 0 when the table says something else than one letter. */
struct range {
	uint32_t first, last, letter;
};

/* Codes from `first` on: widths of their own, or one for all. */
struct run {
	uint32_t first, count;
	const double *own;
	double all;
};

struct pdf_code_font {
	bool wide;
	double ascent, descent, otherwise; /* width of what has none */
	bool has_otherwise;
	struct range *ranges; /* the last that fits counts */
	size_t range_count, range_room;
	struct run *runs;
	size_t run_count, run_room;
	struct {
		uint32_t code;
		struct pdf_code value;
		bool used;
	} kept[KEPT];
};

double
pdf_code_number(struct span t)
{
	double v = 0, part = 1;
	bool minus = t.len > 0 && t.data[0] == '-', dot = false;

	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] == '.') {
			dot = true;
		} else if (t.data[i] >= '0' && t.data[i] <= '9') {
			if (dot)
				v += (part /= 10) * (t.data[i] - '0');
			else
				v = 10 * v + (t.data[i] - '0');
		}
	}
	return minus ? -v : v;
}

/* One more element of an array in the arena. */
static void *
another(struct arena *a, void *list, size_t size, size_t count, size_t *room, size_t most)
{
	size_t wanted = *room ? 2 * *room : 64;
	void *bigger;

	if (count < *room)
		return list;
	if (wanted > most || (bigger = arena_alloc(a, wanted * size)) == NULL)
		return NULL;
	if (count > 0)
		memcpy(bigger, list, count * size);
	*room = wanted;
	return bigger;
}

/* --- ToUnicode --- */

/* The value of <…> of exactly so many digits. */
static bool
hex_value(const struct pdf_lex *l, size_t digits, uint32_t *out)
{
	struct span t = pdf_lex_text(l);
	uint32_t v = 0;

	if (t.len != digits + 2)
		return false;
	for (size_t i = 1; i <= digits; i++) {
		int d = pdf_hex_digit(t.data[i]);

		if (d < 0)
			return false;
		v = v << 4 | (uint32_t)d;
	}
	*out = v;
	return true;
}

static bool
add_range(struct pdf_code_font *f, struct arena *a, uint32_t first, uint32_t last, uint32_t letter)
{
	struct range *list = another(a, f->ranges, sizeof(*list), f->range_count, &f->range_room, RANGES);

	if (list == NULL)
		return false;
	f->ranges = list;
	list[f->range_count++] = (struct range){first, last, letter};
	return true;
}

/* bfchar rows up to endbfchar, bfrange rows up to endbfrange. */
static bool
read_rows(struct pdf_code_font *f, struct arena *a, struct pdf_lex *l, bool range)
{
	size_t digits = f->wide ? 4 : 2;

	for (;;) {
		enum pdf_token t = pdf_lex_next(l);
		uint32_t first, last, letter;

		if (t == PDF_TOKEN_WORD)
			return pdf_lex_is(l, range ? "endbfrange" : "endbfchar");
		if (t != PDF_TOKEN_HEX || !hex_value(l, digits, &first))
			return false;
		last = first;
		if (range && (pdf_lex_next(l) != PDF_TOKEN_HEX || !hex_value(l, digits, &last) || last < first))
			return false;
		t = pdf_lex_next(l);
		if (t == PDF_TOKEN_HEX) {
			if (!add_range(f, a, first, last, hex_value(l, 4, &letter) ? letter : 0))
				return false;
			continue;
		}
		if (t != PDF_TOKEN_ARRAY_OPEN || !range)
			return false;
		for (; (t = pdf_lex_next(l)) == PDF_TOKEN_HEX; first++)
			if (first > last || !add_range(f, a, first, first, hex_value(l, 4, &letter) ? letter : 0))
				return false;
		if (t != PDF_TOKEN_ARRAY_CLOSE || first != last + 1)
			return false;
	}
}

static bool
read_table(struct pdf_code_font *f, struct arena *a, struct span table)
{
	struct pdf_lex l;
	enum pdf_token t;
	uint32_t from, to;

	for (pdf_lex_init(&l, table, 0); (t = pdf_lex_next(&l)) != PDF_TOKEN_END;) {
		if (t == PDF_TOKEN_BAD)
			return false;
		if (t != PDF_TOKEN_WORD)
			continue;
		if (pdf_lex_is(&l, "usecmap") || pdf_lex_is(&l, "begincidrange") || pdf_lex_is(&l, "begincidchar"))
			return false;
		if (pdf_lex_is(&l, "begincodespacerange")) {
			size_t digits = f->wide ? 4 : 2;

			if (pdf_lex_next(&l) != PDF_TOKEN_HEX || !hex_value(&l, digits, &from) || pdf_lex_next(&l) != PDF_TOKEN_HEX ||
				!hex_value(&l, digits, &to) || !pdf_lex_word(&l, "endcodespacerange"))
				return false;
		} else if (pdf_lex_is(&l, "beginbfchar") || pdf_lex_is(&l, "beginbfrange")) {
			if (!read_rows(f, a, &l, pdf_lex_is(&l, "beginbfrange")))
				return false;
		}
	}
	return f->range_count > 0;
}

static bool
read_letters(qpdf_data q, qpdf_oh font, struct pdf_code_font *f, struct arena *a)
{
	qpdf_oh table = pdf_get(q, font, "/ToUnicode");
	unsigned char *bytes = NULL;
	QPDF_BOOL unpacked = QPDF_FALSE;
	size_t len = 0;
	bool good = qpdf_oh_is_stream(q, table) &&
		!(qpdf_oh_get_stream_data(q, table, qpdf_dl_generalized, &unpacked, &bytes, &len) & QPDF_ERRORS) && unpacked && len <= TABLE_BYTES &&
		read_table(f, a, (struct span){bytes, len});

	free(bytes);
	qpdf_oh_release(q, table);
	return good;
}

/* --- widths --- */

/* An array of numbers from behind its bracket to the closing one, in the arena. */
static bool
read_numbers(struct pdf_lex *l, struct arena *a, const double **list_out, size_t *count_out)
{
	struct pdf_lex ahead = *l;
	enum pdf_token t;
	size_t n = 0;
	double *list;

	while ((t = pdf_lex_next(&ahead)) == PDF_TOKEN_INTEGER || t == PDF_TOKEN_REAL)
		n++;
	if (t != PDF_TOKEN_ARRAY_CLOSE || n > RANGES || (list = arena_alloc(a, (n + 1) * sizeof(*list))) == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		pdf_lex_next(l);
		list[i] = pdf_code_number(pdf_lex_text(l));
	}
	pdf_lex_next(l);
	*list_out = list;
	*count_out = n;
	return true;
}

static bool
add_run(struct pdf_code_font *f, struct arena *a, struct run r)
{
	struct run *list = another(a, f->runs, sizeof(*list), f->run_count, &f->run_room, RANGES);

	if (list == NULL)
		return false;
	f->runs = list;
	list[f->run_count++] = r;
	return true;
}

/* The text of an array object, without the objects that it may refer to: those are words in it, which nobody here reads. */
static bool
array_text(qpdf_data q, qpdf_oh of, const char *key, struct arena *a, struct pdf_lex *l)
{
	qpdf_oh v = pdf_get(q, of, key);
	const char *text = qpdf_oh_is_array(q, v) ? arena_strdup(a, qpdf_oh_unparse_resolved(q, v)) : NULL;

	qpdf_oh_release(q, v);
	if (text == NULL)
		return false;
	pdf_lex_init(l, (struct span){(const unsigned char *)text, strlen(text)}, 0);
	return pdf_lex_next(l) == PDF_TOKEN_ARRAY_OPEN;
}

/* /W: "c [w …]" and "first last w" (9.7.4.3). */
static bool
read_wide(qpdf_data q, qpdf_oh font, struct pdf_code_font *f, struct arena *a)
{
	struct pdf_lex l;
	uint64_t last;
	enum pdf_token t;

	f->has_otherwise = true;
	f->otherwise = pdf_key_number(q, font, "/DW", 1000);
	if (!pdf_key_is(q, font, "/W"))
		return true;
	if (!array_text(q, font, "/W", a, &l))
		return false;
	while ((t = pdf_lex_next(&l)) == PDF_TOKEN_INTEGER) {
		struct run r = {.first = (uint32_t)l.integer};
		struct pdf_lex ahead = l;
		size_t n;

		if (l.integer < 0 || l.integer > 65535)
			return false;
		if (pdf_lex_next(&ahead) == PDF_TOKEN_ARRAY_OPEN) {
			l = ahead;
			if (!read_numbers(&l, a, &r.own, &n))
				return false;
			r.count = (uint32_t)n;
		} else {
			if (!pdf_lex_integer(&l, 65535, &last) || last < r.first || ((t = pdf_lex_next(&l)) != PDF_TOKEN_INTEGER && t != PDF_TOKEN_REAL))
				return false;
			r.count = (uint32_t)last - r.first + 1;
			r.all = pdf_code_number(pdf_lex_text(&l));
		}
		if (!add_run(f, a, r))
			return false;
	}
	return t == PDF_TOKEN_ARRAY_CLOSE;
}

static bool
read_narrow(qpdf_data q, qpdf_oh font, struct pdf_code_font *f, struct arena *a)
{
	double first = pdf_key_number(q, font, "/FirstChar", -1);
	struct run r = {0};
	struct pdf_lex l;
	size_t n;

	if (!(first >= 0) || first > 255 || !array_text(q, font, "/Widths", a, &l) || !read_numbers(&l, a, &r.own, &n))
		return false;
	r.first = (uint32_t)first;
	r.count = (uint32_t)n;
	return add_run(f, a, r);
}

static bool
find_width(const struct pdf_code_font *f, uint32_t code, double *out)
{
	for (size_t i = 0; i < f->run_count; i++) {
		const struct run *r = &f->runs[i];

		if (code < r->first || code - r->first >= r->count)
			continue;
		*out = r->own != NULL ? r->own[code - r->first] : r->all;
		return true;
	}
	*out = f->otherwise;
	return f->has_otherwise;
}

/* --- the font --- */

/* The program is in the file and its reach is told: what stands in the file is then what counts. */
static bool
read_descriptor(qpdf_data q, qpdf_oh font, struct pdf_code_font *f)
{
	qpdf_oh d = pdf_get(q, font, "/FontDescriptor");
	bool embedded = pdf_key_is(q, d, "/FontFile") || pdf_key_is(q, d, "/FontFile2") || pdf_key_is(q, d, "/FontFile3");

	f->ascent = pdf_key_number(q, d, "/Ascent", 0) / 1000;
	f->descent = pdf_key_number(q, d, "/Descent", 0) / 1000;
	qpdf_oh_release(q, d);
	return embedded && f->ascent >= 0.3 && f->ascent <= 1.05 && f->descent <= -0.05 && f->descent >= -0.4;
}

static bool
read_composite(qpdf_data q, qpdf_oh font, struct pdf_code_font *f, struct arena *a)
{
	qpdf_oh list = pdf_get(q, font, "/DescendantFonts"), below;
	bool good;

	f->wide = true;
	if (!pdf_key_name_is(q, font, "/Encoding", "/Identity-H") || !qpdf_oh_is_array(q, list) || qpdf_oh_get_array_n_items(q, list) != 1) {
		qpdf_oh_release(q, list);
		return false;
	}
	below = qpdf_oh_get_array_item(q, list, 0);
	good = (pdf_key_name_is(q, below, "/Subtype", "/CIDFontType2") || pdf_key_name_is(q, below, "/Subtype", "/CIDFontType0")) &&
		read_descriptor(q, below, f) && read_wide(q, below, f, a);
	qpdf_oh_release(q, below);
	qpdf_oh_release(q, list);
	return good;
}

struct pdf_code_font *
pdf_code_open(qpdf_data q, qpdf_oh font, struct arena *a)
{
	struct pdf_code_font *f = arena_alloc(a, sizeof(*f));
	bool good = f != NULL;

	if (good && pdf_key_name_is(q, font, "/Subtype", "/Type0"))
		good = read_composite(q, font, f, a);
	else if (good)
		good = (pdf_key_name_is(q, font, "/Subtype", "/TrueType") || pdf_key_name_is(q, font, "/Subtype", "/Type1")) &&
			read_descriptor(q, font, f) && read_narrow(q, font, f, a);
	return good && read_letters(q, font, f, a) ? f : NULL;
}

double
pdf_code_ascent(const struct pdf_code_font *f)
{
	return f->ascent;
}

double
pdf_code_descent(const struct pdf_code_font *f)
{
	return f->descent;
}

bool
pdf_code_is_wide(const struct pdf_code_font *f)
{
	return f->wide;
}

static uint32_t
find_letter(const struct pdf_code_font *f, uint32_t code)
{
	for (size_t i = f->range_count; i-- > 0;)
		if (code >= f->ranges[i].first && code <= f->ranges[i].last)
			return f->ranges[i].letter != 0 ? f->ranges[i].letter + (code - f->ranges[i].first) : 0;
	return 0;
}

bool
pdf_code_next(struct pdf_code_font *f, struct span string, struct pdf_code *out)
{
	uint32_t code;
	size_t bytes = f->wide ? 2 : 1, slot;

	if (string.len < bytes)
		return false;
	code = f->wide ? (uint32_t)string.data[0] << 8 | string.data[1] : string.data[0];
	slot = code % KEPT;
	if (!f->kept[slot].used || f->kept[slot].code != code) {
		struct pdf_code c = {.letter = find_letter(f, code), .bytes = bytes, .blank = !f->wide && code == ' '};

		if (c.letter == 0 || !find_width(f, code, &c.width) || !isfinite(c.width) || c.width < 0 || c.width > 1e4)
			return false;
		f->kept[slot].code = code;
		f->kept[slot].value = c;
		f->kept[slot].used = true;
	}
	*out = f->kept[slot].value;
	return true;
}
