/* password: argon2id (RFC 9106). Both functions take tens of milliseconds and 19 MiB: never on the loop (daemon/io/offload). */
#ifndef CONGVAN_API_PASSWORD_H
#define CONGVAN_API_PASSWORD_H

#include <stdbool.h>

#include "lib/base/status.h"

#define PASSWORD_ENCODED 128

enum status password_hash(const char *password, char to[PASSWORD_ENCODED]);

/* encoded NULL: works as long as for a real one and is false, so that time does not tell which logins there are. */
bool password_verify(const char *encoded, const char *password);

#endif
