/* Failed proofs of identity by source; passwords; work on other threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/api/auth.h"
#include "daemon/api/guard.h"
#include "daemon/api/password.h"
#include "daemon/io/loop.h"
#include "daemon/io/offload.h"

static struct http_peer
peer(const char *address)
{
	struct http_peer p = {.kind = HTTP_PEER_TLS};

	snprintf(p.address, sizeof(p.address), "%s", address);
	return p;
}

static void
counts_by_source(void **state)
{
	struct guard *g = guard_new(3);
	struct http_peer a = peer("192.0.2.1"), b = peer("192.0.2.2"), u = {.kind = HTTP_PEER_UNIX, .uid = 7};
	clock_us t = 1000 * CLOCK_SECOND;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(guard_wait(g, &a, t), 0);
		guard_failed(g, &a, t);
	}
	assert_int_equal(guard_wait(g, &a, t), 61);
	assert_int_equal(guard_wait(g, &a, t + 59 * CLOCK_SECOND), 2);
	assert_int_equal(guard_wait(g, &b, t), 0);
	assert_int_equal(guard_wait(g, &u, t), 0);
	assert_int_equal(guard_wait(g, &a, t + 60 * CLOCK_SECOND), 0);
	guard_failed(g, &a, t + 60 * CLOCK_SECOND);
	assert_int_equal(guard_wait(g, &a, t + 60 * CLOCK_SECOND), 0);
	guard_free(g);
}

/* Any number of sources takes the same memory; one who goes on is not forgotten for those who try once. */
static void
bounded(void **state)
{
	struct guard *g = guard_new(3);
	struct http_peer bad = peer("203.0.113.9"), other;
	char text[40];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(text, sizeof(text), "2001:db8::%x", (unsigned)i);
		other = peer(text);
		guard_failed(g, &other, i);
	}
	for (int i = 0; i < 3; i++)
		guard_failed(g, &bad, 100000);
	assert_true(guard_wait(g, &bad, 100001) > 0);
	guard_free(g);
}

static void
passwords(void **state)
{
	char a[PASSWORD_ENCODED], b[PASSWORD_ENCODED];

	(void)state;
	assert_int_equal(password_hash("mật khẩu", a), STATUS_OK);
	assert_int_equal(password_hash("mật khẩu", b), STATUS_OK);
	assert_true(strncmp(a, "$argon2id$", 10) == 0);
	assert_string_not_equal(a, b);
	assert_true(password_verify(a, "mật khẩu"));
	assert_false(password_verify(a, "mật khẩu "));
	assert_false(password_verify("$argon2id$nonsense", "x"));
	assert_false(password_verify(NULL, "x"));
}

static void
tokens(void **state)
{
	char a[AUTH_TOKEN], b[AUTH_TOKEN];
	struct digest da, db, again;

	(void)state;
	auth_token_new(a, &da);
	auth_token_new(b, &db);
	assert_int_equal(strlen(a), 46); /* "cv_" and 32 bytes in base64url */
	assert_string_not_equal(a, b);
	again = auth_token_digest(a);
	assert_memory_equal(da.bytes, again.bytes, DIGEST_BYTES);
	assert_null(strpbrk(a, "+/="));
}

struct work {
	int done, cancelled, running, most;
	struct offload *offload;
};
static int worked;

static void
slow(void *arg)
{
	(void)arg;
	__atomic_add_fetch(&worked, 1, __ATOMIC_SEQ_CST);
	usleep(2000);
}

static void
on_done(void *arg, enum status st)
{
	struct work *w = arg;

	if (st == STATUS_OK)
		w->done++;
	else
		w->cancelled++;
}

static void
on_stopped(void *arg)
{
	*(bool *)arg = true;
}

static void
offloading(void **state)
{
	struct loop *l = NULL;
	struct work w = {0};
	bool stopped = false;

	(void)state;
	assert_int_equal(loop_new(&l), STATUS_OK);
	assert_int_equal(offload_new(l, 2, 8, &w.offload), STATUS_OK);
	for (int i = 0; i < 10; i++) /* two run, eight wait */
		assert_int_equal(offload_run(w.offload, slow, on_done, &w), STATUS_OK);
	assert_int_equal(offload_run(w.offload, slow, on_done, &w), STATUS_TOO_MANY);
	assert_int_equal(w.done, 0);
	loop_run(l);
	assert_int_equal(w.done, 10);
	assert_int_equal(worked, 10);
	for (int i = 0; i < 5; i++)
		assert_int_equal(offload_run(w.offload, slow, on_done, &w), STATUS_OK);
	offload_stop(w.offload, on_stopped, &stopped);
	assert_int_equal(w.cancelled, 3);
	assert_false(stopped);
	loop_run(l);
	assert_true(stopped);
	assert_int_equal(w.done, 12);
	loop_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(counts_by_source), cmocka_unit_test(bounded), cmocka_unit_test(passwords),
		cmocka_unit_test(tokens), cmocka_unit_test(offloading)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
