/* pdf_font: see pdf_font.h. */
#include "lib/doc/pdf_font.h"

#include <hb.h>
#include <hb-ot.h>
#include <hb-subset.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/doc/pdf_flate.h"
#include "lib/doc/pdf_write.h"

#define GLYPHS_MAX 65536u
#define TEXT_OF_GLYPH 4u /* code points one glyph may stand for */

/* What a shown glyph means, for copying text out of the document. */
struct meaning {
	uint32_t text[TEXT_OF_GLYPH];
	uint8_t count;
	bool used;
};

struct pdf_face {
	hb_face_t *face;
	hb_font_t *font;
	double scale; /* font units to 1/1000 em */
	unsigned glyphs;
};

struct pdf_font {
	struct pdf_face *open;
	bool own; /* not the cache's */
	struct pdf_cache *cache;
	hb_face_t *face; /* those of `open` */
	hb_font_t *font;
	double scale;
	unsigned glyphs;
	struct meaning *meanings;
	int object;
};

/* Letters that every subset has, so that times, numbers and dates need no subset of their own. */
static const char always[] = "0123456789 .,:/+-";

void
pdf_face_free(struct pdf_face *f)
{
	if (f == NULL)
		return;
	hb_font_destroy(f->font);
	hb_face_destroy(f->face);
	free(f);
}

static enum status
open_face(const char *path, struct pdf_face **out, struct diag *diag)
{
	struct pdf_face *f = calloc(1, sizeof(*f));
	hb_blob_t *blob, *outlines;
	bool truetype;

	if (f == NULL)
		return STATUS_NO_MEMORY;
	blob = hb_blob_create_from_file_or_fail(path);
	f->face = blob != NULL ? hb_face_create(blob, 0) : hb_face_get_empty();
	hb_blob_destroy(blob);
	outlines = hb_face_reference_table(f->face, HB_TAG('g', 'l', 'y', 'f'));
	truetype = hb_blob_get_length(outlines) > 0;
	hb_blob_destroy(outlines);
	f->glyphs = hb_face_get_glyph_count(f->face);
	if (!truetype || f->glyphs == 0 || f->glyphs > GLYPHS_MAX) {
		diag_error(diag, "pdf.font", path, NULL, "TrueType");
		pdf_face_free(f);
		return STATUS_INVALID;
	}
	f->font = hb_font_create(f->face);
	f->scale = 1000.0 / hb_face_get_upem(f->face);
	*out = f;
	return STATUS_OK;
}

enum status
pdf_font_open(const char *path, struct pdf_cache *cache, struct pdf_font **out, struct diag *diag)
{
	struct pdf_font *f = calloc(1, sizeof(*f));
	enum status st;

	if (f == NULL)
		return STATUS_NO_MEMORY;
	path = path != NULL ? path : PDF_FONT_DEFAULT;
	f->cache = cache;
	if ((f->open = pdf_cache_face(cache, path)) == NULL) {
		if ((st = open_face(path, &f->open, diag)) != STATUS_OK) {
			free(f);
			return st;
		}
		f->own = !pdf_cache_keep_face(cache, path, f->open);
	}
	f->face = f->open->face;
	f->font = f->open->font;
	f->scale = f->open->scale;
	f->glyphs = f->open->glyphs;
	f->meanings = calloc(f->glyphs, sizeof(f->meanings[0]));
	if (f->meanings == NULL) {
		pdf_font_free(f);
		return STATUS_NO_MEMORY;
	}
	*out = f;
	return STATUS_OK;
}

void
pdf_font_free(struct pdf_font *f)
{
	if (f == NULL)
		return;
	if (f->own)
		pdf_face_free(f->open);
	free(f->meanings);
	free(f);
}

/*
 * Shaped text; ligatures are off so that a glyph is a letter. NULL without memory or when the text
 * is too long.
 */
static hb_buffer_t *
shape(struct pdf_font *f, const char *text)
{
	static const char *const off[] = {"liga=0", "clig=0", "dlig=0"};
	hb_feature_t features[3];
	hb_buffer_t *b;

	if (strlen(text) > PDF_FONT_TEXT_MAX)
		return NULL;
	b = hb_buffer_create();
	hb_buffer_add_utf8(b, text, -1, 0, -1);
	hb_buffer_set_direction(b, HB_DIRECTION_LTR);
	hb_buffer_set_script(b, HB_SCRIPT_LATIN);
	hb_buffer_set_language(b, hb_language_from_string("vi", -1));
	for (int i = 0; i < 3; i++)
		hb_feature_from_string(off[i], -1, &features[i]);
	hb_shape(f->font, b, features, 3);
	if (!hb_buffer_allocation_successful(b)) {
		hb_buffer_destroy(b);
		return NULL;
	}
	return b;
}

double
pdf_font_width(struct pdf_font *f, const char *text, double size)
{
	hb_buffer_t *b = shape(f, text);
	hb_glyph_position_t *pos;
	unsigned n = 0;
	double w = 0;

	if (b == NULL)
		return 0;
	pos = hb_buffer_get_glyph_positions(b, &n);
	for (unsigned i = 0; i < n; i++)
		w += pos[i].x_advance;
	hb_buffer_destroy(b);
	return w * f->scale * size / 1000;
}

double
pdf_font_ascent(const struct pdf_font *f, double size)
{
	hb_font_extents_t e = {0};

	hb_font_get_h_extents(f->font, &e);
	return e.ascender * f->scale * size / 1000;
}

double
pdf_font_descent(const struct pdf_font *f, double size)
{
	hb_font_extents_t e = {0};

	hb_font_get_h_extents(f->font, &e);
	return -e.descender * f->scale * size / 1000;
}

/* Remembers what the glyphs of a cluster mean: the first stands for the whole text of it. */
static void
remember(struct pdf_font *f, const char *text, const hb_glyph_info_t *info, unsigned i, unsigned n)
{
	struct meaning *m;
	unsigned from = info[i].cluster, to = (unsigned)strlen(text);

	if (info[i].codepoint >= f->glyphs)
		return;
	m = &f->meanings[info[i].codepoint];
	if (m->used)
		return;
	m->used = true;
	if (i > 0 && info[i - 1].cluster == from)
		return;
	for (unsigned k = i + 1; k < n; k++)
		if (info[k].cluster != from) {
			to = info[k].cluster;
			break;
		}
	while (from < to && m->count < TEXT_OF_GLYPH) {
		const unsigned char *p = (const unsigned char *)text + from;
		int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
		uint32_t cp = more == 0 ? *p : *p & (0x3fu >> more);

		for (int k = 1; k <= more; k++)
			cp = cp << 6 | (p[k] & 0x3f);
		m->text[m->count++] = cp;
		from += (unsigned)more + 1;
	}
}

/* A movement inside TJ: to the right by `units` of 1/1000 em. */
static void
put_move(struct buf *content, double units)
{
	if (units > -0.5 && units < 0.5)
		return;
	buf_put_byte(content, ' ');
	pdf_put_number(content, -units);
	buf_put_byte(content, ' ');
}

enum status
pdf_font_show(
	struct pdf_font *f, const char *text, double size, struct buf *content, struct diag *diag)
{
	hb_buffer_t *b = shape(f, text);
	hb_glyph_info_t *info;
	hb_glyph_position_t *pos;
	unsigned n = 0;
	double rise = 0;

	if (b == NULL) {
		diag_error(diag, "pdf.font.text", NULL, NULL, "1000");
		return STATUS_INVALID;
	}
	info = hb_buffer_get_glyph_infos(b, &n);
	pos = hb_buffer_get_glyph_positions(b, &n);
	buf_put_byte(content, '[');
	for (unsigned i = 0; i < n; i++) {
		double x = pos[i].x_offset * f->scale, y = pos[i].y_offset * f->scale * size / 1000;
		double own = hb_font_get_glyph_h_advance(f->font, info[i].codepoint) * f->scale;

		if (info[i].codepoint == 0)
			diag_warn(diag, "pdf.font.glyph", NULL, text, NULL);
		remember(f, text, info, i, n);
		if (y - rise > 0.001 || y - rise < -0.001) {
			buf_put_str(content, "] TJ ");
			pdf_put_number(content, y);
			buf_put_str(content, " Ts [");
			rise = y;
		}
		put_move(content, x);
		buf_printf(content, "<%04X>", info[i].codepoint);
		put_move(content, pos[i].x_advance * f->scale - own - x);
	}
	buf_put_str(content, "] TJ");
	if (rise != 0)
		buf_put_str(content, " 0 Ts");
	buf_put_byte(content, '\n');
	hb_buffer_destroy(b);
	return buf_status(content);
}

int
pdf_font_object(struct pdf_font *f, struct pdf_update *u)
{
	if (f->object == 0)
		f->object = pdf_update_new(u);
	return f->object;
}

static void
add_always(struct pdf_font *f)
{
	for (const char *p = always; *p != '\0'; p++) {
		hb_codepoint_t g = 0;

		if (!hb_font_get_nominal_glyph(f->font, (unsigned char)*p, &g) ||
			g >= f->glyphs || f->meanings[g].used)
			continue;
		f->meanings[g] = (struct meaning){
			.text = {(unsigned char)*p}, .count = 1, .used = true};
	}
}

/* The font program with only the glyphs used, under their old numbers. NULL without memory. */
static hb_blob_t *
subset(struct pdf_font *f)
{
	hb_subset_input_t *in = hb_subset_input_create_or_fail();
	hb_face_t *small;
	hb_blob_t *blob;

	if (in == NULL)
		return NULL;
	hb_subset_input_set_flags(in, HB_SUBSET_FLAGS_RETAIN_GIDS | HB_SUBSET_FLAGS_NO_HINTING);
	for (unsigned g = 0; g < f->glyphs; g++)
		if (f->meanings[g].used)
			hb_set_add(hb_subset_input_glyph_set(in), g);
	small = hb_subset_or_fail(f->face, in);
	hb_subset_input_destroy(in);
	if (small == NULL)
		return NULL;
	blob = hb_face_reference_blob(small);
	hb_face_destroy(small);
	return blob;
}

/* A subset as it is kept: its length and digest, and its packed bytes. */
struct program {
	uint32_t length;
	struct digest digest;
	struct span packed;
};

static bool
read_program(struct span kept, struct program *out)
{
	struct span digest;

	if (!span_get_u32(&kept, &out->length) || !span_get_bytes(&kept, DIGEST_BYTES, &digest))
		return false;
	memcpy(out->digest.bytes, digest.data, DIGEST_BYTES);
	out->packed = kept;
	return true;
}

static enum status
make_program(struct pdf_font *f, struct buf *to)
{
	hb_blob_t *blob = subset(f);
	struct digest d;
	enum status st;
	unsigned n = 0;
	const char *p;

	if (blob == NULL)
		return STATUS_NO_MEMORY;
	p = hb_blob_get_data(blob, &n);
	d = digest_of(p, n);
	buf_put_u32(to, n);
	buf_put(to, d.bytes, DIGEST_BYTES);
	st = pdf_flate_pack(
		(struct span){(const unsigned char *)p, n}, PDF_FLATE_USUAL, to);
	hb_blob_destroy(blob);
	return st;
}

/* The name of a subset of this face: the glyphs that it has. */
static struct digest
program_key(const struct pdf_font *f)
{
	struct digest_stream *s = digest_begin();

	digest_put(s, "subset", 6);
	for (unsigned g = 0; g < f->glyphs; g++)
		if (f->meanings[g].used) {
			unsigned char two[2] = {(unsigned char)(g >> 8), (unsigned char)g};

			digest_put(s, two, 2);
		}
	return digest_end(s);
}

static enum status
get_program(struct pdf_font *f, struct buf *made, struct program *out)
{
	bool cached = f->cache != NULL && !f->own;
	struct digest key = program_key(f);
	struct span kept;
	enum status st;

	if (cached && pdf_cache_get(f->cache, &key, &kept))
		return read_program(kept, out) ? STATUS_OK : STATUS_INTERNAL;
	st = make_program(f, made);
	if (st != STATUS_OK)
		return st;
	kept = (struct span){made->data, made->len};
	if (cached)
		pdf_cache_put(f->cache, &key, kept);
	return read_program(kept, out) ? STATUS_OK : STATUS_INTERNAL;
}

static void
put_widths(struct pdf_font *f, struct buf *to)
{
	buf_put_str(to, " /W [");
	for (unsigned g = 0; g < f->glyphs; g++)
		if (f->meanings[g].used) {
			buf_printf(to, "%u [", g);
			pdf_put_number(to, hb_font_get_glyph_h_advance(f->font, g) * f->scale);
			buf_put_str(to, "] ");
		}
	buf_put_str(to, "]");
}

static void
put_utf16(struct buf *to, uint32_t cp)
{
	if (cp > 0xffff)
		buf_printf(
			to, "%04X%04X", 0xd800u + ((cp - 0x10000u) >> 10), 0xdc00u + (cp & 0x3ffu));
	else
		buf_printf(to, "%04X", cp);
}

/* 9.10.3: at most 100 lines in a bfchar block. */
static void
put_to_unicode(struct pdf_font *f, struct buf *to)
{
	unsigned left = 0, block = 0;

	for (unsigned g = 0; g < f->glyphs; g++)
		left += f->meanings[g].used && f->meanings[g].count > 0;
	buf_put_str(to,
		"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
	for (unsigned g = 0; g < f->glyphs; g++) {
		const struct meaning *m = &f->meanings[g];

		if (!m->used || m->count == 0)
			continue;
		if (block == 0) {
			block = left < 100 ? left : 100;
			left -= block;
			buf_printf(to, "%u beginbfchar\n", block);
		}
		buf_printf(to, "<%04X> <", g);
		for (unsigned i = 0; i < m->count; i++)
			put_utf16(to, m->text[i]);
		buf_put_str(to, --block == 0 ? ">\nendbfchar\n" : ">\n");
	}
	buf_put_str(to, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
}

/*
 * "ABCDEF+LiberationSerif": the tag (9.6.4) comes from the subset's digest, so that different
 * subsets have different names.
 */
static void
put_base_font(struct pdf_font *f, const struct digest *d, struct buf *to)
{
	char name[64] = "", clean[64];
	unsigned n = sizeof(name);
	size_t k = 0;

	hb_ot_name_get_utf8(f->face, HB_OT_NAME_ID_POSTSCRIPT_NAME,
		hb_language_from_string("en", -1), &n, name);
	for (const char *p = name; *p != '\0'; p++)
		if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
			(*p >= 'a' && *p <= 'z') || *p == '-')
			clean[k++] = *p;
	clean[k] = '\0';
	buf_put_str(to, " /BaseFont /");
	for (int i = 0; i < 6; i++)
		buf_put_byte(to, (unsigned char)('A' + d->bytes[i] % 26));
	buf_printf(to, "+%s", k > 0 ? clean : "Font");
}

/* FontBBox of table head (OpenType head: xMin at byte 36), in 1/1000 em. */
static struct pdf_box
bounding_box(struct pdf_font *f)
{
	hb_blob_t *head = hb_face_reference_table(f->face, HB_TAG('h', 'e', 'a', 'd'));
	unsigned n = 0;
	const unsigned char *p = (const unsigned char *)hb_blob_get_data(head, &n);
	double v[4] = {0, -250, 1000, 1000};

	for (int i = 0; n >= 44 && i < 4; i++)
		v[i] = (int16_t)(p[36 + 2 * i] << 8 | p[37 + 2 * i]) * f->scale;
	hb_blob_destroy(head);
	return (struct pdf_box){v[0], v[1], v[2], v[3]};
}

static void
put_descriptor(struct pdf_font *f, const struct digest *d, int file, struct buf *to)
{
	struct pdf_box box = bounding_box(f);

	buf_put_str(to, "<< /Type /FontDescriptor");
	put_base_font(f, d, to);
	memcpy(strstr((char *)to->data, "/BaseFont"), "/FontName", 9);
	buf_put_str(to, " /Flags 4 /ItalicAngle 0 /StemV 80 /FontBBox ");
	pdf_put_box(to, &box);
	buf_put_str(to, " /Ascent ");
	pdf_put_number(to, pdf_font_ascent(f, 1000));
	buf_put_str(to, " /Descent ");
	pdf_put_number(to, -pdf_font_descent(f, 1000));
	buf_printf(to, " /CapHeight 660 /FontFile2 %d 0 R >>", file);
}

static void
put(struct pdf_update *u, int number, struct buf *b)
{
	pdf_update_put(u, number, (struct span){b->data, b->len});
	b->len = 0;
}

static enum status
write_objects(struct pdf_font *f, const struct program *program, struct pdf_update *u)
{
	int file = pdf_update_new(u), descriptor = pdf_update_new(u),
	    descendant = pdf_update_new(u), unicode = pdf_update_new(u);
	char extra[40];
	struct buf b;

	snprintf(extra, sizeof(extra), "/Length1 %u", program->length);
	pdf_update_put_packed(u, file, extra, program->packed);
	buf_init(&b, 4u << 20);
	put_descriptor(f, &program->digest, file, &b);
	put(u, descriptor, &b);
	buf_put_str(&b, "<< /Type /Font /Subtype /CIDFontType2");
	put_base_font(f, &program->digest, &b);
	buf_printf(&b,
		" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
		" /FontDescriptor %d 0 R /CIDToGIDMap /Identity /DW 1000",
		descriptor);
	put_widths(f, &b);
	buf_put_str(&b, " >>");
	put(u, descendant, &b);
	put_to_unicode(f, &b);
	pdf_update_put_stream(u, unicode, "", (struct span){b.data, b.len});
	b.len = 0;
	buf_put_str(&b, "<< /Type /Font /Subtype /Type0");
	put_base_font(f, &program->digest, &b);
	buf_printf(&b, " /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>",
		descendant, unicode);
	put(u, f->object, &b);
	buf_free(&b);
	return unicode != 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
pdf_font_write(struct pdf_font *f, struct pdf_update *u)
{
	struct program program;
	struct buf made;
	enum status st;

	if (f->object == 0)
		return STATUS_OK;
	add_always(f);
	buf_init(&made, PDF_UPDATE_MAX);
	st = get_program(f, &made, &program);
	if (st == STATUS_OK)
		st = write_objects(f, &program, u);
	buf_free(&made);
	return st;
}
