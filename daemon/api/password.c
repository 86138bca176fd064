/* password: see password.h. */
#include "daemon/api/password.h"

#include <argon2.h>
#include <string.h>
#include <sys/random.h>

/* OWASP's second choice: 19 MiB, 2 passes, 1 lane. */
#define PASSES 2
#define KIB 19456
#define LANES 1
#define SALT 16
#define HASH 32

enum status
password_hash(const char *password, char to[PASSWORD_ENCODED])
{
	unsigned char salt[SALT];

	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		return STATUS_IO;
	return argon2id_hash_encoded(PASSES, KIB, LANES, password, strlen(password), salt, SALT, HASH, to,
		PASSWORD_ENCODED) == ARGON2_OK ? STATUS_OK : STATUS_NO_MEMORY;
}

bool
password_verify(const char *encoded, const char *password)
{
	char none[PASSWORD_ENCODED];

	if (encoded == NULL) {
		password_hash(password, none);
		return false;
	}
	return argon2id_verify(encoded, password, strlen(password)) == ARGON2_OK;
}
