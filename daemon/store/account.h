/*
 * account: who works here and how they prove it: accounts, sessions and API tokens. Only the SHA-256 of a token is kept; passwords are
 * argon2id strings made elsewhere (daemon/io/offload). "id" arguments are checked by the database: a wrong form is STATUS_INVALID.
 */
#ifndef CONGVAN_STORE_ACCOUNT_H
#define CONGVAN_STORE_ACCOUNT_H

#include "daemon/store/person.h"
#include "daemon/store/store.h"
#include "lib/base/arena.h"
#include "lib/base/digest.h"

/*
 * Each answers the person's JSON (see person_from_json) of an account that is not disabled, or STATUS_NOT_FOUND: by a session or token that is
 * neither expired nor revoked ("rested": a minute has passed since its last noted use), by the verified client certificate, by the uid of the peer of the Unix socket.
 */
void account_by_token(struct db *db, const struct digest *token, store_cb cb, void *arg);
/* A session that rested is used again. */
void account_session_used(struct db *db, const char *id);
void account_by_certificate(struct db *db, const char *sha256_hex, store_cb cb, void *arg);
void account_by_uid(struct db *db, uint32_t uid, store_cb cb, void *arg);

/*
 * Of listeners [{"session","account","organ"}] (session "": by certificate or peer) those who may not go on: session or token revoked or over, account disabled or of another organ
 * now. -> the same objects.
 */
void account_ended(struct db *db, const json_t *listeners, store_cb cb, void *arg);

/* For signing in: the person with "password" (NULL: none) and "wait" (seconds it is still locked, 0 when not). NOT_FOUND also when disabled. */
void account_by_login(struct db *db, const char *login, store_cb cb, void *arg);

/* A wrong password: counts it; from the fifth on locks for 30 s, doubled each time up to an hour -> {"wait"}. A right one: forgets them. */
void account_failed(struct db *db, const char *id, store_cb cb, void *arg);
void account_succeeded(struct db *db, const char *id);

/* Copies strings into the arena. NULL without memory or when the JSON is not a person. */
struct person *person_from_json(const json_t *o, struct arena *arena);
/* What the API shows of a person to himself. */
json_t *person_json(const struct person *p);

/* -> {"expires_at"}. kind: "session" or "token". */
void session_insert(struct act *act, const char *id, const char *account, const char *kind, const char *name,
	const struct digest *token, int64_t seconds, store_cb cb, void *arg);
void session_revoke(struct act *act, const char *id, const char *account, store_cb cb, void *arg);
void session_list_tokens(struct db *db, const char *account, store_cb cb, void *arg);
void account_set_password(struct act *act, const char *id, const char *encoded, store_cb cb, void *arg);

/*
 * The directory of accounts (never the password). list: of the asker's organ, of all organs for admin. insert and update: members as in the API; "organ" and "unit"
 * by id, code or name; update changes the members given -> the account.
 */
void account_list(struct db *db, const struct person *who, const char *cursor, int limit, store_cb cb, void *arg);
void account_insert(struct act *act, const json_t *row, store_cb cb, void *arg);
void account_update(struct act *act, const char *id, const json_t *members, store_cb cb, void *arg);

/* Unread notifications -> {"unread":n}. */
void account_unread(struct db *db, const char *id, store_cb cb, void *arg);

#endif
