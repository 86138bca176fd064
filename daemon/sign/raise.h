/*
 * raise: brings a finished signature to a higher baseline level, step by step: a timestamp (B-T), the proofs into the file (B-LT), a timestamp over all of it
 * (B-LTA). Each step's result is judged by a worker and taken only when the level really rose; what was there stays as it was. Used right after signing and by
 * the queue (levels.h).
 */
#ifndef CONGVAN_SIGN_RAISE_H
#define CONGVAN_SIGN_RAISE_H

#include "daemon/sign/gather.h"
#include "daemon/sign/sign.h"

struct raise_wish {
	const char *container;   /* kind of jobs: "pdf", "cms", "asic" */
	int file, detached;      /* detached: the .p7s, -1 without; both duplicated */
	const char *field;       /* which signature; "" or NULL: the last one */
	const char *wanted;      /* level */
	bool renew;              /* B-LTA held already: another archive timestamp */
	bool when_due;           /* with renew: only when the newest timestamp ends within the days of the setting; else nothing is made */
	bool urgent;             /* a person is waiting */
	const json_t *report;    /* VERIFY of the file as a worker has just judged it without further proofs; NULL: not judged yet */
	const json_t *needs;     /* NEEDS of the file, said by a worker with the report; NULL: a worker is asked */
};

struct raised {
	int made;                /* the new bytes (file, or .p7s when detached), -1: nothing new. To take it set -1 */
	json_t *report;          /* VERIFY of what is now, borrowed */
	const struct proof_set *proofs;
	char level[16];          /* held now; "" when the signature is not there */
	char why[500];           /* why it is not `wanted`; "" when it is */
	bool disagreed;          /* two verifiers contradicted each other about the result, which was thrown away; why says it */
	const char *until;       /* RFC 3339: end of the newest timestamp's certificate, or "" */
};

/* st: not OK when the file could not be judged at all (diag says why). cb once, never inside. */
typedef void (*raise_cb)(void *arg, enum status st, const struct diag *diag, struct raised *r);

void sign_raise(const struct sign_office *o, const struct raise_wish *wish, raise_cb cb, void *arg);

#endif
