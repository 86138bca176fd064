/* secret: memory for keys and PINs: locked (not swapped, not dumped) where the limits allow, wiped when freed. In OpenSSL's secure heap where there is one. */
#ifndef CONGVAN_BASE_SECRET_H
#define CONGVAN_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory of n bytes; NULL without memory. */
void *secret_alloc(size_t n);
void secret_free(void *p);

/* Equal without telling where they differ by time. */
bool secret_equal(const void *a, const void *b, size_t n);

#endif
