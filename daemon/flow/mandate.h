/*
 * mandate: who may sign for whom (quyền hạn ký: KT., TL., TM., TUQ., Q. of Decree 30/2020; K/T, T/L, T/M, Q. of the Party). A document that says so in its
 * signer's competence can only be signed by somebody who holds a mandate of that kind for that kind of document, in force at that moment; and a signature
 * made outside one is INDETERMINATE when it is judged, whatever its cryptography says. Pure functions of what the store gives.
 */
#ifndef CONGVAN_FLOW_MANDATE_H
#define CONGVAN_FLOW_MANDATE_H

#include <jansson.h>

/* The kind of mandate that a competence asks for ("K/T", "KT.", "kt. Bí thư": KT), or NULL when it asks for none. Static. */
const char *flow_mandate_kind(const char *competence);

/* "KT" to what people read, Vietnamese: ký thay. NULL for an unknown kind. Static. */
const char *flow_mandate_meaning(const char *kind);

/*
 * The first of the mandates ([{"id","kind","kinds":[…]}]) that covers a document of document_kind signed under `kind`; NULL: none. Borrowed.
 */
const json_t *flow_mandate_find(const json_t *mandates, const char *kind, const char *document_kind);

/*
 * Lays the mandates over a report on signatures ({"signatures":[…]}, changed in place). uses: the leaders' signatures of the document in order
 * [{"competence","document_kind","at","signature": index in the report,"mandate": null or {"id","kind","kinds","from","until","revoked_from","signed_at",
 * "grantor","holder","basis"}}], times as RFC 3339 in UTC with six decimals, so that they compare as text. Each signature that needed a mandate gets
 * "mandate": {"needed","status","id","grantor","holder","basis"}; status held, or why not: none, kind, scope, time, revoked, unsigned. If not held, a TOTAL-PASSED
 * becomes INDETERMINATE with the sub-indication MANDATE_NOT_HELD, a reason of our own.
 */
void flow_mandate_judge(json_t *report, const json_t *uses);

#endif
