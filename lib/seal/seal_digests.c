/*
 * seal_digests: a detached CAdES signature over a file that is not here: the base is the record of its digests (lib/base/imprints), which congvand took while it read the file, and
 * the caller vouches for. Everything else is as for seal_cms; there is no form with the content inside.
 */
#include "lib/seal/seal.h"

#include <string.h>

#include "lib/base/imprints.h"
#include "lib/pki/cms_read.h"
#include "lib/seal/seal_cms.h"
#include "lib/seal/seal_pieces.h"

static bool
read_record(struct span record, struct imprints *out, struct diag *diag)
{
	bool good = imprints_read(record, out);

	if (!good)
		diag_error(diag, "seal.digests", NULL, NULL, NULL);
	return good;
}

static struct digest
sha256_of(const struct imprints *i)
{
	struct digest d;

	memcpy(d.bytes, i->of[IMPRINT_SHA256].bytes, DIGEST_BYTES);
	return d;
}

static enum status
prepare(struct span base, const struct seal_request *req, struct seal_prepared *out, struct diag *diag)
{
	struct imprints known;

	memset(out, 0, sizeof(*out));
	if (req->attached || !read_record(base, &known, diag))
		return STATUS_INVALID;
	buf_init(&out->tail, CMS_READ_MAX);
	out->base_size = base.len;
	out->digest = sha256_of(&known);
	out->imprint = known.of[req->algorithm];
	return STATUS_OK;
}

static enum status
embed(struct span base, struct seal_prepared *prepared, struct span cms, struct diag *diag)
{
	return prepared->attached ? STATUS_INVALID : seal_cms.embed(base, prepared, cms, diag);
}

static enum status
verify(struct span file, struct span detached, const struct policy *policy, struct seal_report **out, struct diag *diag)
{
	struct imprints known;

	if (detached.len == 0 || !read_record(file, &known, diag))
		return STATUS_INVALID;
	return seal_cms_verify(&(struct seal_cms_content){.imprints = &known, .size = known.size}, detached, policy, out, diag);
}

static enum status
add_proofs(struct span file, struct span detached, const struct seal_proof *proofs, size_t count, struct buf *out, struct diag *diag)
{
	return detached.len == 0 ? STATUS_INVALID : seal_cms.add_proofs(file, detached, proofs, count, out, diag);
}

static enum status
prepare_archive(struct span file, struct span detached, size_t room, struct seal_prepared *out, struct diag *diag)
{
	struct imprints known;
	struct digest content;

	(void)room;
	if (detached.len == 0 || !read_record(file, &known, diag))
		return STATUS_INVALID;
	content = sha256_of(&known);
	return seal_cms_prepare_archive(file, detached, &content, out, diag);
}

static enum status
embed_archive(struct span file, struct span detached, struct seal_prepared *prepared, struct span token, struct diag *diag)
{
	struct imprints known;
	struct digest content;

	if (detached.len == 0 || !read_record(file, &known, diag))
		return STATUS_INVALID;
	content = sha256_of(&known);
	return seal_cms_embed_archive(file, detached, &content, prepared, token, diag);
}

const struct seal_kind seal_digests = {
	.name = "digests",
	.prepare = prepare,
	.embed = embed,
	.verify = verify,
	.pieces = seal_pieces_cms,
	.add_proofs = add_proofs,
	.prepare_archive = prepare_archive,
	.embed_archive = embed_archive,
};
