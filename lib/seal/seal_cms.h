/* seal_cms: what the ASiC container shares with the detached CMS container (seal_cms.c). */
#ifndef CONGVAN_SEAL_SEAL_CMS_H
#define CONGVAN_SEAL_SEAL_CMS_H

#include "lib/seal/seal.h"

/* cades_add_proofs for the proofs of a container's call; `cms` is DER. For a timestamp token only those that concern it. */
enum status seal_cms_add_proofs(struct span cms, bool is_timestamp, const struct seal_proof *proofs, size_t count, struct buf *out,
	struct diag *diag);

#endif
