/*
 * seal_form: what is made where the kind alone does not say it (parameter "form" of SEAL_PREPARE and SEAL_EMBED): a CMS with its content inside, or a new ASiC container of
 * the files given. Without it the kind's own prepare and embed are called: a further signature of a container that is there.
 */
#ifndef CONGVAN_WORKER_SEAL_FORM_H
#define CONGVAN_WORKER_SEAL_FORM_H

#include "lib/seal/seal.h"
#include "worker/jobs.h"

enum seal_form { SEAL_FORM_PLAIN, SEAL_FORM_ATTACHED, SEAL_FORM_ASIC_E, SEAL_FORM_ASIC_S };

struct seal_forming {
	enum seal_form form;
	const struct seal_kind *kind;
	size_t names;  /* of the files of a new container; 0 else */
};

/* Reads "kind", "form" and "names"; STATUS_MALFORMED with a finding: they do not belong together. */
enum status seal_form_of(const struct job_run *run, struct seal_forming *out);

/*
 * The digest to sign of input 0 and, for a new container, of `names` files in all, which follow it. Also sets what the result says besides: "form" and "names" as they came, for
 * the embedding, and for ASiC "objects":[{"name","sha256"}]. STATUS_TOO_LARGE with signing.attached-size: a content that no CMS of ours can hold.
 */
enum status seal_form_prepare(struct job_run *run, const struct seal_forming *f, const struct seal_request *req,
	struct seal_prepared *out);

/* Puts the CMS in. The files of a new container besides input 0 stand from input 3 on. */
enum status seal_form_embed(struct job_run *run, const struct seal_forming *f, struct seal_prepared *prepared, struct span cms);

#endif
