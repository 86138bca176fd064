/*
 * person: who is asking, as the office knows him: the account behind a session, token, certificate or Unix user. Filled by
 * daemon/store/account, read by the rules (daemon/flow) and by every handler (api_person). All strings belong to whoever owns
 * the struct; absent ones are "".
 */
#ifndef CONGVAN_STORE_PERSON_H
#define CONGVAN_STORE_PERSON_H

#include <stdbool.h>

/* Roles an account can hold; the names are those of the API and of the check in schemas/sql/010_people.sql. */
#define ROLE_TABLE(X)                                                                              \
	X(LEADER, "leader", 1)                                                                     \
	X(CLERK, "clerk", 2)                                                                       \
	X(SPECIALIST, "specialist", 4)                                                             \
	X(ARCHIVIST, "archivist", 8)                                                               \
	X(ADMIN, "admin", 16)

enum role {
#define ROLE_ENUM(name, text, bit) ROLE_##name = bit,
	ROLE_TABLE(ROLE_ENUM)
#undef ROLE_ENUM
};

struct person {
	const char *id, *login, *name, *title;
	const char *organ, *organ_code, *organ_name;
	const char *unit, *unit_name;   /* "" when in no unit */
	const char *key_id;             /* key at the signer, "" without */
	unsigned roles;                 /* enum role bits */
	const char *session;            /* id of the session or token used; "" for certificate and peer */
	bool by_password;               /* a session, as against an API token, certificate or peer */
};

#endif
