/*
 * disagreement: two verifiers contradict each other about a signature that was to be released: nothing is stored and nothing moves; it stands in the evidence log, and clerks and
 * administrators are told at once. One of the two programs is wrong, or somebody is at work.
 */
#ifndef CONGVAN_SIGN_DISAGREEMENT_H
#define CONGVAN_SIGN_DISAGREEMENT_H

#include "daemon/store/person.h"
#include "daemon/store/store.h"
#include "lib/base/diag.h"

#define DISAGREEMENT_CODE "seal.second"

struct disagreement {
	const struct person *person; /* who signed; NULL: the queue */
	const char *organ, *organ_code, *document, *signing;
	int64_t revision;
	const char *what;            /* who said what */
};

/* Leaf and notification, into an act of the caller's. */
void disagreement_write(struct act *act, const struct disagreement *d);

/* The findings in one line, into `to`; false when there is none. */
bool disagreement_text(const struct diag *diag, char *to, size_t size);

#endif
