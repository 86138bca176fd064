/*
 * frame: messages over a Unix stream socket between our processes, with file descriptors. A frame is
 *
 *   u32 length of what follows | u8 version (1) | u8 type | u8 fd count | u8 zero | u32 id | payload
 *
 * big-endian, payload at most FRAME_MAX bytes, at most FRAME_FDS descriptors (SCM_RIGHTS with the
 * first byte). Anything else on the socket is a broken peer: the caller closes.
 */
#ifndef CONGVAN_WIRE_FRAME_H
#define CONGVAN_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"

#define FRAME_VERSION 1
#define FRAME_MAX (4u << 20)
#define FRAME_FDS 72

struct frame {
	uint8_t type;
	uint32_t id;
	struct span payload; /* received: valid until the next frame_reader call */
	int fds[FRAME_FDS];  /* received: owned by the receiver; frame_close_fds() */
	size_t fd_count;
};

struct frame_reader;
struct frame_writer;

/* One per socket; not owning the socket. NULL without memory. */
struct frame_reader *frame_reader_new(int fd);
void frame_reader_free(struct frame_reader *r);

/*
 * Reads on a blocking or non-blocking socket. STATUS_OK: *out is one frame. STATUS_UNAVAILABLE: not
 * yet (non-blocking). STATUS_CANCELLED: the peer closed at a frame border. STATUS_MALFORMED:
 * protocol broken. STATUS_IO.
 */
enum status frame_read(struct frame_reader *r, struct frame *out);

/* A queue of frames to write; bounded by `max` bytes queued. */
struct frame_writer *frame_writer_new(int fd, size_t max);
void frame_writer_free(struct frame_writer *w);

/*
 * Queues a frame (payload copied; fds duplicated, the caller keeps his). STATUS_TOO_LARGE when the
 * queue is full.
 */
enum status frame_write(struct frame_writer *w, const struct frame *f);

/*
 * Writes what the socket takes. STATUS_OK: all written; STATUS_UNAVAILABLE: more later; STATUS_IO.
 */
enum status frame_flush(struct frame_writer *w);
bool frame_writer_pending(const struct frame_writer *w);

void frame_close_fds(struct frame *f);

/* An anonymous file for payloads, close-on-exec; -1 on failure. Seal it once it is written. */
int frame_memfd(const char *name);

/*
 * Fixes size and content of a memfd for good. STATUS_OK also when it was so already;
 * STATUS_INVALID: not a memfd; STATUS_DENIED: it cannot be sealed (somebody still maps it writable,
 * or it is read-only here).
 */
enum status frame_seal(int fd);

/*
 * The bytes of a whole file: a small one copied, a large one mapped read-only; an empty file gives
 * {NULL,0}. Unmap with frame_unmap, which goes by the length: give it the span as it came.
 * STATUS_INVALID: not a regular file (pipes, sockets and devices of a hostile peer); STATUS_DENIED:
 * a memfd whose size cannot be fixed; STATUS_NO_MEMORY; STATUS_IO.
 */
enum status frame_map(int fd, struct span *out);
void frame_unmap(struct span *s);

#endif
