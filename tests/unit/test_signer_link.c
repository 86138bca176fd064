/* signer_link on a real loop with the real signer: every call ends exactly once, whatever becomes
 * of the signer. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/io/loop.h"
#include "daemon/sign/signer_link.h"
#include "tests/unit/signer_fixture.h"

#define CALLS 400

struct scene {
	struct office *office;
	struct loop *loop;
	struct signer_link *link;
	struct loop_timer *tick;
	bool (*until)(struct scene *s);
	int ticks, wait;
	bool inside;
	unsigned ended;
	enum status status[CALLS];
	json_t *reply; /* of the last call that ended */
	bool closed;
};

struct ticket {
	struct scene *scene;
	unsigned number;
	unsigned times;
};
static struct ticket tickets[CALLS];

static void
on_closed(void *arg)
{
	struct scene *s = arg;

	assert_false(s->closed);
	s->closed = true;
}

static void
on_end(void *arg, enum status st, json_t *reply)
{
	struct ticket *t = arg;
	struct scene *s = t->scene;

	assert_false(s->inside);
	assert_int_equal(t->times++, 0);
	s->status[t->number] = st;
	s->ended++;
	json_decref(s->reply);
	s->reply = json_incref(reply);
}

static void
call(struct scene *s, unsigned number, enum signer_msg type, json_t *request)
{
	tickets[number] = (struct ticket){s, number, 0};
	s->inside = true;
	assert_int_equal(
		signer_link_call(s->link, type, request, on_end, &tickets[number]), STATUS_OK);
	s->inside = false;
	json_decref(request);
}

static void
on_tick(void *arg)
{
	struct scene *s = arg;

	if (!s->until(s) && ++s->ticks < 6000)
		return;
	loop_timer_stop(s->tick);
	s->tick = NULL;
	loop_stop(s->loop);
}

static void
run_until(struct scene *s, bool (*until)(struct scene *s))
{
	s->until = until;
	s->ticks = 0;
	assert_int_equal(loop_timer_start(s->loop, 1, 10, on_tick, s, &s->tick), STATUS_OK);
	loop_run(s->loop);
	assert_true(until(s));
}

static bool
is_ready(struct scene *s)
{
	return signer_link_ready(s->link);
}

static bool
one_ended(struct scene *s)
{
	return s->ended >= 1;
}

static bool
is_closed(struct scene *s)
{
	return s->closed;
}

static int
open_scene(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	void *office = NULL;

	if (office_open(&office) != 0)
		return -1;
	s->office = office;
	office_disconnect(s->office);
	assert_int_equal(loop_new(&s->loop), STATUS_OK);
	assert_int_equal(signer_link_new(s->loop, s->office->socket, &s->link), STATUS_OK);
	*state = s;
	return 0;
}

static int
close_scene(void **state)
{
	struct scene *s = *state;
	void *office = s->office;

	if (!s->closed) {
		signer_link_close(s->link, on_closed, s);
		run_until(s, is_closed);
	}
	loop_run(s->loop); /* nothing may be left */
	loop_free(s->loop);
	json_decref(s->reply);
	free(s);
	return office_close(&office);
}

static void
test_calls(void **state)
{
	struct scene *s = *state;

	assert_null(signer_link_hello(s->link));
	run_until(s, is_ready);
	assert_non_null(json_object_get(signer_link_hello(s->link), "activation_key"));
	call(s, 0, SIGNER_MSG_KEYS, json_object());
	run_until(s, one_ended);
	assert_int_equal(s->status[0], STATUS_OK);
	assert_int_equal(json_array_size(json_object_get(s->reply, "keys")), 2);
}

static void
sign(struct scene *s, unsigned number, const char *pin, size_t count)
{
	struct activation *a = office_activation("leader1", pin, 0, count);
	char *sealed = office_seal(s->office, a);

	call(s, number, SIGNER_MSG_SIGN,
		signer_sign_encode(sealed, a->digests, count, SIGNER_FORMAT_PADES, clock_now()));
	free(sealed);
	activation_free(a);
}

static bool
few_ticks(struct scene *s)
{
	return --s->wait < 0;
}

static void
test_large_batch(void **state)
{
	struct scene *s = *state;
	json_t *list;

	run_until(s, is_ready);
	sign(s, 0, LEADER1_PIN, ACTIVATION_DIGESTS);
	s->wait = 3;
	run_until(s, few_ticks);
	loop_reset_longest_turn(s->loop);
	run_until(s, one_ended);
	/* taken over in pieces: under 2 ms each without sanitizers */
	assert_true(loop_longest_turn_cpu_us(s->loop) < 50000);
	assert_int_equal(s->status[0], STATUS_OK);
	list = json_object_get(s->reply, "cms");
	assert_int_equal(json_array_size(list), ACTIVATION_DIGESTS);
	assert_true(office_is_signed(
		json_string_value(json_array_get(list, 999)), 999, "CN=Nguyễn Văn Mẫu"));
	assert_null(json_object_get(s->reply, "sizes"));
}

static void
test_refusal(void **state)
{
	struct scene *s = *state;

	run_until(s, is_ready);
	sign(s, 0, "000000", 1);
	run_until(s, one_ended);
	assert_int_equal(s->status[0], STATUS_DENIED);
	assert_string_equal(json_string_value(json_object_get(s->reply, "why")), "pin.wrong");
	assert_int_equal(json_integer_value(json_object_get(s->reply, "attempts_left")), 9);
}

static bool
two_ended(struct scene *s)
{
	return s->ended >= 2;
}

/* Away from the start; then there; killed in mid-call; there again. */
static void
test_away_and_back(void **state)
{
	struct scene *s = *state;

	office_stop(s->office, SIGTERM);
	call(s, 0, SIGNER_MSG_KEYS, json_object());
	run_until(s, one_ended);
	assert_int_equal(s->status[0], STATUS_UNAVAILABLE);
	assert_null(s->reply);
	office_start(s->office, "");
	run_until(s, is_ready);
	sign(s, 1, LEADER1_PIN, ACTIVATION_DIGESTS);
	office_stop(s->office, SIGKILL);
	run_until(s, two_ended);
	assert_int_equal(s->status[1], STATUS_UNAVAILABLE);
	assert_false(signer_link_ready(s->link));
	assert_non_null(signer_link_hello(s->link));
	office_start(s->office, "");
	run_until(s, is_ready);
	s->ended = 0;
	call(s, 2, SIGNER_MSG_KEYS, json_object());
	run_until(s, one_ended);
	assert_int_equal(s->status[2], STATUS_OK);
}

static bool
all_ended(struct scene *s)
{
	return s->ended == CALLS;
}

static void
test_many_at_once(void **state)
{
	struct scene *s = *state;
	unsigned good = 0, refused = 0;

	run_until(s, is_ready);
	for (unsigned i = 0; i < CALLS; i++)
		call(s, i, SIGNER_MSG_KEYS, json_object());
	run_until(s, all_ended);
	for (unsigned i = 0; i < CALLS; i++) {
		good += s->status[i] == STATUS_OK;
		refused += s->status[i] == STATUS_TOO_MANY;
	}
	assert_int_equal(good, SIGNER_LINK_CALLS);
	assert_int_equal(refused, CALLS - SIGNER_LINK_CALLS);
}

static void
test_close_with_calls(void **state)
{
	struct scene *s = *state;

	run_until(s, is_ready);
	sign(s, 0, LEADER1_PIN, 500);
	call(s, 1, SIGNER_MSG_KEYS, json_object());
	signer_link_close(s->link, on_closed, s);
	assert_int_equal(
		signer_link_call(s->link, SIGNER_MSG_KEYS, NULL, on_end, NULL), STATUS_CANCELLED);
	run_until(s, is_closed);
	assert_int_equal(s->ended, 2);
	assert_int_equal(s->status[0], STATUS_CANCELLED);
	assert_int_equal(s->status[1], STATUS_CANCELLED);
}

/* Somebody else on the socket: answers HELLO with `hello`, anything after it with `answer`. */
static pid_t
impostor(const char *path, const char *hello, const char *answer)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	unlink(path);
	strcpy(at.sun_path, path);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 5), 0);
	pid = fork();
	if (pid > 0) {
		close(listener);
		return pid;
	}
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		struct frame_reader *in = frame_reader_new(fd);
		struct frame_writer *out = frame_writer_new(fd, 1 << 20);
		struct frame f;

		for (int n = 0; frame_read(in, &f) == STATUS_OK; n++) {
			const char *text = n == 0 ? hello : answer;

			if (text == NULL)
				break;
			f.type = n == 0 ? SIGNER_MSG_HELLO : SIGNER_MSG_CHECKPOINT;
			f.payload = (struct span){(const unsigned char *)text, strlen(text)};
			(void)!frame_write(out, &f);
			(void)!frame_flush(out);
		}
		frame_reader_free(in);
		frame_writer_free(out);
		close(fd);
	}
}

static void
test_impostor(void **state)
{
	static const char *const hellos[] = {"{\"version\":1}", "{", "[]", NULL};
	struct scene *s = *state;
	pid_t pid;

	office_stop(s->office, SIGTERM);
	for (size_t i = 0; i < sizeof(hellos) / sizeof(hellos[0]); i++) {
		pid = impostor(s->office->socket, hellos[i], NULL);
		s->ended = 0;
		call(s, 0, SIGNER_MSG_KEYS, json_object());
		run_until(s, one_ended);
		assert_int_equal(s->status[0], STATUS_UNAVAILABLE);
		assert_false(signer_link_ready(s->link));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	/* a good greeting, then an answer of another type */
	pid = impostor(s->office->socket, "{\"version\":2}", "{\"cms\":[]}");
	run_until(s, is_ready);
	s->ended = 0;
	call(s, 0, SIGNER_MSG_KEYS, json_object());
	run_until(s, one_ended);
	assert_int_equal(s->status[0], STATUS_UNAVAILABLE);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)
	const struct CMUnitTest tests[] = {
		T(test_calls),
		T(test_large_batch),
		T(test_refusal),
		T(test_away_and_back),
		T(test_many_at_once),
		T(test_close_with_calls),
		T(test_impostor),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(300); /* rather fail than hang */
	return cmocka_run_group_tests_name("signer_link", tests, NULL, NULL);
}
