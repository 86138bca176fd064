/*
 * link: a lasting connection of congvand to another process of ours over a Unix socket, in frames
 * (lib/wire/frame.h): connects, delivers frames both ways, and when the connection is lost connects
 * again, slower and slower while that fails. What the frames mean is the owner's business
 * (daemon/sign/signer_link).
 */
#ifndef CONGVAN_IO_LINK_H
#define CONGVAN_IO_LINK_H

#include <stdbool.h>

#include "lib/base/status.h"
#include "lib/wire/frame.h"

struct link;
struct loop;

/* All called from the loop, never inside a function of this file but for what link_drop and
 * link_close say. */
struct link_events {
	void (*up)(void *arg); /* connected: link_send works */
	void (*frame)(void *arg,
		struct frame
			*f); /* valid during the call; descriptors left in it are closed after it */
	void (*down)(void *arg);   /* the connection is lost; it will be tried again */
	void (*closed)(void *arg); /* after link_close: the link is gone */
};

/* Begins to connect in the next turn of the loop. path is copied, events must outlive the link.
 * STATUS_INVALID: the path is too long. */
enum status link_new(struct loop *loop, const char *path, const struct link_events *events,
	void *arg, struct link **out);

/* Queues a frame (payload and descriptors are copied). STATUS_UNAVAILABLE: not connected;
 * STATUS_TOO_LARGE: the queue is full. */
enum status link_send(struct link *l, const struct frame *f);

bool link_is_up(const struct link *l);

/* The peer broke the protocol or is too late: ends the connection (down is called in a later turn)
 * and connects anew. */
void link_drop(struct link *l);

/* For good. Only closed is called after this, once, in a later turn. NULL is legal. */
void link_close(struct link *l);

#endif
