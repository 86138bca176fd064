/*
 * proof: RFC 6962 inclusion and consistency proofs from the stored tree, asynchronously: one query finds the nodes, then lib/base/merkle
 * puts them together.
 */
#ifndef CONGVAN_EVIDENCE_PROOF_H
#define CONGVAN_EVIDENCE_PROOF_H

#include <stdint.h>

#include "daemon/db/db.h"
#include "lib/base/merkle.h"

/* Proofs live during the callback. STATUS_NOT_FOUND: a node is missing (size beyond the log); STATUS_INVALID: numbers out of order. */
typedef void (*proof_cb)(void *arg, enum status st, const struct merkle_proof *proof);

/* That leaf `index` is in the tree of `size` leaves. cb once, never inside. */
void proof_inclusion(struct db *db, uint64_t index, uint64_t size, proof_cb cb, void *arg);

/* That the tree of `first` leaves is the beginning of that of `second`. */
void proof_consistency(struct db *db, uint64_t first, uint64_t second, proof_cb cb, void *arg);

/* The root of the tree of `size` leaves (1 or more), as the one node of a proof. */
void proof_root(struct db *db, uint64_t size, proof_cb cb, void *arg);

#endif
