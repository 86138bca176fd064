/*
 * server: what a handler is promised. A client thread writes bytes and reads answers; handlers run
 * in the loop of the test. Order and number of callbacks, calls that outlive their client, answers
 * given late, twice or never, the end of the server; leaks are seen by the sanitizer. The wire
 * itself is tested from outside: tests/flow/test_http.py.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/http/http.h"
#include "daemon/http/tally.h"
#include "daemon/io/loop.h"
#include "lib/base/log.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static struct {
	struct loop *loop;
	struct http_server *server;
	struct http_call *call; /* the one a handler keeps */
	struct loop_timer *timer;
	char folder[64], path[96];
	char trace[256]; /* what handlers and callbacks saw, a letter each */
	unsigned released;
	bool stopped;
	/* the client */
	const char *request;
	bool hang_up;
	char answer[65536];
} f;

static void
note(const char *s)
{
	strcat(f.trace, s);
}

static void
stop_done(void *arg)
{
	(void)arg;
	f.stopped = true;
}

static void
stop_server(void *arg)
{
	(void)arg;
	loop_timer_stop(f.timer);
	f.timer = NULL;
	http_server_stop(f.server, 1000, stop_done, NULL);
	http_server_stop(f.server, 1000, stop_done, NULL); /* the second time is nothing */
	assert_false(f.stopped);
}

static void
later(unsigned ms, void (*fn)(void *arg))
{
	loop_timer_stop(f.timer);
	assert_int_equal(loop_timer_start(f.loop, ms, 0, fn, NULL, &f.timer), STATUS_OK);
}

/* --- handlers --- */

static void
get_ok(struct http_call *call)
{
	note("h");
	http_answer_bytes(call, 200, "text/plain", "ok", 2);
	/* the call is still there until the handler returns */
	assert_string_equal(http_call_path(call), "/ok");
	assert_non_null(arena_strdup(http_call_arena(call), "still mine"));
}

static void
on_gone(void *arg)
{
	assert_ptr_equal(arg, &f);
	note("g");
}

static void
answer_kept(void *arg)
{
	(void)arg;
	loop_timer_stop(f.timer);
	f.timer = NULL;
	note("a");
	http_answer_json(f.call, 200, json_pack("{s:i}", "late", 1));
	assert_string_equal(http_call_method(f.call), "GET");
	f.call = NULL;
	later(50, stop_server);
}

static void
get_late(struct http_call *call)
{
	note("h");
	f.call = call;
	http_call_on_gone(call, on_gone, &f);
	later(100, answer_kept);
}

/* Writes until it must stop; goes on whenever it may, until the client has gone. */
static void
drained(void *arg)
{
	static char block[65536];
	struct http_call *call = arg;
	int n = 0;

	if (strchr(f.trace, 'g') != NULL) {
		note("d");
		assert_true(http_answer_write(call, "end", 3)); /* goes nowhere */
		http_answer_end(call);
		return;
	}
	while (http_answer_write(call, block, sizeof(block)))
		assert_true(++n < 1000);
}

static void
get_source(struct http_call *call)
{
	note("h");
	http_call_on_gone(call, on_gone, &f);
	http_answer_begin(call, 200, "text/plain", -1, drained, call);
	drained(call);
}

static bool inside_stream;

static void
piece(void *arg, enum status st, const unsigned char *p, size_t n)
{
	struct http_call *call = arg;

	assert_false(inside_stream);
	note(st != STATUS_OK ? "x" : p != NULL ? "p" : "e");
	assert_true(p == NULL ? n == 0 : n > 0);
	if (st == STATUS_OK && p == NULL)
		http_answer_empty(call, 204);
}

static void
post_stream(struct http_call *call)
{
	note("h");
	http_call_on_gone(call, on_gone, &f);
	inside_stream = true;
	http_call_stream(call, piece, call);
	inside_stream = false;
}

static void
failing_piece(void *arg, enum status st, const unsigned char *p, size_t n)
{
	(void)p;
	(void)n;
	if (st == STATUS_OK)
		return;
	assert_int_equal(st, STATUS_TOO_LARGE);
	note("x");
	http_answer_problem(
		arg, STATUS_DENIED, NULL, NULL); /* its own answer instead of the server's */
}

static void
post_own_answer(struct http_call *call)
{
	http_call_stream(call, failing_piece, call);
}

static void
events_gone(void *arg)
{
	(void)arg;
	note("g");
	f.call = NULL;
	if (f.hang_up)
		later(10, stop_server);
}

static void
send_event(void *arg)
{
	(void)arg;
	loop_timer_stop(f.timer);
	f.timer = NULL;
	if (f.call == NULL)
		return;
	note("s");
	if (!f.hang_up && strcmp(f.trace, "hsss") == 0)
		stop_server(NULL);
	else if (http_event(f.call, "a\nb", "1", "x\r\ny\rz"))
		later(20, send_event);
}

static void
get_events(struct http_call *call)
{
	note("h");
	f.call = call;
	http_call_on_gone(call, events_gone, NULL);
	http_answer_events(call);
	later(1, send_event);
}

static void
get_stop(struct http_call *call)
{
	http_server_stop(f.server, 1000, stop_done, NULL);
	http_answer_bytes(call, 200, "text/plain", "bye", 3);
}

/* --- who asks --- */

static void
release(void *identity)
{
	assert_string_equal(identity, "who");
	f.released++;
}

static void
identified(void *arg)
{
	static char who[] = "who";

	(void)arg;
	loop_timer_stop(f.timer);
	f.timer = NULL;
	note("i");
	http_auth_done(f.call, STATUS_OK, who, "who");
	later(50, stop_server);
}

static void
identify(struct http_call *call)
{
	static char who[] = "who";

	if (http_call_header(call, "x-later") != NULL) {
		f.call = call;
		later(100, identified);
	} else {
		http_auth_done(call, STATUS_OK, who, NULL);
	}
}

static const struct http_route routes[] = {
	{"GET", "/ok", HTTP_BODY_NONE, HTTP_NEED_SESSION, get_ok},
	{"GET", "/late", HTTP_BODY_NONE, 0, get_late},
	{"GET", "/source", HTTP_BODY_NONE, 0, get_source},
	{"GET", "/events", HTTP_BODY_NONE, 0, get_events},
	{"GET", "/stop", HTTP_BODY_NONE, 0, get_stop},
	{"POST", "/stream", HTTP_BODY_STREAM, 0, post_stream},
	{"POST", "/own", HTTP_BODY_STREAM, 0, post_own_answer},
};

/* --- the client: sends `request`, reads until the end or hangs up at once --- */

static int
dial(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(a.sun_path, f.path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		abort();
	return fd;
}

static void *
client(void *arg)
{
	int fd = dial();
	size_t len = 0;
	ssize_t n;

	(void)arg;
	if (send(fd, f.request, strlen(f.request), MSG_NOSIGNAL) < 0)
		abort();
	if (f.hang_up)
		usleep(30000);
	while (!f.hang_up && len < sizeof(f.answer) - 1 &&
		(n = read(fd, f.answer + len, sizeof(f.answer) - 1 - len)) > 0)
		len += (size_t)n;
	f.answer[len] = '\0';
	close(fd);
	return NULL;
}

/*
 * Starts the server, runs the client, and then the loop until the server is stopped: by the test's
 * handlers or after `stop_ms`.
 */
static void
run(const char *request, bool hang_up, unsigned stop_ms, const struct http_limits *limits)
{
	struct http_listener listener = {.unix_path = f.path, .unix_mode = 0600};
	struct http_config config = {routes, sizeof(routes) / sizeof(routes[0]), &listener, limits,
		{identify, release}, &f};
	pthread_t thread;

	f.request = request;
	f.hang_up = hang_up;
	f.trace[0] = '\0';
	f.released = 0;
	f.stopped = false;
	f.call = NULL;
	assert_int_equal(loop_new(&f.loop), STATUS_OK);
	assert_int_equal(http_server_start(f.loop, &config, NULL, &f.server), STATUS_OK);
	assert_int_equal(pthread_create(&thread, NULL, client, NULL), 0);
	if (stop_ms > 0)
		later(stop_ms, stop_server);
	loop_run(f.loop); /* returns when all is closed: nothing of the server is left */
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(f.stopped);
	loop_free(f.loop);
	assert_int_equal(access(f.path, F_OK), -1);
}

/* --- tests --- */

static void
test_answer_and_release(void **state)
{
	(void)state;
	run(GET("/ok"), false, 150, NULL);
	assert_string_equal(f.trace, "h");
	assert_int_equal(f.released, 1);
	assert_non_null(strstr(f.answer, "\r\n\r\nok"));
	assert_int_equal(strncmp(f.answer, "HTTP/1.1 200 OK\r\n", 17), 0);
}

static void
test_late_answer(void **state)
{
	(void)state;
	run(GET("/late"), false, 0, NULL);
	assert_string_equal(f.trace, "ha");
	assert_non_null(strstr(f.answer, "{\"late\":1}"));
}

static void
test_call_outlives_its_client(void **state)
{
	(void)state;
	run(GET("/late"), true, 0, NULL);
	assert_string_equal(f.trace, "hga");
	assert_int_equal(f.released, 1);
}

static void
test_client_gone_before_it_is_known(void **state)
{
	(void)state;
	run("GET /ok HTTP/1.1\r\nHost: a\r\nX-Later: 1\r\n\r\n", true, 0, NULL);
	assert_string_equal(
		f.trace, "i"); /* the handler was never called, the identity is released */
	assert_int_equal(f.released, 1);
}

static void
test_source_comes_to_its_end_without_a_reader(void **state)
{
	(void)state;
	run(GET("/source"), true, 200, NULL);
	assert_string_equal(f.trace, "hgd");
}

static void
test_body(void **state)
{
	(void)state;
	run("POST /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
		false, 150, NULL);
	assert_string_equal(f.trace, "hpe");
	assert_int_equal(strncmp(f.answer, "HTTP/1.1 204 ", 13), 0);
	run("POST /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false, 150, NULL);
	assert_string_equal(f.trace, "he");
	assert_int_equal(strncmp(f.answer, "HTTP/1.1 204 ", 13), 0);
}

static void
test_body_cut_off(void **state)
{
	(void)state;
	run("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", true, 150, NULL);
	assert_string_equal(f.trace, "hpx"); /* told once, by the body alone */
	assert_int_equal(f.released, 1);
}

static void
test_body_over_the_limit(void **state)
{
	struct http_limits limits = http_limits_default;
	static const char chunked[] = "Host: a\r\nTransfer-Encoding: "
				      "chunked\r\n\r\n5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n";
	char request[256];

	(void)state;
	limits.stream_bytes = 8;
	snprintf(request, sizeof(request), "POST /stream HTTP/1.1\r\n%s", chunked);
	run(request, false, 150, &limits);
	assert_string_equal(f.trace, "hpx");
	assert_int_equal(strncmp(f.answer, "HTTP/1.1 413 ", 13), 0);
	snprintf(request, sizeof(request), "POST /own HTTP/1.1\r\n%s", chunked);
	run(request, false, 150, &limits);
	assert_string_equal(f.trace, "x");
	assert_int_equal(strncmp(f.answer, "HTTP/1.1 403 ", 13), 0);
	assert_null(strstr(f.answer, "413"));
}

static void
test_broken_chunk(void **state)
{
	(void)state;
	run("POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n",
		false, 150, NULL);
	assert_string_equal(f.trace, "hpx");
	assert_int_equal(strncmp(f.answer, "HTTP/1.1 400 ", 13), 0);
	assert_non_null(strstr(f.answer, "http.chunk.end"));
}

static void
test_events_end_with_the_client(void **state)
{
	(void)state;
	run(GET("/events"), true, 0, NULL);
	assert_int_equal(strncmp(f.trace, "hs", 2), 0);
	assert_int_equal(f.trace[strlen(f.trace) - 1], 'g');
	assert_ptr_equal(strchr(f.trace, 'g'), f.trace + strlen(f.trace) - 1); /* once */
}

static void
test_events_end_with_the_server(void **state)
{
	(void)state;
	run(GET("/events"), false, 0, NULL); /* the third event stops the server */
	assert_non_null(strstr(f.answer, "data: x\ndata: y\ndata: z\n\n"));
	assert_null(strstr(f.answer, "event: a")); /* a name with a line end is left out */
	assert_non_null(strstr(f.answer, "id: 1\n"));
}

static void
test_stop_inside_a_handler(void **state)
{
	(void)state;
	run(GET("/stop") GET("/ok"), false, 0, NULL);
	assert_string_equal(f.trace, "");
	assert_non_null(strstr(f.answer, "Connection: close"));
	assert_non_null(strstr(f.answer, "\r\n\r\nbye"));
}

static void
test_start_refuses(void **state)
{
	char long_path[200];
	struct http_listener listener = {.unix_path = long_path, .unix_mode = 0600};
	struct http_config config = {
		routes, sizeof(routes) / sizeof(routes[0]), &listener, NULL, {NULL, NULL}, NULL};
	struct http_route twice[] = {routes[0], routes[0]};
	struct diag *diag = diag_new();
	struct http_server *server = NULL;

	(void)state;
	assert_int_equal(loop_new(&f.loop), STATUS_OK);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(http_server_start(f.loop, &config, diag, &server), STATUS_INVALID);
	assert_true(diag_has(diag, "http.listen"));
	strcpy(long_path, "/nonexistent/folder/x");
	assert_int_equal(http_server_start(f.loop, &config, diag, &server), STATUS_INVALID);
	config.routes = twice;
	config.route_count = 2;
	assert_int_equal(http_server_start(f.loop, &config, diag, &server), STATUS_INVALID);
	assert_true(diag_has(diag, "http.route"));
	assert_null(server);
	diag_free(diag);
	loop_run(f.loop);
	loop_free(f.loop);
}

static void
test_tally(void **state)
{
	struct tally *t = tally_new();
	struct tally_entry *a, *b, *c, *other;

	(void)state;
	assert_int_equal(tally_enter(t, "a", 2, &a), STATUS_OK);
	assert_int_equal(tally_enter(t, "a", 2, &b), STATUS_OK);
	assert_int_equal(tally_enter(t, "a", 2, &c), STATUS_TOO_MANY);
	assert_int_equal(tally_enter(t, "b", 2, &other), STATUS_OK);
	tally_leave(t, a);
	assert_int_equal(tally_enter(t, "a", 2, &c), STATUS_OK);
	tally_leave(t, b);
	tally_leave(t, c);
	tally_leave(t, NULL);
	assert_int_equal(tally_enter(t, "a", 1, &a), STATUS_OK);
	tally_free(t); /* with entries left */
}

static int
setup(void **state)
{
	(void)state;
	log_init("test", 2, LOG_LEVEL_ERROR);
	strcpy(f.folder, "/tmp/congvan-test-XXXXXX");
	if (mkdtemp(f.folder) == NULL)
		return -1;
	snprintf(f.path, sizeof(f.path), "%s/http.sock", f.folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(f.folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_and_release),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_call_outlives_its_client),
		cmocka_unit_test(test_client_gone_before_it_is_known),
		cmocka_unit_test(test_source_comes_to_its_end_without_a_reader),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_body_cut_off),
		cmocka_unit_test(test_body_over_the_limit),
		cmocka_unit_test(test_broken_chunk),
		cmocka_unit_test(test_events_end_with_the_client),
		cmocka_unit_test(test_events_end_with_the_server),
		cmocka_unit_test(test_stop_inside_a_handler),
		cmocka_unit_test(test_start_refuses),
		cmocka_unit_test(test_tally),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
