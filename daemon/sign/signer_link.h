/*
 * signer_link: congvand's side of the border to the signer (lib/wire/signer_msg.h): keeps a
 * connection, says HELLO, asks and hands back the answers. The signer works on one request of a
 * connection at a time; who must not wait behind a batch takes a second link.
 */
#ifndef CONGVAN_SIGN_SIGNER_LINK_H
#define CONGVAN_SIGN_SIGNER_LINK_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/status.h"
#include "lib/wire/signer_msg.h"

#define SIGNER_LINK_CALLS 256 /* under way at most */

struct loop;
struct signer_link;

/*
 * The end of a call. STATUS_OK: reply is the answer of the request's type, SIGN always with "cms".
 * A refusal: its status, and reply is the signer's error object with "why" and perhaps
 * "retry_after" and "attempts_left". Without a reply (NULL): STATUS_UNAVAILABLE, the signer is away
 * or went away before it answered (a SIGN may stand in its record as signed all the same; its
 * activation is then used up and nothing was handed out); STATUS_TIMEOUT; STATUS_TOO_MANY, too many
 * calls under way; STATUS_TOO_LARGE; STATUS_CANCELLED, the link was closed. The reply belongs to
 * the link: json_incref to keep it.
 */
typedef void (*signer_cb)(void *arg, enum status st, json_t *reply);

/* Begins to connect. STATUS_INVALID: the path is too long. */
enum status signer_link_new(struct loop *loop, const char *socket, struct signer_link **out);

/* Calls still under way end with STATUS_CANCELLED; then done (may be NULL) is called once and the
 * link is gone. */
void signer_link_close(struct signer_link *s, void (*done)(void *arg), void *arg);

/* True after HELLO was answered, until the connection is lost. */
bool signer_link_ready(const struct signer_link *s);

/* The last HELLO's answer (activation_key, log_key …), also while the signer is away; NULL before
 * the first. Belongs to the link. */
json_t *signer_link_hello(const struct signer_link *s);

/*
 * Asks. The caller keeps his reference of request. After STATUS_OK cb is called exactly once, never
 * inside. STATUS_NO_MEMORY, STATUS_CANCELLED (the link is being closed): cb is not called.
 */
enum status signer_link_call(
	struct signer_link *s, enum signer_msg type, json_t *request, signer_cb cb, void *arg);

#endif
