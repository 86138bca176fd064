/* tree: see tree.h. */
#include "daemon/evidence/tree.h"

#include <string.h>

/* Index of the node in the list, or the list's count. */
static size_t
find(const struct tree_list *list, unsigned level, uint64_t number)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->nodes[i].level == level && list->nodes[i].number == number)
			return i;
	return list->count;
}

static struct tree_node *
add(struct tree_list *list, unsigned level, uint64_t number)
{
	size_t i = find(list, level, number);

	if (i == TREE_NODES)
		return NULL;
	if (i == list->count) {
		list->count++;
		list->nodes[i] = (struct tree_node){.level = level, .number = number};
	}
	return &list->nodes[i];
}

static unsigned
level_of(uint64_t begin, uint64_t end)
{
	return (unsigned)__builtin_ctzll(end - begin);
}

void
tree_want_edge(uint64_t size, struct tree_list *out)
{
	uint64_t begin = 0;

	for (int level = 62; level >= 0; level--)
		if (size >> level & 1) {
			add(out, (unsigned)level, begin >> level);
			begin += UINT64_C(1) << level;
		}
}

enum status
tree_edge(uint64_t size, const struct tree_list *list, struct merkle_edge *out)
{
	struct merkle_edge edge = {.size = size};
	uint64_t begin = 0;
	unsigned n = 0;

	for (int level = 62; level >= 0; level--)
		if (size >> level & 1) {
			size_t i = find(list, (unsigned)level, begin >> level);

			if (i == list->count || !list->nodes[i].known)
				return STATUS_INTERNAL;
			edge.peaks[n++] = list->nodes[i].hash;
			begin += UINT64_C(1) << level;
		}
	*out = edge;
	return STATUS_OK;
}

/* Adding one is a carry: each trailing one-bit of the old size joins two subtrees into one of the next level. */
void
tree_append(struct merkle_edge *edge, const struct digest *leaf, struct tree_list *added)
{
	uint64_t index = edge->size;
	unsigned peak = (unsigned)__builtin_popcountll(edge->size);
	struct digest hash = *leaf;

	for (unsigned level = 1; index >> (level - 1) & 1; level++) {
		struct tree_node *node;

		hash = merkle_node(&edge->peaks[--peak], &hash);
		node = add(added, level, index >> level);
		if (node != NULL) {
			node->hash = hash;
			node->known = true;
		}
	}
	merkle_append(edge, leaf);
}

enum status
tree_note_wanted(void *arg, uint64_t begin, uint64_t end, struct digest *out)
{
	unsigned level = level_of(begin, end);

	memset(out, 0, sizeof(*out));
	return add(arg, level, begin >> level) != NULL ? STATUS_OK : STATUS_TOO_LARGE;
}

enum status
tree_answer(void *arg, uint64_t begin, uint64_t end, struct digest *out)
{
	const struct tree_list *list = arg;
	unsigned level = level_of(begin, end);
	size_t i = find(list, level, begin >> level);

	if (i == list->count || !list->nodes[i].known)
		return STATUS_NOT_FOUND;
	*out = list->nodes[i].hash;
	return STATUS_OK;
}

void
tree_arrays(const struct tree_list *list, struct buf *levels, struct buf *numbers, struct buf *hashes)
{
	char hex[DIGEST_HEX];

	buf_put_byte(levels, '{');
	buf_put_byte(numbers, '{');
	if (hashes != NULL)
		buf_put_byte(hashes, '{');
	for (size_t i = 0; i < list->count; i++) {
		const char *comma = i > 0 ? "," : "";

		buf_printf(levels, "%s%u", comma, list->nodes[i].level);
		buf_printf(numbers, "%s%llu", comma, (unsigned long long)list->nodes[i].number);
		if (hashes == NULL)
			continue;
		digest_hex(&list->nodes[i].hash, hex);
		buf_printf(hashes, "%s\"\\\\x%s\"", comma, hex);
	}
	buf_put_byte(levels, '}');
	buf_put_byte(numbers, '}');
	if (hashes != NULL)
		buf_put_byte(hashes, '}');
}

void
tree_take_rows(struct tree_list *list, const struct db_result *rows)
{
	for (size_t r = 0; r < db_rows(rows); r++) {
		size_t i = find(list, (unsigned)db_number(rows, r, 0), (uint64_t)db_number(rows, r, 1));
		struct span hash = db_bytes(rows, r, 2);

		if (i == list->count || hash.len != DIGEST_BYTES)
			continue;
		memcpy(list->nodes[i].hash.bytes, hash.data, DIGEST_BYTES);
		list->nodes[i].known = true;
	}
}
