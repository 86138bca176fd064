/* link: see link.h. Descriptors in frames need sendmsg and recvmsg, so the socket is watched by
 * uv_poll and not a uv_pipe. */
#include "config.h"

#include "daemon/io/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/io/loop_uv.h"
#include "lib/base/log.h"

#define FIRST_DELAY_MS 50u
#define LAST_DELAY_MS 5000u
#define QUEUE_BYTES (4u * FRAME_MAX)
#define FRAMES_A_TURN 16 /* then the rest of the loop has its turn */

/*
 * WAITING: no connection; the timer runs until the next attempt.
 * UP: connected.
 * ENDING: the connection's poll handle is being closed.
 * CLOSED: the timer is being closed, then the link is freed.
 */
enum link_state { LINK_WAITING, LINK_UP, LINK_ENDING, LINK_CLOSED };

struct link {
	enum link_state state;
	bool closing; /* link_close was called */
	struct loop *loop;
	struct sockaddr_un to;
	const struct link_events *events;
	void *arg;
	uv_timer_t timer;
	uv_poll_t poll;
	int fd;
	struct frame_reader *in;
	struct frame_writer *out;
	uint64_t delay_ms;
};

static void try_connect(uv_timer_t *timer);

static const bool moves[4][4] = {
	[LINK_WAITING] = {[LINK_UP] = true, [LINK_CLOSED] = true, [LINK_ENDING] = true},
	[LINK_UP] = {[LINK_ENDING] = true},
	[LINK_ENDING] = {[LINK_WAITING] = true, [LINK_CLOSED] = true},
};

static void
set_state(struct link *l, enum link_state to)
{
	if (!moves[l->state][to])
		abort();
	l->state = to;
}

static void
freed(uv_handle_t *h)
{
	struct link *l = h->data;

	if (l->events->closed != NULL)
		l->events->closed(l->arg);
	free(l);
}

static void
finish(struct link *l)
{
	set_state(l, LINK_CLOSED);
	uv_close((uv_handle_t *)&l->timer, freed);
}

static void
wait_for_next(struct link *l)
{
	uv_timer_start(&l->timer, try_connect, l->delay_ms, 0);
	l->delay_ms = 2 * l->delay_ms < LAST_DELAY_MS ? 2 * l->delay_ms : LAST_DELAY_MS;
}

static void
drop_socket(struct link *l)
{
	frame_reader_free(l->in);
	frame_writer_free(l->out);
	l->in = NULL;
	l->out = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static void
poll_closed(uv_handle_t *h)
{
	struct link *l = h->data;

	drop_socket(l);
	if (!l->closing) {
		set_state(l, LINK_WAITING);
		l->events->down(l->arg);
	}
	/* the owner may have closed in down */
	if (!l->closing)
		wait_for_next(l);
	else
		finish(l);
}

static void
end_connection(struct link *l)
{
	set_state(l, LINK_ENDING);
	uv_poll_stop(&l->poll);
	uv_close((uv_handle_t *)&l->poll, poll_closed);
}

static void
read_frames(struct link *l)
{
	for (int i = 0; i < FRAMES_A_TURN && l->state == LINK_UP; i++) {
		struct frame f = {0};
		enum status st = frame_read(l->in, &f);

		if (st == STATUS_UNAVAILABLE)
			return;
		if (st != STATUS_OK) {
			log_info("link", "path=%s lost=%s", l->to.sun_path, status_code(st));
			end_connection(l);
			return;
		}
		l->delay_ms = FIRST_DELAY_MS; /* it talks to us: worth coming back to at once */
		l->events->frame(l->arg, &f);
		frame_close_fds(&f);
	}
}

static void watch(struct link *l);

static void
take_event(struct link *l, int status, int events)
{
	if (status < 0) {
		end_connection(l);
		return;
	}
	if (events & UV_WRITABLE) {
		enum status st = frame_flush(l->out);

		if (st != STATUS_OK && st != STATUS_UNAVAILABLE) {
			end_connection(l);
			return;
		}
	}
	if (events & (UV_READABLE | UV_DISCONNECT))
		read_frames(l);
	if (l->state == LINK_UP)
		watch(l);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	uv_loop_t *uv = poll->loop;

	loop_enter(uv, "signer");
	take_event(poll->data, status, events);
	loop_leave(uv);
}

static void
watch(struct link *l)
{
	int events = UV_READABLE | (frame_writer_pending(l->out) ? UV_WRITABLE : 0);

	if (uv_poll_start(&l->poll, events, on_poll) != 0)
		end_connection(l);
}

/* Unix sockets connect at once or not at all. */
static bool
open_socket(struct link *l)
{
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 || connect(l->fd, (const struct sockaddr *)&l->to, sizeof(l->to)) != 0)
		return false;
	l->in = frame_reader_new(l->fd);
	l->out = frame_writer_new(l->fd, QUEUE_BYTES);
	return l->in != NULL && l->out != NULL &&
		uv_poll_init(loop_uv(l->loop), &l->poll, l->fd) == 0;
}

static void
try_connect(uv_timer_t *timer)
{
	struct link *l = timer->data;

	if (!open_socket(l)) {
		log_debug("link", "path=%s connect=\"%s\"", l->to.sun_path, strerror(errno));
		drop_socket(l);
		wait_for_next(l);
		return;
	}
	l->poll.data = l;
	set_state(l, LINK_UP);
	watch(l);
	if (l->state == LINK_UP)
		l->events->up(l->arg);
}

enum status
link_new(struct loop *loop, const char *path, const struct link_events *events, void *arg,
	struct link **out)
{
	struct link *l;
	int rc;

	if (strlen(path) >= sizeof(l->to.sun_path))
		return STATUS_INVALID;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return STATUS_NO_MEMORY;
	l->loop = loop;
	l->events = events;
	l->arg = arg;
	l->fd = -1;
	l->to.sun_family = AF_UNIX;
	strcpy(l->to.sun_path, path);
	l->delay_ms = FIRST_DELAY_MS;
	if ((rc = uv_timer_init(loop_uv(loop), &l->timer)) != 0) {
		free(l);
		return loop_uv_status(rc);
	}
	l->timer.data = l;
	uv_timer_start(&l->timer, try_connect, 0, 0);
	*out = l;
	return STATUS_OK;
}

enum status
link_send(struct link *l, const struct frame *f)
{
	enum status st;

	if (l->state != LINK_UP)
		return STATUS_UNAVAILABLE;
	st = frame_write(l->out, f);
	if (st != STATUS_OK)
		return st;
	st = frame_flush(l->out);
	if (st != STATUS_OK && st != STATUS_UNAVAILABLE) {
		end_connection(l);
		return STATUS_UNAVAILABLE;
	}
	watch(l);
	return STATUS_OK;
}

bool
link_is_up(const struct link *l)
{
	return l->state == LINK_UP;
}

void
link_drop(struct link *l)
{
	if (l->state == LINK_UP)
		end_connection(l);
}

void
link_close(struct link *l)
{
	if (l == NULL || l->closing)
		return;
	l->closing = true;
	uv_timer_stop(&l->timer);
	if (l->state == LINK_UP)
		end_connection(l);
	else if (l->state == LINK_WAITING)
		finish(l);
}
