/* file_send: the answer that is a worker's file, sent in pieces with back-pressure: memory per call is bounded whatever the size. */
#ifndef CONGVAN_API_FILE_SEND_H
#define CONGVAN_API_FILE_SEND_H

#include "daemon/api/api.h"

/* Answers the call with the whole file; takes fd. Headers of the caller's come before. name is offered to save the file under. */
void file_send(struct http_call *call, int fd, const char *mime, const char *name);

/* Content-Disposition (RFC 6266 with RFC 8187): names are Vietnamese; what a header cannot carry is percent-encoded. */
void file_send_name(struct http_call *call, const char *name);

#endif
