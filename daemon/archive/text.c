/* text: see text.h. */
#include "daemon/archive/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/flow/words.h"
#include "lib/base/buf.h"
#include "lib/base/text.h"

static enum status
read_bytes(int fd, char *to, size_t room, size_t *n_out)
{
	size_t n = 0;

	while (n < room) {
		ssize_t got = pread(fd, to + n, room - n, (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return STATUS_IO;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*n_out = n;
	return STATUS_OK;
}

/* Where at most `most` bytes end without cutting a character. */
static size_t
cut(const char *s, size_t n, size_t most)
{
	if (n <= most)
		return n;
	while (most > 0 && ((unsigned char)s[most] & 0xc0) == 0x80)
		most--;
	return most;
}

/* Form feeds between pages and other controls are no part of a text. */
static void
drop_controls(char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\n' && s[i] != '\t') || s[i] == 0x7f)
			s[i] = s[i] == '\f' ? '\n' : ' ';
}

/* Line by line, so that what does not fit is cut off between lines (a line longer than that: between pieces of it). */
static enum status
fold(const char *body, char **out)
{
	struct buf words;
	const char *p = body, *end = body + strlen(body);
	enum status st = STATUS_OK;

	buf_init(&words, ARCHIVE_WORDS);
	while (p < end && st == STATUS_OK && words.len < ARCHIVE_WORDS / 2) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = cut(p, stop != NULL ? (size_t)(stop - p) : (size_t)(end - p), 4096);
		char *line = strndup(p, n);

		st = line != NULL ? words_put(&words, line) : STATUS_NO_MEMORY;
		free(line);
		p += n;
		if (p < end && *p == '\n')
			p++;
	}
	if (st == STATUS_OK && buf_status(&words) == STATUS_NO_MEMORY)
		st = STATUS_NO_MEMORY;
	*out = st == STATUS_OK ? strdup(buf_str(&words)) : NULL;
	buf_free(&words);
	return st != STATUS_OK ? st : *out != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
archive_text_read(int fd, struct archive_text *out)
{
	char *raw = malloc(ARCHIVE_BODY + 4);
	size_t n = 0, skip;
	enum status st = raw != NULL ? read_bytes(fd, raw, ARCHIVE_BODY + 4, &n) : STATUS_NO_MEMORY;

	*out = (struct archive_text){NULL, NULL};
	if (st == STATUS_OK) {
		n = cut(raw, n, ARCHIVE_BODY);
		skip = n >= 3 && memcmp(raw, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		drop_controls(raw, n);
		st = text_nfc(raw + skip, n - skip, &out->body);
	}
	if (st == STATUS_OK)
		st = fold(out->body, &out->words);
	if (st != STATUS_OK)
		archive_text_clear(out);
	free(raw);
	return st;
}

void
archive_text_clear(struct archive_text *t)
{
	free(t->body);
	free(t->words);
	*t = (struct archive_text){NULL, NULL};
}
