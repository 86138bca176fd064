/* content_send: the answer that is a stored content: Range, ETag, If-None-Match, streamed with back-pressure. */
#ifndef CONGVAN_API_CONTENT_SEND_H
#define CONGVAN_API_CONTENT_SEND_H

#include "daemon/api/api.h"

/* Answers the call. name is offered to save the file under. The caller has checked that the person may see it. */
void content_send(struct http_call *call, const char *sha256_hex, const char *mime, const char *name, uint64_t size);

#endif
