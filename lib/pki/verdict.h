/*
 * verdict: the judgement of one signature by EN 319 102-1: TOTAL-PASSED, INDETERMINATE or TOTAL-FAILED with a sub-indication, and
 * the facts it rests on (Circular 15/2025/TT-BKHCN App. II: issuer, signer, unit, time, integrity, certificate validity).
 */
#ifndef CONGVAN_PKI_VERDICT_H
#define CONGVAN_PKI_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"
#include "lib/pki/policy.h"

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

struct verdict {
	enum indication indication;
	enum sub_indication sub;
	enum level level;            /* LEVEL_CMS: plain PKCS#7 without signing-certificate attribute */
	bool intact;                 /* digest and signature value are right */
	bool weak_algorithm;         /* SHA-1, RSA under 2048: labelled, not refused */
	bool revocation_checked;     /* false: warn (Circular 15/2025 App. II) */
	char digest_name[32], signature_name[48];
	char subject[256], issuer[256], organ[256], serial[80]; /* UTF-8; of the signer's certificate */
	struct digest cert_digest;
	clock_us not_before, not_after;
	clock_us claimed_time;       /* signingTime attribute; 0: none */
	clock_us proven_time;        /* genTime of a valid signature timestamp; 0: none */
	char tsa[256];               /* subject of the timestamp's signer, or "" */
	char why[400];               /* one technical sentence in English for the log and the report */
};

/* The XML names: "TOTAL-PASSED", "HASH_FAILURE", "B-T". Static. */
const char *indication_name(enum indication i);
const char *sub_indication_name(enum sub_indication s);
const char *level_name(enum level l);

/*
 * Judges a CMS SignedData (DER) with exactly one SignerInfo over a content whose digest is known.
 * `content`: digest by the algorithm the signature names is needed; the callback computes it from the real
 * content (called at most twice; STATUS_UNSUPPORTED for unknown names). Never fetches anything. The verdict is filled in for every input,
 * also for garbage (FORMAT_FAILURE).
 */
typedef enum status (*content_digest_fn)(void *arg, const char *digest_name, unsigned char *to, size_t *len);
void verdict_judge_cms(struct span cms, content_digest_fn content, void *arg, const struct policy *policy,
	struct verdict *out);

/* The same for an RFC 3161 TimeStampToken over content (document timestamp). proven_time is its genTime. */
void verdict_judge_timestamp(struct span token, content_digest_fn content, void *arg,
	const struct policy *policy, struct verdict *out);

#endif
