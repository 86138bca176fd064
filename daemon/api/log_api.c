/* log_api: the evidence log for anybody who wants to check it: signed checkpoint, leaves, proofs (RFC 6962, RFC 9162). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/routes.h"
#include "daemon/api/api.h"
#include "daemon/evidence/proof.h"
#include "daemon/store/log_store.h"
#include "daemon/store/store.h"
#include "lib/base/uuid.h"

#define LEAVES_MOST 1000
#define LEAVES_DEFAULT 100
#define SIZE_MOST INT64_C(1000000000000000) /* fifteen digits: more leaves than anybody makes */

/* A number of the query, `fallback` when it is not given (-1: it must be); false after it answered 422. */
static bool
number(struct http_call *call, const char *name, int64_t fallback, int64_t most, int64_t *out)
{
	const char *text = api_query(call, name);
	bool digits = text[0] != '\0' && strlen(text) <= 15 && strspn(text, "0123456789") == strlen(text);

	*out = digits ? strtoll(text, NULL, 10) : fallback;
	if ((text[0] == '\0' && fallback >= 0) || (digits && *out <= most))
		return true;
	api_refuse(call, STATUS_INVALID, "param.number", name, text, NULL);
	return false;
}

/* ---- checkpoint ---- */

static void
on_checkpoint(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct http_call *call = arg;

	(void)error;
	if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
	else if (db_rows(rows) == 0)
		api_refuse(call, STATUS_NOT_FOUND, "log.checkpoint.missing", "checkpoint", NULL, NULL);
	else
		http_answer_bytes(call, 200, "text/plain; charset=utf-8", db_text(rows, 0, 2), strlen(db_text(rows, 0, 2)));
}

static void
log_checkpoint(struct http_call *call)
{
	db_query(api_of(call)->db, &log_store_checkpoint, NULL, on_checkpoint, call);
}

/* ---- leaves: index and hash for everybody; what one says for whoever may see its document, or is of its organ when it has none ---- */

static json_t *
text_or_null(const struct db_result *rows, size_t row, size_t col)
{
	return db_is_null(rows, row, col) ? json_null() : json_string(db_text(rows, row, col));
}

static void
on_leaves(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct http_call *call = arg;
	json_t *items;

	(void)error;
	if (st != STATUS_OK) {
		http_answer_problem(call, st, NULL, NULL);
		return;
	}
	items = json_array();
	for (size_t i = 0; i < db_rows(rows); i++)
		json_array_append_new(items, json_pack("{s:I,s:s,s:s,s:s,s:o,s:o,s:s}", "index", (json_int_t)db_number(rows, i, 0), "id",
			db_text(rows, i, 1), "at", db_text(rows, i, 2), "type", db_text(rows, i, 3), "document",
			text_or_null(rows, i, 4), "body", text_or_null(rows, i, 5), "hash", db_text(rows, i, 6)));
	http_answer_json(call, 200, json_pack("{s:o}", "items", items));
}

static void
log_leaves(struct http_call *call)
{
	int64_t start, count;
	char first[24], n[24];

	if (!number(call, "start", 0, SIZE_MOST, &start) || !number(call, "count", LEAVES_DEFAULT, LEAVES_MOST, &count))
		return;
	snprintf(first, sizeof(first), "%lld", (long long)start);
	snprintf(n, sizeof(n), "%lld", (long long)count);
	db_query(api_of(call)->db, &log_store_leaves, (struct db_param[]){DB_TEXT(first), DB_TEXT(n), DB_TEXT(api_person(call)->id)}, on_leaves, call);
}

/* ---- proofs ---- */

struct proving {
	struct http_call *call;
	int64_t index, size, first;
	char hash[DIGEST_HEX], root[DIGEST_HEX];
	const char *note; /* of the checkpoint of this size, or NULL */
	json_t *answer;
};

static json_t *
hashes_json(const struct merkle_proof *proof)
{
	json_t *list = json_array();
	char hex[DIGEST_HEX];

	for (size_t i = 0; i < proof->count; i++) {
		digest_hex(&proof->nodes[i], hex);
		json_array_append_new(list, json_string(hex));
	}
	return list;
}

static void
refuse_proof(struct http_call *call, enum status st)
{
	if (st == STATUS_INVALID || st == STATUS_NOT_FOUND)
		api_refuse(call, STATUS_INVALID, "log.size", "size", NULL, NULL);
	else
		http_answer_problem(call, st, NULL, NULL);
}

static void
on_root(void *arg, enum status st, const struct merkle_proof *proof)
{
	struct proving *p = arg;

	if (st != STATUS_OK) {
		json_decref(p->answer);
		refuse_proof(p->call, st);
		return;
	}
	digest_hex(&proof->nodes[0], p->root);
	json_object_set_new(p->answer, "root", json_string(p->root));
	http_answer_json(p->call, 200, p->answer);
}

static void
on_inclusion(void *arg, enum status st, const struct merkle_proof *proof)
{
	struct proving *p = arg;

	if (st != STATUS_OK) {
		refuse_proof(p->call, st);
		return;
	}
	p->answer = json_pack("{s:s,s:I,s:I,s:o,s:o}", "leaf_hash", p->hash, "index", (json_int_t)p->index, "size", (json_int_t)p->size,
		"hashes", hashes_json(proof), "checkpoint", p->note != NULL ? json_string(p->note) : json_null());
	proof_root(api_of(p->call)->db, (uint64_t)p->size, on_root, p);
}

static void
on_place(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct proving *p = arg;
	int64_t signed_size, all;

	(void)error;
	if (st != STATUS_OK) {
		http_answer_problem(p->call, st, NULL, NULL);
		return;
	}
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 0)) {
		api_refuse(p->call, STATUS_NOT_FOUND, db_rows(rows) == 0 ? "log.leaf.missing" : "log.leaf.waiting", "leaf",
			api_query(p->call, "leaf"), NULL);
		return;
	}
	p->index = db_number(rows, 0, 0);
	snprintf(p->hash, sizeof(p->hash), "%s", db_text(rows, 0, 1));
	signed_size = db_is_null(rows, 0, 2) ? 0 : db_number(rows, 0, 2);
	all = db_number(rows, 0, 4);
	if (p->size == 0) /* the newest signed tree that has it; before there is one, all that is numbered */
		p->size = signed_size > p->index ? signed_size : all;
	if (p->size == signed_size)
		p->note = arena_strdup(http_call_arena(p->call), db_text(rows, 0, 3));
	if (p->size <= p->index || p->size > all)
		refuse_proof(p->call, STATUS_INVALID);
	else
		proof_inclusion(api_of(p->call)->db, (uint64_t)p->index, (uint64_t)p->size, on_inclusion, p);
}

static struct proving *
proving_new(struct http_call *call)
{
	struct proving *p = arena_alloc(http_call_arena(call), sizeof(*p));

	if (p != NULL)
		p->call = call;
	else
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
	return p;
}

static void
log_inclusion(struct http_call *call)
{
	const char *leaf = api_query(call, "leaf");
	struct proving *p = proving_new(call);

	if (p == NULL || !number(call, "size", 0, SIZE_MOST, &p->size))
		return;
	if (strlen(leaf) != UUID_TEXT - 1 || !uuid_is_valid(leaf))
		api_refuse(call, STATUS_INVALID, "param.id", "leaf", leaf, "UUID");
	else
		db_query(api_of(call)->db, &log_store_leaf, (struct db_param[]){DB_TEXT(leaf)}, on_place, p);
}

static void
on_second_root(void *arg, enum status st, const struct merkle_proof *proof)
{
	struct proving *p = arg;

	if (st == STATUS_OK) {
		digest_hex(&proof->nodes[0], p->root);
		json_object_set_new(p->answer, "second_root", json_string(p->root));
		http_answer_json(p->call, 200, p->answer);
		return;
	}
	json_decref(p->answer);
	refuse_proof(p->call, st);
}

static void
on_first_root(void *arg, enum status st, const struct merkle_proof *proof)
{
	struct proving *p = arg;

	if (st != STATUS_OK) {
		json_decref(p->answer);
		refuse_proof(p->call, st);
		return;
	}
	digest_hex(&proof->nodes[0], p->root);
	json_object_set_new(p->answer, "first_root", json_string(p->root));
	proof_root(api_of(p->call)->db, (uint64_t)p->size, on_second_root, p);
}

static void
on_consistency(void *arg, enum status st, const struct merkle_proof *proof)
{
	struct proving *p = arg;

	if (st != STATUS_OK) {
		refuse_proof(p->call, st);
		return;
	}
	p->answer = json_pack("{s:I,s:I,s:o}", "first", (json_int_t)p->first, "second", (json_int_t)p->size, "hashes", hashes_json(proof));
	proof_root(api_of(p->call)->db, (uint64_t)p->first, on_first_root, p);
}

static void
log_consistency(struct http_call *call)
{
	struct proving *p = proving_new(call);

	if (p == NULL || !number(call, "first", -1, SIZE_MOST, &p->first) || !number(call, "second", -1, SIZE_MOST, &p->size))
		return;
	proof_consistency(api_of(call)->db, (uint64_t)p->first, (uint64_t)p->size, on_consistency, p);
}

const struct http_route log_routes[] = {
	{"GET", "/v1/log/checkpoint", HTTP_BODY_NONE, HTTP_NEED_SESSION, log_checkpoint},
	{"GET", "/v1/log/leaves", HTTP_BODY_NONE, HTTP_NEED_SESSION, log_leaves},
	{"GET", "/v1/log/inclusion", HTTP_BODY_NONE, HTTP_NEED_SESSION, log_inclusion},
	{"GET", "/v1/log/consistency", HTTP_BODY_NONE, HTTP_NEED_SESSION, log_consistency},
};
const size_t log_route_count = sizeof(log_routes) / sizeof(log_routes[0]);
