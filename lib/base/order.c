/* order: see order.h. */
#include "lib/base/order.h"

#include <stdint.h>

int
order_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}
