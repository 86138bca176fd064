/* passport: see passport.h. */
#include "lib/seal/passport.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/merkle.h"
#include "lib/doc/asic.h"
#include "lib/pki/checkpoint.h"
#include "lib/seal/seal_report_json.h"

#define ABOUT "passport.json"
#define LEAVES "evidence/leaves.json"
#define CHECKPOINT "evidence/checkpoint"
#define FILES_MOST 200
#define FILE_MOST (UINT64_C(512) << 20)

struct passport {
	struct asic *a;
	struct pack *pack;
	const struct policy *policy;
	struct diag *diag;
	json_t *about, *evidence, *files; /* files: of the result */
	struct checkpoint checkpoint;
	struct buf note;
	bool has_checkpoint;
};

bool
passport_is(struct span container)
{
	struct asic *a = NULL;
	bool is = asic_is(container) && asic_open(container, NULL, &a) == STATUS_OK && asic_find(a, ABOUT) < asic_count(a);

	asic_close(a);
	return is;
}

static const char *
text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s != NULL ? s : "";
}

static void
complain(struct passport *p, const char *code, const char *where, const char *got)
{
	diag_add(p->diag, SEVERITY_ERROR, code, where, got, NULL, NULL);
}

static json_t *
read_json(struct passport *p, const char *name)
{
	size_t i = asic_find(p->a, name);
	json_t *value = NULL;
	struct buf b;

	buf_init(&b, ASIC_META_MAX);
	if (i < asic_count(p->a) && asic_read(p->a, i, &b, p->diag) == STATUS_OK)
		value = json_loadb((const char *)b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
	buf_free(&b);
	if (!json_is_object(value)) {
		complain(p, "passport.form", name, NULL);
		json_decref(value);
		return NULL;
	}
	return value;
}

/* --- the evidence log --- */

/* The key that was given, else the one the passport brings along: good for finding damage, not for finding fraud. */
static bool
find_key(struct passport *p, const char *log_key, struct checkpoint_key *out)
{
	const json_t *own = json_object_get(p->about, "log_key");
	const char *name = text(own, "name"), *public = text(own, "public");
	unsigned char *bytes = NULL;
	size_t n = 0;
	bool good;

	if (log_key != NULL)
		return checkpoint_key_read(log_key, out) == STATUS_OK;
	good = checkpoint_name_is_right(name) && strlen(name) < sizeof(out->name) && base64_decode(public, strlen(public), &bytes, &n) &&
		n == CHECKPOINT_KEY_BYTES;
	if (good) {
		memcpy(out->name, name, strlen(name) + 1);
		memcpy(out->public_key, bytes, CHECKPOINT_KEY_BYTES);
	}
	free(bytes);
	if (!good)
		return false;
	diag_warn(p->diag, "passport.key", CHECKPOINT, out->name, NULL);
	return true;
}

static void
open_checkpoint(struct passport *p, const char *log_key)
{
	size_t i = asic_find(p->a, CHECKPOINT);
	struct checkpoint_key key;

	buf_init(&p->note, CHECKPOINT_MAX);
	if (i == asic_count(p->a) || asic_read(p->a, i, &p->note, p->diag) != STATUS_OK) {
		complain(p, "passport.checkpoint", CHECKPOINT, NULL);
		return;
	}
	if (p->note.len == 0 && json_array_size(json_object_get(p->evidence, "leaves")) == 0) {
		diag_warn(p->diag, "passport.waiting", CHECKPOINT, NULL, NULL);
		return;
	}
	p->has_checkpoint = find_key(p, log_key, &key) &&
		checkpoint_open((struct span){p->note.data, p->note.len}, &key, &p->checkpoint) == STATUS_OK;
	if (!p->has_checkpoint)
		complain(p, "passport.checkpoint", CHECKPOINT, NULL);
}

static bool
read_proof(const json_t *list, struct merkle_proof *out)
{
	out->count = json_array_size(list);
	if (!json_is_array(list) || out->count > MERKLE_DEPTH)
		return false;
	for (size_t i = 0; i < out->count; i++) {
		const char *hex = json_string_value(json_array_get(list, i));

		if (hex == NULL || !hex_decode(hex, out->nodes[i].bytes, DIGEST_BYTES))
			return false;
	}
	return true;
}

static void
check_leaf(struct passport *p, const json_t *leaf)
{
	const char *body = text(leaf, "body"), *id = text(leaf, "id");
	struct digest own = merkle_leaf(body, strlen(body)), said;
	struct merkle_proof proof;
	json_int_t index = json_integer_value(json_object_get(leaf, "index"));

	if (!hex_decode(text(leaf, "hash"), said.bytes, DIGEST_BYTES) || memcmp(own.bytes, said.bytes, DIGEST_BYTES) != 0)
		complain(p, "passport.leaf", id, NULL);
	else if (p->has_checkpoint && (index < 0 || (uint64_t)index >= p->checkpoint.size ||
		!read_proof(json_object_get(leaf, "proof"), &proof) ||
		!merkle_check_inclusion(&own, (uint64_t)index, p->checkpoint.size, &proof, &p->checkpoint.root)))
		complain(p, "passport.proof", id, NULL);
}

static void
check_leaves(struct passport *p)
{
	const json_t *leaf;
	size_t i;

	json_array_foreach(json_object_get(p->evidence, "leaves"), i, leaf)
		check_leaf(p, leaf);
	if (json_integer_value(json_object_get(p->evidence, "waiting")) > 0)
		diag_warn(p->diag, "passport.waiting", LEAVES, NULL, NULL);
}

/* A leaf of this very document that names the digest: the log knew of it. */
static bool
is_logged(const struct passport *p, const char *sha256)
{
	const json_t *leaf;
	size_t i;

	json_array_foreach(json_object_get(p->evidence, "leaves"), i, leaf)
		if (strlen(sha256) == 2 * DIGEST_BYTES && strstr(text(leaf, "body"), sha256) != NULL)
			return true;
	return false;
}

/* --- the files --- */

static enum status
read_file(struct passport *p, const char *name, struct buf *to)
{
	size_t i = pack_find(p->pack, name);
	struct output out = output_buf(to);

	return i < pack_count(p->pack) ? pack_read(p->pack, i, &out, p->diag) : STATUS_NOT_FOUND;
}

static json_t *
judge(struct passport *p, struct span file, struct span detached)
{
	const struct seal_kind *kind = seal_kind_for(file, detached.len != 0);
	struct seal_report *report = NULL;
	json_t *json = NULL;

	if (kind->verify(file, detached, p->policy, &report, p->diag) == STATUS_OK && seal_report_count(report) > 0)
		json = seal_report_json(report);
	seal_report_free(report);
	return json;
}

/* A detached signature belongs to one of the main files: the one over which it is intact, else the last one tried. */
static json_t *
judge_detached(struct passport *p, struct span signature)
{
	const json_t *list = json_object_get(p->about, "files"), *row;
	json_t *report = NULL;
	size_t i;

	json_array_foreach(list, i, row) {
		struct buf file;

		if (strcmp(text(row, "part"), "main") != 0)
			continue;
		buf_init(&file, FILE_MOST);
		if (read_file(p, text(row, "name"), &file) == STATUS_OK) {
			json_decref(report);
			report = judge(p, (struct span){file.data, file.len}, signature);
		}
		buf_free(&file);
		if (json_is_true(json_object_get(json_array_get(json_object_get(report, "signatures"), 0), "intact")))
			break;
	}
	return report;
}

static json_t *
report_of(struct passport *p, const json_t *row)
{
	const char *mime = text(row, "mime");
	bool detached = strcmp(mime, "application/pkcs7-signature") == 0, attached = strcmp(mime, "application/pkcs7-mime") == 0;
	json_t *report = NULL;
	struct buf file;

	if (!detached && !attached && strcmp(mime, "application/pdf") != 0 && strcmp(mime, ASIC_MIME_E) != 0 && strcmp(mime, ASIC_MIME_S) != 0)
		return json_null();
	buf_init(&file, FILE_MOST);
	if (read_file(p, text(row, "name"), &file) == STATUS_OK) {
		struct span bytes = {file.data, file.len};

		report = detached ? judge_detached(p, bytes) : judge(p, bytes, (struct span){NULL, 0});
	}
	buf_free(&file);
	return report != NULL ? report : json_null();
}

static void
check_file(struct passport *p, const json_t *row)
{
	const char *name = text(row, "name"), *sha256 = text(row, "sha256");
	size_t i = asic_find(p->a, name), len = DIGEST_BYTES;
	unsigned char own[DIGEST_BYTES], said[DIGEST_BYTES];
	bool right = i < asic_count(p->a) && hex_decode(sha256, said, DIGEST_BYTES) &&
		asic_digest(p->a, i, "SHA256", own, &len, p->diag) == STATUS_OK && memcmp(own, said, DIGEST_BYTES) == 0;
	bool logged = right && is_logged(p, sha256);

	if (!right)
		complain(p, "passport.file", name, NULL);
	else if (!logged)
		diag_warn(p->diag, "passport.unlogged", name, NULL, NULL);
	json_array_append_new(p->files, json_pack("{s:s,s:s,s:s,s:b,s:b,s:o}", "name", name, "part", text(row, "part"), "sha256", sha256,
		"right", right, "logged", logged, "report", right ? report_of(p, row) : json_null()));
}

static enum status
check_all(struct passport *p, const char *log_key)
{
	const json_t *files, *row;
	size_t i;

	p->about = read_json(p, ABOUT);
	p->evidence = read_json(p, LEAVES);
	if (p->about == NULL || p->evidence == NULL)
		return STATUS_INVALID;
	files = json_object_get(p->about, "files");
	if (strcmp(text(p->about, "format"), "congvan-passport") != 0 || json_integer_value(json_object_get(p->about, "version")) != 1 ||
		!json_is_array(files) || json_array_size(files) > FILES_MOST) {
		complain(p, "passport.form", ABOUT, text(p->about, "format"));
		return STATUS_INVALID;
	}
	open_checkpoint(p, log_key);
	check_leaves(p);
	json_array_foreach(files, i, row)
		check_file(p, row);
	return STATUS_OK;
}

enum status
passport_check(struct span container, const char *log_key, const struct policy *policy, json_t **out, struct diag *diag)
{
	struct passport p = {.policy = policy, .diag = diag, .files = json_array()};
	enum status st = p.files != NULL ? asic_open(container, diag, &p.a) : STATUS_NO_MEMORY;

	if (st == STATUS_OK)
		st = pack_open(container, &pack_limits_default, false, NULL, &p.pack);
	if (st == STATUS_OK)
		st = check_all(&p, log_key);
	if (st == STATUS_OK) {
		*out = json_pack("{s:O?,s:s,s:s,s:I,s:I,s:O}", "document", json_object_get(json_object_get(p.about, "document"), "id"), "made_at",
			text(p.about, "made_at"), "origin", p.has_checkpoint ? p.checkpoint.origin : "", "size",
			(json_int_t)(p.has_checkpoint ? p.checkpoint.size : 0), "leaves",
			(json_int_t)json_array_size(json_object_get(p.evidence, "leaves")), "files", p.files);
		st = *out != NULL ? STATUS_OK : STATUS_NO_MEMORY;
	}
	json_decref(p.about);
	json_decref(p.evidence);
	json_decref(p.files);
	buf_free(&p.note);
	pack_close(p.pack);
	asic_close(p.a);
	return st;
}
