/* serve: see serve.h. */
#include "signer/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "signer/requests.h"

#define CLIENTS 16
#define QUEUE_BYTES (2u * FRAME_MAX)   /* answers waiting to be written to one client */
#define HELLO_TIME (10 * CLOCK_SECOND) /* from connecting to HELLO */
#define FRAME_TIME (10 * CLOCK_SECOND) /* from a frame's first byte to its last */
#define WRITE_TIME (30 * CLOCK_SECOND) /* for a client to take its answer */
#define SLICE (INT64_C(20000))       /* microseconds of signing between two looks at the sockets */
#define STOP_TIME (5 * CLOCK_SECOND) /* for work under way to end after SIGTERM */

struct serve {
	const struct serve_parts *parts;
	struct requests requests;
	struct client *clients[CLIENTS];
	uid_t own;
};

static volatile sig_atomic_t stop_wanted, reload_wanted;

static void
on_stop(int sig)
{
	(void)sig;
	stop_wanted = 1;
}

static void
on_reload(int sig)
{
	(void)sig;
	reload_wanted = 1;
}

/* Signals are let in only while the loop waits (ppoll), so none is missed between looking and
 * waiting. */
enum status
serve_signals(void)
{
	struct sigaction stop = {.sa_handler = on_stop}, reload = {.sa_handler = on_reload},
			 ignore = {.sa_handler = SIG_IGN};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	if (sigaction(SIGTERM, &stop, NULL) != 0 || sigaction(SIGINT, &stop, NULL) != 0 ||
		sigaction(SIGHUP, &reload, NULL) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0 ||
		sigaction(SIGXFSZ, &ignore, NULL) != 0 ||
		sigprocmask(SIG_BLOCK, &blocked, NULL) != 0)
		return STATUS_IO;
	return STATUS_OK;
}

/* True when somebody answers at the address. */
static bool
in_use(const struct sockaddr_un *to)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool used = fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0;

	if (fd >= 0)
		close(fd);
	return used;
}

enum status
serve_listen(const struct settings *s, int *out)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, rc;

	if (strlen(s->socket) >= sizeof(at.sun_path))
		return STATUS_INVALID;
	strcpy(at.sun_path, s->socket);
	if (in_use(&at))
		return STATUS_CONFLICT;
	(void)unlink(s->socket);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return STATUS_IO;
	mask = umask(0117);
	rc = bind(fd, (const struct sockaddr *)&at, sizeof(at));
	umask(mask);
	if (rc == 0 && (s->drop || s->socket_gid != (gid_t)-1))
		rc = chown(
			s->socket, s->drop && geteuid() == 0 ? s->uid : (uid_t)-1, s->socket_gid);
	if (rc != 0 || listen(fd, CLIENTS) != 0) {
		close(fd);
		return STATUS_IO;
	}
	*out = fd;
	return STATUS_OK;
}

static void
client_free(struct client *c)
{
	sign_job_free(c->job);
	frame_reader_free(c->in);
	frame_writer_free(c->out);
	close(c->fd);
	free(c);
}

static struct client *
client_new(const struct serve *s, int fd)
{
	struct client *c = calloc(1, sizeof(*c));
	socklen_t len = sizeof(c->peer);

	if (c == NULL) {
		close(fd);
		return NULL;
	}
	c->fd = fd;
	c->since = clock_monotonic();
	c->in = frame_reader_new(fd);
	c->out = frame_writer_new(fd, QUEUE_BYTES);
	if (c->in == NULL || c->out == NULL ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c->peer, &len) != 0) {
		client_free(c);
		return NULL;
	}
	c->admin = c->peer.uid == 0 || c->peer.uid == s->own;
	return c;
}

static bool
may_ask(const struct serve *s, const struct client *c)
{
	const struct settings *set = s->parts->settings;

	for (size_t i = 0; i < set->client_count; i++)
		if (set->clients[i] == c->peer.uid)
			return true;
	return c->admin;
}

static void
accept_client(struct serve *s)
{
	int fd = accept4(s->parts->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;

	if (fd < 0 || (c = client_new(s, fd)) == NULL)
		return;
	if (!may_ask(s, c)) {
		log_warn("client", "refused=user uid=%u pid=%d", (unsigned)c->peer.uid,
			(int)c->peer.pid);
		client_free(c);
		return;
	}
	for (size_t i = 0; i < CLIENTS; i++)
		if (s->clients[i] == NULL) {
			s->clients[i] = c;
			log_debug("client", "connected uid=%u pid=%d", (unsigned)c->peer.uid,
				(int)c->peer.pid);
			return;
		}
	client_free(c);
}

static bool
is_full(const struct serve *s)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (s->clients[i] == NULL)
			return false;
	return true;
}

static void
close_client(struct serve *s, struct client *c, const char *why)
{
	log_info("client", "closed=%s uid=%u pid=%d", why, (unsigned)c->peer.uid, (int)c->peer.pid);
	if (c->state == CLIENT_BUSY)
		requests_abandon(&s->requests, c);
	c->state = CLIENT_CLOSED;
}

static void
write_some(struct serve *s, struct client *c)
{
	enum status st = frame_flush(c->out);

	if (st == STATUS_OK)
		c->writing = false;
	else if (st != STATUS_UNAVAILABLE)
		close_client(s, c, "write");
	else if (!c->writing) {
		c->writing = true;
		c->since = clock_monotonic();
	}
}

/* One frame at most: the others have their turn. */
static void
read_some(struct serve *s, struct client *c)
{
	struct frame f = {0};
	enum status st = frame_read(c->in, &f);

	if (st == STATUS_UNAVAILABLE) {
		if (!c->reading && c->state != CLIENT_NEW) {
			c->reading = true;
			c->since = clock_monotonic();
		}
		return;
	}
	if (st == STATUS_CANCELLED) {
		close_client(s, c, "peer");
		return;
	}
	c->reading = false;
	if (st == STATUS_OK)
		st = requests_serve(&s->requests, c, &f);
	frame_close_fds(&f);
	if (st != STATUS_OK)
		close_client(s, c, status_code(st));
	else
		write_some(s, c);
}

static void
work(struct serve *s, struct client *c, clock_us budget)
{
	enum status st = requests_work(&s->requests, c, budget);

	if (st != STATUS_OK)
		close_client(s, c, status_code(st));
	else
		write_some(s, c);
}

static short
wanted(const struct client *c, bool stopping)
{
	if (c->writing)
		return POLLOUT;
	if (c->state == CLIENT_BUSY)
		return POLLRDHUP;
	return stopping ? 0 : POLLIN;
}

static bool
is_late(const struct client *c, clock_us now)
{
	if (c->writing)
		return now - c->since > WRITE_TIME;
	if (c->state == CLIENT_NEW)
		return now - c->since > HELLO_TIME;
	return c->reading && now - c->since > FRAME_TIME;
}

static void
handle_events(struct serve *s, struct client *c, short events)
{
	if (c->state == CLIENT_BUSY) {
		if (events & (POLLRDHUP | POLLHUP | POLLERR))
			close_client(s, c, "peer");
	} else if (events & POLLOUT) {
		write_some(s, c);
	} else if (events & (POLLIN | POLLHUP | POLLERR)) {
		read_some(s, c);
	}
}

static size_t
count_state(const struct serve *s, enum client_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < CLIENTS; i++)
		n += s->clients[i] != NULL && s->clients[i]->state == state;
	return n;
}

static size_t
count_writing(const struct serve *s)
{
	size_t n = 0;

	for (size_t i = 0; i < CLIENTS; i++)
		n += s->clients[i] != NULL && s->clients[i]->writing;
	return n;
}

/* What every turn does after the sockets were looked at: a slice of each job, time limits,
 * goodbyes. */
static void
end_turn(struct serve *s)
{
	size_t busy = count_state(s, CLIENT_BUSY);
	clock_us now = clock_monotonic();

	for (size_t i = 0; i < CLIENTS; i++) {
		struct client *c = s->clients[i];

		if (c == NULL)
			continue;
		if (c->state == CLIENT_BUSY)
			work(s, c, SLICE / (clock_us)busy);
		else if (c->state != CLIENT_CLOSED && is_late(c, now))
			close_client(s, c, "late");
		if (c->state == CLIENT_CLOSED) {
			client_free(c);
			s->clients[i] = NULL;
		}
	}
}

static void
turn(struct serve *s, bool stopping)
{
	struct pollfd p[CLIENTS + 1];
	struct client *of[CLIENTS + 1];
	struct timespec second = {1, 0}, none = {0, 0};
	sigset_t open;
	nfds_t n = 0;

	if (!stopping && !is_full(s)) {
		of[n] = NULL;
		p[n++] = (struct pollfd){s->parts->listener, POLLIN, 0};
	}
	for (size_t i = 0; i < CLIENTS; i++)
		if (s->clients[i] != NULL) {
			of[n] = s->clients[i];
			p[n++] = (struct pollfd){
				s->clients[i]->fd, wanted(s->clients[i], stopping), 0};
		}
	sigemptyset(&open);
	if (ppoll(p, n, count_state(s, CLIENT_BUSY) > 0 ? &none : &second, &open) < 0 &&
		errno != EINTR) {
		log_error("serve", "poll=\"%s\"", strerror(errno));
		stop_wanted = 1;
		return;
	}
	for (nfds_t i = 0; i < n; i++) {
		if (p[i].revents == 0)
			continue;
		if (of[i] == NULL)
			accept_client(s);
		else
			handle_events(s, of[i], p[i].revents);
	}
	end_turn(s);
}

void
serve_run(const struct serve_parts *parts)
{
	struct serve s = {.parts = parts, .own = geteuid()};
	clock_us stop_at;

	requests_init(&s.requests, parts);
	while (!stop_wanted) {
		if (reload_wanted) {
			reload_wanted = 0;
			keyring_refresh(parts->policy.keyring, true);
		}
		turn(&s, false);
	}
	stop_at = clock_monotonic() + STOP_TIME;
	while ((count_state(&s, CLIENT_BUSY) > 0 || count_writing(&s) > 0) &&
		clock_monotonic() < stop_at)
		turn(&s, true);
	for (size_t i = 0; i < CLIENTS; i++)
		if (s.clients[i] != NULL) {
			if (s.clients[i]->state == CLIENT_BUSY)
				requests_abandon(&s.requests, s.clients[i]);
			client_free(s.clients[i]);
		}
}
