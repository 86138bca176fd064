/* text: what a file's bytes become for the archive: clean text to keep and folded words to search. No database, no loop: runs on a thread. */
#ifndef CONGVAN_ARCHIVE_TEXT_H
#define CONGVAN_ARCHIVE_TEXT_H

#include "lib/base/status.h"

#define ARCHIVE_BODY (2u << 20)   /* bytes of text kept of one file; the rest is cut off */
#define ARCHIVE_WORDS (512u << 10) /* bytes of folded words searched of one file: under PostgreSQL's 1 MiB of a tsvector */

struct archive_text {
	char *body;  /* NFC, line feeds and tabs the only controls */
	char *words; /* as daemon/flow/words makes them */
};

/* Reads the file behind fd. STATUS_INVALID: not UTF-8; STATUS_IO; STATUS_NO_MEMORY. */
enum status archive_text_read(int fd, struct archive_text *out);
void archive_text_clear(struct archive_text *t);

#endif
