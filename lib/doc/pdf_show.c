/*
 * pdf_show: see pdf_show.h. Here: the operators of a content stream. What strings mean: pdf_code; where words end: pdf_pieces.
 */
#include "lib/doc/pdf_show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_code.h"
#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_pieces.h"
#include "lib/doc/pdf_string.h"

#define ARENA_BYTES (UINT64_C(24) << 20)
#define CONTENT_BYTES (2u << 20)
#define CONTENT_STREAMS 64
#define STACK_MOST 32u
#define OPERANDS 16u
#define FONTS_MOST 64u
#define ANNOTATIONS_MOST 200
#define PARENTS_MOST 64

struct matrix {
	double a, b, c, d, e, f;
};

struct font {
	const char *name;
	struct pdf_code_font *code; /* NULL: not understood */
};

struct state {
	struct matrix ctm;
	double spacing, word_spacing, scale, leading, rise, size;
	struct font *font;
	int mode;
};

struct show {
	qpdf_data q;
	struct arena *arena;
	qpdf_oh resources;
	struct state now, stack[STACK_MOST];
	size_t depth;
	struct matrix line, text; /* 9.4.2 */
	struct font fonts[FONTS_MOST];
	size_t font_count;
	struct pdf_lex operands[OPERANDS]; /* each after its token was read, arrays and dictionaries at their beginning */
	enum pdf_token kinds[OPERANDS];
	size_t operand_count;
	struct pdf_pieces pieces;
};

/* --- geometry --- */

/* First m, then n. */
static struct matrix
then(const struct matrix *m, const struct matrix *n)
{
	return (struct matrix){m->a * n->a + m->b * n->c, m->a * n->b + m->b * n->d, m->c * n->a + m->d * n->c, m->c * n->b + m->d * n->d,
		m->e * n->a + m->f * n->c + n->e, m->e * n->b + m->f * n->d + n->f};
}

/* From user space to the page as it is seen: origin top left, y downwards. */
static struct matrix
page_matrix(const struct pdf_page *p, double *width, double *height)
{
	const struct pdf_box *c = &p->crop;
	double w = c->x1 - c->x0, h = c->y1 - c->y0;
	bool turned = p->rotate == 90 || p->rotate == 270;

	*width = turned ? h : w;
	*height = turned ? w : h;
	switch (p->rotate) {
	case 90:
		return (struct matrix){0, 1, 1, 0, -c->y0, -c->x0};
	case 180:
		return (struct matrix){-1, 0, 0, 1, c->x1, -c->y0};
	case 270:
		return (struct matrix){0, -1, -1, 0, c->y1, c->x1};
	default:
		return (struct matrix){1, 0, 0, -1, -c->x0, c->y1};
	}
}

/* --- operands --- */

static bool
number(const struct show *s, size_t i, double *out)
{
	if (i >= s->operand_count || (s->kinds[i] != PDF_TOKEN_INTEGER && s->kinds[i] != PDF_TOKEN_REAL))
		return false;
	*out = pdf_code_number(pdf_lex_text(&s->operands[i]));
	return fabs(*out) < 1e7;
}

static bool
numbers(const struct show *s, double *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!number(s, i, &out[i]))
			return false;
	return s->operand_count == n;
}

static bool
show_code(struct show *s, const struct pdf_code *c)
{
	struct state *t = &s->now;
	struct matrix m = then(&s->text, &t->ctm);
	double width = c->width / 1000 * t->size * t->scale, advance = width + t->spacing * t->scale;
	double x = t->rise * m.c + m.e, base = t->rise * m.d + m.f, height = fabs(m.d) * t->size;

	if (c->blank)
		advance += t->word_spacing * t->scale;
	/* upright, read from left to right */
	if (!(m.a > 1e-6) || !(m.d < -1e-6) || fabs(m.b) > 1e-6 * m.a || fabs(m.c) > 1e-6 * -m.d || !(height > 1) || height > 500)
		return false;
	s->text.e += advance * s->text.a;
	s->text.f += advance * s->text.b;
	return pdf_pieces_add(&s->pieces, &(struct pdf_glyph){c->letter, x, base, width * m.a, height, pdf_code_ascent(t->font->code) * height,
		pdf_code_descent(t->font->code) * height});
}

static bool
show_bytes(struct show *s, struct span bytes)
{
	struct pdf_code c;

	if (bytes.len == 0)
		return true;
	if (s->now.font == NULL || s->now.font->code == NULL || s->now.mode > 2 || !(s->now.size > 0))
		return false;
	if (s->now.word_spacing != 0 && pdf_code_is_wide(s->now.font->code))
		return false;
	for (; bytes.len > 0; bytes.data += c.bytes, bytes.len -= c.bytes)
		if (!pdf_code_next(s->now.font->code, bytes, &c) || !show_code(s, &c))
			return false;
	return true;
}

static bool
show_string(struct show *s, enum pdf_token kind, const struct pdf_lex *at)
{
	struct span t = pdf_lex_text(at), bytes;
	unsigned char small[512], *room = t.len <= sizeof(small) ? small : malloc(t.len);
	bool good;

	if (room == NULL || t.len < 2 || (kind != PDF_TOKEN_STRING && kind != PDF_TOKEN_HEX)) {
		if (room != small)
			free(room);
		return false;
	}
	bytes = (struct span){room, kind == PDF_TOKEN_HEX ? pdf_string_hex(t, room) : pdf_string_literal(t, room)};
	good = show_bytes(s, bytes);
	if (room != small)
		free(room);
	return good;
}

/* --- operators (8.2, table 51) --- */

static bool
op_nothing(struct show *s)
{
	(void)s;
	return true;
}

static bool
op_q(struct show *s)
{
	if (s->depth == STACK_MOST)
		return false;
	s->stack[s->depth++] = s->now;
	return true;
}

static bool
op_Q(struct show *s)
{
	if (s->depth == 0)
		return false;
	s->now = s->stack[--s->depth];
	return true;
}

static bool
op_cm(struct show *s)
{
	double v[6];

	if (!numbers(s, v, 6))
		return false;
	s->now.ctm = then(&(struct matrix){v[0], v[1], v[2], v[3], v[4], v[5]}, &s->now.ctm);
	return true;
}

static bool
op_BT(struct show *s)
{
	s->line = s->text = (struct matrix){1, 0, 0, 1, 0, 0};
	return true;
}

static bool
op_Tc(struct show *s)
{
	return numbers(s, &s->now.spacing, 1);
}

static bool
op_Tw(struct show *s)
{
	return numbers(s, &s->now.word_spacing, 1);
}

static bool
op_Tz(struct show *s)
{
	double v;

	if (!numbers(s, &v, 1) || !(v > 0))
		return false;
	s->now.scale = v / 100;
	return true;
}

static bool
op_TL(struct show *s)
{
	return numbers(s, &s->now.leading, 1);
}

static bool
op_Ts(struct show *s)
{
	return numbers(s, &s->now.rise, 1);
}

static bool
op_Tr(struct show *s)
{
	double v;

	if (!numbers(s, &v, 1))
		return false;
	s->now.mode = v >= 0 && v <= 2 ? (int)v : 3;
	return true;
}

/* A resource by its kind and the name that is the operand, to release. */
static qpdf_oh
resource(const struct show *s, const char *kind, const char *name)
{
	qpdf_oh all = pdf_get(s->q, s->resources, kind), one = pdf_get(s->q, all, name);

	qpdf_oh_release(s->q, all);
	return one;
}

/* The operand as a name with its slash; NULL: it is none, or one with escapes. */
static const char *
name_of(struct show *s, size_t i)
{
	struct span t;
	char *name;

	if (i >= s->operand_count || s->kinds[i] != PDF_TOKEN_NAME)
		return NULL;
	t = pdf_lex_text(&s->operands[i]);
	if (t.len == 0 || t.len > 127 || memchr(t.data, '#', t.len) != NULL || memchr(t.data, 0, t.len) != NULL)
		return NULL;
	if ((name = arena_alloc(s->arena, t.len + 2)) == NULL)
		return NULL;
	name[0] = '/';
	memcpy(name + 1, t.data, t.len);
	return name;
}

static struct font *
find_font(struct show *s, const char *name)
{
	struct font *f;
	qpdf_oh dict;

	for (size_t i = 0; i < s->font_count; i++)
		if (strcmp(s->fonts[i].name, name) == 0)
			return &s->fonts[i];
	if (s->font_count == FONTS_MOST)
		return NULL;
	f = &s->fonts[s->font_count++];
	dict = resource(s, "/Font", name);
	*f = (struct font){name, pdf_code_open(s->q, dict, s->arena)};
	qpdf_oh_release(s->q, dict);
	return f;
}

static bool
op_Tf(struct show *s)
{
	const char *name = name_of(s, 0);
	double size;

	if (name == NULL || s->operand_count != 2 || !number(s, 1, &size))
		return false;
	s->now.size = size;
	s->now.font = find_font(s, name);
	return s->now.font != NULL;
}

static void
move(struct show *s, double x, double y)
{
	s->line = then(&(struct matrix){1, 0, 0, 1, x, y}, &s->line);
	s->text = s->line;
}

static bool
op_Td(struct show *s)
{
	double v[2];

	if (!numbers(s, v, 2))
		return false;
	move(s, v[0], v[1]);
	return true;
}

static bool
op_TD(struct show *s)
{
	double v[2];

	if (!numbers(s, v, 2))
		return false;
	s->now.leading = -v[1];
	move(s, v[0], v[1]);
	return true;
}

static bool
op_Tm(struct show *s)
{
	double v[6];

	if (!numbers(s, v, 6))
		return false;
	s->line = s->text = (struct matrix){v[0], v[1], v[2], v[3], v[4], v[5]};
	return true;
}

static bool
op_T_star(struct show *s)
{
	move(s, 0, -s->now.leading);
	return true;
}

static bool
op_Tj(struct show *s)
{
	return s->operand_count == 1 && show_string(s, s->kinds[0], &s->operands[0]);
}

static bool
op_quote(struct show *s)
{
	move(s, 0, -s->now.leading);
	return op_Tj(s);
}

static bool
op_double_quote(struct show *s)
{
	double word, letter;

	if (s->operand_count != 3 || !number(s, 0, &word) || !number(s, 1, &letter))
		return false;
	s->now.word_spacing = word;
	s->now.spacing = letter;
	move(s, 0, -s->now.leading);
	return show_string(s, s->kinds[2], &s->operands[2]);
}

static bool
op_TJ(struct show *s)
{
	struct pdf_lex l;
	enum pdf_token t;

	if (s->operand_count != 1 || s->kinds[0] != PDF_TOKEN_ARRAY_OPEN)
		return false;
	l = s->operands[0];
	while ((t = pdf_lex_next(&l)) != PDF_TOKEN_ARRAY_CLOSE) {
		double back;

		if (t != PDF_TOKEN_INTEGER && t != PDF_TOKEN_REAL) {
			if (!show_string(s, t, &l))
				return false;
			continue;
		}
		back = pdf_code_number(pdf_lex_text(&l)) / 1000 * s->now.size * s->now.scale;
		s->text.e -= back * s->text.a;
		s->text.f -= back * s->text.b;
	}
	return true;
}

/* Pictures show no text; a form may. */
static bool
op_Do(struct show *s)
{
	const char *name = name_of(s, 0);
	qpdf_oh object;
	bool good;

	if (name == NULL)
		return false;
	object = resource(s, "/XObject", name);
	good = pdf_key_name_is(s->q, object, "/Subtype", "/Image");
	qpdf_oh_release(s->q, object);
	return good;
}

/* It may set a font. */
static bool
op_gs(struct show *s)
{
	const char *name = name_of(s, 0);
	qpdf_oh object;
	bool good;

	if (name == NULL)
		return false;
	object = resource(s, "/ExtGState", name);
	good = qpdf_oh_is_dictionary(s->q, object) && !pdf_key_is(s->q, object, "/Font");
	qpdf_oh_release(s->q, object);
	return good;
}

/* Marked content: properties by name may be a layer, and ActualText stands for what is shown. */
static bool
op_BDC(struct show *s)
{
	struct pdf_lex l;
	size_t from;

	if (s->operand_count != 2 || s->kinds[0] != PDF_TOKEN_NAME || pdf_lex_is(&s->operands[0], "OC") || s->kinds[1] != PDF_TOKEN_DICT_OPEN)
		return false;
	l = s->operands[1];
	from = l.at = l.start;
	return pdf_lex_skip(&l) && memmem(l.in.data + from, l.at - from, "ctualText", 9) == NULL && memchr(l.in.data + from, '#', l.at - from) == NULL;
}

static const struct {
	const char *name;
	bool (*run)(struct show *s);
} operators[] = {
	{"TJ", op_TJ}, {"Tj", op_Tj}, {"Tf", op_Tf}, {"Td", op_Td}, {"Tm", op_Tm}, {"BT", op_BT}, {"ET", op_nothing}, {"TD", op_TD}, {"T*", op_T_star},
	{"Tc", op_Tc}, {"Tw", op_Tw}, {"Tz", op_Tz}, {"TL", op_TL}, {"Ts", op_Ts}, {"Tr", op_Tr}, {"'", op_quote}, {"\"", op_double_quote}, {"q", op_q},
	{"Q", op_Q}, {"cm", op_cm}, {"Do", op_Do}, {"gs", op_gs}, {"BDC", op_BDC},
	/* what marks no text */
	{"BMC", op_nothing}, {"EMC", op_nothing}, {"w", op_nothing}, {"J", op_nothing}, {"j", op_nothing}, {"M", op_nothing}, {"d", op_nothing},
	{"ri", op_nothing}, {"i", op_nothing}, {"m", op_nothing}, {"l", op_nothing}, {"c", op_nothing}, {"v", op_nothing}, {"y", op_nothing},
	{"h", op_nothing}, {"re", op_nothing}, {"S", op_nothing}, {"s", op_nothing}, {"f", op_nothing}, {"F", op_nothing}, {"f*", op_nothing},
	{"B", op_nothing}, {"B*", op_nothing}, {"b", op_nothing}, {"b*", op_nothing}, {"n", op_nothing}, {"W", op_nothing}, {"W*", op_nothing},
	{"CS", op_nothing}, {"cs", op_nothing}, {"SC", op_nothing}, {"SCN", op_nothing}, {"sc", op_nothing}, {"scn", op_nothing}, {"G", op_nothing},
	{"g", op_nothing}, {"RG", op_nothing}, {"rg", op_nothing}, {"K", op_nothing}, {"k", op_nothing},
};

static bool
run_operator(struct show *s, const struct pdf_lex *l)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (pdf_lex_is(l, operators[i].name))
			return operators[i].run(s);
	return false;
}

static bool
run_content(struct show *s, struct span content)
{
	struct pdf_lex l;
	enum pdf_token t;

	for (pdf_lex_init(&l, content, 0); (t = pdf_lex_next(&l)) != PDF_TOKEN_END;) {
		if (t == PDF_TOKEN_WORD) {
			if (!run_operator(s, &l))
				return false;
			s->operand_count = 0;
			continue;
		}
		if (t == PDF_TOKEN_BAD || t == PDF_TOKEN_DICT_CLOSE || t == PDF_TOKEN_ARRAY_CLOSE || s->operand_count == OPERANDS)
			return false;
		s->kinds[s->operand_count] = t;
		s->operands[s->operand_count++] = l;
		if (t == PDF_TOKEN_ARRAY_OPEN || t == PDF_TOKEN_DICT_OPEN) {
			l.at = l.start;
			if (!pdf_lex_skip(&l))
				return false;
		}
	}
	return s->operand_count == 0;
}

/* --- the page --- */

static bool
append_stream(struct show *s, qpdf_oh stream, struct buf *to)
{
	unsigned char *bytes = NULL;
	QPDF_BOOL unpacked = QPDF_FALSE;
	size_t len = 0;
	bool good = qpdf_oh_is_stream(s->q, stream) &&
		!(qpdf_oh_get_stream_data(s->q, stream, qpdf_dl_generalized, &unpacked, &bytes, &len) & QPDF_ERRORS) && unpacked;

	if (good) {
		buf_put(to, bytes, len);
		buf_put_byte(to, '\n');
	}
	free(bytes);
	return good && buf_status(to) == STATUS_OK;
}

static bool
take_content(struct show *s, qpdf_oh page, struct buf *to)
{
	qpdf_oh content = pdf_get(s->q, page, "/Contents");
	bool good = true;
	int n;

	if (!qpdf_oh_is_array(s->q, content)) {
		good = append_stream(s, content, to);
	} else if ((n = qpdf_oh_get_array_n_items(s->q, content)) > CONTENT_STREAMS) {
		good = false;
	} else {
		for (int i = 0; i < n && good; i++) {
			qpdf_oh one = qpdf_oh_get_array_item(s->q, content, i);

			good = append_stream(s, one, to);
			qpdf_oh_release(s->q, one);
		}
	}
	qpdf_oh_release(s->q, content);
	return good;
}

/* Only links, which show nothing of their own. */
static bool
has_no_appearances(struct show *s, qpdf_oh page)
{
	qpdf_oh list = pdf_get(s->q, page, "/Annots");
	int n = qpdf_oh_is_array(s->q, list) ? qpdf_oh_get_array_n_items(s->q, list) : qpdf_oh_is_null(s->q, list) ? 0 : ANNOTATIONS_MOST + 1;
	bool good = n <= ANNOTATIONS_MOST;

	for (int i = 0; i < n && good; i++) {
		qpdf_oh one = qpdf_oh_get_array_item(s->q, list, i);

		good = pdf_key_name_is(s->q, one, "/Subtype", "/Link") && !pdf_key_is(s->q, one, "/AP");
		qpdf_oh_release(s->q, one);
	}
	qpdf_oh_release(s->q, list);
	return good;
}

/* /Resources of the page or of what is above it; to release. */
static qpdf_oh
find_resources(struct show *s, qpdf_oh page)
{
	qpdf_oh found = pdf_get(s->q, page, "/Resources"), at = pdf_get(s->q, page, "/Parent");

	for (int i = 0; i < PARENTS_MOST && qpdf_oh_is_null(s->q, found) && qpdf_oh_is_dictionary(s->q, at); i++) {
		qpdf_oh up = pdf_get(s->q, at, "/Parent");

		qpdf_oh_release(s->q, found);
		found = pdf_get(s->q, at, "/Resources");
		qpdf_oh_release(s->q, at);
		at = up;
	}
	qpdf_oh_release(s->q, at);
	return found;
}

static bool
read_page(struct show *s, qpdf_oh page)
{
	struct buf content;
	bool good;

	if (!qpdf_oh_is_dictionary(s->q, page) || pdf_key_is(s->q, page, "/UserUnit") || !has_no_appearances(s, page))
		return false;
	buf_init(&content, CONTENT_BYTES);
	s->resources = find_resources(s, page);
	good = qpdf_oh_is_dictionary(s->q, s->resources) && take_content(s, page, &content) && run_content(s, (struct span){content.data, content.len});
	qpdf_oh_release(s->q, s->resources);
	buf_free(&content);
	return good;
}

enum status
pdf_show_words(const struct pdf_scan *scan, size_t page, struct pdf_words *out)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	struct show *s = calloc(1, sizeof(*s));
	enum status st = STATUS_UNSUPPORTED;
	const struct pdf_page *p;
	qpdf_oh dict;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	if (page == 0 || page > info->page_count || info->recovered || info->encrypted || (p = &info->pages[page - 1])->object == 0 ||
		(s->arena = arena_new(ARENA_BYTES)) == NULL) {
		free(s);
		return st;
	}
	s->q = pdf_scan_handle(scan);
	s->now = (struct state){.ctm = page_matrix(p, &s->pieces.width, &s->pieces.height), .scale = 1};
	s->line = s->text = (struct matrix){1, 0, 0, 1, 0, 0};
	dict = qpdf_get_object_by_id(s->q, p->object, p->generation);
	if (read_page(s, dict) && pdf_pieces_apart(&s->pieces))
		st = pdf_pieces_words(&s->pieces, out);
	qpdf_oh_release(s->q, dict);
	if (qpdf_has_error(s->q)) { /* of a stream that cannot be unpacked, say: not an error of who looks for a place */
		qpdf_get_error(s->q);
		if (st == STATUS_OK)
			pdf_words_free(out);
		st = STATUS_UNSUPPORTED;
	}
	pdf_pieces_free(&s->pieces);
	arena_free(s->arena);
	free(s);
	return st;
}
