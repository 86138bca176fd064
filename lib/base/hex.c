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

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_decode(const char *from, unsigned char *to, size_t n)
{
	if (strlen(from) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_value(from[2 * i]), low = hex_value(from[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (unsigned char)(high << 4 | low);
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

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
base64_decode(const char *from, size_t n, unsigned char **out, size_t *len_out)
{
	size_t pad = n < 2 || from[n - 1] != '=' ? 0 : from[n - 2] != '=' ? 1 : 2;
	size_t len = n / 4 * 3 - pad, done = 0;
	unsigned char *to;

	if (n % 4 != 0 || (to = malloc(len + 1)) == NULL)
		return false;
	for (size_t i = 0; i < n; i += 4) {
		unsigned v = 0;
		size_t have = i + 4 == n ? 4 - pad : 4;

		for (size_t k = 0; k < 4; k++) {
			int d = k < have ? base64_value(from[i + k]) : 0;

			if (d < 0)
				goto bad;
			v = v << 6 | (unsigned)d;
		}
		if ((have == 3 && (v & 0xff) != 0) || (have == 2 && (v & 0xffff) != 0))
			goto bad; /* stray bits: two texts must not mean the same bytes */
		for (size_t k = 0; k + 1 < have; k++)
			to[done++] = (unsigned char)(v >> (16 - 8 * k));
	}
	*out = to;
	*len_out = len;
	return true;
bad:
	free(to);
	return false;
}
