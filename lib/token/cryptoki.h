/* cryptoki: what token.c and token_key.c share: the session, and what Cryptoki's answers mean here. */
#ifndef CONGVAN_TOKEN_CRYPTOKI_H
#define CONGVAN_TOKEN_CRYPTOKI_H

#include <p11-kit/pkcs11.h>

#include "lib/token/token.h"

struct token {
	CK_FUNCTION_LIST *p11;
	CK_SLOT_ID slot;
	CK_TOKEN_INFO info;
	CK_SESSION_HANDLE session;
	bool open, logged_in;
	char *pin; /* secret_alloc'ed; NULL: none kept */
};

/* The status for a return value, and its code of the catalogue. CKR_OK: STATUS_OK, NULL. */
enum status cryptoki_status(CK_RV rv, const char **why);

/* Handles of the objects that match, at most `most`. */
enum status cryptoki_find(struct token *t, CK_ATTRIBUTE *wanted, CK_ULONG count, CK_OBJECT_HANDLE *out, CK_ULONG most,
	CK_ULONG *found);

/* An attribute's bytes, malloc'ed; NULL when it is not there or longer than a megabyte. */
unsigned char *cryptoki_attribute(struct token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG *len);

/* Context-specific login before a signature, with what token_login was given. */
CK_RV cryptoki_login(struct token *t, CK_USER_TYPE who);

#endif
