/*
 * verdict: the judgement of one signature by EN 319 102-1: TOTAL-PASSED, INDETERMINATE or TOTAL-FAILED with a sub-indication, and
 * the facts it rests on (Circular 15/2025/TT-BKHCN App. II: issuer, signer, unit, time, integrity, certificate validity).
 */
#ifndef CONGVAN_PKI_VERDICT_H
#define CONGVAN_PKI_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"
#include "lib/pki/policy.h"
#include "lib/pki/strength.h"

enum indication { INDICATION_PASSED, INDICATION_INDETERMINATE, INDICATION_FAILED };

/* EN 319 102-1 table 5/6. The name is the XML name; codes in the catalogue are "verdict." + lower-case name. */
#define SUB_INDICATION_TABLE(X)                                                                    \
	X(NONE) X(FORMAT_FAILURE) X(HASH_FAILURE) X(SIG_CRYPTO_FAILURE) X(REVOKED) X(EXPIRED)      \
	X(NOT_YET_VALID) X(SIG_CONSTRAINTS_FAILURE) X(CHAIN_CONSTRAINTS_FAILURE)                   \
	X(CERTIFICATE_CHAIN_GENERAL_FAILURE) X(CRYPTO_CONSTRAINTS_FAILURE)                         \
	X(POLICY_PROCESSING_ERROR) X(SIGNATURE_POLICY_NOT_AVAILABLE) X(TIMESTAMP_ORDER_FAILURE)    \
	X(NO_SIGNING_CERTIFICATE_FOUND) X(NO_CERTIFICATE_CHAIN_FOUND)                              \
	X(NO_CERTIFICATE_CHAIN_FOUND_NO_POE) X(REVOKED_NO_POE) X(REVOKED_CA_NO_POE)                \
	X(OUT_OF_BOUNDS_NOT_REVOKED) X(OUT_OF_BOUNDS_NO_POE) X(REVOCATION_OUT_OF_BOUNDS_NO_POE)    \
	X(CRYPTO_CONSTRAINTS_FAILURE_NO_POE) X(NO_POE) X(TRY_LATER) X(SIGNED_DATA_NOT_FOUND)

enum sub_indication {
#define SUB_ENUM(name) SUB_##name,
	SUB_INDICATION_TABLE(SUB_ENUM)
#undef SUB_ENUM
};

enum level { LEVEL_NONE, LEVEL_CMS, LEVEL_B_B, LEVEL_B_T, LEVEL_B_LT, LEVEL_B_LTA };

/* A timestamp that was looked at, and what it is worth. */
enum stamp_kind { STAMP_SIGNATURE, STAMP_CONTENT, STAMP_ARCHIVE, STAMP_DOCUMENT };
struct verdict_stamp_fact {
	enum stamp_kind kind;
	clock_us gen_time;           /* 0: the token cannot be read */
	enum sub_indication sub;     /* SUB_NONE: it is believed */
	char tsa[96];
};

/* An object that was used, by the digest of its DER, and since when it is proven to exist (TS 119 102-2 4.4, 4.5). */
enum object_kind { OBJECT_CERT, OBJECT_ANCHOR, OBJECT_CRL, OBJECT_OCSP, OBJECT_STAMP };
struct verdict_object {
	enum object_kind kind;
	struct digest digest;
	clock_us proven;             /* 0: only by being here now */
	bool inside;                 /* came with the file, not from this office's folders */
	char name[96];               /* subject, or issuer of revocation data */
};

/* What would make the signature valid, or valid without a warning (catalogue: "verdict.need." + name in lower case). */
#define VERDICT_NEED_TABLE(X)                                                                      \
	X(CRL, "crl")                   /* revocation data about `who`, from `url` (may be "") */  \
	X(WAIT, "wait")                 /* until `at` (0: unknown): newer data, a suspension's end */ \
	X(TIMESTAMP, "timestamp")       /* proof that it existed before `at` */                    \
	X(ANCHOR, "anchor")             /* the root `who` among this office's trusted ones */      \
	X(INTERMEDIATE, "intermediate") /* the certificate of `who`, from `url` */                 \
	X(SIGNER, "signer")             /* the certificate of the signer */                        \
	X(CONTENT, "content")           /* the document that was signed */                         \
	X(POLICY, "policy")             /* the text of signature policy `who` */                   \
	X(ORIGINAL, "original")         /* the unaltered document from its sender */               \
	X(RESIGN, "resign")             /* the signer must sign anew */                            \
	X(PROOF, "proof")               /* revocation data about `who` with proof that it existed before `at` */
enum verdict_need_kind {
#define NEED_ENUM(name, code) NEED_##name,
	VERDICT_NEED_TABLE(NEED_ENUM)
#undef NEED_ENUM
};
struct verdict_need {
	enum verdict_need_kind kind;
	char who[96], url[160];
	clock_us at;
};

#define VERDICT_STAMPS_MAX 12
#define VERDICT_OBJECTS_MAX 24
#define VERDICT_NEEDS_MAX 6

struct verdict {
	enum indication indication;
	enum sub_indication sub;
	enum level level;            /* what holds, not what is there; LEVEL_CMS: plain PKCS#7 without signing-certificate attribute */
	bool intact;                 /* digest and signature value are right */
	bool weak_algorithm;         /* SHA-1, RSA under 2048: labelled, not refused */
	bool revocation_checked;     /* false: warn (Circular 15/2025 App. II) */
	bool by_past;                /* the process with long-term material decided (EN 319 102-1 5.6) */
	char digest_name[32], signature_name[48];
	char weak_name[48];          /* the algorithm that is weak or broken, or "" */
	clock_us weak_until;         /* it was good until then; 0: no date known */
	char subject[256], issuer[256], organ[256], serial[80]; /* UTF-8; of the signer's certificate */
	char anchor[96];             /* label or subject of the trust anchor that was reached, or "" */
	char signature_policy[80];   /* its OID, "implied", or "" */
	struct digest cert_digest;
	struct digest value_digest;  /* SHA-256 of the signature value */
	unsigned char content_digest[64]; /* of what was signed, by digest_name; content_digest_len 0: not known */
	size_t content_digest_len;
	enum verdict_process { PROCESS_BASIC, PROCESS_TIME, PROCESS_LONG } process; /* EN 319 102-1 5.3, 5.5 or 5.6: the furthest that was needed */
	clock_us not_before, not_after;
	clock_us judged_at;
	clock_us claimed_time;       /* signingTime attribute; 0: none */
	clock_us proven_time;        /* the earliest time at which the signature is proven to have existed; 0: none */
	clock_us revoked_at;         /* of the certificate in question; 0: not revoked */
	char tsa[256];               /* subject of the signer of that proof, or "" */
	char why[400];               /* one technical sentence in English for the log and the report */
	struct verdict_stamp_fact stamps[VERDICT_STAMPS_MAX];
	size_t stamp_count;
	struct verdict_object objects[VERDICT_OBJECTS_MAX]; /* the first so many */
	size_t object_count;
	struct verdict_need needs[VERDICT_NEEDS_MAX];
	size_t need_count;
};

/* The XML names: "TOTAL-PASSED", "HASH_FAILURE", "B-T". Static. */
const char *indication_name(enum indication i);
const char *sub_indication_name(enum sub_indication s);
const char *level_name(enum level l);

/* "signature", "content", "archive", "document"; and the codes of the table of needs. Static. */
const char *stamp_kind_name(enum stamp_kind k);
const char *object_kind_name(enum object_kind k); /* "certificate", "anchor", "crl", "ocsp", "timestamp" */
const char *verdict_need_name(enum verdict_need_kind k);

/*
 * The digest, by the named algorithm, of what a signature or timestamp covers. Called at most twice a signature and once a timestamp.
 * STATUS_UNSUPPORTED for an unknown name.
 */
typedef enum status (*content_digest_fn)(void *arg, const char *digest_name, unsigned char *to, size_t *len);

/*
 * What a file holds beside the CMS of its signatures: for PDF the DSS (with VRI) and the document timestamps, for ASiC the archive
 * manifests' timestamps. Everything here belongs to the caller and outlives the run.
 */
#define VERDICT_NOT_COVERED SIZE_MAX
#define VERDICT_PROOFS_MAX 2048        /* more are not looked at */
#define VERDICT_FILE_STAMPS_MAX 64

enum verdict_proof_kind { VERDICT_PROOF_CERT, VERDICT_PROOF_CRL, VERDICT_PROOF_OCSP };
struct verdict_proof {
	enum verdict_proof_kind kind;
	struct span der;             /* a certificate, a CertificateList, an OCSPResponse */
	size_t covered_by;           /* index of the oldest of `stamps` that covers it, or VERDICT_NOT_COVERED; later ones cover it too */
};
struct verdict_stamp {
	struct span token;           /* TimeStampToken; zeros may follow */
	content_digest_fn content;   /* of what this timestamp covers */
	void *arg;
};
struct verdict_evidence {
	const struct verdict_proof *proofs;
	size_t proof_count;
	const struct verdict_stamp *stamps; /* oldest first: each covers those before it */
	size_t stamp_count;
};

/*
 * A run judges everything in one file: evidence is read once, paths and checked revocation data are kept between its
 * signatures. Timestamps of the evidence are judged at once, the newest first (EN 319 102-1 5.6.3.4), each proving that what it covers
 * existed. `evidence` may be NULL: none. NULL without memory. Use from one thread; policy outlives it.
 */
struct verdict_run;
struct verdict_run *verdict_run_new(const struct policy *policy, const struct verdict_evidence *evidence);
void verdict_run_free(struct verdict_run *run);

/*
 * Judges a CMS SignedData (DER or BER, zeros may follow) with exactly one SignerInfo by the process with long-term material (EN 319
 * 102-1 5.6), which ends as the one with time (5.5) or the basic one (5.3) when there is nothing more. `covered_by`: the oldest of the
 * evidence's stamps that covers this signature, or VERDICT_NOT_COVERED. Never fetches anything. The verdict is filled in for every
 * input, also for garbage (FORMAT_FAILURE).
 */
void verdict_run_cms(struct verdict_run *run, struct span cms, content_digest_fn content, void *arg, size_t covered_by,
	struct verdict *out);

/*
 * A signature that is not a CMS: a value over octets by an algorithm, with whatever its form (XML: XAdES, EN 319 132-1) says beside it. The form's
 * reader has compared the content and says so. Everything belongs to the caller and outlives the call.
 */
enum verdict_scheme { VERDICT_RSA_PKCS1, VERDICT_RSA_PSS, VERDICT_ECDSA, VERDICT_UNKNOWN };
enum verdict_content { VERDICT_CONTENT_RIGHT, VERDICT_CONTENT_CHANGED, VERDICT_CONTENT_MISSING, VERDICT_CONTENT_REFUSED };
struct verdict_token {
	struct span der, about;      /* a signature timestamp, and the octets that its imprint is of */
};
struct verdict_value {
	struct span data, value;     /* ECDSA: r and s of equal length (XML-DSig 6.4.3) */
	enum verdict_scheme scheme;
	const char *digest_name;     /* "SHA256" … */
	const struct span *certs;    /* DER; the signer's among them */
	size_t cert_count;
	bool advanced;               /* has properties that are signed along */
	const char *reference_digest_name; /* the signer's certificate as the signed properties name it; NULL: they do not */
	struct span reference;
	bool names_policy;           /* an explicit signature policy */
	enum verdict_content content;
	const char *content_why;     /* static; for anything but RIGHT */
	bool content_weak;           /* a digest of the content is a weak one */
	clock_us claimed_time;
	const struct verdict_token *tokens;
	size_t token_count;
	const struct span *crls, *ocsps;
	size_t crl_count, ocsp_count;
};
void verdict_run_value(struct verdict_run *run, const struct verdict_value *in, size_t covered_by, struct verdict *out);

/*
 * A counter-signature (counter.h) of the signature with these parts, by the same process; what it is over is a signature value, whose own worth is another verdict. The
 * signature itself is judged before: its archive timestamps cover its counter-signatures.
 */
struct cms_parts;
struct counter;
void verdict_run_counter(struct verdict_run *run, const struct cms_parts *parts, const struct counter *c, size_t covered_by,
	struct verdict *out);

/* The verdict on the evidence's timestamp i; proven_time is its genTime when it is believed. */
void verdict_run_stamp(struct verdict_run *run, size_t i, struct verdict *out);

/*
 * Something outside the signature that it rests on (a digest in a manifest, the SHA-1 of a document) is by this algorithm: a weak one labels the verdict, and where
 * the policy refuses such, takes a pass back unless the signature is proven to be older; a broken one always does.
 */
void verdict_weaken(struct verdict *v, const struct policy *policy, enum strength s, const char *name);

/* A signature or timestamp alone: a run of its own without evidence. */
void verdict_judge_cms(struct span cms, content_digest_fn content, void *arg, const struct policy *policy,
	struct verdict *out);
void verdict_judge_timestamp(struct span token, content_digest_fn content, void *arg,
	const struct policy *policy, struct verdict *out);

#endif
