/* signer_fixture: a real congvan-signer in a folder of its own with the keys of the test PKI, and a
 * client that plays congvand. */
#ifndef CONGVAN_TESTS_SIGNER_FIXTURE_H
#define CONGVAN_TESTS_SIGNER_FIXTURE_H

#include <jansson.h>
#include <sys/types.h>

#include "lib/wire/activation.h"
#include "lib/wire/frame.h"
#include "lib/wire/signer_msg.h"
#include "signer/sign_log.h"

#define LEADER1_PIN "111111"
#define LEADER2_PIN "222222"

struct office {
	char dir[64]; /* holds conf, socket, data/ */
	char socket[96];
	pid_t pid;                /* 0: not running */
	const char *signer_lines; /* further lines of the section signer { }; NULL: none */
	int fd;                   /* the connection; -1: none */
	struct frame_reader *in;
	struct frame_writer *out;
	uint32_t last_id;
	unsigned char activation_key[65]; /* of the last HELLO */
};

/* cmocka set-up and tear-down: a running signer, connected, after HELLO; keys leader1 (RSA) and
 * leader2 (P-256). */
int office_open(void **state);
int office_close(void **state);

/* more: further lines of the configuration, e.g. "attempts { delay = 1 }". Waits until it answers.
 */
void office_start(struct office *o, const char *more);

/* Runs the program for the administrator: congvan-signer --config … ARGUMENTS; its exit code. Input
 * for its standard input. */
int office_run(const struct office *o, const char *input, const char *arguments);

/* Ends the signer with this signal and returns its wait status. */
int office_stop(struct office *o, int sig);

void office_connect(struct office *o);
void office_disconnect(struct office *o);
/* connect and HELLO */
json_t *office_hello(struct office *o);

/* Sends a request (reference taken) and waits: the type of the answer, or 0 when the connection was
 * closed instead. */
unsigned office_ask(struct office *o, unsigned type, json_t *request, json_t **reply);
/* The two halves of it. */
void office_send(struct office *o, unsigned type, const json_t *request);
unsigned office_receive(struct office *o, json_t **reply);

/* What a person approves: digests of "document FROM" …, valid for five minutes, with a fresh nonce.
 */
struct activation *office_activation(const char *key, const char *pin, size_t from, size_t count);
/* Sealed to the signer's key, base64; free() it. */
char *office_seal(const struct office *o, const struct activation *a);
struct imprint office_digest(size_t n);
void office_document(size_t n, char to[32]);

/* Seals a and asks for signatures over its own list. */
unsigned
office_sign(struct office *o, const struct activation *a, enum signer_format f, json_t **reply);

/* True when the base64 CMS is a good CAdES signature by the key over document n, chained to the
 * test PKI's root. */
int office_is_signed(const char *cms_base64, size_t n, const char *subject);

/* The last record of the signing record whose event is "sign" (new reference or NULL); verifies the
 * whole chain on the way. */
json_t *office_last_decision(const struct office *o);
/* How many decisions say this ("signed" or "refused"). */
int office_count_decisions(const struct office *o, const char *decision);

/* What refused replies say: status and why. */
#define assert_refused(type, reply, status_text, why_text)                                         \
	do {                                                                                       \
		assert_int_equal(type, SIGNER_MSG_ERROR);                                          \
		assert_string_equal(                                                               \
			json_string_value(json_object_get(reply, "status")), status_text);         \
		assert_string_equal(json_string_value(json_object_get(reply, "why")), why_text);   \
		assert_null(json_object_get(reply, "cms"));                                        \
	} while (0)

#endif
