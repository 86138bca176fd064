/* proof: see proof.h. */
#include "daemon/evidence/proof.h"

#include <stdlib.h>

#include "daemon/evidence/tree.h"
#include "daemon/store/log_store.h"

enum proof_kind { PROOF_INCLUSION, PROOF_CONSISTENCY, PROOF_ROOT };

struct proof_work {
	enum proof_kind kind;
	uint64_t a, b; /* index and size, or first and second size */
	enum status refused;
	proof_cb cb;
	void *arg;
	struct tree_list list;
};

/* The peaks are wanted and, when they are there, joined: the same twice as for a proof. */
static enum status
build_root(struct proof_work *w, merkle_subtree_fn fn, struct merkle_proof *out)
{
	struct merkle_edge edge;
	enum status st;

	if (w->a == 0)
		return STATUS_INVALID;
	out->count = 1;
	if (fn == tree_note_wanted) {
		tree_want_edge(w->a, &w->list);
		return STATUS_OK;
	}
	st = tree_edge(w->a, &w->list, &edge);
	if (st != STATUS_OK)
		return STATUS_NOT_FOUND;
	out->nodes[0] = merkle_root(&edge);
	return STATUS_OK;
}

static enum status
build(struct proof_work *w, merkle_subtree_fn fn, struct merkle_proof *out)
{
	if (w->kind == PROOF_ROOT)
		return build_root(w, fn, out);
	return w->kind == PROOF_INCLUSION ? merkle_inclusion(w->a, w->b, fn, &w->list, out) :
		merkle_consistency(w->a, w->b, fn, &w->list, out);
}

static void
on_nodes(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct proof_work *w = arg;
	struct merkle_proof proof;

	(void)error;
	if (st == STATUS_OK) {
		tree_take_rows(&w->list, rows);
		st = w->refused != STATUS_OK ? w->refused : build(w, tree_answer, &proof);
	}
	w->cb(w->arg, st, st == STATUS_OK ? &proof : NULL);
	free(w);
}

static void
prove(struct db *db, struct proof_work *w)
{
	struct merkle_proof proof;
	struct buf levels, numbers;

	buf_init(&levels, 1 << 20);
	buf_init(&numbers, 1 << 20);
	/* A refusal goes through the query too: the callback must not fire inside. */
	w->refused = build(w, tree_note_wanted, &proof);
	tree_arrays(&w->list, &levels, &numbers, NULL);
	db_query(db, &log_store_get_nodes,
		(struct db_param[]){DB_TEXT(buf_str(&levels)), DB_TEXT(buf_str(&numbers))}, on_nodes, w);
	buf_free(&levels);
	buf_free(&numbers);
}

static void
start(struct db *db, enum proof_kind kind, uint64_t a, uint64_t b, proof_cb cb, void *arg)
{
	struct proof_work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort(); /* 170 KiB: nothing would work any more */
	w->kind = kind;
	w->a = a;
	w->b = b;
	w->cb = cb;
	w->arg = arg;
	prove(db, w);
}

void
proof_inclusion(struct db *db, uint64_t index, uint64_t size, proof_cb cb, void *arg)
{
	start(db, PROOF_INCLUSION, index, size, cb, arg);
}

void
proof_consistency(struct db *db, uint64_t first, uint64_t second, proof_cb cb, void *arg)
{
	start(db, PROOF_CONSISTENCY, first, second, cb, arg);
}

void
proof_root(struct db *db, uint64_t size, proof_cb cb, void *arg)
{
	start(db, PROOF_ROOT, size, 0, cb, arg);
}
