/*
 * output: where written bytes go, as a callback, so that a document of any size is written in
 * pieces: to a descriptor, a buffer with a maximum, a digest, or another encoder.
 */
#ifndef CONGVAN_DOC_OUTPUT_H
#define CONGVAN_DOC_OUTPUT_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"

/* Takes all n bytes or gives the error that ends the writing. */
typedef enum status (*output_fn)(void *arg, const void *p, size_t n);

struct output {
	output_fn put;
	void *arg;
};

/* Calls the callback; nothing for n = 0. */
enum status output_put(const struct output *o, const void *p, size_t n);

/* Writes at the descriptor's offset; *fd must outlive the output. STATUS_IO, or STATUS_NO_SPACE
 * when full. */
struct output output_fd(int *fd);

/* Appends to b; STATUS_TOO_LARGE past its maximum. */
struct output output_buf(struct buf *b);

/*
 * An empty file without a name, readable and writable, in memory (memfd). -1 and errno. `name` is
 * only seen in /proc.
 */
int output_memfd(const char *name);

/* Bytes of a regular file or memfd as a read-only view, whatever the offset. */
struct mapped {
	struct span span;
	void *at;
	size_t len;
};

/* STATUS_IO when fd cannot be mapped. An empty file gives an empty span. */
enum status mapped_open(int fd, struct mapped *out);
void mapped_close(struct mapped *m);

#endif
