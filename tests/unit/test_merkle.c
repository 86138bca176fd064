/*
 * merkle: against the definitions of RFC 6962 written down a second time, and fixed vectors
 * (computed apart).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/merkle.h"

#define LEAVES 70

/* The leaf inputs of the reference implementation of Certificate Transparency. */
static const struct {
	const char *bytes;
	size_t n;
} inputs[8] = {{"", 0}, {"\x00", 1}, {"\x10", 1}, {"\x20\x21", 2}, {"\x30\x31", 2},
	{"\x40\x41\x42\x43", 4}, {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
	{"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};

static const char *const roots[9] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static struct digest leaves[LEAVES];

static void
make_leaves(void)
{
	for (unsigned i = 0; i < LEAVES; i++)
		leaves[i] = i < 8 ? merkle_leaf(inputs[i].bytes, inputs[i].n)
				  : merkle_leaf(&i, sizeof(i));
}

/* MTH of section 2.1, word for word. */
static struct digest
definition(const struct digest *d, size_t n)
{
	struct digest left, right;
	size_t k = 1;

	if (n == 0)
		return digest_of("", 0);
	if (n == 1)
		return d[0];
	while (k * 2 < n)
		k *= 2;
	left = definition(d, k);
	right = definition(d + k, n - k);
	return merkle_node(&left, &right);
}

static enum status
stored(void *arg, uint64_t begin, uint64_t end, struct digest *out)
{
	uint64_t n = end - begin;

	(void)arg;
	assert_true(begin < end && end <= LEAVES);
	assert_true(
		(n & (n - 1)) == 0 && begin % n == 0); /* what the contract promises to the store */
	*out = definition(leaves + begin, (size_t)n);
	return STATUS_OK;
}

static void
assert_hex(const struct digest *d, const char *want)
{
	char text[DIGEST_HEX];

	digest_hex(d, text);
	assert_string_equal(text, want);
}

static void
test_roots(void **state)
{
	struct merkle_edge edge = {0};

	(void)state;
	make_leaves();
	for (size_t n = 0; n <= LEAVES; n++) {
		struct digest root = merkle_root(&edge), want = definition(leaves, n);

		assert_int_equal(edge.size, n);
		assert_memory_equal(&root, &want, sizeof(root));
		if (n <= 8)
			assert_hex(&root, roots[n]);
		if (n < LEAVES)
			merkle_append(&edge, &leaves[n]);
	}
}

static void
test_fixed_proofs(void **state)
{
	struct merkle_proof p;

	(void)state;
	make_leaves();
	assert_int_equal(merkle_inclusion(5, 8, stored, NULL, &p), STATUS_OK);
	assert_int_equal(p.count, 3);
	assert_hex(&p.nodes[0], "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
	assert_hex(&p.nodes[1], "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
	assert_hex(&p.nodes[2], roots[4]);
	assert_int_equal(merkle_inclusion(0, 1, stored, NULL, &p), STATUS_OK);
	assert_int_equal(p.count, 0);
	assert_int_equal(merkle_consistency(6, 8, stored, NULL, &p), STATUS_OK);
	assert_int_equal(p.count, 3);
	assert_hex(&p.nodes[0], "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
	assert_hex(&p.nodes[2], roots[4]);
	assert_int_equal(merkle_consistency(2, 5, stored, NULL, &p), STATUS_OK);
	assert_int_equal(p.count, 2);
	assert_hex(&p.nodes[0], "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
	assert_hex(&p.nodes[1], "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
}

static void
test_every_inclusion(void **state)
{
	struct merkle_proof p, bad;

	(void)state;
	make_leaves();
	for (uint64_t size = 1; size <= LEAVES; size++) {
		struct digest root = definition(leaves, (size_t)size);

		for (uint64_t i = 0; i < size; i++) {
			assert_int_equal(merkle_inclusion(i, size, stored, NULL, &p), STATUS_OK);
			assert_true(merkle_check_inclusion(&leaves[i], i, size, &p, &root));
			assert_false(merkle_check_inclusion(
				&leaves[(i + 1) % LEAVES], i, size, &p, &root));
			if (size > 1)
				assert_false(
					merkle_check_inclusion(&leaves[i], i ^ 1, size, &p, &root));
			bad = p;
			bad.count++;
			memset(&bad.nodes[p.count], 0, sizeof(struct digest));
			assert_false(merkle_check_inclusion(&leaves[i], i, size, &bad, &root));
			if (p.count == 0)
				continue;
			bad = p;
			bad.count--;
			assert_false(merkle_check_inclusion(&leaves[i], i, size, &bad, &root));
			bad = p;
			bad.nodes[i % p.count].bytes[3] ^= 1;
			assert_false(merkle_check_inclusion(&leaves[i], i, size, &bad, &root));
		}
		assert_false(merkle_check_inclusion(&leaves[0], size, size, &p, &root));
	}
}

static void
test_every_consistency(void **state)
{
	struct merkle_proof p, bad;

	(void)state;
	make_leaves();
	for (uint64_t second = 1; second <= LEAVES; second++)
		for (uint64_t first = 1; first <= second; first++) {
			struct digest a = definition(leaves, (size_t)first),
				      b = definition(leaves, (size_t)second);
			struct digest other = definition(leaves, (size_t)(first % LEAVES + 1));

			assert_int_equal(
				merkle_consistency(first, second, stored, NULL, &p), STATUS_OK);
			assert_true(merkle_check_consistency(first, &a, second, &b, &p));
			assert_false(merkle_check_consistency(first, &other, second, &b, &p));
			if (first == second)
				assert_int_equal(p.count, 0);
			if (p.count == 0)
				continue;
			assert_false(merkle_check_consistency(first, &a, second, &a, &p));
			bad = p;
			bad.nodes[first % p.count].bytes[31] ^= 0x80;
			assert_false(merkle_check_consistency(first, &a, second, &b, &bad));
			bad = p;
			bad.count--;
			assert_false(merkle_check_consistency(first, &a, second, &b, &bad));
		}
}

static enum status
broken_store(void *arg, uint64_t begin, uint64_t end, struct digest *out)
{
	(void)arg, (void)begin, (void)end, (void)out;
	return STATUS_UNAVAILABLE;
}

static void
test_refusals(void **state)
{
	struct merkle_proof p = {.count = MERKLE_DEPTH + 1};
	struct digest d = {{0}};

	(void)state;
	assert_int_equal(merkle_inclusion(3, 3, stored, NULL, &p), STATUS_INVALID);
	assert_int_equal(merkle_inclusion(0, 0, stored, NULL, &p), STATUS_INVALID);
	assert_int_equal(merkle_consistency(0, 3, stored, NULL, &p), STATUS_INVALID);
	assert_int_equal(merkle_consistency(4, 3, stored, NULL, &p), STATUS_INVALID);
	assert_int_equal(merkle_inclusion(1, 3, broken_store, NULL, &p), STATUS_UNAVAILABLE);
	assert_int_equal(merkle_consistency(1, 3, broken_store, NULL, &p), STATUS_UNAVAILABLE);
	assert_int_equal(p.count, MERKLE_DEPTH + 1); /* untouched by failures */
	assert_false(merkle_check_inclusion(&d, 0, 4, &p, &d));
	assert_false(merkle_check_inclusion(&d, 0, 0, &p, &d));
	assert_false(merkle_check_consistency(1, &d, 4, &d, &p));
	assert_false(merkle_check_consistency(0, &d, 4, &d, &p));
}

static enum status
endless(void *arg, uint64_t begin, uint64_t end, struct digest *out)
{
	uint64_t pair[2] = {begin, end};

	(void)arg;
	*out = digest_of(pair, sizeof(pair));
	return STATUS_OK;
}

/* Sizes near the limit end and stay within their arrays. */
static void
test_huge_sizes(void **state)
{
	const uint64_t most = UINT64_C(1) << 62;
	struct merkle_proof p;

	(void)state;
	assert_int_equal(merkle_inclusion(12345, most, endless, NULL, &p), STATUS_OK);
	assert_int_equal(p.count, 62);
	assert_int_equal(merkle_inclusion(most - 2, most - 1, endless, NULL, &p), STATUS_OK);
	assert_int_equal(merkle_consistency(most - 1, most, endless, NULL, &p), STATUS_OK);
	assert_int_equal(p.count, MERKLE_DEPTH);
	assert_int_equal(merkle_consistency(1, most + 1, endless, NULL, &p), STATUS_INVALID);
	assert_int_equal(merkle_inclusion(0, UINT64_MAX, endless, NULL, &p), STATUS_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_fixed_proofs),
		cmocka_unit_test(test_every_inclusion),
		cmocka_unit_test(test_every_consistency),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_huge_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
