/*
 * complete: the signatures of one document from the signer's CMS to the stored versions: timestamp, embedding, our verdict, the move. Used by approve for each
 * document of a batch.
 */
#ifndef CONGVAN_SIGN_COMPLETE_H
#define CONGVAN_SIGN_COMPLETE_H

#include "daemon/sign/sign.h"
#include "lib/base/buf.h"

/*
 * outcomes: [{"id","state":"done"|"failed","level","version","document","error"}] in the order of the files; given to cb with its reference (cb owns it). Never NULL.
 */
typedef void (*complete_cb)(void *arg, json_t *outcomes);

struct complete_file {
	const json_t *signing; /* a row of signing_load; borrowed until cb */
	struct span cms;       /* copied */
	json_t *evidence;      /* what the leaf says of the approval; a reference is kept, and members are added */
};

/*
 * files: one, or a document's main file and the attachments that were prepared with it: they are stored and the document is moved in one act, or nothing is.
 * cb once, never inside.
 */
void sign_complete(const struct sign_office *o, const struct person *person, const struct complete_file *files, size_t count, complete_cb cb, void *arg);

#endif
