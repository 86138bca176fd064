/* extract: see extract.h. */
#include "daemon/evidence/extract.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/evidence/proof.h"
#include "daemon/store/log_store.h"
#include "lib/base/digest.h"

struct extract {
	struct db *db;
	extract_cb cb;
	void *arg;
	json_t *value, *leaves;
	char *note;
	int64_t size;
	size_t at; /* the leaf whose proof is asked for */
};

static void
end(struct extract *x, enum status st)
{
	x->cb(x->arg, st, st == STATUS_OK ? x->value : NULL, x->note != NULL ? x->note : "");
	json_decref(x->value);
	free(x->note);
	free(x);
}

static void next(struct extract *x);

static void
on_proof(void *arg, enum status st, const struct merkle_proof *proof)
{
	struct extract *x = arg;
	json_t *list = json_array();
	char hex[DIGEST_HEX];

	for (size_t i = 0; st == STATUS_OK && i < proof->count; i++) {
		digest_hex(&proof->nodes[i], hex);
		json_array_append_new(list, json_string(hex));
	}
	if (st == STATUS_OK)
		json_object_set(json_array_get(x->leaves, x->at), "proof", list);
	json_decref(list);
	if (st != STATUS_OK) {
		end(x, st);
		return;
	}
	x->at++;
	next(x);
}

static void
next(struct extract *x)
{
	json_t *leaf = json_array_get(x->leaves, x->at);

	if (leaf == NULL)
		end(x, STATUS_OK);
	else
		proof_inclusion(x->db, (uint64_t)json_integer_value(json_object_get(leaf, "index")), (uint64_t)x->size, on_proof, x);
}

static void
on_leaves(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct extract *x = arg;
	json_int_t waiting = 0;

	(void)error;
	if (st != STATUS_OK) {
		end(x, st);
		return;
	}
	if (db_rows(rows) > 0 && !db_is_null(rows, 0, 4)) {
		x->size = db_number(rows, 0, 4);
		x->note = strdup(db_text(rows, 0, 5));
	}
	x->leaves = json_array();
	for (size_t i = 0; i < db_rows(rows); i++)
		if (db_is_null(rows, i, 0) || db_number(rows, i, 0) >= x->size)
			waiting++;
		else
			json_array_append_new(x->leaves, json_pack("{s:I,s:s,s:s,s:s}", "index", (json_int_t)db_number(rows, i, 0), "id",
				db_text(rows, i, 1), "hash", db_text(rows, i, 2), "body", db_text(rows, i, 3)));
	x->value = json_pack("{s:I,s:o,s:I}", "size", (json_int_t)x->size, "leaves", x->leaves, "waiting", waiting);
	if (db_rows(rows) > EXTRACT_LEAVES_MOST)
		end(x, STATUS_TOO_LARGE);
	else
		next(x);
}

void
extract_document(struct db *db, const char *document, extract_cb cb, void *arg)
{
	struct extract *x = calloc(1, sizeof(*x));

	if (x == NULL)
		abort(); /* some bytes: nothing would work any more */
	x->db = db;
	x->cb = cb;
	x->arg = arg;
	db_query(db, &log_store_of_document, (struct db_param[]){DB_TEXT(document)}, on_leaves, x);
}
