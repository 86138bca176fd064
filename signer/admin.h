/* admin: what the administrator asks of a running signer over its socket: `congvan-signer --unlock
 * ID`, `--public-key`. */
#ifndef CONGVAN_SIGNER_ADMIN_H
#define CONGVAN_SIGNER_ADMIN_H

#include <jansson.h>

#include "lib/wire/signer_msg.h"
#include "signer/settings.h"

/*
 * Connects, says HELLO and, unless type is HELLO itself, asks this one thing (taking the
 * reference). *reply_out is the reply, also a refusal (then the status is not OK).
 * STATUS_UNAVAILABLE: no signer there. STATUS_DENIED: it closed the connection.
 */
enum status
admin_ask(const struct settings *s, enum signer_msg type, json_t *request, json_t **reply_out);

#endif
