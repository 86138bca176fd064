/* pdf_string: see pdf_string.h. */
#include "lib/doc/pdf_string.h"

int
pdf_hex_digit(unsigned char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t
pdf_string_hex(struct span t, unsigned char *to)
{
	size_t n = 0;
	int high = -1;

	for (size_t i = 1; i + 1 < t.len; i++) {
		int d = pdf_hex_digit(t.data[i]);

		if (d < 0)
			continue;
		if (high < 0) {
			high = d;
			continue;
		}
		to[n++] = (unsigned char)(high << 4 | d);
		high = -1;
	}
	if (high >= 0)
		to[n++] = (unsigned char)(high << 4);
	return n;
}

size_t
pdf_string_literal(struct span t, unsigned char *to)
{
	static const char escapes[] = "n\nr\rt\tb\bf\f";
	size_t n = 0;

	for (size_t i = 1; i + 1 < t.len; i++) {
		unsigned char c = t.data[i];
		const char *e;

		if (c == '\r') { /* a line end in a string is one LF */
			if (t.data[i + 1] == '\n')
				i++;
			to[n++] = '\n';
			continue;
		}
		if (c != '\\') {
			to[n++] = c;
			continue;
		}
		c = t.data[++i];
		if (c >= '0' && c <= '7') {
			unsigned v = 0;
			size_t k = 0;

			for (; k < 3 && i + k + 1 < t.len && t.data[i + k] >= '0' && t.data[i + k] <= '7'; k++)
				v = v * 8 + (unsigned)(t.data[i + k] - '0');
			to[n++] = (unsigned char)v;
			i += k - 1;
		} else if (c == '\r' || c == '\n') {
			if (c == '\r' && t.data[i + 1] == '\n')
				i++;
		} else {
			for (e = escapes; *e != '\0' && (unsigned char)*e != c; e += 2)
				continue;
			to[n++] = *e != '\0' ? (unsigned char)e[1] : c;
		}
	}
	return n;
}
