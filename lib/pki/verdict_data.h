/* verdict_data: what the files that judge share (run, stamp, past, level, remedy, judge), and filling in a verdict. */
#ifndef CONGVAN_PKI_VERDICT_DATA_H
#define CONGVAN_PKI_VERDICT_DATA_H

#include <openssl/x509.h>

#include "lib/pki/chain.h"
#include "lib/pki/cms_parts.h"
#include "lib/pki/policy_data.h"
#include "lib/pki/tsp.h"
#include "lib/pki/verdict.h"

/* The sub-indication with the indication it belongs to; SUB_NONE: passed. */
void verdict_set(struct verdict *v, enum sub_indication sub, const char *why);

void verdict_set_signer(struct verdict *v, const X509 *cert);

/* Over the maximum: dropped. */
void verdict_add_stamp(struct verdict *v, enum stamp_kind kind, clock_us gen_time, enum sub_indication sub, const X509 *tsa);
void verdict_add_need(struct verdict *v, enum verdict_need_kind kind, const char *who, const char *url, clock_us at);

/*
 * What bounds one run: timestamps judged (each some milliseconds), certificates inside that are looked at, paths remembered. What is over
 * is passed over and proves nothing.
 */
#define RUN_TOKENS_MAX 512
#define RUN_CERTS_MAX 1024
#define RUN_PATHS_MAX 64

struct run_path {
	struct digest leaf;
	enum chain_use use;
	STACK_OF(X509) *path;
};

/* What one timestamp is worth, apart from what it is about. */
struct stamp {
	enum sub_indication sub; /* SUB_NONE: believed */
	const char *why;         /* static */
	X509 *signer;            /* belongs to the token or the run */
	STACK_OF(X509) *path;    /* NULL: none found. Belongs to the stamp. */
	X509 *last;              /* without a path: where it ended */
	struct chain_finding finding;
	enum strength strength;
	clock_us good_until;     /* the first end of its algorithms (ageing.h) */
	bool revocation_checked, by_past;
};

/* A timestamp of the evidence. */
struct run_stamp {
	struct tsp_token token;
	bool read, about;        /* it can be read; it is about what it covers */
	bool content_read;
	const char *why;
	struct stamp worth;
};

struct verdict_run {
	const struct verdict_evidence *evidence; /* NULL: none */
	struct policy *policy;   /* derived: holds what came with the file too */
	STACK_OF(X509) *inside;  /* certificates that came with the file */
	struct run_path paths[RUN_PATHS_MAX];
	size_t path_count;
	struct run_stamp *stamps;
	size_t stamp_count;
	size_t tokens;           /* judged so far */
};

/* The path of a certificate, remembered; as chain_build. */
enum sub_indication run_path(struct verdict_run *run, X509 *leaf, enum chain_use use, STACK_OF(X509) **path_out,
	X509 **last_out, const char **why);

/* A certificate that came with the file; up_ref'd. */
void run_take_cert(struct verdict_run *run, X509 *cert);
bool run_has_cert(const struct verdict_run *run, const X509 *cert);

/*
 * Takes up everything that a CMS carries: certificates, CRLs and OCSP responses of the SignedData, of certificate-values and
 * revocation-values (EN 319 122-1 A.1.1.2, A.1.2.2) and of Adobe's revocation archive; proven to exist at `proven` (0: nothing is
 * known). `parts` NULL: it is BER.
 */
void run_take_cms(struct verdict_run *run, const struct cms_signature *s, const struct cms_parts *parts, clock_us proven);

/* Calls fn for each of them: the object's own DER, and the element of the SignedData that it is in, with its place. */
enum material_place { MATERIAL_CERTS, MATERIAL_CRLS, MATERIAL_UNSIGNED, MATERIAL_SIGNED };
struct material {
	enum verdict_proof_kind kind;
	struct span der;         /* OCSP: the BasicOCSPResponse */
	enum material_place place;
	struct span element;     /* CertificateChoices, RevocationInfoChoice or Attribute, whole */
};
typedef void (*material_fn)(void *arg, const struct material *m);
void material_each(const struct cms_parts *parts, material_fn fn, void *arg);

/* One object by itself: into the run, proven at `proven` (0: unknown). */
void material_take(struct verdict_run *run, enum verdict_proof_kind kind, struct span der, clock_us proven);

/*
 * Judges a token that exists since `proven` at latest (the time of judging when nothing else is known): itself, its path now and, where
 * that is not enough, in the past. Free with stamp_free, before the token.
 */
void stamp_judge(struct verdict_run *run, struct span der, const struct tsp_token *t, struct stamp *out);
void stamp_free(struct stamp *s);

/* The digest under which a signature is known to policy_prove: of its value. */
struct digest stamp_key(const struct cms_signature *s);

/* Everything in a token that is proven to exist at t. */
void stamp_prove_inside(struct verdict_run *run, struct span token, clock_us t);

/*
 * Past certificate validation and validation time sliding (EN 319 102-1 5.6.2.1, 5.6.2.2), then past signature validation (5.6.2.4) of a
 * signature proven to exist at `proven` that is `now` at present: SUB_NONE when it was right while its certificates were, NOT_YET_VALID,
 * NO_POE (with `at`: no data about that certificate is proven to be old enough), or `now`. `issued_from`: data about the leaf issued
 * before does not count (the grace period).
 */
struct past {
	const char *why; /* static */
	X509 *at;        /* with NO_POE */
	clock_us control; /* where the sliding ended; with NO_POE: by when data would have to be proven */
};
enum sub_indication past_judge(struct policy *p, const STACK_OF(X509) *path, enum sub_indication now, clock_us proven,
	clock_us issued_from, struct past *out);

/* Is it one that past validation may overcome (5.6.3.4 step 2)? */
bool past_may_help(enum sub_indication sub);

/* Does everything for long-term validation of this path at t lie in the file; is all of it proven to have existed? */
bool level_path_inside(struct verdict_run *run, const STACK_OF(X509) *path, clock_us t);
bool level_path_proven(struct verdict_run *run, const STACK_OF(X509) *path, clock_us t);

/* What would help, for each finding (lib/pki/remedy.c). */
void need_of_path(struct verdict *v, const struct chain_finding *f, const STACK_OF(X509) *path, const struct past *past);
void need_of_issuer(struct verdict *v, const X509 *last);
void need_of_sub(struct verdict *v);

/* The objects of a path: certificates and revocation data. */
void verdict_add_path(struct verdict *v, const struct verdict_run *run, const STACK_OF(X509) *path,
	const struct chain_finding *f);
void verdict_add_token(struct verdict *v, const struct verdict_run *run, const struct tsp_token *t);

#endif
