/*
 * draft: the metadata of a document as a person gives them: which members there are, their limits (Decree 30/2020 Appendix VI,
 * QCVN 102:2016), and the columns that follow from them (notation, search words).
 */
#ifndef CONGVAN_FLOW_DRAFT_H
#define CONGVAN_FLOW_DRAFT_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/flow/facts.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

/* A new document. certified: state secrets may have content here. STATUS_INVALID, STATUS_DENIED (who) with findings. */
enum status draft_check(const json_t *params, const struct person *person, bool certified, struct diag *diag);

/* Changed members of an existing one. */
enum status draft_check_change(const json_t *params, const struct flow_document *d, bool certified, struct diag *diag);

/*
 * The columns for the members given, null clearing one, as a new object; and those that follow (notation, notation_key, issuer_fold, words, kind_name). view: the document as it
 * is, or NULL for a new one. kind: context of the kind ({"code","name"}) or NULL.
 */
enum status draft_columns(const json_t *params, const json_t *view, const json_t *kind, json_t **out);

/* Adds the columns that follow to columns, which may be partial; the rest is taken from view. */
enum status draft_derive(json_t *columns, const json_t *view);

/* The MIME type that a file's name promises; "application/octet-stream" when none. Static. */
const char *draft_mime(const char *name);

#endif
