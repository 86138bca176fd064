/*
 * seal_pdf: the parts of the PDF container for its table in seal_pdf.c: judging (seal_pdf_verify.c) and the long term
 * (seal_pdf_archive.c).
 */
#ifndef CONGVAN_SEAL_SEAL_PDF_H
#define CONGVAN_SEAL_SEAL_PDF_H

#include "lib/seal/seal.h"

enum status seal_pdf_verify(struct span file, struct span detached, const struct policy *policy,
	struct seal_report **out, struct diag *diag);
/* found: NULL for none. */
enum status seal_pdf_verify_pieces(struct span file, const struct policy *policy, seal_piece_fn found, void *arg, struct seal_report **out, struct diag *diag);

enum status seal_pdf_add_proofs(struct span file, struct span detached, const struct seal_proof *proofs,
	size_t count, struct buf *out, struct diag *diag);
enum status seal_pdf_prepare_archive(struct span file, struct span detached, size_t room,
	struct seal_prepared *out, struct diag *diag);
enum status seal_pdf_embed_archive(struct span file, struct span detached, struct seal_prepared *prepared,
	struct span token, struct diag *diag);

#define SEAL_PDF_ROOM_MAX (1u << 20) /* bytes of the largest hole */

/* The SHA-256 digest of base and tail without the hole and its brackets. STATUS_NO_MEMORY. */
enum status seal_pdf_range_digest(struct span base, const struct seal_prepared *p, struct digest *out);

/* seal_pdf.embed: fills the hole with one DER value and proves the result. */
enum status seal_pdf_embed(struct span base, struct seal_prepared *p, struct span der, struct diag *diag);

#endif
