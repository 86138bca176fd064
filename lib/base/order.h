/* order: for qsort and bsearch. */
#ifndef CONGVAN_BASE_ORDER_H
#define CONGVAN_BASE_ORDER_H

/* Two uint64_t, the smaller first. */
int order_u64(const void *a, const void *b);

#endif
