/*
 * gather: everything that can be had to judge the signatures of a file to the end: asks a worker what is missing, gets it (proofs), asks again, because an issuer that came
 * may itself need its state; until nothing is missing, nothing more can be had, or the time is over. What is still missing then is said: a verdict
 * without it carries a warning (Circular 15/2025/TT-BKHCN App. II).
 */
#ifndef CONGVAN_SIGN_GATHER_H
#define CONGVAN_SIGN_GATHER_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/status.h"
#include "lib/wire/job.h"

struct proofs;
struct pool;
struct loop;

#define GATHER_MOST (JOB_FILES - 4) /* proofs of one file: beside them a job has up to four files */

/* Proofs as a job takes them. Zeroed is empty. */
struct proof_set {
	json_t *kinds;          /* ["cert", …], NULL while empty */
	int files[GATHER_MOST]; /* owned */
	size_t count;
	json_t *missing;        /* [{"cert","what","subject","why"}]: what could not be had */
	json_t *certs;          /* SHA-256 of all certificates looked at, hex */
	char until[40];         /* RFC 3339: end of the newest timestamp's certificate, or "" */
	char stands_until[40];  /* RFC 3339: the first end of a certificate or of revocation data after now, or "" */
	bool revoked;           /* the data say of one of them: revoked or suspended */
};

void proof_set_clear(struct proof_set *s);

/* Adds them to a job whose own files are in place (copied descriptors; the set must live until pool_submit has returned). */
void proof_set_into(const struct proof_set *s, struct job *job);

/* True when the state of a certificate could not be had. */
bool proof_set_lacks_revocation(const struct proof_set *s);

/* The first reason why something is missing, "subject: why", or "". */
void proof_set_why(const struct proof_set *s, char *to, size_t size);

/* set: the callee's, to be cleared. st: not OK when the file could not be looked at; set is empty then. */
typedef void (*gather_cb)(void *arg, enum status st, struct proof_set *set);

/*
 * kind: "pdf", "cms", …; file and detached (-1: none) are duplicated. needs: what the job NEEDS says of the file, when a worker has just said it, or NULL. ms: for all of it. cb
 * once, never inside.
 */
void gather_start(struct loop *loop, struct pool *pool, struct proofs *proofs, const char *kind, int file, int detached,
	const json_t *needs, unsigned ms, gather_cb cb, void *arg);

#endif
