/* requests: what a client may ask and when, and the answers. Between serve.c (sockets) and the
 * parts that decide. */
#ifndef CONGVAN_SIGNER_REQUESTS_H
#define CONGVAN_SIGNER_REQUESTS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "lib/wire/frame.h"
#include "signer/serve.h"
#include "signer/sign_job.h"

enum client_state {
	CLIENT_NEW,   /* connected; HELLO comes first */
	CLIENT_READY, /* may ask */
	CLIENT_BUSY,  /* its SIGN is being worked on; nothing is read from it meanwhile */
	CLIENT_CLOSED /* to be closed at the end of this turn */
};

struct client {
	enum client_state state;
	int fd;
	struct ucred peer;
	bool admin; /* root or the signer's own user */
	struct frame_reader *in;
	struct frame_writer *out;
	struct sign_job *job; /* in state BUSY */
	uint32_t job_id;      /* id of the frame that asked for it */
	clock_us since;       /* monotonic: connected; or the frame being read or written began */
	bool reading, writing;
};

/* How much refused requests may write to the record: a compromised congvand must not fill the disk.
 */
struct refusal_budget {
	int64_t bytes;
	clock_us at;
	unsigned suppressed; /* requests turned away since the last record */
};

struct requests {
	const struct serve_parts *parts;
	struct refusal_budget budget;
};

void requests_init(struct requests *r, const struct serve_parts *parts);

/* One frame of a client. STATUS_OK: served or under way; anything else: close it without an answer.
 */
enum status requests_serve(struct requests *r, struct client *c, const struct frame *f);

/* Works on the job of a busy client for about budget microseconds; answers when it is done. */
enum status requests_work(struct requests *r, struct client *c, clock_us budget);

/* The client of a job is gone. */
void requests_abandon(struct requests *r, struct client *c);

#endif
