/*
 * tree: the stored Merkle tree seen as numbered nodes: level k, number n is the root of leaves n*2^k … (n+1)*2^k. Turns what
 * lib/base/merkle asks for into a list of nodes to fetch, and appended leaves into nodes to store. No SQL: arrays of PostgreSQL
 * are written here as text because they are the parameters of log_store.
 */
#ifndef CONGVAN_EVIDENCE_TREE_H
#define CONGVAN_EVIDENCE_TREE_H

#include <stdint.h>

#include "daemon/db/db.h"
#include "lib/base/buf.h"
#include "lib/base/merkle.h"

#define TREE_NODES 4096 /* in one list: 1000 leaves complete fewer than 1063 subtrees, a proof needs at most 63 * 62 */

struct tree_node {
	unsigned level;
	uint64_t number;
	struct digest hash;
	bool known;
};

/* A list of nodes, without doubles. */
struct tree_list {
	size_t count;
	struct tree_node nodes[TREE_NODES];
};

/* The peaks of the tree of `size` leaves, largest first, as nodes to fetch. */
void tree_want_edge(uint64_t size, struct tree_list *out);

/* Makes the edge of them once they are known. STATUS_INTERNAL when one is not. */
enum status tree_edge(uint64_t size, const struct tree_list *list, struct merkle_edge *out);

/* Appends a leaf to the edge; the perfect subtrees that it completes (level > 0) are added to the list. */
void tree_append(struct merkle_edge *edge, const struct digest *leaf, struct tree_list *added);

/* A merkle_subtree_fn that only notes what is wanted (arg: struct tree_list *; gives zero hashes). */
enum status tree_note_wanted(void *arg, uint64_t begin, uint64_t end, struct digest *out);

/* A merkle_subtree_fn that answers from the list (arg: struct tree_list *); STATUS_NOT_FOUND for an unknown node. */
enum status tree_answer(void *arg, uint64_t begin, uint64_t end, struct digest *out);

/* The list as parameters: "{1,2}" for levels and numbers, "{\\x…}" for hashes (NULL: not wanted). */
void tree_arrays(const struct tree_list *list, struct buf *levels, struct buf *numbers, struct buf *hashes);

/* Takes the rows of log_store_get_nodes into the list. */
void tree_take_rows(struct tree_list *list, const struct db_result *rows);

#endif
