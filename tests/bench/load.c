/*
 * load: keep-alive clients on a Unix socket, as many requests as they get answers, for bench_http
 * (wrk speaks TCP only).
 *
 * load PATH TARGET CONNECTIONS SECONDS   prints {"requests":…,"seconds":…,"p50_us":…,"p99_us":…}
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES (1u << 22)

struct client {
	int fd;
	size_t got, want; /* bytes of the answer; want 0: head not complete */
	double began;
	char head[1024];
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static void
begin(struct client *c, const char *request)
{
	size_t n = strlen(request);

	c->got = c->want = 0;
	c->began = now();
	if (write(c->fd, request, n) != (ssize_t)n)
		fail("write");
}

/* True when an answer is complete. */
static int
receive(struct client *c)
{
	ssize_t n = read(c->fd, c->head + c->got, sizeof(c->head) - 1 - c->got);
	char *end, *length;

	if (n <= 0)
		fail("read");
	c->got += (size_t)n;
	c->head[c->got] = '\0';
	if (c->want == 0 && (end = strstr(c->head, "\r\n\r\n")) != NULL) {
		length = strcasestr(c->head, "\r\nContent-Length:");
		if (length == NULL || strncmp(c->head, "HTTP/1.1 200", 12) != 0)
			fail(c->head);
		c->want = (size_t)(end + 4 - c->head) + strtoul(length + 17, NULL, 10);
	}
	return c->want != 0 && c->got == c->want;
}

static void
open_client(struct client *c, const char *path, int epoll)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		fail("connect");
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
		fail("epoll_ctl");
}

static int
compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	int count = argc == 5 ? atoi(argv[3]) : 0, epoll = epoll_create1(0);
	double seconds = argc == 5 ? atof(argv[4]) : 0, start, t;
	struct client *clients = calloc((size_t)count + 1, sizeof(*clients));
	float *samples = malloc(SAMPLES * sizeof(*samples));
	struct epoll_event events[64];
	size_t done = 0, kept = 0;
	char request[256];

	if (count <= 0 || clients == NULL || samples == NULL)
		return 2;
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
	for (int i = 0; i < count; i++)
		open_client(&clients[i], argv[1], epoll);
	start = now();
	for (int i = 0; i < count; i++)
		begin(&clients[i], request);
	do {
		int n = epoll_wait(epoll, events, 64, 1000);

		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;

			if (!receive(c))
				continue;
			if (kept < SAMPLES)
				samples[kept++] = (float)((now() - c->began) * 1e6);
			done++;
			begin(c, request);
		}
		t = now() - start;
	} while (t < seconds);
	qsort(samples, kept, sizeof(*samples), compare);
	printf("{\"requests\":%zu,\"seconds\":%.3f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", done, t,
		kept ? (double)samples[kept / 2] : 0, kept ? (double)samples[kept * 99 / 100] : 0);
	return 0;
}
