/* file_send: see file_send.h. */
#include "daemon/api/file_send.h"

#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"

/* On its way out; in the call's arena. */
struct sending {
	struct http_call *call;
	int fd;
	off_t at, size;
	bool over;
};

static void
end_sending(struct sending *s, bool whole)
{
	s->over = true;
	close(s->fd);
	if (whole)
		http_answer_end(s->call);
	else
		http_answer_abort(s->call);
}

static void
on_drained(void *arg)
{
	struct sending *s = arg;
	unsigned char piece[65536];

	while (!s->over && s->at < s->size) {
		ssize_t n = pread(s->fd, piece, sizeof(piece), s->at);

		if (n <= 0) {
			end_sending(s, false);
			return;
		}
		s->at += n;
		if (!http_answer_write(s->call, piece, (size_t)n))
			return;
	}
	if (!s->over)
		end_sending(s, true);
}

static void
on_gone(void *arg)
{
	struct sending *s = arg;

	if (!s->over)
		end_sending(s, false);
}

void
file_send_name(struct http_call *call, const char *name)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_put_str(&b, "attachment; filename*=UTF-8''");
	for (const char *c = name; *c != '\0'; c++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *c) != NULL)
			buf_put_byte(&b, (unsigned char)*c);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*c);
	http_answer_header(call, "Content-Disposition", buf_str(&b));
	buf_free(&b);
}

void
file_send(struct http_call *call, int fd, const char *mime, const char *name)
{
	struct sending *s = arena_alloc(http_call_arena(call), sizeof(*s));
	off_t size = lseek(fd, 0, SEEK_END);

	if (s == NULL || size < 0) {
		close(fd);
		http_answer_problem(call, s == NULL ? STATUS_NO_MEMORY : STATUS_IO, NULL, NULL);
		return;
	}
	*s = (struct sending){.call = call, .fd = fd, .size = size};
	file_send_name(call, name);
	http_answer_begin(call, 200, mime, size, on_drained, s);
	if (strcmp(http_call_method(call), "HEAD") == 0) {
		end_sending(s, true);
		return;
	}
	http_call_on_gone(call, on_gone, s);
	on_drained(s);
}
