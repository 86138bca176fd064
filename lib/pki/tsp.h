/*
 * tsp: the RFC 3161 (and 5816) time-stamp protocol without its transport: the request for a digest, the response to it, and reading a
 * token. Whether the TSA is to be believed is said by verdict_judge_timestamp.
 */
#ifndef CONGVAN_PKI_TSP_H
#define CONGVAN_PKI_TSP_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/ts.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/verdict.h"

#define TSP_CONTENT_TYPE "application/timestamp-query" /* RFC 3161 3.4; the answer is application/timestamp-reply */

struct tsp_request;

/*
 * A request for a timestamp of `digest` (by "SHA256" …) with a random nonce and certReq; `policy` is a dotted OID or NULL
 * for the TSA's default. STATUS_UNSUPPORTED: unknown digest or its length; STATUS_INVALID: no such OID.
 */
enum status tsp_request_new(const char *digest_name, struct span digest, const char *policy,
	struct tsp_request **out);
void tsp_request_free(struct tsp_request *r);

/*
 * The same request again, in another process than the one that made it: its nonce (16 bytes, as tsp_request_nonce gave it) is put
 * in instead of a random one. STATUS_INVALID also for another length of it.
 */
enum status tsp_request_again(const char *digest_name, struct span digest, const char *policy, struct span nonce,
	struct tsp_request **out);

/* The DER to send; belongs to r. */
struct span tsp_request_der(const struct tsp_request *r);

/* The nonce, TSP_NONCE_BYTES long; belongs to r. */
#define TSP_NONCE_BYTES 16
struct span tsp_request_nonce(const struct tsp_request *r);

/*
 * Checks the response against the request (RFC 3161 2.4.2): status granted, imprint, nonce, policy, the token's signature by
 * the certificate inside, its critical timeStamping usage and signing-certificate reference. Appends the token (DER) to `token`.
 * Every finding is in `diag` (may be NULL; codes "tsp.…"). STATUS_MALFORMED: not a response; STATUS_UNAVAILABLE: the TSA
 * refused (its text in diag); STATUS_INVALID: it answers something else. The path to an anchor is not judged here.
 */
enum status tsp_response_read(const struct tsp_request *r, struct span response, struct buf *token,
	struct diag *diag);

/* A token taken apart. */
struct tsp_token {
	struct cms_signature cms;
	TS_TST_INFO *info;
	clock_us gen_time;
	int digest_nid;     /* of the imprint; NID_undef: unknown */
	struct span imprint;
	char policy[80];    /* dotted OID */
	char serial[80];    /* hexadecimal */
};

/* As cms_read; STATUS_INVALID also when the content is not a TSTInfo of version 1. Free after success only. */
enum status tsp_token_read(struct span token, struct cert_kept *kept, struct tsp_token *out, const char **why);
void tsp_token_free(struct tsp_token *t);

/* True when the imprint is by this digest algorithm and has this value. */
bool tsp_token_is_about(const struct tsp_token *t, int digest_nid, struct span digest);

/*
 * The token's own consistency, without the path: the signer's certificate is found (among those inside and `more`), messageDigest is
 * that of the TSTInfo, the signature value is right, the certificate is referred to (RFC 3161 2.4.1: ESSCertID is mandatory).
 * SUB_NONE with the signer's certificate (belongs to t or more), or NO_SIGNING_CERTIFICATE_FOUND, HASH_FAILURE, SIG_CRYPTO_FAILURE,
 * SIG_CONSTRAINTS_FAILURE with `why`.
 */
enum sub_indication tsp_token_check(const struct tsp_token *t, const STACK_OF(X509) *more,
	X509 **signer_out, const char **why);

#endif
