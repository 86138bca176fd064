/*
 * stamp: the signature timestamp (RFC 3161) of a CMS that has just been made: a worker writes the query, an authority answers it, a worker puts the token where it belongs.
 */
#ifndef CONGVAN_SIGN_STAMP_H
#define CONGVAN_SIGN_STAMP_H

#include "daemon/sign/sign.h"

/* cms: the callee's, with its timestamp; -1: there is none now, and why (code of the catalogue, what was found behind it) says it, "" otherwise. */
typedef void (*stamp_cb)(void *arg, int cms, const char *why);

/* cms: borrowed until cb, which fires once, never inside, and not at all unless STATUS_OK. */
enum status stamp_start(const struct sign_office *o, int cms, stamp_cb cb, void *arg);

#endif
