/*
 * seal_asic: the ASiC containers of EN 319 162-1 with CAdES signatures. ASiC-E: the signature is over a manifest that refers to every data object;
 * further signatures, and archive manifests for the long term (4.4.5), are put behind what is there. ASiC-S: one signature over one data
 * object. What stands in the container keeps its bytes (pack_edit). Judging: seal_asic_verify.c.
 */
#include "lib/seal/seal_asic.h"

#include <stdlib.h>
#include <string.h>

#include "lib/doc/asic.h"
#include "lib/pki/cades_extend.h"
#include "lib/pki/tsp.h"
#include "lib/seal/seal_cms.h"

#define CONTAINER_MAX (UINT64_C(1) << 30)
#define SIMPLE_SIGNATURE "META-INF/signature.p7s" /* 4.3.3.2 */
#define SIMPLE_TIMESTAMP "META-INF/timestamp.tst"
#define MIME_CADES "application/pkcs7-signature"
#define MIME_TIMESTAMP "application/vnd.etsi.timestamp-token"

static void
start_prepared(struct seal_prepared *out, struct span base)
{
	memset(out, 0, sizeof(*out));
	buf_init(&out->tail, CONTAINER_MAX);
	out->base_size = base.len;
}

/* --- signing --- */

static enum status
prepare_simple(struct asic *a, enum imprint_kind algorithm, struct seal_prepared *out, struct diag *diag)
{
	size_t len = DIGEST_BYTES, wide = IMPRINT_BYTES;
	enum status st;

	if (asic_find(a, SIMPLE_SIGNATURE) != asic_count(a) || asic_find(a, SIMPLE_TIMESTAMP) != asic_count(a)) {
		diag_add(diag, SEVERITY_ERROR, "asic.simple.signed", SIMPLE_SIGNATURE, NULL, NULL, "EN 319 162-1 4.3.3");
		return STATUS_CONFLICT;
	}
	out->imprint.kind = algorithm;
	st = asic_digest(a, asic_simple_data(a), "SHA256", out->digest.bytes, &len, diag);
	if (st == STATUS_OK)
		st = asic_digest(a, asic_simple_data(a), imprint_name(algorithm), out->imprint.bytes, &wide, diag);
	return st;
}

static enum status
prepare(struct span base, const struct seal_request *req, struct seal_prepared *out, struct diag *diag)
{
	struct asic *a = NULL;
	char name[64];
	enum status st = asic_open(base, diag, &a);

	if (st != STATUS_OK)
		return st;
	start_prepared(out, base);
	if (asic_form(a) == ASIC_S)
		st = prepare_simple(a, req->algorithm, out, diag);
	else {
		asic_new_name(a, "signature", ".p7s", name);
		st = asic_write_manifest(a, false, name, MIME_CADES, NULL, &out->tail, diag);
		out->digest = digest_of(out->tail.data, out->tail.len);
		out->imprint = imprint_of(req->algorithm, out->tail.data, out->tail.len);
	}
	asic_close(a);
	if (st != STATUS_OK)
		seal_prepared_free(out);
	return st;
}

/* Puts the entries in and the old ones out; `prepared->tail` becomes the container. */
static enum status
replace(struct span base, const char *const *drop, const struct pack_member *members, size_t count,
	struct seal_prepared *prepared, struct diag *diag)
{
	struct buf made;
	enum status st;

	buf_init(&made, CONTAINER_MAX);
	st = pack_edit(base, drop, members, count, &made, diag);
	if (st != STATUS_OK) {
		buf_free(&made);
		return st;
	}
	buf_free(&prepared->tail);
	prepared->tail = made;
	return STATUS_OK;
}

static struct pack_member
member(const char *name, struct span bytes)
{
	return (struct pack_member){.name = name, .bytes = bytes, .fd = -1};
}

/* The prepared manifest is the one that was approved: its digest is in the signature. */
static bool
is_prepared(const struct seal_prepared *p)
{
	struct digest d = digest_of(p->tail.data, p->tail.len);

	return memcmp(d.bytes, p->digest.bytes, DIGEST_BYTES) == 0;
}

static enum status
embed(struct span base, struct seal_prepared *prepared, struct span cms, struct diag *diag)
{
	struct pack_member members[2];
	struct asic *a = NULL;
	char manifest[64], signature[64];
	enum status st = prepared->base_size == base.len ? asic_open(base, diag, &a) : STATUS_CONFLICT;

	if (st != STATUS_OK)
		return st;
	if (asic_form(a) == ASIC_S) {
		members[0] = member(SIMPLE_SIGNATURE, cms);
		st = replace(base, NULL, members, 1, prepared, diag);
	} else if (!is_prepared(prepared)) {
		st = STATUS_CONFLICT;
	} else {
		asic_new_name(a, "ASiCManifest", ".xml", manifest);
		asic_new_name(a, "signature", ".p7s", signature);
		members[0] = member(manifest, (struct span){prepared->tail.data, prepared->tail.len});
		members[1] = member(signature, cms);
		st = replace(base, NULL, members, 2, prepared, diag);
	}
	asic_close(a);
	return st;
}

/* --- raising the level --- */

/* An archive manifest refers to the entry: changing it would break the archive timestamp. */
static bool
is_archived(const struct asic *a, size_t entry)
{
	for (size_t i = 0; i < asic_manifest_count(a); i++) {
		const struct asic_manifest *m = asic_manifest_at(a, i);

		for (size_t k = 0; m->archive && k < m->count; k++)
			if (m->references[k].entry == entry)
				return true;
	}
	return false;
}

/* What may still take proofs: signatures that no archive manifest covers, else the newest archive timestamp. */
static bool
takes_proofs(const struct asic *a, size_t entry)
{
	enum asic_role role = asic_at(a, entry)->role;

	return (role == ASIC_CADES || role == ASIC_TIMESTAMP) && !is_archived(a, entry);
}

struct raised {
	const char **drop; /* names, NULL-terminated */
	struct pack_member *members;
	struct buf *bytes;
	size_t count;
};

static void
raised_free(struct raised *r)
{
	for (size_t i = 0; i < r->count; i++)
		buf_free(&r->bytes[i]);
	free(r->drop);
	free(r->members);
	free(r->bytes);
}

static enum status
raise_one(struct asic *a, size_t entry, const struct seal_proof *proofs, size_t count, struct raised *r,
	struct diag *diag)
{
	struct buf old, *made = &r->bytes[r->count];
	enum status st;

	buf_init(&old, ASIC_META_MAX);
	buf_init(made, ASIC_META_MAX);
	st = asic_read(a, entry, &old, diag);
	if (st == STATUS_OK)
		st = seal_cms_add_proofs((struct span){old.data, old.len}, asic_at(a, entry)->role == ASIC_TIMESTAMP, proofs, count, made, diag);
	buf_free(&old);
	if (st != STATUS_OK || made->len == 0) {
		buf_free(made);
		return st;
	}
	r->drop[r->count] = asic_at(a, entry)->name;
	r->members[r->count] = member(asic_at(a, entry)->name, (struct span){made->data, made->len});
	r->count++;
	return STATUS_OK;
}

static enum status
raise_all(struct span file, struct asic *a, const struct seal_proof *proofs, size_t count, struct buf *out,
	struct diag *diag)
{
	size_t n = asic_count(a);
	struct raised r = {calloc(n + 1, sizeof(*r.drop)), calloc(n + 1, sizeof(*r.members)), calloc(n + 1, sizeof(*r.bytes)), 0};
	bool found = false;
	enum status st = r.drop != NULL && r.members != NULL && r.bytes != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	for (size_t i = 0; st == STATUS_OK && i < n; i++)
		if (takes_proofs(a, i)) {
			found = true;
			st = raise_one(a, i, proofs, count, &r, diag);
		}
	if (st == STATUS_OK && !found) {
		diag_add(diag, SEVERITY_ERROR, "asic.raise", "zip", NULL, "CAdES", "EN 319 162-1 4.4.5");
		st = STATUS_UNSUPPORTED;
	}
	if (st == STATUS_OK && r.count > 0)
		st = pack_edit(file, r.drop, r.members, r.count, out, diag);
	raised_free(&r);
	return st;
}

static enum status
add_proofs(struct span file, struct span detached, const struct seal_proof *proofs, size_t count, struct buf *out,
	struct diag *diag)
{
	struct asic *a = NULL;
	enum status st = asic_open(file, diag, &a);

	(void)detached;
	if (st == STATUS_OK)
		st = raise_all(file, a, proofs, count, out, diag);
	asic_close(a);
	return st;
}

/* ASiC-S has its archive timestamps inside the signature (archive-time-stamp-v3 over the data object). */
static enum status
simple_archive(struct asic *a, struct buf *cms, unsigned char digest[DIGEST_BYTES], struct diag *diag)
{
	size_t entry = asic_find(a, SIMPLE_SIGNATURE), len = DIGEST_BYTES;
	enum status st;

	if (entry == asic_count(a)) {
		diag_add(diag, SEVERITY_ERROR, "asic.raise", "zip", NULL, SIMPLE_SIGNATURE, "EN 319 162-1 4.3.3");
		return STATUS_UNSUPPORTED;
	}
	st = asic_read(a, entry, cms, diag);
	return st == STATUS_OK ? asic_digest(a, asic_simple_data(a), "SHA256", digest, &len, diag) : st;
}

static enum status
prepare_simple_archive(struct asic *a, struct seal_prepared *out, struct diag *diag)
{
	unsigned char digest[DIGEST_BYTES], imprint[EVP_MAX_MD_SIZE];
	struct buf cms;
	size_t len = 0;
	enum status st;

	buf_init(&cms, ASIC_META_MAX);
	st = simple_archive(a, &cms, digest, diag);
	if (st == STATUS_OK)
		st = cades_archive_imprint((struct span){cms.data, cms.len}, "SHA256", (struct span){digest, sizeof(digest)}, imprint,
			&len, diag);
	if (st == STATUS_OK)
		memcpy(out->digest.bytes, imprint, DIGEST_BYTES);
	buf_free(&cms);
	return st;
}

/* A container that nobody signed gets a plain time assertion (4.4.4) and not an archive manifest. */
static bool
is_unsigned(const struct asic *a)
{
	for (size_t i = 0; i < asic_count(a); i++) {
		enum asic_role role = asic_at(a, i)->role;

		if (role == ASIC_CADES || role == ASIC_XADES || role == ASIC_TIMESTAMP)
			return false;
	}
	return true;
}

static enum status
prepare_archive(struct span file, struct span detached, size_t room, struct seal_prepared *out, struct diag *diag)
{
	struct asic *a = NULL;
	char token[64], renamed[64];
	enum status st = asic_open(file, diag, &a);

	(void)detached;
	(void)room; /* there is no hole: the token is an entry */
	if (st != STATUS_OK)
		return st;
	start_prepared(out, file);
	if (asic_form(a) == ASIC_S)
		st = prepare_simple_archive(a, out, diag);
	else {
		asic_new_name(a, "timestamp", ".tst", token);
		asic_new_name(a, "ASiCArchiveManifest", ".xml", renamed);
		st = asic_write_manifest(a, !is_unsigned(a), token, MIME_TIMESTAMP, renamed, &out->tail, diag);
		out->digest = digest_of(out->tail.data, out->tail.len);
	}
	asic_close(a);
	if (st != STATUS_OK)
		seal_prepared_free(out);
	return st;
}

static enum status
embed_simple_archive(struct span file, struct asic *a, struct seal_prepared *prepared, struct span token, struct diag *diag)
{
	static const char *const drop[] = {SIMPLE_SIGNATURE, NULL};
	unsigned char digest[DIGEST_BYTES];
	struct pack_member one;
	struct buf cms, made;
	enum status st;

	buf_init(&cms, ASIC_META_MAX);
	buf_init(&made, ASIC_META_MAX);
	st = simple_archive(a, &cms, digest, diag);
	if (st == STATUS_OK)
		st = cades_add_archive_timestamp((struct span){cms.data, cms.len}, "SHA256",
			(struct span){digest, sizeof(digest)}, token, &made, diag);
	one = member(SIMPLE_SIGNATURE, (struct span){made.data, made.len});
	if (st == STATUS_OK)
		st = replace(file, drop, &one, 1, prepared, diag);
	buf_free(&made);
	buf_free(&cms);
	return st;
}

/* The newest archive manifest has the fixed name; its predecessor, if there is one, gets a numbered one, its bytes as they are. */
static enum status
embed_manifest(struct span file, struct asic *a, struct seal_prepared *prepared, struct span token, struct diag *diag)
{
	static const char *const drop[] = {ASIC_ARCHIVE_MANIFEST, NULL};
	size_t old = asic_find(a, ASIC_ARCHIVE_MANIFEST), n = 0;
	struct pack_member members[3];
	char name[64], renamed[64], plain[64];
	struct buf before;
	enum status st = STATUS_OK;

	buf_init(&before, ASIC_META_MAX);
	asic_new_name(a, "timestamp", ".tst", name);
	asic_new_name(a, "ASiCArchiveManifest", ".xml", renamed);
	if (old != asic_count(a)) {
		st = asic_read(a, old, &before, diag);
		members[n++] = member(renamed, (struct span){before.data, before.len});
	}
	asic_new_name(a, "ASiCManifest", ".xml", plain);
	members[n++] = member(is_unsigned(a) ? plain : ASIC_ARCHIVE_MANIFEST, (struct span){prepared->tail.data, prepared->tail.len});
	members[n++] = member(name, token);
	if (st == STATUS_OK)
		st = replace(file, drop, members, n, prepared, diag);
	buf_free(&before);
	return st;
}

static bool
is_about(struct span token, const struct digest *digest)
{
	struct tsp_token t;
	const char *why;
	bool is;

	if (tsp_token_read(token, NULL, &t, &why) != STATUS_OK)
		return false;
	is = tsp_token_is_about(&t, NID_sha256, (struct span){digest->bytes, DIGEST_BYTES});
	tsp_token_free(&t);
	return is;
}

static enum status
embed_archive(struct span file, struct span detached, struct seal_prepared *prepared, struct span token, struct diag *diag)
{
	struct asic *a = NULL;
	enum status st = prepared->base_size == file.len ? asic_open(file, diag, &a) : STATUS_CONFLICT;

	(void)detached;
	if (st != STATUS_OK)
		return st;
	if (asic_form(a) == ASIC_S)
		st = embed_simple_archive(file, a, prepared, token, diag);
	else if (!is_prepared(prepared))
		st = STATUS_CONFLICT;
	else if (!is_about(token, &prepared->digest)) {
		diag_add(diag, SEVERITY_ERROR, "cades.archive-token", "TimeStampToken", NULL, NULL, "EN 319 162-1 4.4.5");
		st = STATUS_INVALID;
	} else
		st = embed_manifest(file, a, prepared, token, diag);
	asic_close(a);
	return st;
}

/* --- what is inside --- */

static enum status
pieces(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag)
{
	struct asic *a = NULL;
	enum status st = asic_open(file, diag, &a);

	(void)detached;
	for (size_t i = 0; st == STATUS_OK && i < asic_count(a); i++) {
		struct buf cms;

		if (asic_at(a, i)->role != ASIC_CADES && asic_at(a, i)->role != ASIC_TIMESTAMP)
			continue;
		buf_init(&cms, ASIC_META_MAX);
		st = asic_read(a, i, &cms, diag);
		if (st == STATUS_OK)
			st = found(arg, SEAL_PIECE_CMS, (struct span){cms.data, cms.len});
		buf_free(&cms);
	}
	asic_close(a);
	return st;
}

/* --- making --- */

static bool
in_meta(const char *name)
{
	return strncmp(name, ASIC_FOLDER, strlen(ASIC_FOLDER)) == 0 || strcmp(name, "mimetype") == 0;
}

enum status
seal_asic_make(int fd, const struct pack_member *data, size_t count, bool simple, struct span signature,
	struct span timestamp, struct diag *diag)
{
	const char *type = simple ? ASIC_MIME_S : ASIC_MIME_E;
	struct pack_member *all = calloc(count + 2, sizeof(*all));
	size_t n = 0;
	enum status st = all != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	if (st == STATUS_OK && (count == 0 || (simple && (count != 1 || (signature.len == 0) == (timestamp.len == 0))))) {
		diag_error(diag, "asic.data", "zip", NULL, NULL);
		st = STATUS_INVALID;
	}
	if (st == STATUS_OK) {
		all[n] = member("mimetype", (struct span){(const unsigned char *)type, strlen(type)});
		all[n++].stored = true;
	}
	for (size_t i = 0; st == STATUS_OK && i < count; i++) {
		if (in_meta(data[i].name)) {
			diag_error(diag, "pack.name", "zip", data[i].name, NULL);
			st = STATUS_INVALID;
		}
		all[n++] = data[i];
	}
	if (simple)
		all[n++] = signature.len != 0 ? member(SIMPLE_SIGNATURE, signature) : member(SIMPLE_TIMESTAMP, timestamp);
	if (st == STATUS_OK)
		st = pack_build(fd, all, n, diag);
	free(all);
	return st;
}

const struct seal_kind seal_asic = {
	.name = "asic",
	.prepare = prepare,
	.embed = embed,
	.verify = seal_asic_verify,
	.pieces = pieces,
	.add_proofs = add_proofs,
	.prepare_archive = prepare_archive,
	.embed_archive = embed_archive,
};
