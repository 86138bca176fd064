/*
 * merkle: see merkle.h. Proofs are made by walking down from the root, iteratively: at each step
 * the tree [begin, end) is cut at the largest power of two under its size (RFC 6962 section 2.1),
 * one half is descended into and the root of the other half is a node. The root of a half that is
 * not perfect is folded from its perfect subtrees, which is all that the storage must give.
 */
#include "lib/base/merkle.h"

#include <stdlib.h>
#include <string.h>

#define MERKLE_LEAVES                                                                              \
	(UINT64_C(1) << 62) /* with more, a consistency proof could pass MERKLE_DEPTH */

struct digest
merkle_leaf(const void *p, size_t n)
{
	struct digest_stream *s = digest_begin();

	if (s == NULL)
		abort(); /* a leaf without its hash would be worse than none */
	digest_put(s, "\0", 1);
	digest_put(s, p, n);
	return digest_end(s);
}

struct digest
merkle_node(const struct digest *left, const struct digest *right)
{
	unsigned char both[1 + 2 * DIGEST_BYTES];

	both[0] = 1;
	memcpy(both + 1, left->bytes, DIGEST_BYTES);
	memcpy(both + 1 + DIGEST_BYTES, right->bytes, DIGEST_BYTES);
	return digest_of(both, sizeof(both));
}

static unsigned
peak_count(uint64_t size)
{
	return (unsigned)__builtin_popcountll(size);
}

/* Adding one leaf is adding one to a binary number: each carry joins two peaks of the same size. */
void
merkle_append(struct merkle_edge *edge, const struct digest *leaf)
{
	unsigned n = peak_count(edge->size);
	struct digest d = *leaf;

	for (uint64_t bit = edge->size; bit & 1; bit >>= 1)
		d = merkle_node(&edge->peaks[--n], &d);
	edge->peaks[n] = d;
	edge->size++;
}

struct digest
merkle_root(const struct merkle_edge *edge)
{
	unsigned n = peak_count(edge->size);
	struct digest d;

	if (n == 0)
		return digest_of("", 0);
	d = edge->peaks[--n];
	while (n > 0)
		d = merkle_node(&edge->peaks[--n], &d);
	return d;
}

/* The largest power of two strictly below n (n > 1): where RFC 6962 cuts a tree. */
static uint64_t
cut(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/*
 * The root of any [begin, end) that the walk meets: its perfect subtrees come from fn, largest
 * first.
 */
static enum status
subtree(uint64_t begin, uint64_t end, merkle_subtree_fn fn, void *arg, struct digest *out)
{
	struct digest peaks[64];
	unsigned n = 0;

	while (begin < end) {
		uint64_t size = UINT64_C(1) << (63 - __builtin_clzll(end - begin));
		enum status st = fn(arg, begin, begin + size, &peaks[n]);

		if (st != STATUS_OK)
			return st;
		n++;
		begin += size;
	}
	*out = peaks[--n];
	while (n > 0)
		*out = merkle_node(&peaks[--n], out);
	return STATUS_OK;
}

/* Nodes are found from the root down, and a proof lists them from the leaf up. */
static void
turn(struct merkle_proof *p)
{
	for (size_t i = 0; i < p->count / 2; i++) {
		struct digest d = p->nodes[i];

		p->nodes[i] = p->nodes[p->count - 1 - i];
		p->nodes[p->count - 1 - i] = d;
	}
}

static enum status
add_node(struct merkle_proof *p, uint64_t begin, uint64_t end, merkle_subtree_fn fn, void *arg)
{
	enum status st;

	if (p->count == MERKLE_DEPTH)
		return STATUS_INVALID;
	st = subtree(begin, end, fn, arg, &p->nodes[p->count]);
	if (st == STATUS_OK)
		p->count++;
	return st;
}

enum status
merkle_inclusion(
	uint64_t index, uint64_t size, merkle_subtree_fn fn, void *arg, struct merkle_proof *out)
{
	struct merkle_proof p = {0};
	uint64_t begin = 0, end = size;

	if (index >= size || size > MERKLE_LEAVES)
		return STATUS_INVALID;
	while (end - begin > 1) {
		uint64_t middle = begin + cut(end - begin);
		bool left = index < middle;
		enum status st = left ? add_node(&p, middle, end, fn, arg)
				      : add_node(&p, begin, middle, fn, arg);

		if (st != STATUS_OK)
			return st;
		*(left ? &end : &begin) = middle;
	}
	turn(&p);
	*out = p;
	return STATUS_OK;
}

/*
 * SUBPROOF of RFC 6962 section 2.1.2. `whole` is its b: true while the part of the first tree is
 * the whole first tree, whose root the checker has already.
 */
enum status
merkle_consistency(
	uint64_t first, uint64_t second, merkle_subtree_fn fn, void *arg, struct merkle_proof *out)
{
	struct merkle_proof p = {0};
	uint64_t begin = 0, end = second;
	bool whole = true;
	enum status st;

	if (first == 0 || first > second || second > MERKLE_LEAVES)
		return STATUS_INVALID;
	while (first != end) {
		uint64_t middle = begin + cut(end - begin);
		bool left = first <= middle;

		st = left ? add_node(&p, middle, end, fn, arg)
			  : add_node(&p, begin, middle, fn, arg);
		if (st != STATUS_OK)
			return st;
		if (left) {
			end = middle;
		} else {
			begin = middle;
			whole = false;
		}
	}
	if (!whole && (st = add_node(&p, begin, end, fn, arg)) != STATUS_OK)
		return st;
	turn(&p);
	*out = p;
	return STATUS_OK;
}

static bool
same(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

/* RFC 9162 section 2.1.3.2. */
bool
merkle_check_inclusion(const struct digest *leaf, uint64_t index, uint64_t size,
	const struct merkle_proof *proof, const struct digest *root)
{
	uint64_t fn = index, sn = size - 1;
	struct digest r = *leaf;

	if (index >= size || proof->count > MERKLE_DEPTH)
		return false;
	for (size_t i = 0; i < proof->count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			r = merkle_node(&proof->nodes[i], &r);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			r = merkle_node(&r, &proof->nodes[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && same(&r, root);
}

/* RFC 9162 section 2.1.4.2. */
bool
merkle_check_consistency(uint64_t first, const struct digest *first_root, uint64_t second,
	const struct digest *second_root, const struct merkle_proof *proof)
{
	uint64_t fn = first - 1, sn = second - 1;
	struct digest fr, sr;
	size_t i = 0;

	if (first == 0 || first > second || proof->count > MERKLE_DEPTH)
		return false;
	if (first == second)
		return proof->count == 0 && same(first_root, second_root);
	if ((first & (first - 1)) == 0) {
		fr = *first_root; /* a power of two: its root is the first node, and is left out */
	} else {
		if (proof->count == 0)
			return false;
		fr = proof->nodes[i++];
	}
	sr = fr;
	for (; (fn & 1) != 0; fn >>= 1)
		sn >>= 1;
	for (; i < proof->count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			fr = merkle_node(&proof->nodes[i], &fr);
			sr = merkle_node(&proof->nodes[i], &sr);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			sr = merkle_node(&sr, &proof->nodes[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && same(&fr, first_root) && same(&sr, second_root);
}
