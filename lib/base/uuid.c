/* uuid: see uuid.h. rand_a (12 bits) carries a counter within the millisecond (RFC 9562, 6.2 method 1). */
#include "lib/base/uuid.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/clock.h"
#include "lib/base/hex.h"

static void
format(const unsigned char b[16], char to[UUID_TEXT])
{
	char digits[33];
	static const int starts[] = {0, 8, 12, 16, 20, 32};

	hex_encode(b, 16, digits);
	for (int i = 0; i < 5; i++) {
		size_t n = (size_t)(starts[i + 1] - starts[i]);

		memcpy(to, digits + starts[i], n);
		to += n;
		*to++ = i < 4 ? '-' : '\0';
	}
}

void
uuid_new(char to[UUID_TEXT])
{
	static _Thread_local uint64_t last; /* milliseconds << 12 | counter */
	uint64_t now = (uint64_t)(clock_now() / 1000) << 12;
	unsigned char b[16];

	last = now > last ? now : last + 1;
	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		abort();
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(last >> (52 - 8 * i));
	b[6] = (unsigned char)(0x70 | (last >> 8 & 0x0f));
	b[7] = (unsigned char)last;
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	format(b, to);
}

bool
uuid_is_valid(const char *s)
{
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	}
	return s[36] == '\0';
}
