/* hex: see hex.h. */
#include "lib/base/hex.h"

#include <stdlib.h>
#include <string.h>

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
hex_encode(const unsigned char *from, size_t n, char *to)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[from[i] >> 4];
		*to++ = digits[from[i] & 15];
	}
	*to = '\0';
}

/* What a digit is worth plus one; 0: it is none. A table: signing lists of a thousand digests come through here. */
static const unsigned char hex_values[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
	['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool
hex_decode(const char *from, unsigned char *to, size_t n)
{
	return strlen(from) == 2 * n && hex_decode_bytes((const unsigned char *)from, to, n);
}

bool
hex_decode_bytes(const unsigned char *from, unsigned char *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = hex_values[from[2 * i]], low = hex_values[from[2 * i + 1]];

		if (high == 0 || low == 0)
			return false;
		to[i] = (unsigned char)((high - 1) << 4 | (low - 1));
	}
	return true;
}

char *
base64_encode(const unsigned char *from, size_t n)
{
	char *out = malloc((n + 2) / 3 * 4 + 1), *to = out;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)from[i] << 16;

		if (i + 1 < n)
			v |= (unsigned)from[i + 1] << 8;
		if (i + 2 < n)
			v |= from[i + 2];
		*to++ = base64_digits[v >> 18];
		*to++ = base64_digits[v >> 12 & 63];
		*to++ = i + 1 < n ? base64_digits[v >> 6 & 63] : '=';
		*to++ = i + 2 < n ? base64_digits[v & 63] : '=';
	}
	*to = '\0';
	return out;
}

/* As hex_values. */
static const unsigned char base64_values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
	['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
	['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* Four digits to 24 bits; negative when one of them is none. */
static long
base64_quad(const char *from)
{
	long v = 0;

	for (size_t i = 0; i < 4; i++) {
		int d = base64_values[(unsigned char)from[i]];

		if (d == 0)
			return -1;
		v = v << 6 | (d - 1);
	}
	return v;
}

/* The last, padded group: the missing digits count as zeros, and so must the bits that they leave over. */
static bool
base64_last(const char *from, size_t pad, unsigned char *to)
{
	char quad[4] = {from[0], from[1], pad < 2 ? from[2] : 'A', pad < 1 ? from[3] : 'A'};
	long v = base64_quad(quad);

	if (v < 0 || (pad == 1 && (v & 0xff) != 0) || (pad == 2 && (v & 0xffff) != 0))
		return false; /* stray bits: two texts must not mean the same bytes */
	for (size_t k = 0; k < 3 - pad; k++)
		to[k] = (unsigned char)(v >> (16 - 8 * k));
	return true;
}

bool
base64_decode(const char *from, size_t n, unsigned char **out, size_t *len_out)
{
	size_t pad = n < 2 || from[n - 1] != '=' ? 0 : from[n - 2] != '=' ? 1 : 2;
	size_t whole = n < 4 ? 0 : n / 4 - (pad > 0);
	unsigned char *bytes, *to;

	if (n % 4 != 0 || (bytes = malloc(n / 4 * 3 + 1)) == NULL)
		return false;
	to = bytes;
	for (size_t i = 0; i < whole; i++, to += 3) {
		long v = base64_quad(from + 4 * i);

		if (v < 0)
			goto bad;
		to[0] = (unsigned char)(v >> 16);
		to[1] = (unsigned char)(v >> 8);
		to[2] = (unsigned char)v;
	}
	if (pad > 0 && !base64_last(from + 4 * whole, pad, to))
		goto bad;
	*out = bytes;
	*len_out = n / 4 * 3 - pad;
	return true;
bad:
	free(bytes);
	return false;
}
