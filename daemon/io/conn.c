/*
 * conn: see conn.h. One uv_poll handle on the socket; reads and writes are our own, so that plain
 * and TLS are one path and an idle connection holds no buffer. What the handle watches follows from
 * the state in one place (watch).
 *
 * TLS handshakes are expensive (a signature each): they wait in a queue and a turn of the loop does
 * only a few.
 */
#include "daemon/io/conn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/io/loop_uv.h"
#include "daemon/io/outq.h"

#define READ_ROUNDS 2         /* reads for one connection in one turn */
#define SHORT_RECORD 8192u    /* TLS: a sender with much to say fills its records (16 KiB) */
#define HANDSHAKES_PER_TURN 4 /* about 400 microseconds each */
#define DROP_MAX (4u << 20)   /* bytes of a peer that goes on sending after conn_finish */
#define WRITE_PIECES 16

struct conn {
	uv_poll_t handle;
	int fd;
	enum conn_state state;
	struct conn_group *group;
	struct tls *tls;
	const struct conn_events *events;
	void *arg;
	struct loop_task resume;
	TAILQ_ENTRY(conn) handshake_link;
	struct outq out;
	unsigned char *held; /* shown, not taken */
	size_t held_at, held_len;
	uint64_t bytes_in, bytes_out;
	size_t read_size; /* at most CONN_READ_MUCH */
	size_t drop_left; /* CONN_FINISHING: bytes still dropped with patience */
	int watching;
	bool paused;      /* the owner left some: wait for conn_resume */
	bool ended;       /* read to the end */
	bool half_closed; /* the peer has shut its side down; some may still be unread */
	bool blocked;     /* the socket takes no more for now */
	bool corked;      /* inside `data`: writes wait, so that pipelined answers leave together */
	bool want_write;  /* TLS wants to write before it can read on, or in the handshake */
	bool want_read;   /* TLS wants to read before it can write on */
	bool waits_for_turn; /* in the queue of handshakes */
	bool said_end;
	struct conn_peer peer;
};

struct conn_group {
	struct loop *loop;
	struct loop_task handshake_task;
	TAILQ_HEAD(, conn) handshakes;
	unsigned char scratch[CONN_READ_MUCH];
};

static void on_event(uv_poll_t *handle, int status, int events);
static void on_resume(void *arg);
static void run_handshakes(void *arg);

enum status
conn_group_new(struct loop *loop, struct conn_group **out)
{
	struct conn_group *g = malloc(sizeof(*g));

	if (g == NULL)
		return STATUS_NO_MEMORY;
	g->loop = loop;
	TAILQ_INIT(&g->handshakes);
	loop_task_init(&g->handshake_task, run_handshakes, g);
	*out = g;
	return STATUS_OK;
}

void
conn_group_free(struct conn_group *g)
{
	if (g == NULL)
		return;
	loop_task_cancel(&g->handshake_task);
	free(g);
}

/* The only place that says what the handle waits for. */
static void
watch(struct conn *c)
{
	int want = 0;

	if (c->state == CONN_CLOSING)
		return;
	if (c->state == CONN_HANDSHAKE) {
		if (!c->waits_for_turn)
			want = c->want_write ? UV_WRITABLE : UV_READABLE;
	} else {
		if (!c->ended && !c->paused)
			want = UV_READABLE;
		else if (!c->half_closed && !c->ended)
			want = UV_DISCONNECT;
		if ((c->blocked && !c->want_read) || c->want_write)
			want |= UV_WRITABLE;
		if (c->want_read && !c->ended)
			want |= UV_READABLE;
	}
	if (want == c->watching)
		return;
	c->watching = want;
	if (want == 0)
		uv_poll_stop(&c->handle);
	else
		uv_poll_start(&c->handle, want, on_event);
}

enum status
conn_new(struct conn_group *g, int fd, struct tls_context *tls, const struct conn_peer *peer,
	const struct conn_events *events, void *arg, struct conn **out)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return STATUS_NO_MEMORY;
	c->fd = fd;
	c->group = g;
	c->peer = *peer;
	c->events = events;
	c->arg = arg;
	c->state = CONN_OPEN;
	c->read_size = CONN_READ_FEW;
	loop_task_init(&c->resume, on_resume, c);
	if (tls != NULL) {
		c->state = CONN_HANDSHAKE;
		c->tls = tls_new(tls, fd);
	}
	if ((tls != NULL && c->tls == NULL) ||
		uv_poll_init(loop_uv(g->loop), &c->handle, fd) != 0) {
		tls_free(c->tls);
		free(c);
		return STATUS_NO_MEMORY;
	}
	c->handle.data = c;
	watch(c);
	*out = c;
	return STATUS_OK;
}

enum conn_state
conn_state(const struct conn *c)
{
	return c->state;
}

const struct conn_peer *
conn_peer(const struct conn *c)
{
	return &c->peer;
}

size_t
conn_queued(const struct conn *c)
{
	return c->out.bytes;
}

void
conn_read_size(struct conn *c, size_t n)
{
	c->read_size = n < CONN_READ_MUCH ? n : CONN_READ_MUCH;
}

bool
conn_has_ended(const struct conn *c)
{
	return c->ended;
}

uint64_t
conn_bytes_in(const struct conn *c)
{
	return c->bytes_in;
}

uint64_t
conn_bytes_out(const struct conn *c)
{
	return c->bytes_out;
}

/* --- closing --- */

static void
handle_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;

	tls_free(c->tls);
	close(c->fd);
	c->events->closed(c->arg);
	free(c);
}

void
conn_close(struct conn *c)
{
	if (c->state == CONN_CLOSING)
		return;
	if (c->tls != NULL && c->state == CONN_OPEN && c->out.bytes == 0 && !c->said_end)
		tls_say_end(c->tls);
	c->state = CONN_CLOSING;
	if (c->waits_for_turn)
		TAILQ_REMOVE(&c->group->handshakes, c, handshake_link);
	loop_task_cancel(&c->resume);
	outq_free(&c->out);
	free(c->held);
	c->held = NULL;
	uv_close((uv_handle_t *)&c->handle, handle_closed);
}

/* --- writing --- */

static enum io_result
send_plain(struct conn *c, size_t *put)
{
	struct iovec pieces[WRITE_PIECES];
	struct msghdr message = {.msg_iov = pieces};
	ssize_t n;

	message.msg_iovlen = (size_t)outq_peek(&c->out, pieces, WRITE_PIECES);
	do
		n = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	*put = n > 0 ? (size_t)n : 0;
	if (n >= 0)
		return IO_DONE;
	return errno == EAGAIN || errno == EWOULDBLOCK ? IO_WANT_WRITE : IO_FAILED;
}

static enum io_result
send_tls(struct conn *c, size_t *put)
{
	struct iovec piece;

	outq_peek(&c->out, &piece, 1);
	return tls_write(c->tls, piece.iov_base, piece.iov_len, put);
}

/* Says the end once nothing is queued. */
static void
say_end(struct conn *c)
{
	if (c->said_end || c->out.bytes > 0)
		return;
	c->said_end = true;
	if (c->tls != NULL)
		tls_say_end(c->tls);
	shutdown(c->fd, SHUT_WR);
	if (c->ended)
		conn_close(c);
}

/* Sends what can be sent; returns how many bytes. May close. */
static size_t
flush(struct conn *c)
{
	enum io_result r = IO_DONE;
	size_t put, all = 0;

	c->blocked = false;
	c->want_read = false;
	while (c->out.bytes > 0 && r == IO_DONE) {
		r = c->tls != NULL ? send_tls(c, &put) : send_plain(c, &put);
		outq_take(&c->out, put);
		all += put;
	}
	c->bytes_out += all;
	if (r == IO_FAILED || r == IO_EOF) {
		conn_close(c);
		return all;
	}
	c->blocked = r != IO_DONE;
	c->want_read = r == IO_WANT_READ;
	if (c->state == CONN_FINISHING)
		say_end(c);
	return all;
}

void
conn_write(struct conn *c, const void *p, size_t n)
{
	struct iovec piece = {(void *)(uintptr_t)p, n};

	conn_write_pieces(c, &piece, 1);
}

void
conn_write_pieces(struct conn *c, const struct iovec *pieces, int count)
{
	if (c->state != CONN_OPEN)
		return;
	for (int i = 0; i < count; i++)
		if (!outq_put(&c->out, pieces[i].iov_base, pieces[i].iov_len)) {
			conn_close(c);
			return;
		}
	if (c->corked || c->blocked)
		return;
	flush(c);
	watch(c);
}

void
conn_finish(struct conn *c)
{
	if (c->state != CONN_OPEN)
		return;
	c->state = CONN_FINISHING;
	c->drop_left = DROP_MAX;
	free(c->held);
	c->held = NULL;
	c->paused = false;
	loop_task_cancel(&c->resume);
	if (!c->corked && !c->blocked) {
		flush(c);
		watch(c);
	}
}

/* Flushes from an event of the loop: then the owner is told. */
static void
flush_and_tell(struct conn *c)
{
	size_t n = flush(c);

	if (n > 0 && c->state < CONN_CLOSING)
		c->events->wrote(c->arg, n);
}

/* --- reading --- */

/* Keeps what the owner left of bytes that are not held yet. */
static void
hold(struct conn *c, const unsigned char *p, size_t n)
{
	c->held = malloc(n);
	if (c->held == NULL) {
		conn_close(c);
		return;
	}
	memcpy(c->held, p, n);
	c->held_at = 0;
	c->held_len = n;
	c->paused = true;
}

/* Shows bytes; returns how many were taken. Writes made meanwhile leave together. */
static size_t
show(struct conn *c, const unsigned char *p, size_t n)
{
	size_t taken;

	c->corked = true;
	taken = c->events->data(c->arg, p, n);
	c->corked = false;
	return taken;
}

static void
deliver(struct conn *c, const unsigned char *p, size_t n)
{
	size_t taken;

	c->bytes_in += n;
	if (c->state == CONN_FINISHING) {
		if (n > c->drop_left)
			conn_close(c);
		c->drop_left -= n <= c->drop_left ? n : c->drop_left;
		return;
	}
	taken = show(c, p, n);
	if (c->state == CONN_OPEN && taken < n)
		hold(c, p + taken, n - taken);
	if (c->state < CONN_CLOSING && !c->blocked &&
		(c->out.bytes > 0 || c->state == CONN_FINISHING))
		flush_and_tell(c);
}

/* What was left before; false when some is still left. */
static bool
deliver_held(struct conn *c)
{
	unsigned char *held = c->held;
	size_t taken;

	if (held == NULL)
		return true;
	c->held = NULL; /* conn_finish inside the callback must not free it under the owner */
	taken = show(c, held + c->held_at, c->held_len - c->held_at);
	c->held_at += taken;
	if (c->state == CONN_OPEN && c->held_at < c->held_len) {
		c->held = held;
		c->paused = true;
	} else {
		free(held);
	}
	if (c->state < CONN_CLOSING && !c->blocked &&
		(c->out.bytes > 0 || c->state == CONN_FINISHING))
		flush_and_tell(c);
	return c->held == NULL;
}

static enum io_result
receive_plain(struct conn *c, size_t *got)
{
	ssize_t n;

	do
		n = recv(c->fd, c->group->scratch, c->read_size, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	*got = n > 0 ? (size_t)n : 0;
	if (n > 0)
		return IO_DONE;
	if (n == 0)
		return IO_EOF;
	return errno == EAGAIN || errno == EWOULDBLOCK ? IO_WANT_READ : IO_FAILED;
}

/*
 * Both directions shut: nobody reads an answer. A Unix socket tells; TCP only once we have written.
 */
static bool
peer_has_gone(const struct conn *c)
{
	struct pollfd p = {.fd = c->fd};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

static void
end_reading(struct conn *c)
{
	c->ended = true;
	if (peer_has_gone(c)) {
		conn_close(c);
		return;
	}
	if (c->state == CONN_FINISHING) {
		if (c->said_end)
			conn_close(c);
		return;
	}
	c->events->ended(c->arg);
}

/* Reads while the owner takes all, for a few rounds. */
static void
receive(struct conn *c)
{
	enum io_result r;
	size_t got, asked;

	c->want_write = false;
	for (int i = 0; i < READ_ROUNDS && c->state < CONN_CLOSING && !c->paused && !c->ended;
		i++) {
		asked = c->read_size;
		r = c->tls != NULL ? tls_read(c->tls, c->group->scratch, asked, &got)
				   : receive_plain(c, &got);
		switch (r) {
		case IO_DONE:
			deliver(c, c->group->scratch, got);
			/*
			 * A short piece is probably all there is for now: saves the call that says
			 * so. If not, poll tells.
			 */
			if (c->tls == NULL ? got < asked
					   : got < SHORT_RECORD && !tls_has_pending(c->tls))
				return;
			break;
		case IO_EOF:
			end_reading(c);
			return;
		case IO_FAILED:
			conn_close(c);
			return;
		default:
			c->want_write = r == IO_WANT_WRITE;
			return;
		}
	}
	/* Bytes that TLS has already read from the socket wake no poll. */
	if (c->tls != NULL && c->state < CONN_CLOSING && !c->paused && !c->ended &&
		tls_has_pending(c->tls))
		loop_task_post(c->group->loop, &c->resume);
}

static void
on_resume(void *arg)
{
	struct conn *c = arg;

	c->paused = false;
	if (deliver_held(c) && c->state < CONN_CLOSING)
		receive(c);
	watch(c);
}

void
conn_resume(struct conn *c)
{
	if (c->state == CONN_OPEN && c->paused)
		loop_task_post(c->group->loop, &c->resume);
}

/* --- handshakes --- */

static void
handshake(struct conn *c)
{
	enum io_result r = tls_handshake(c->tls);

	c->want_write = r == IO_WANT_WRITE;
	if (r == IO_DONE) {
		c->state = CONN_OPEN;
		tls_peer_sha256(c->tls, c->peer.cert_sha256);
		c->events->opened(c->arg);
		if (c->state < CONN_CLOSING)
			receive(c); /* the request may have come with the last message */
	} else if (r == IO_EOF || r == IO_FAILED) {
		conn_close(c);
	}
	watch(c);
}

static void
run_handshakes(void *arg)
{
	struct conn_group *g = arg;
	struct conn *c;

	for (int i = 0; i < HANDSHAKES_PER_TURN && (c = TAILQ_FIRST(&g->handshakes)) != NULL; i++) {
		TAILQ_REMOVE(&g->handshakes, c, handshake_link);
		c->waits_for_turn = false;
		handshake(c);
	}
	if (!TAILQ_EMPTY(&g->handshakes))
		loop_task_post(g->loop, &g->handshake_task);
}

static void
queue_handshake(struct conn *c)
{
	c->waits_for_turn = true;
	TAILQ_INSERT_TAIL(&c->group->handshakes, c, handshake_link);
	loop_task_post(c->group->loop, &c->group->handshake_task);
	watch(c);
}

/* --- events --- */

static void
take_event(struct conn *c, int status, int events)
{
	if (status < 0) {
		conn_close(c);
		return;
	}
	if (c->state == CONN_HANDSHAKE) {
		queue_handshake(c);
		return;
	}
	if ((events & UV_WRITABLE) != 0 || ((events & UV_READABLE) != 0 && c->want_read))
		flush_and_tell(c);
	if (c->state < CONN_CLOSING && !c->paused && !c->ended &&
		((events & UV_READABLE) != 0 || ((events & UV_WRITABLE) != 0 && c->want_write)))
		receive(c);
	if (c->state < CONN_CLOSING && (events & UV_DISCONNECT) != 0) {
		c->half_closed = true;
		if (peer_has_gone(c))
			conn_close(c);
	}
	watch(c);
}

static void
on_event(uv_poll_t *handle, int status, int events)
{
	uv_loop_t *uv = handle->loop;

	loop_enter(uv, "http");
	take_event(handle->data, status, events);
	loop_leave(uv);
}
