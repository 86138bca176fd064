/*
 * passport: a document passport (docs/passport.md) checked off line: that every file is what it was, that the leaves of the evidence log are in the tree of
 * the signed checkpoint, and what the signatures inside the files are worth. The container itself is judged by seal_asic.
 */
#ifndef CONGVAN_SEAL_PASSPORT_H
#define CONGVAN_SEAL_PASSPORT_H

#include <jansson.h>

#include "lib/seal/seal.h"

/* True when the bytes are an ASiC container with a passport.json in it. */
bool passport_is(struct span container);

/*
 * Checks everything and finds all: errors passport.form, .file, .leaf, .proof, .checkpoint; warnings .key (no `log_key` was given: the one in the passport
 * itself was used), .unlogged, .waiting. log_key: a verifier key text (lib/pki/checkpoint.h), or NULL. STATUS_OK also with errors found;
 * STATUS_INVALID: it cannot be read. *out: {"document","made_at","origin","size","leaves","files":[{"name","part","sha256","right":bool,"logged":bool,
 * "report":as seal_report_json or null}]}.
 */
enum status passport_check(struct span container, const char *log_key, const struct policy *policy, json_t **out, struct diag *diag);

#endif
