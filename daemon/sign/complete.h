/*
 * complete: one signature from the signer's CMS to the stored version: timestamp, embedding, our verdict, the move. Used by approve for each document of a
 * batch.
 */
#ifndef CONGVAN_SIGN_COMPLETE_H
#define CONGVAN_SIGN_COMPLETE_H

#include "daemon/sign/sign.h"
#include "lib/base/buf.h"

/* outcome: {"id","state":"done"|"failed"|"skipped","level","version","document","error"}; given to cb with its reference (cb owns it). Never NULL. */
typedef void (*complete_cb)(void *arg, json_t *outcome);

/* signing: a row of signing_load (borrowed until cb). cms: copied. evidence: what the leaf says of the approval (a reference is kept). cb once,
 * never inside. */
void sign_complete(const struct sign_office *o, const struct person *person, const json_t *signing, struct span cms,
	json_t *evidence, complete_cb cb, void *arg);

#endif
