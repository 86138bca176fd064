/*
 * policy_data: what is inside a policy, for the other files of lib/pki only. The policy a caller gives is constant while judging; a run
 * works on a derived one of its own, which also holds what came with the file, what is proven about it, and remembers checked signatures.
 */
#ifndef CONGVAN_PKI_POLICY_DATA_H
#define CONGVAN_PKI_POLICY_DATA_H

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "lib/base/digest.h"
#include "lib/pki/cert_kept.h"
#include "lib/pki/policy.h"

#define POLICY_REVOCATION_MAX 8192 /* CRLs, and as many OCSP responses */
#define POLICY_SIGNATURE_POLICIES_MAX 256

enum policy_use { POLICY_USE_SIGNATURE = 1, POLICY_USE_TIMESTAMP = 2, POLICY_USE_TLS_CLIENT = 4 };

struct policy_anchor {
	X509 *cert;
	clock_us from, until; /* trusted in [from, until); 0: no limit */
	unsigned uses;        /* POLICY_USE_… */
	char label[96];       /* "" when the rules give none */
};

struct policy_crl {
	X509_CRL *crl;
	clock_us this_update, next_update;
	struct digest digest;
	bool inside;          /* came with the file */
	bool delta;
	X509 *tried;          /* the issuer asked about last (a reference), … */
	X509 *signer, *above; /* … and who signed the list, and who certified that one (crl_signer.h; references) */
	size_t known;         /* certificates that there were to look among */
};

struct policy_ocsp {
	OCSP_BASICRESP *basic;
	struct digest digest;
	bool inside;
	X509 *tried;          /* the issuer tried last (a reference), and … */
	X509 *signer;         /* … the certificate that signed and may; NULL: none. Belongs to basic or is the issuer. */
};

struct policy_signature_policy {
	char oid[80];
	struct buf text;
};

/* An algorithm that is good enough until a day (ageing.h). */
#define POLICY_AGEING_MAX 32
struct policy_ageing {
	int digest_nid;       /* NID_undef: a kind of key */
	char key[12];         /* "RSA", "EC", "ED25519" … */
	int under_bits;       /* keys of fewer bits; 0: all */
	clock_us until;
};

/* Digest -> the earliest time at which the object is proven to have existed. Open addressing. */
#define POLICY_PROVEN_SLOTS 4096
struct policy_proven {
	struct digest digest;
	clock_us at;          /* 0: free */
};

struct policy {
	clock_us at;
	struct policy_anchor *anchors;
	size_t anchor_count;
	STACK_OF(X509) *intermediates;
	struct policy_crl *crls;
	size_t crl_count, crl_room;
	struct policy_ocsp *ocsp;
	size_t ocsp_count, ocsp_room;
	struct policy_signature_policy *signature_policies;
	size_t signature_policy_count;
	bool owns_signature_policies;
	enum policy_revocation revocation;
	enum policy_weak weak;
	clock_us weak_until;
	struct policy_ageing ageing[POLICY_AGEING_MAX];
	size_t ageing_count;
	clock_us max_age, grace;
	struct policy_proven *proven; /* POLICY_PROVEN_SLOTS of them, or NULL */
	size_t proven_count;
	struct policy *source;        /* whose signature policies these are, referred to; or NULL */
	unsigned references;          /* by such copies */
	struct cert_kept *known;      /* certificates read before, of whoever keeps the policy's folder (policy_folder); NULL: none */
	const STACK_OF(X509) *carried; /* certificates that came with the file; the run's */
	unsigned searches;    /* signatures checked so far by crl_signer */
};

/* A copy to work on; the certificates and revocation data are shared by reference. NULL without memory. `p` must live as long. */
struct policy *policy_derive(const struct policy *p);

/* The same as of another time and without a place for proofs of existence; it keeps `p` alive. */
struct policy *policy_share(struct policy *p, clock_us at);

/* Takes crl or basic over, also on failure. Over POLICY_REVOCATION_MAX: STATUS_TOO_LARGE. One that is there already is not kept twice. */
enum status policy_keep_crl(struct policy *p, X509_CRL *crl, bool inside);
enum status policy_keep_ocsp(struct policy *p, OCSP_BASICRESP *basic, bool inside);

/*
 * Proof of existence (EN 319 102-1 5.6.2.3): the object with this digest existed at t. Keeps the earliest; over three quarters of
 * POLICY_PROVEN_SLOTS further objects are not remembered. policy_proven: the earliest known, or the time of judging.
 */
void policy_prove(struct policy *p, const struct digest *d, clock_us t);
clock_us policy_proven(const struct policy *p, const struct digest *d);

/* The rules of the anchor with this certificate, or NULL. */
const struct policy_anchor *policy_anchor_of(const struct policy *p, const X509 *cert);

/* Reads a rules file (policy_rules.c) for the anchors from index `first` on, or for the whole folder. */
#define POLICY_RULES_OF_FOLDER SIZE_MAX
enum status policy_apply_rules(struct policy *p, size_t first, struct span text);

#endif
