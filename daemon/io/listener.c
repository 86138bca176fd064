/*
 * listener: see listener.h. When descriptors run out accepting rests for a moment instead of
 * spinning.
 */
#include "daemon/io/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/io/loop_uv.h"
#include "lib/base/log.h"

#define BACKLOG 1024
#define ACCEPTS_PER_TURN 32
#define REST_MS 200

struct listener {
	uv_poll_t handle;
	int fd;
	struct loop *loop;
	struct loop_timer *rest;
	listener_accept_cb accept;
	void *arg;
	char *path; /* Unix: the socket file, and which one it is */
	dev_t dev;
	ino_t ino;
	unsigned port;
};

static void on_connections(uv_poll_t *handle, int status, int events);

static enum status
complain(struct diag *diag, const char *where, const char *why)
{
	diag_error(diag, "http.listen", where, why, NULL);
	return STATUS_INVALID;
}

static void
rested(void *arg)
{
	struct listener *l = arg;

	loop_timer_stop(l->rest);
	l->rest = NULL;
	uv_poll_start(&l->handle, UV_READABLE, on_connections);
}

static void
fill_peer(const struct listener *l, int fd, const struct sockaddr_storage *from,
	struct conn_peer *peer)
{
	char host[INET6_ADDRSTRLEN] = "";
	struct ucred cred;
	socklen_t len = sizeof(cred);

	memset(peer, 0, sizeof(*peer));
	if (l->path != NULL) {
		peer->is_unix = true;
		peer->uid = (uid_t)-1;
		peer->gid = (gid_t)-1;
		strcpy(peer->address, "unix");
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0) {
			peer->uid = cred.uid;
			peer->gid = cred.gid;
			peer->pid = cred.pid;
		}
	} else if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)from;

		inet_ntop(AF_INET6, &a->sin6_addr, host, sizeof(host));
		snprintf(
			peer->address, sizeof(peer->address), "[%s]:%u", host, ntohs(a->sin6_port));
	} else {
		const struct sockaddr_in *a = (const struct sockaddr_in *)from;

		inet_ntop(AF_INET, &a->sin_addr, host, sizeof(host));
		snprintf(peer->address, sizeof(peer->address), "%s:%u", host, ntohs(a->sin_port));
	}
}

/* Out of descriptors or memory: the connection stays in the backlog. */
static void
rest(struct listener *l, int error)
{
	log_warn("listener", "error=accept errno=%d rest_ms=%d", error, REST_MS);
	if (loop_timer_start(l->loop, REST_MS, 0, rested, l, &l->rest) == STATUS_OK)
		uv_poll_stop(&l->handle);
}

static void
on_connections(uv_poll_t *handle, int status, int events)
{
	struct listener *l = handle->data;
	struct sockaddr_storage from;
	struct conn_peer peer;
	socklen_t len;
	int fd;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN && !uv_is_closing((uv_handle_t *)handle); i++) {
		len = sizeof(from);
		fd = accept4(l->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
				errno == ENOMEM)
				rest(l, errno);
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			return;
		}
		fill_peer(l, fd, &from, &peer);
		loop_enter(handle->loop, "accept");
		l->accept(l->arg, fd, &peer);
		loop_leave(handle->loop);
	}
}

static void
free_listener(struct listener *l)
{
	struct stat sb;

	if (l->path != NULL && l->ino != 0 && lstat(l->path, &sb) == 0 && sb.st_dev == l->dev &&
		sb.st_ino == l->ino)
		unlink(l->path); /* only our own: another process may have taken the name */
	if (l->fd >= 0)
		close(l->fd);
	free(l->path);
	free(l);
}

static void
handle_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
listener_close(struct listener *l)
{
	struct stat sb;

	if (l == NULL)
		return;
	loop_timer_stop(l->rest);
	uv_poll_stop(&l->handle);
	if (l->path != NULL && lstat(l->path, &sb) == 0 && sb.st_dev == l->dev &&
		sb.st_ino == l->ino)
		unlink(l->path);
	close(l->fd);
	free(l->path);
	l->path = NULL;
	uv_close((uv_handle_t *)&l->handle, handle_closed);
}

unsigned
listener_port(const struct listener *l)
{
	return l->port;
}

static struct listener *
new_listener(struct loop *loop, listener_accept_cb accept_cb, void *arg)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->fd = -1;
	l->loop = loop;
	l->accept = accept_cb;
	l->arg = arg;
	return l;
}

/* Listens and puts the socket into the loop. */
static int
begin(struct listener *l)
{
	int error;

	if (listen(l->fd, BACKLOG) != 0)
		return errno;
	error = uv_poll_init(loop_uv(l->loop), &l->handle, l->fd);
	if (error != 0)
		return -error;
	l->handle.data = l;
	uv_poll_start(&l->handle, UV_READABLE, on_connections);
	return 0;
}

/* --- Unix --- */

/* True when the path is a socket file on which nobody listens any more. */
static bool
is_stale(const struct sockaddr_un *address)
{
	struct stat sb;
	bool stale;
	int fd;

	if (lstat(address->sun_path, &sb) != 0 || !S_ISSOCK(sb.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	stale = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
		errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return stale;
}

/*
 * The file has no more rights than wanted at any moment: the mode of the descriptor is what bind
 * gives the file.
 */
static int
bind_unix(struct listener *l, const struct sockaddr_un *address, mode_t mode)
{
	struct stat sb;

	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 || fchmod(l->fd, 0600) != 0)
		return errno;
	if (bind(l->fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
		if (errno != EADDRINUSE || !is_stale(address))
			return errno;
		if (unlink(address->sun_path) != 0 ||
			bind(l->fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
			return errno;
	}
	if (lstat(address->sun_path, &sb) != 0)
		return errno;
	l->dev = sb.st_dev;
	l->ino = sb.st_ino;
	return chmod(address->sun_path, mode) != 0 ? errno : 0;
}

enum status
listener_unix(struct loop *loop, const char *path, mode_t mode, listener_accept_cb accept_cb,
	void *arg, struct diag *diag, struct listener **out)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct listener *l;
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return complain(
			diag, path, "the path is longer than a Unix socket can have (107 bytes)");
	strcpy(address.sun_path, path);
	l = new_listener(loop, accept_cb, arg);
	if (l == NULL || (l->path = strdup(path)) == NULL) {
		free(l);
		return STATUS_NO_MEMORY;
	}
	error = bind_unix(l, &address, mode);
	if (error == 0)
		error = begin(l);
	if (error != 0) {
		free_listener(l);
		complain(diag, path, strerror(error));
		return error == EADDRINUSE ? STATUS_DUPLICATE : STATUS_INVALID;
	}
	*out = l;
	return STATUS_OK;
}

/* --- TCP --- */

/* HOST:PORT or [HOST]:PORT, numeric. */
static bool
parse_address(const char *s, struct sockaddr_storage *to, socklen_t *len)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	const char *colon = strrchr(s, ':');
	char host[INET6_ADDRSTRLEN + 2], *end;
	unsigned long port;
	size_t n;

	if (colon == NULL || colon == s || (n = (size_t)(colon - s)) >= sizeof(host) ||
		colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || port > 65535)
		return false;
	memset(to, 0, sizeof(*to));
	memcpy(host, s, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		*len = sizeof(*v6);
		return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	*len = sizeof(*v4);
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static int
bind_tcp(struct listener *l, const struct sockaddr_storage *address, socklen_t len)
{
	struct sockaddr_storage bound;
	int on = 1, off = 0;

	l->fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return errno;
	if (address->ss_family == AF_INET6)
		(void)setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	/* Accepted sockets inherit both. */
	(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(l->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (bind(l->fd, (const struct sockaddr *)address, len) != 0)
		return errno;
	len = sizeof(bound);
	if (getsockname(l->fd, (struct sockaddr *)&bound, &len) != 0)
		return errno;
	l->port = bound.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&bound)->sin6_port)
					      : ntohs(((struct sockaddr_in *)&bound)->sin_port);
	return 0;
}

enum status
listener_tcp(struct loop *loop, const char *text, listener_accept_cb accept_cb, void *arg,
	struct diag *diag, struct listener **out)
{
	struct sockaddr_storage address;
	struct listener *l;
	socklen_t len;
	int error;

	if (!parse_address(text, &address, &len))
		return complain(diag, text, "not a numeric ADDRESS:PORT");
	l = new_listener(loop, accept_cb, arg);
	if (l == NULL)
		return STATUS_NO_MEMORY;
	error = bind_tcp(l, &address, len);
	if (error == 0)
		error = begin(l);
	if (error != 0) {
		free_listener(l);
		complain(diag, text, strerror(error));
		return error == EADDRINUSE ? STATUS_DUPLICATE : STATUS_INVALID;
	}
	*out = l;
	return STATUS_OK;
}
