/* admin: see admin.h. One blocking question and answer. */
#include "signer/admin.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/wire/frame.h"

#define WAIT_SECONDS 10

static enum status
ask(struct frame_reader *in, struct frame_writer *out, enum signer_msg type, const json_t *request,
	json_t **reply_out)
{
	struct frame f = {.type = (uint8_t)type, .id = type};
	struct buf text;
	enum status st;

	buf_init(&text, FRAME_MAX);
	st = signer_msg_encode(request, &text);
	f.payload = (struct span){text.data, text.len};
	if (st == STATUS_OK)
		st = frame_write(out, &f);
	buf_free(&text);
	if (st == STATUS_OK)
		st = frame_flush(out);
	if (st == STATUS_OK)
		st = frame_read(in, &f);
	if (st != STATUS_OK)
		return st == STATUS_CANCELLED ? STATUS_DENIED : st;
	st = signer_msg_decode(f.payload, reply_out);
	frame_close_fds(&f);
	if (st == STATUS_OK && f.type == SIGNER_MSG_ERROR) {
		const char *code = json_string_value(json_object_get(*reply_out, "status"));

		return status_from_code(code != NULL ? code : "");
	}
	return st;
}

enum status
admin_ask(const struct settings *s, enum signer_msg type, json_t *request, json_t **reply_out)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval wait = {WAIT_SECONDS, 0};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct frame_reader *in = fd >= 0 ? frame_reader_new(fd) : NULL;
	struct frame_writer *out = fd >= 0 ? frame_writer_new(fd, FRAME_MAX) : NULL;
	json_t *hello = json_object(), *greeting = NULL;
	enum status st = STATUS_NO_MEMORY;

	if (in == NULL || out == NULL || hello == NULL || strlen(s->socket) >= sizeof(to.sun_path))
		goto out;
	strcpy(to.sun_path, s->socket);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	st = STATUS_UNAVAILABLE;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		goto out;
	st = ask(in, out, SIGNER_MSG_HELLO, hello, &greeting);
	if (st == STATUS_OK && type != SIGNER_MSG_HELLO)
		st = ask(in, out, type, request, reply_out);
	else if (st == STATUS_OK)
		*reply_out = json_incref(greeting);
out:
	json_decref(hello);
	json_decref(greeting);
	json_decref(request);
	frame_reader_free(in);
	frame_writer_free(out);
	if (fd >= 0)
		close(fd);
	return st;
}
