/*
 * leaf: format 1 of the evidence log (docs/architecture.md "Leaf format 1"). A leaf is canonical JSON (RFC 8785 for what we use of
 * JSON: members sorted, no white space, integers only, text in NFC) and says what was done to what by whom and when. Every state change writes
 * its leaf in its own transaction; a sequencer later gives the index. The format never changes; a later one has another "v".
 */
#ifndef CONGVAN_STORE_LEAF_H
#define CONGVAN_STORE_LEAF_H

#include <jansson.h>

#include "daemon/store/person.h"
#include "daemon/store/store.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"

struct leaf {
	char id[40];
	char at[CLOCK_TEXT];      /* also the column leaf.at */
	const char *type;         /* "document.move": static */
	struct buf body;          /* canonical JSON */
	struct digest hash;       /* SHA-256(0x00 || body): RFC 6962 section 2.1 */
};

/*
 * A leaf of `type` made now. person: NULL for the exchange. fields: what else it says ("document", "revision", "move", "from", "to", "register", "versions",
 * "details", …; borrowed); members v, type, id, at, actor and organ are added here. STATUS_INVALID when fields hold reals, or are nested deeper
 * than 8, or hold text that is not clean UTF-8. Free with leaf_free, also after a failure.
 */
enum status leaf_make(const char *type, const struct person *person, const char *organ_code, const json_t *fields,
	struct leaf *out);
void leaf_free(struct leaf *leaf);

/* Into the act of what it says. document: its id, or NULL. */
void leaf_insert(struct act *act, const struct leaf *leaf, const char *document, store_cb cb, void *arg);

/* Canonical form of any JSON under the rules above, at most the buffer's maximum. */
enum status leaf_canonical(const json_t *value, struct buf *to);

#endif
