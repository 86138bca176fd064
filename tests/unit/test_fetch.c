/* fetch: against a small HTTP server of the test (a thread with blocking sockets): answers, limits, time, the allow list, closing in mid-flight. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <cmocka.h>
#include <curl/curl.h>

#include "daemon/io/fetch.h"
#include "daemon/io/fetch_allow.h"
#include "daemon/io/loop.h"

static struct {
	int listener;
	int port;
	pthread_t thread;
	char last[4096];
} server;

/* /echo: the body; /big: 3 MB; /hang: nothing; /redirect: to /echo; /again: to itself; /inner: to an address that is not listed. */
static void
serve_one(int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
	char block[4096];
	ssize_t n, used = 0;

	while ((n = read(fd, server.last + used, sizeof(server.last) - 1 - (size_t)used)) > 0) {
		char *end;
		long want = 0;

		used += n;
		server.last[used] = '\0';
		if ((end = strstr(server.last, "\r\n\r\n")) == NULL)
			continue;
		if (strstr(server.last, "Content-Length: ") != NULL)
			want = strtol(strstr(server.last, "Content-Length: ") + 16, NULL, 10);
		if (server.last + used - (end + 4) >= want)
			break;
	}
	if (strstr(server.last, " /hang ") != NULL) {
		(void)!read(fd, block, 1); /* until the client goes away */
	} else if (strstr(server.last, " /redirect ") != NULL) {
		dprintf(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/echo\r\nContent-Length: 0\r\n\r\n",
			server.port);
	} else if (strstr(server.last, " /again ") != NULL) {
		dprintf(fd, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
	} else if (strstr(server.last, " /inner ") != NULL) {
		dprintf(fd, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n");
	} else if (strstr(server.last, " /big ") != NULL) {
		(void)!write(fd, head, sizeof(head) - 1);
		memset(block, 'x', sizeof(block));
		for (int i = 0; i < 750 && write(fd, block, sizeof(block)) > 0; i++)
			;
	} else {
		const char *body = strstr(server.last, "\r\n\r\n");

		(void)!write(fd, head, sizeof(head) - 1);
		(void)!write(fd, body + 4, strlen(body + 4));
	}
	close(fd);
}

static void *
serve(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(server.listener, NULL, NULL)) >= 0)
		serve_one(fd);
	return NULL;
}

static int
start_server(void **state)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);

	(void)state;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server.listener, (struct sockaddr *)&sin, sizeof(sin)) != 0 || listen(server.listener, 16) != 0 ||
		getsockname(server.listener, (struct sockaddr *)&sin, &len) != 0)
		return -1;
	server.port = ntohs(sin.sin_port);
	return pthread_create(&server.thread, NULL, serve, NULL);
}

static int
stop_server(void **state)
{
	(void)state;
	shutdown(server.listener, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.listener);
	curl_global_cleanup();
	return 0;
}

struct outcome {
	int calls;
	enum status st;
	long http;
	size_t len;
	char body[256];
	struct fetch *fetch;
};

static void
close_after(void *arg)
{
	(void)arg;
}

static void
on_answer(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct outcome *o = arg;

	assert_non_null(why);
	o->calls++;
	o->st = st;
	o->http = http;
	o->len = body.len;
	snprintf(o->body, sizeof(o->body), "%.*s", (int)body.len, body.data ? (const char *)body.data : "");
	if (o->fetch != NULL)
		fetch_close(o->fetch, close_after, NULL);
}

static unsigned redirects;

static struct outcome
run(const char *path, const char *body, const char *allow, uint64_t most, unsigned ms)
{
	struct fetch_config config = {.allow = allow};
	struct fetch_request r = {.method = body != NULL ? "POST" : "GET", .type = "application/timestamp-query",
		.most = most, .ms = ms, .redirects = redirects};
	struct outcome o = {0};
	struct loop *loop = NULL;
	char url[200];

	if (body != NULL)
		r.body = (struct span){(const unsigned char *)body, strlen(body)};
	if (path[0] == '/')
		snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server.port, path);
	else
		snprintf(url, sizeof(url), "%s", path);
	r.url = url;
	assert_int_equal(loop_new(&loop), STATUS_OK);
	assert_int_equal(fetch_open(loop, &config, &o.fetch), STATUS_OK);
	fetch_start(o.fetch, &r, on_answer, &o);
	assert_int_equal(o.calls, 0); /* never inside */
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(o.calls, 1);
	return o;
}

static void
test_post(void **state)
{
	struct outcome o = run("/echo", "hello", "127.0.0.1", 0, 0);

	(void)state;
	assert_int_equal(o.st, STATUS_OK);
	assert_int_equal(o.http, 200);
	assert_string_equal(o.body, "hello");
	assert_non_null(strstr(server.last, "Content-Type: application/timestamp-query"));
}

static void
test_limits(void **state)
{
	struct outcome o;

	(void)state;
	o = run("/big", NULL, "127.0.0.1", 100000, 0);
	assert_int_equal(o.st, STATUS_TOO_LARGE);
	assert_int_equal(o.len, 0);
	o = run("/hang", NULL, "127.0.0.1", 0, 300);
	assert_int_equal(o.st, STATUS_TIMEOUT);
	o = run("/big", NULL, "127.0.0.1", 4u << 20, 0);
	assert_int_equal(o.st, STATUS_OK);
	assert_int_equal(o.len, 750 * 4096);
}

static void
test_allow_list(void **state)
{
	char other[40], own[40];

	(void)state;
	snprintf(other, sizeof(other), "127.0.0.1:%d", server.port + 1);
	snprintf(own, sizeof(own), "other.example 127.0.0.1:%d", server.port);
	assert_int_equal(run("/echo", "x", "", 0, 0).st, STATUS_DENIED);
	assert_int_equal(run("/echo", "x", other, 0, 0).st, STATUS_DENIED);
	assert_int_equal(run("/echo", "x", "127.0.0.10 127.0.0", 0, 0).st, STATUS_DENIED);
	assert_int_equal(run("/echo", "x", own, 0, 0).st, STATUS_OK);
	assert_int_equal(run("file:///etc/passwd", NULL, "127.0.0.1", 0, 0).st, STATUS_MALFORMED);
	assert_int_equal(run("http://user@127.0.0.1/", NULL, "127.0.0.1", 0, 0).st, STATUS_MALFORMED);
}

static void
test_redirect_is_not_followed(void **state)
{
	struct outcome o = run("/redirect", NULL, "127.0.0.1", 0, 0);

	(void)state;
	assert_int_equal(o.st, STATUS_OK);
	assert_int_equal(o.http, 302);
}

static void
test_redirects_go_through_the_list(void **state)
{
	struct outcome o;

	(void)state;
	redirects = 2;
	o = run("/redirect", NULL, "127.0.0.1", 0, 0);
	assert_int_equal(o.st, STATUS_OK);
	assert_int_equal(o.http, 200);
	o = run("/again", NULL, "127.0.0.1", 0, 0);
	assert_int_equal(o.st, STATUS_OK);
	assert_int_equal(o.http, 302); /* the third of three */
	assert_int_equal(run("/inner", NULL, "127.0.0.1", 0, 0).st, STATUS_DENIED);
	redirects = 0;
}

/* The name is listed; where it leads is not. */
static void
test_a_name_opens_no_inner_door(void **state)
{
	char url[60], allow[60];

	(void)state;
	snprintf(url, sizeof(url), "http://localhost:%d/echo", server.port);
	assert_int_equal(run(url, "x", "localhost", 0, 3000).st, STATUS_DENIED);
	snprintf(allow, sizeof(allow), "localhost:%d 127.0.0.0/8", server.port);
	assert_int_equal(run(url, "x", allow, 0, 3000).st, STATUS_OK);
}

static bool
reaches(const char *words, const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct fetch_allow *a = NULL;
	char wrong[64];
	bool ok;

	assert_int_equal(fetch_allow_new(words, &a, wrong), STATUS_OK);
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		ok = fetch_allow_address(a, (struct sockaddr *)&v4);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		ok = fetch_allow_address(a, (struct sockaddr *)&v6);
	}
	fetch_allow_free(a);
	return ok;
}

static void
test_addresses(void **state)
{
	static const char *const inner[] = {"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.168.1.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "203.0.113.9", "::", "::1", "fe80::1", "fc00::1",
		"fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:db8::1"};
	static const char *const outer[] = {"8.8.8.8", "172.32.0.1", "100.128.0.1", "11.0.0.1", "2606:4700::1111", "::ffff:8.8.8.8"};
	struct fetch_allow *a = NULL;
	char wrong[64];

	(void)state;
	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		assert_false(reaches("host.example 192.0.2.0/24", inner[i]));
	for (size_t i = 0; i < sizeof(outer) / sizeof(outer[0]); i++)
		assert_true(reaches("", outer[i]));
	assert_true(reaches("10.1.0.0/16", "10.1.2.3"));
	assert_true(reaches("10.1.0.0/16", "::ffff:10.1.2.3"));
	assert_false(reaches("10.1.0.0/16", "10.2.2.3"));
	assert_true(reaches("10.0.0.0/9", "10.127.2.3"));
	assert_false(reaches("10.0.0.0/9", "10.128.2.3"));
	assert_true(reaches("fd00::/8", "fd12::1"));
	assert_true(reaches("[::1]:80", "::1"));

	assert_int_equal(fetch_allow_new("tsa.example:80, 10.0.0.0/8 [fd00::1]:443 2001:4860::8", &a, wrong), STATUS_OK);
	assert_true(fetch_allow_host(a, "TSA.example", "80"));
	assert_false(fetch_allow_host(a, "tsa.example", "8080"));
	assert_false(fetch_allow_host(a, "tsa.example.evil", "80"));
	assert_true(fetch_allow_host(a, "10.7.7.7", "80"));
	assert_false(fetch_allow_host(a, "11.7.7.7", "80"));
	assert_true(fetch_allow_host(a, "[fd00::1]", "443"));
	assert_false(fetch_allow_host(a, "[fd00::1]", "80"));
	assert_true(fetch_allow_host(a, "[2001:4860::8]", "80"));
	fetch_allow_free(a);
	assert_int_equal(fetch_allow_new("good.example 10.0.0.0/33", &a, wrong), STATUS_INVALID);
	assert_string_equal(wrong, "10.0.0.0/33");
	assert_int_equal(fetch_allow_new("http://good.example", &a, wrong), STATUS_INVALID);
	assert_int_equal(fetch_allow_new("*", &a, wrong), STATUS_INVALID);
}

static void
test_nobody_there(void **state)
{
	(void)state;
	assert_int_equal(run("http://127.0.0.1:1/", NULL, "127.0.0.1", 0, 2000).st, STATUS_UNAVAILABLE);
}

static void
close_now(void *arg)
{
	struct outcome *o = arg;
	struct fetch *f = o->fetch;

	o->fetch = NULL;
	fetch_close(f, close_after, NULL);
}

static void
test_close_cancels(void **state)
{
	struct fetch_config config = {.allow = "127.0.0.1"};
	struct fetch_request r = {.method = "GET"};
	struct outcome o = {0};
	struct loop_timer *timer = NULL;
	struct loop *loop = NULL;
	char url[100];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/hang", server.port);
	r.url = url;
	assert_int_equal(loop_new(&loop), STATUS_OK);
	assert_int_equal(fetch_open(loop, &config, &o.fetch), STATUS_OK);
	fetch_start(o.fetch, &r, on_answer, &o);
	assert_int_equal(loop_timer_start(loop, 100, 0, close_now, &o, &timer), STATUS_OK);
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.st, STATUS_CANCELLED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_allow_list),
		cmocka_unit_test(test_redirect_is_not_followed),
		cmocka_unit_test(test_redirects_go_through_the_list),
		cmocka_unit_test(test_a_name_opens_no_inner_door),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_close_cancels),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
