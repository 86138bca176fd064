/* content_receive: the body of a call into the content store, streamed with back-pressure: memory per upload is bounded whatever its size. */
#ifndef CONGVAN_API_CONTENT_RECEIVE_H
#define CONGVAN_API_CONTENT_RECEIVE_H

#include "daemon/api/api.h"
#include "lib/base/digest.h"

#define CONTENT_RECEIVE_HEAD 1024 /* "%PDF-" stands within (ISO 32000-1 annex H, note 13) */

struct content_received {
	struct digest sha256;
	uint64_t size;
	unsigned char head[CONTENT_RECEIVE_HEAD]; /* the first bytes: what kind of file it is */
	size_t head_len;
};

/*
 * For routes with HTTP_BODY_STREAM. cb once when all bytes are durably stored; it answers the call. In every other case (over limit bytes, the client
 * gone, the database does not take it) the call is answered here and cb is not called. received lives as long as the call. Needs no
 * Idempotency-Key: the same bytes are the same content.
 */
typedef void (*content_receive_cb)(struct http_call *call, void *arg, const struct content_received *received);
void content_receive(struct http_call *call, uint64_t limit, content_receive_cb cb, void *arg);

#endif
