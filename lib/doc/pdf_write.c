/* pdf_write: see pdf_write.h. */
#include "lib/doc/pdf_write.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lib/doc/pdf_layout.h"
#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_string.h"

#define STRING_MAX 32767u /* ISO 32000-1 Annex C */

void
pdf_put_number(struct buf *to, double v)
{
	int64_t milli, whole, part;

	if (!isfinite(v))
		v = 0;
	milli = (int64_t)llround(fmax(-1e7, fmin(1e7, v)) * 1000);
	whole = milli / 1000;
	part = milli < 0 ? -(milli % 1000) : milli % 1000;
	if (milli < 0 && whole == 0)
		buf_put_byte(to, '-');
	buf_printf(to, "%" PRId64, whole);
	if (part == 0)
		return;
	if (part % 100 == 0)
		buf_printf(to, ".%" PRId64, part / 100);
	else if (part % 10 == 0)
		buf_printf(to, ".%02" PRId64, part / 10);
	else
		buf_printf(to, ".%03" PRId64, part);
}

void
pdf_put_box(struct buf *to, const struct pdf_box *b)
{
	const double v[4] = {b->x0, b->y0, b->x1, b->y1};

	for (int i = 0; i < 4; i++) {
		buf_put_byte(to, i == 0 ? '[' : ' ');
		pdf_put_number(to, v[i]);
	}
	buf_put_byte(to, ']');
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			return false;
	return true;
}

/* The code point at *s of valid UTF-8; moves *s on. */
static uint32_t
next_code_point(const unsigned char **s)
{
	const unsigned char *p = *s;
	int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
	uint32_t cp = more == 0 ? *p : *p & (0x3fu >> more);

	for (p++; more > 0 && (*p & 0xc0) == 0x80; more--, p++)
		cp = cp << 6 | (*p & 0x3f);
	*s = p;
	return cp;
}

/* A longer one stays as it is: no reader has to take it. */
static void
put_string(struct buf *to, struct span token)
{
	unsigned char bytes[STRING_MAX];

	if (token.len <= sizeof(bytes) && pdf_layout_marked(token))
		pdf_put_hex(to, bytes, pdf_string_literal(token, bytes));
	else
		buf_put(to, token.data, token.len);
}

void
pdf_put_tokens(struct buf *to, struct span text)
{
	bool marked = pdf_layout_marked(text);
	struct pdf_lex l;
	size_t done = 0;
	enum pdf_token t;

	pdf_lex_init(&l, text, 0);
	while (marked && (t = pdf_lex_next(&l)) != PDF_TOKEN_END && t != PDF_TOKEN_BAD)
		if (t == PDF_TOKEN_STRING || (t == PDF_TOKEN_NAME && pdf_layout_marked(pdf_lex_text(&l)))) {
			struct span token = pdf_lex_text(&l);

			buf_put(to, text.data + done, (size_t)(token.data - text.data) - done);
			if (t == PDF_TOKEN_STRING)
				put_string(to, token);
			else
				for (size_t i = 0; i < token.len; i++)
					buf_printf(to, "#%02X", token.data[i]);
			done = l.at;
		}
	buf_put(to, text.data + done, text.len - done);
}

void
pdf_put_text(struct buf *to, const char *utf8)
{
	const unsigned char *p = (const unsigned char *)utf8;

	if (is_ascii(utf8) && !pdf_layout_marked((struct span){p, strlen(utf8)})) {
		buf_put_byte(to, '(');
		for (; *p != '\0'; p++) {
			if (strchr("()\\", *p) != NULL)
				buf_put_byte(to, '\\');
			buf_put_byte(to, *p);
		}
		buf_put_byte(to, ')');
		return;
	}
	buf_put_str(to, "<FEFF");
	while (*p != '\0') {
		uint32_t cp = next_code_point(&p);

		if (cp > 0xffff)
			buf_printf(to, "%04X%04X", 0xd800u + ((cp - 0x10000u) >> 10),
				0xdc00u + (cp & 0x3ffu));
		else
			buf_printf(to, "%04X", cp);
	}
	buf_put_byte(to, '>');
}

void
pdf_put_name(struct buf *to, const char *name)
{
	buf_put_byte(to, '/');
	for (const unsigned char *p = (const unsigned char *)name; *p != '\0'; p++) {
		if (*p <= ' ' || *p >= 0x7f || strchr("#()<>[]{}/%", *p) != NULL)
			buf_printf(to, "#%02X", *p);
		else
			buf_put_byte(to, *p);
	}
}

void
pdf_put_hex(struct buf *to, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char *q;

	buf_put_byte(to, '<');
	q = buf_reserve(to, 2 * n);
	for (size_t i = 0; q != NULL && i < n; i++) {
		*q++ = (unsigned char)digits[p[i] >> 4];
		*q++ = (unsigned char)digits[p[i] & 15];
	}
	buf_put_byte(to, '>');
}
