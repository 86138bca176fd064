/*
 * seal_cms: the container that is no container: a detached CAdES signature (.p7s) beside any file that is not a PDF. An empty `detached` means
 * that the file itself is a CMS with its content inside (.p7m).
 */
#include "lib/seal/seal_cms.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/pki/cades_extend.h"
#include "lib/pki/cms_build.h"
#include "lib/pki/cms_read.h"
#include "lib/seal/seal_counter.h"
#include "lib/seal/seal_pieces.h"

static enum status
prepare(struct span base, const struct seal_request *req, struct seal_prepared *out,
	struct diag *diag)
{
	(void)diag;
	memset(out, 0, sizeof(*out));
	buf_init(&out->tail, CMS_READ_MAX);
	out->base_size = base.len;
	out->digest = digest_of(base.data, base.len);
	out->attached = req->attached;
	out->imprint = imprint_of(req->algorithm, base.data, base.len);
	return STATUS_OK;
}

static enum status
embed(struct span base, struct seal_prepared *prepared, struct span cms, struct diag *diag)
{
	(void)diag;
	if (prepared->base_size != base.len)
		return STATUS_CONFLICT;
	buf_free(&prepared->tail);
	if (prepared->attached)
		return cms_attach(cms, base, &prepared->tail);
	buf_put(&prepared->tail, cms.data, cms.len);
	return buf_status(&prepared->tail);
}

static enum status
digest_known(const struct imprints *known, const char *digest_name, unsigned char *to, size_t *len)
{
	enum imprint_kind kind;

	if (!imprint_kind_find(digest_name, &kind) || imprint_size(kind) > *len)
		return STATUS_UNSUPPORTED;
	memcpy(to, known->of[kind].bytes, imprint_size(kind));
	*len = imprint_size(kind);
	return STATUS_OK;
}

static enum status
digest_content(void *arg, const char *digest_name, unsigned char *to, size_t *len)
{
	const struct seal_cms_content *content = arg;
	const EVP_MD *md = EVP_get_digestbyname(digest_name);
	unsigned got;

	if (content->absent)
		return STATUS_NOT_FOUND;
	if (content->imprints != NULL)
		return digest_known(content->imprints, digest_name, to, len);
	if (md == NULL || (size_t)EVP_MD_get_size(md) > *len)
		return STATUS_UNSUPPORTED;
	if (EVP_Digest(content->bytes.data, content->bytes.len, to, &got, md, NULL) != 1)
		return STATUS_INTERNAL;
	*len = got;
	return STATUS_OK;
}

unsigned char *
seal_cms_pem(struct span in, struct span *der)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long len = 0;
	BIO *bio;

	if (in.len < 11 || in.len > INT_MAX || memcmp(in.data, "-----BEGIN ", 11) != 0)
		return NULL;
	bio = BIO_new_mem_buf(in.data, (int)in.len);
	if (bio == NULL || PEM_read_bio(bio, &name, &header, &data, &len) != 1)
		data = NULL;
	else
		*der = (struct span){data, (size_t)len};
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	ERR_clear_error();
	return data;
}

bool
seal_cms_is_confusion(struct span cms, struct span content)
{
	struct cms_signature s;
	const char *why;
	bool bare;

	if (content.len == 0 || content.data[0] != 0x31 || cms_read(cms, NULL, &s, &why) != STATUS_OK)
		return false;
	bare = !s.has_attributes;
	cms_signature_free(&s);
	return bare;
}

void
seal_cms_fail_confusion(struct verdict *v)
{
	v->indication = INDICATION_INDETERMINATE;
	v->sub = SUB_SIG_CONSTRAINTS_FAILURE;
	strcpy(v->why, "no signed attributes, and the content itself looks like some");
}

/* The signature, then those over it. */
static enum status
judge(struct span cms, const struct seal_cms_content *content, const struct policy *policy, struct seal_report *r, struct diag *diag)
{
	struct verdict *v = seal_report_at(r, 0)->verdict;
	struct seal_cms_content asked = *content;
	struct span head = content->imprints != NULL ? (struct span){&content->imprints->first, content->imprints->size != 0} : content->bytes;
	struct verdict_run *run;
	enum status st;

	if (seal_cms_is_confusion(cms, head)) {
		seal_cms_fail_confusion(v);
		return STATUS_OK;
	}
	run = verdict_run_new(policy, NULL);
	if (run == NULL)
		return STATUS_NO_MEMORY;
	verdict_run_cms(run, cms, digest_content, &asked, VERDICT_NOT_COVERED, v);
	st = seal_counters_judge(r, 1, run, cms, VERDICT_NOT_COVERED, diag);
	verdict_run_free(run);
	return st;
}

static enum status
judge_enveloping(struct span cms, const struct policy *policy, struct seal_report *r, struct diag *diag)
{
	struct cms_signature s;
	struct seal_cms_content content = {.bytes = {(const unsigned char *)"", 0}};
	const char *why;
	bool read = cms_read(cms, NULL, &s, &why) == STATUS_OK;
	enum status st;

	if (read && s.content.data != NULL)
		content.bytes = s.content;
	content.absent = read && s.content.data == NULL;
	st = judge(cms, &content, policy, r, diag);
	if (read)
		cms_signature_free(&s);
	return st;
}

enum status
seal_cms_verify(const struct seal_cms_content *content, struct span detached, const struct policy *policy, struct seal_report **out, struct diag *diag)
{
	struct seal_report *r = seal_report_new();
	struct seal_signature *s = r != NULL ? seal_report_add(r) : NULL;
	struct span cms = detached.len != 0 ? detached : content->bytes;
	unsigned char *der = seal_cms_pem(cms, &cms);
	char time[CLOCK_TEXT];
	enum status st = STATUS_NO_MEMORY;

	if (s != NULL) {
		s->covers_whole_file = true;
		s->revision_end = content->size;
		s->changes = "none";
		st = detached.len != 0 ? judge(cms, content, policy, r, diag) : judge_enveloping(cms, policy, r, diag);
	}
	if (st == STATUS_OK && s->verdict->claimed_time != 0) {
		clock_format_vietnam(s->verdict->claimed_time, time);
		s->claimed_time = seal_report_keep(r, time);
	}
	OPENSSL_free(der);
	if (st == STATUS_OK)
		*out = r;
	else
		seal_report_free(r);
	return st;
}

static enum status
verify(struct span file, struct span detached, const struct policy *policy, struct seal_report **out, struct diag *diag)
{
	return seal_cms_verify(&(struct seal_cms_content){.bytes = file, .size = file.len}, detached, policy, out, diag);
}

/* --- raising the level --- */

/* The signature itself, DER; `own` is what seal_cms_pem made of it. */
static struct span
open_signature(struct span file, struct span detached, unsigned char **own)
{
	struct span cms = detached.len != 0 ? detached : file;

	*own = seal_cms_pem(cms, &cms);
	return cms;
}

static enum cades_proof_kind
proof_kind(enum seal_proof_kind kind)
{
	switch (kind) {
	case SEAL_PROOF_CERT:
		return CADES_PROOF_CERT;
	case SEAL_PROOF_CRL:
		return CADES_PROOF_CRL;
	case SEAL_PROOF_OCSP:
		break;
	}
	return CADES_PROOF_OCSP;
}

enum status
seal_cms_add_proofs(struct span cms, bool is_timestamp, const struct seal_proof *proofs, size_t count, struct buf *out, struct diag *diag)
{
	size_t n = 0;
	struct cades_proof *own = count <= CADES_PROOFS_MAX ? calloc(count + 1, sizeof(*own)) : NULL;
	enum status st = count <= CADES_PROOFS_MAX ? STATUS_NO_MEMORY : STATUS_TOO_LARGE;

	for (size_t i = 0; own != NULL && i < count; i++) {
		own[n] = (struct cades_proof){proof_kind(proofs[i].kind), proofs[i].der};
		if (!is_timestamp || cades_concerns(cms, &own[n]))
			n++;
	}
	if (own != NULL)
		st = cades_add_proofs(cms, own, n, out, diag);
	free(own);
	return st;
}

static enum status
add_proofs(struct span file, struct span detached, const struct seal_proof *proofs, size_t count, struct buf *out,
	struct diag *diag)
{
	unsigned char *own;
	struct span cms = open_signature(file, detached, &own);
	enum status st = seal_cms_add_proofs(cms, false, proofs, count, out, diag);

	OPENSSL_free(own);
	return st;
}

/* Archive timestamps are asked for with SHA-256, as everything that congvan makes. */
static struct span
as_span(const struct digest *content)
{
	return content != NULL ? (struct span){content->bytes, DIGEST_BYTES} : (struct span){NULL, 0};
}

enum status
seal_cms_prepare_archive(struct span file, struct span detached, const struct digest *content, struct seal_prepared *out, struct diag *diag)
{
	unsigned char *own, imprint[EVP_MAX_MD_SIZE];
	struct span cms = open_signature(file, detached, &own);
	size_t len = 0;
	enum status st = cades_archive_imprint(cms, "SHA256", as_span(content), imprint, &len, diag);

	OPENSSL_free(own);
	if (st != STATUS_OK)
		return st;
	memset(out, 0, sizeof(*out));
	buf_init(&out->tail, CMS_READ_MAX);
	out->base_size = file.len;
	memcpy(out->digest.bytes, imprint, DIGEST_BYTES);
	return STATUS_OK;
}

enum status
seal_cms_embed_archive(struct span file, struct span detached, const struct digest *content, struct seal_prepared *prepared, struct span token,
	struct diag *diag)
{
	unsigned char *own;
	struct span cms = open_signature(file, detached, &own);
	struct buf made;
	enum status st = prepared->base_size == file.len ? STATUS_OK : STATUS_CONFLICT;

	buf_init(&made, CMS_READ_MAX);
	if (st == STATUS_OK)
		st = cades_add_archive_timestamp(cms, "SHA256", as_span(content), token, &made, diag);
	OPENSSL_free(own);
	if (st != STATUS_OK) {
		buf_free(&made);
		return st;
	}
	buf_free(&prepared->tail);
	prepared->tail = made;
	return STATUS_OK;
}

/* What is inside the CMS is known from there. */
static const struct digest *
archive_content(struct span file, struct span detached, struct digest *to)
{
	if (detached.len == 0)
		return NULL;
	*to = digest_of(file.data, file.len);
	return to;
}

static enum status
prepare_archive(struct span file, struct span detached, size_t room, struct seal_prepared *out, struct diag *diag)
{
	struct digest content;

	(void)room; /* there is no hole: the token is an attribute */
	return seal_cms_prepare_archive(file, detached, archive_content(file, detached, &content), out, diag);
}

static enum status
embed_archive(struct span file, struct span detached, struct seal_prepared *prepared, struct span token,
	struct diag *diag)
{
	struct digest content;

	return seal_cms_embed_archive(file, detached, archive_content(file, detached, &content), prepared, token, diag);
}

const struct seal_kind seal_cms = {
	.name = "cms",
	.prepare = prepare,
	.embed = embed,
	.verify = verify,
	.pieces = seal_pieces_cms,
	.add_proofs = add_proofs,
	.prepare_archive = prepare_archive,
	.embed_archive = embed_archive,
};
