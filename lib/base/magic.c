/* magic: see magic.h. */
#include "lib/base/magic.h"

#include <string.h>

bool
magic_is_signed_data(const unsigned char *p, size_t n)
{
	static const unsigned char oid[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
	size_t most = 6 + sizeof(oid);

	return n > 0 && p[0] == 0x30 && memmem(p, n < most ? n : most, oid, sizeof(oid)) != NULL;
}
