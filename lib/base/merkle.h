/*
 * merkle: the hash tree of RFC 6962 section 2.1 (SHA-256; leaf prefix 0x00, node prefix 0x01): appending, roots,
 * inclusion and consistency proofs, and their checks (RFC 9162 sections 2.1.3.2 and 2.1.4.2). Pure functions of digests; where
 * the digests are kept is the caller's business.
 */
#ifndef CONGVAN_BASE_MERKLE_H
#define CONGVAN_BASE_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"

#define MERKLE_DEPTH 63 /* nodes a proof can have at most */

/* The growing edge of a tree: the roots of its perfect subtrees, largest first. */
struct merkle_edge {
	uint64_t size; /* leaves */
	struct digest peaks[64];
};

struct digest merkle_leaf(const void *p, size_t n);
struct digest merkle_node(const struct digest *left, const struct digest *right);

/* Appends one leaf hash. A zeroed edge is the empty tree. */
void merkle_append(struct merkle_edge *edge, const struct digest *leaf);

/* The root of the tree; the hash of nothing for the empty tree. */
struct digest merkle_root(const struct merkle_edge *edge);

/* Gives the root of leaves [begin, end) of the stored tree, where end - begin is a power of two and begin a multiple of it. */
typedef enum status (*merkle_subtree_fn)(void *arg, uint64_t begin, uint64_t end, struct digest *out);

struct merkle_proof {
	size_t count;
	struct digest nodes[MERKLE_DEPTH];
};

/* The proof that leaf `index` is in the tree of `size` leaves (index < size), or STATUS_INVALID, or what fn returned. */
enum status merkle_inclusion(uint64_t index, uint64_t size, merkle_subtree_fn fn, void *arg,
	struct merkle_proof *out);

/* The proof that the tree of `first` leaves is a prefix of that of `second` (0 < first <= second). */
enum status merkle_consistency(uint64_t first, uint64_t second, merkle_subtree_fn fn, void *arg,
	struct merkle_proof *out);

bool merkle_check_inclusion(const struct digest *leaf, uint64_t index, uint64_t size,
	const struct merkle_proof *proof, const struct digest *root);
bool merkle_check_consistency(uint64_t first, const struct digest *first_root, uint64_t second,
	const struct digest *second_root, const struct merkle_proof *proof);

#endif
