/*
 * serve: the signer's one loop: a Unix socket, a few clients, one request of each at a time.
 * Modelled on OpenSSH's ssh-agent and monitor: a table says which message is permitted when and to
 * whom (requests.c); anything else closes the connection without an answer.
 */
#ifndef CONGVAN_SIGNER_SERVE_H
#define CONGVAN_SIGNER_SERVE_H

#include "signer/checkpoints.h"
#include "signer/policy.h"
#include "signer/settings.h"
#include "signer/sign_log.h"

/* Everything the loop works with; owned by the caller. */
struct serve_parts {
	const struct settings *settings;
	struct sign_policy policy;
	struct sign_log *log;
	struct checkpoints *checkpoints;
	int listener; /* bound and listening, non-blocking */
};

/* The socket at settings->socket, mode 0660; a socket nobody listens on any more is replaced.
 * STATUS_CONFLICT: somebody does. */
enum status serve_listen(const struct settings *s, int *out);

/* Runs until SIGTERM or SIGINT; SIGHUP reads the key folder again. Install the handlers before the
 * sandbox: serve_signals. */
enum status serve_signals(void);
void serve_run(const struct serve_parts *parts);

#endif
