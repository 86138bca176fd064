/*
 * extract: all that the evidence log says of one document, with what proves it to a stranger: the leaves as they are, each with its proof that it is in
 * the tree of the newest signed checkpoint (RFC 6962 2.1.1), and that checkpoint. For the document passport.
 */
#ifndef CONGVAN_EVIDENCE_EXTRACT_H
#define CONGVAN_EVIDENCE_EXTRACT_H

#include <jansson.h>

#include "daemon/db/db.h"
#include "lib/base/status.h"

#define EXTRACT_LEAVES_MOST 1000

/*
 * {"size","leaves":[{"index","id","hash","body","proof":[hex…]}],"waiting":number of leaves that no checkpoint has yet}, and the checkpoint's note ("" and
 * size 0: there is none yet). Both live during the callback.
 */
typedef void (*extract_cb)(void *arg, enum status st, json_t *value, const char *note);

/* cb once, never inside. */
void extract_document(struct db *db, const char *document, extract_cb cb, void *arg);

#endif
