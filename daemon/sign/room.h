/*
 * room: how many bytes a signature to come needs in a PDF: its real certificates and attributes (lib/pki/cms_room), and a token as large as the timestamp
 * authority's last one. Before the first there is a dry run: a token over a random digest, measured and thrown away.
 */
#ifndef CONGVAN_SIGN_ROOM_H
#define CONGVAN_SIGN_ROOM_H

#include <jansson.h>

#include "daemon/sign/sign.h"

struct room_wish {
	const json_t *chain;  /* of a key of the signer's: base64 of its certificate and the issuers', as KEYS answers; NULL: the person's own key */
	const char *digest;   /* "SHA256" …: of that key */
	size_t signature;     /* without chain: the most bytes that the client's CMS will have; 0: it does not say */
	bool stamped;         /* a timestamp is wanted in it */
	size_t least;         /* what an earlier attempt has shown to be needed, or 0 */
};

/* Calls back when the size of the authority's tokens is known, or cannot be had now. cb once, never inside. */
void sign_room_learn(const struct sign_office *o, void (*cb)(void *arg), void *arg);

/* A token of so many bytes has come. */
void sign_room_seen(const struct sign_office *o, size_t token);

/* Bytes to keep. 0: more than any hole may have, or no certificate among them can be read. */
size_t sign_room(const struct sign_office *o, const struct room_wish *wish);

/* The same for a document timestamp. */
size_t sign_room_stamp(const struct sign_office *o);

/* What the finding seal.hole of a refused embedding says: the larger hole to keep at the next attempt. 0: it says nothing of the kind, or that would be too large. */
size_t sign_room_larger(const struct diag *diag);

#endif
