/* seal_cms: what the ASiC container shares with the detached CMS container (seal_cms.c). */
#ifndef CONGVAN_SEAL_SEAL_CMS_H
#define CONGVAN_SEAL_SEAL_CMS_H

#include "lib/base/imprints.h"
#include "lib/seal/seal.h"

/*
 * Without signed attributes the value is over the file itself, and a file that is the SET of attributes of another signature
 * would pass (RFC 5652 security considerations; the attribute confusion). No document begins like that. Only the beginning of the content is looked at.
 */
bool seal_cms_is_confusion(struct span cms, struct span content);
void seal_cms_fail_confusion(struct verdict *v);

/* Other programs write .p7s and .p7m as PEM too: *der becomes what is inside, OPENSSL_free the result. NULL: it is not PEM, and *der stays. */
unsigned char *seal_cms_pem(struct span in, struct span *der);

/* What a detached signature is over: the bytes, or of a file that is not here its digests. */
struct seal_cms_content {
	struct span bytes;
	const struct imprints *imprints; /* NULL: bytes */
	uint64_t size;
	bool absent; /* the signature is by itself: what it is over is neither inside nor here */
};

/* seal.h verify, prepare_archive and embed_archive, with the content so given; content NULL: it is inside. */
enum status seal_cms_verify(const struct seal_cms_content *content, struct span detached, const struct policy *policy, struct seal_report **out,
	struct diag *diag);
enum status seal_cms_prepare_archive(struct span file, struct span detached, const struct digest *content, struct seal_prepared *out, struct diag *diag);
enum status seal_cms_embed_archive(struct span file, struct span detached, const struct digest *content, struct seal_prepared *prepared, struct span token,
	struct diag *diag);

/* cades_add_proofs for the proofs of a container's call; `cms` is DER. For a timestamp token only those that concern it. */
enum status seal_cms_add_proofs(struct span cms, bool is_timestamp, const struct seal_proof *proofs, size_t count, struct buf *out,
	struct diag *diag);

#endif
