/*
 * seal_second: what is released is judged twice: by our verifier, and by implementations that share no code with it (OpenSSL's CMS_verify; for a PDF poppler besides). They must
 * agree, or nothing leaves.
 */
#ifndef CONGVAN_SEAL_SEAL_SECOND_H
#define CONGVAN_SEAL_SEAL_SECOND_H

#include "lib/seal/seal.h"

/*
 * Compares for every signature of our report that is no timestamp. STATUS_OK: all agree: intact here is valid there, and the path to an anchor that is found here is found there for
 * what passed. STATUS_CONFLICT with a finding seal.second for each that differs (where: the field; got: what the other said; want: what we said), also when the other
 * does not know a signature of ours. STATUS_UNSUPPORTED: a container that nobody else reads here.
 */
enum status seal_second(const struct seal_kind *kind, struct span file, struct span detached, const struct policy *policy,
	const struct seal_report *report, struct diag *diag);

/* One comparison, for what seal_second finds: ours against theirs. The finding's severity is error. */
struct seal_opinion {
	const char *by;      /* "OpenSSL", "poppler" */
	enum { SEAL_OPINION_GOOD, SEAL_OPINION_BAD, SEAL_OPINION_NONE } says;
	const char *why;
};
bool seal_agree(const struct seal_signature *ours, const struct seal_opinion *theirs, struct diag *diag);

#endif
