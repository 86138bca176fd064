/*
 * Host names of databases looked up off the loop, against a name server of the test's own on the loopback of a network namespace of its own: it answers
 * late, never, or that there is no such name. Where namespaces are not permitted, those tests are skipped.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/db/dbconn.h"
#include "daemon/db/lookup.h"
#include "daemon/io/loop.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define SLOW_MS 1500

static struct loop *loop;
static pid_t name_server;
static bool apart; /* in namespaces of our own */

/* ---- a name server: slow.test is 127.0.0.1 after a while, never.test gets no answer, anything else does not exist ---- */

static void
serve_one(int fd)
{
	static const unsigned char a_record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1};
	unsigned char m[600];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, m, 512, 0, (struct sockaddr *)&from, &from_len);
	size_t end = 12;
	bool slow, want_a;

	if (n < 17 || memmem(m, (size_t)n, "\5never", 6) != NULL || fork() != 0) /* each answer on its own, so that one does not delay the next */
		return;
	while (end < (size_t)n && m[end] != 0)
		end += 1u + m[end];
	end += 5;
	if (end > (size_t)n)
		_exit(1);
	slow = memmem(m, (size_t)n, "\4slow", 5) != NULL;
	want_a = m[end - 3] == 1;
	memset(m + 6, 0, 6);
	m[2] = 0x81;
	m[3] = slow ? 0x80 : 0x83;
	m[7] = slow && want_a;
	if (slow && want_a) {
		memcpy(m + end, a_record, sizeof(a_record));
		end += sizeof(a_record);
	}
	if (slow)
		usleep(SLOW_MS * 1000);
	sendto(fd, m, end, 0, (struct sockaddr *)&from, from_len);
	_exit(0);
}

static bool
start_name_server(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		return false;
	name_server = fork();
	if (name_server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGCHLD, SIG_IGN);
		for (;;)
			serve_one(fd);
	}
	close(fd);
	return name_server > 0;
}

static bool
write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool fine = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return fine;
}

/* User, mount and network namespaces of our own, with our name server for everybody in them. */
static bool
set_apart(void)
{
	char path[] = "/tmp/congvan-resolv-XXXXXX";
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	char map[64];
	uid_t uid = getuid();
	int fd;
	bool fine;

	if (unshare((uid != 0 ? CLONE_NEWUSER : 0) | CLONE_NEWNS | CLONE_NEWNET) != 0)
		return false;
	if (uid != 0) {
		snprintf(map, sizeof(map), "0 %u 1", uid);
		if (!write_text("/proc/self/uid_map", map))
			return false;
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || (fd = mkstemp(path)) < 0)
		return false;
	close(fd);
	fine = write_text(path, "nameserver 127.0.0.1\noptions timeout:6 attempts:1\n") && mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0;
	unlink(path);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	fine = fine && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
	close(fd);
	return fine && start_name_server();
}

/* ---- running a lookup ---- */

struct answer {
	bool done, inside;
	enum status status;
	char host[400], addr[400], port[200], why[200];
	bool as_it_is;
};

static void
on_answer(void *arg, enum status st, const struct lookup_lists *lists, const char *why)
{
	struct answer *a = arg;

	assert_false(a->done);
	assert_false(a->inside);
	a->done = true;
	a->status = st;
	snprintf(a->why, sizeof(a->why), "%s", why != NULL ? why : "");
	a->as_it_is = st == STATUS_OK && lists->host == NULL;
	if (st == STATUS_OK && !a->as_it_is) {
		snprintf(a->host, sizeof(a->host), "%s", lists->host);
		snprintf(a->addr, sizeof(a->addr), "%s", lists->hostaddr);
		snprintf(a->port, sizeof(a->port), "%s", lists->port);
	}
	loop_stop(loop);
}

static struct answer
look_up(const char *url)
{
	struct answer a = {.inside = true};
	struct lookup *l;

	assert_int_equal(lookup_start(loop, url, on_answer, &a, &l), STATUS_OK);
	a.inside = false;
	loop_run(loop);
	assert_true(a.done);
	return a;
}

/* ---- tests ---- */

static void
test_as_it_is(void **state)
{
	static const char *const urls[] = {"postgresql:///office?host=/run/postgresql", "host=/run/postgresql,/tmp port=1,2", "dbname=office",
		"postgresql://127.0.0.1:5433/office", "postgresql://[::1]/office", "host=db.test hostaddr=127.0.0.1", "host=a,b,c port=1,2",
		"not = 'a url", ""};

	(void)state;
	unsetenv("PGHOST");
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct answer a = look_up(urls[i]);

		assert_int_equal(a.status, STATUS_OK);
		assert_true(a.as_it_is);
	}
}

/* The answer has as many hosts and ports as addresses, and among them this triple. */
static void
assert_has(const struct answer *a, const char *host, const char *addr, const char *port)
{
	char h[400], d[400], p[200], *sh = h, *sd = d, *sp = p;
	bool found = false;

	memcpy(h, a->host, sizeof(h));
	memcpy(d, a->addr, sizeof(d));
	memcpy(p, a->port, sizeof(p));
	for (;;) {
		const char *eh = strsep(&sh, ","), *ed = strsep(&sd, ","), *ep = strsep(&sp, ",");

		if (eh == NULL) {
			assert_null(ed);
			assert_null(ep);
			break;
		}
		assert_non_null(ed);
		assert_non_null(ep);
		found = found || (strcmp(eh, host) == 0 && strcmp(ed, addr) == 0 && strcmp(ep, port) == 0);
	}
	if (!found)
		fail_msg("%s %s %s is not in %s / %s / %s", host, addr, port, a->host, a->addr, a->port);
}

static void
test_names_and_others(void **state)
{
	struct answer a;

	(void)state;
	a = look_up("postgresql://me@localhost:5433,127.0.0.2:5434,[::1],%2Frun%2Fpg:5435/office?sslmode=verify-full");
	assert_int_equal(a.status, STATUS_OK);
	assert_has(&a, "localhost", "127.0.0.1", "5433");
	assert_has(&a, "127.0.0.2", "127.0.0.2", "5434");
	assert_has(&a, "::1", "::1", "");
	assert_has(&a, "/run/pg", "", "5435");
	a = look_up("host=localhost,127.0.0.3 port=5555");
	assert_has(&a, "localhost", "127.0.0.1", "5555");
	assert_has(&a, "127.0.0.3", "127.0.0.3", "5555");
}

/* What libpq takes from the environment would be looked up in the loop too. */
static void
test_environment(void **state)
{
	struct answer a;

	(void)state;
	setenv("PGHOST", "localhost", 1);
	setenv("PGPORT", "6000", 1);
	a = look_up("dbname=office");
	unsetenv("PGHOST");
	unsetenv("PGPORT");
	assert_has(&a, "localhost", "127.0.0.1", "6000");
}

static void
test_not_found(void **state)
{
	struct answer a;

	(void)state;
	if (!apart)
		skip();
	a = look_up("host=gone.test");
	assert_int_equal(a.status, STATUS_NOT_FOUND);
	assert_non_null(strstr(a.why, "gone.test"));
	a = look_up("host=gone.test,localhost port=1,2");
	assert_int_equal(a.status, STATUS_OK);
	assert_has(&a, "localhost", "127.0.0.1", "2");
	assert_null(strstr(a.host, "gone"));
}

/* A name server that says nothing does not keep us from the host that is known. */
static void
test_late_is_left_out(void **state)
{
	clock_us began = clock_monotonic();
	struct answer a;

	(void)state;
	if (!apart)
		skip();
	a = look_up("host=never.test,localhost");
	assert_int_equal(a.status, STATUS_OK);
	assert_has(&a, "localhost", "127.0.0.1", "5432");
	assert_null(strstr(a.host, "never"));
	assert_true(clock_monotonic() - began < 15 * CLOCK_SECOND);
}

/* Nobody hears of it after lookup_cancel, and loop_free has waited for the thread (stop_all: the sanitizers see what is left). */
static void
test_cancel(void **state)
{
	struct answer a = {0};
	struct lookup *l;

	(void)state;
	if (!apart)
		skip();
	assert_int_equal(lookup_start(loop, "host=slow.test", on_answer, &a, &l), STATUS_OK);
	lookup_cancel(l);
	lookup_cancel(NULL);
	assert_int_equal(lookup_start(loop, "host=127.0.0.1", on_answer, &a, &l), STATUS_OK);
	lookup_cancel(l);
	assert_false(a.done);
}

/* ---- a connection to a slow name: the loop goes on ---- */

struct visit {
	int listener;
	struct loop_timer *tick;
	clock_us last, longest, connected;
	unsigned ticks;
};

static void
on_tick(void *arg)
{
	struct visit *v = arg;
	clock_us now = clock_monotonic();
	int fd;

	v->longest = now - v->last > v->longest ? now - v->last : v->longest;
	v->last = now;
	v->ticks++;
	fd = accept4(v->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		v->connected = now;
		close(fd);
		loop_stop(loop);
	}
}

static void
nothing_up(void *arg)
{
	(void)arg;
}

static void
nothing_down(void *arg, bool was_up, const char *why)
{
	(void)arg;
	(void)was_up;
	(void)why;
}

static void
test_connect_by_slow_name(void **state)
{
	static const struct dbconn_hooks hooks = {nothing_up, nothing_down, NULL};
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t at_len = sizeof(at);
	struct visit v = {.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
	clock_us began = clock_monotonic();
	char url[100];
	struct dbconn_target target = {url, NULL, false};
	struct dbconn *c;

	(void)state;
	if (!apart) {
		close(v.listener);
		skip();
	}
	assert_int_equal(bind(v.listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(v.listener, 5), 0);
	assert_int_equal(getsockname(v.listener, (struct sockaddr *)&at, &at_len), 0);
	snprintf(url, sizeof(url), "postgresql://me@slow.test:%u/office?sslmode=require", ntohs(at.sin_port));
	v.last = began;
	loop_reset_longest_turn(loop);
	assert_int_equal(loop_timer_start(loop, 5, 5, on_tick, &v, &v.tick), STATUS_OK);
	c = dbconn_new(loop, "db=test", &target, &hooks, NULL);
	loop_run(loop);
	assert_true(v.connected - began >= SLOW_MS * 1000);
	/* On a busy machine a tick may be late, but the lookup is not a turn of the loop. */
	assert_true(v.ticks > 20);
	assert_true(loop_longest_turn_us(loop) < SLOW_MS * 1000 / 2);
	print_message("%u ticks, longest pause %lld ms\n", v.ticks, (long long)(v.longest / 1000));
	loop_timer_stop(v.tick);
	dbconn_close(c);
	close(v.listener);
}

static int
start_all(void **state)
{
	(void)state;
	log_init("test", 2, LOG_LEVEL_ERROR);
	apart = set_apart();
	return loop_new(&loop) == STATUS_OK ? 0 : -1;
}

static int
stop_all(void **state)
{
	(void)state;
	loop_free(loop);
	if (name_server > 0) {
		kill(name_server, SIGKILL);
		waitpid(name_server, NULL, 0);
	}
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_it_is),
		cmocka_unit_test(test_names_and_others),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_connect_by_slow_name),
		cmocka_unit_test(test_late_is_left_out),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, start_all, stop_all);
}
