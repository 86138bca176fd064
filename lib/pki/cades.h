/*
 * cades: the attributes that make a CMS signature an advanced one (EN 319 122-1): reference to the signing certificate, claimed time,
 * timestamps.
 */
#ifndef CONGVAN_PKI_CADES_H
#define CONGVAN_PKI_CADES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/clock.h"
#include "lib/pki/cms_read.h"

#define CADES_TIMESTAMPS_MAX 8 /* of one kind that are looked at */

/* signing-certificate and signing-certificate-v2 (RFC 2634 5.4, RFC 5035; EN 319 122-1 5.2.2), judged by EN 319 102-1 5.2.3.4. */
enum cades_reference {
	CADES_NO_REFERENCE,      /* neither attribute: a plain CMS signature */
	CADES_REFERENCE_RIGHT,
	CADES_OTHER_CERTIFICATE, /* the hash is another certificate's */
	CADES_OTHER_ISSUER,      /* the hash is right, issuer or serial are not */
	CADES_REFERENCE_BROKEN   /* unreadable, or repeated, or an unknown hash */
};

/* `hash_nid`: the hash that a right reference rests on, of two the better (strength.h); else NID_undef. */
enum cades_reference cades_check_reference(const struct cms_signature *s, X509 *cert, int *hash_nid);

/*
 * The signature-policy-identifier (EN 319 122-1 5.2.9): its OID as text and the digest of the policy's text that was signed along
 * (nid NID_undef, and an empty span: none given, or all zeros, which means unknown).
 */
enum cades_policy { CADES_NO_POLICY, CADES_POLICY_IMPLIED, CADES_POLICY, CADES_POLICY_BROKEN };
enum cades_policy cades_signature_policy(const struct cms_signature *s, char oid[80], int *digest_nid,
	struct span *digest);

/* The signingTime attribute; 0: none or unreadable. A claim, not a proof. */
clock_us cades_signing_time(const struct cms_signature *s);

enum cades_timestamp {
	CADES_SIGNATURE_TIMESTAMP, /* unsigned: the signature existed before (5.3) */
	CADES_CONTENT_TIMESTAMP    /* signed: the signature was made after (5.2.8) */
};

/* Up to CADES_TIMESTAMPS_MAX tokens (DER, views into s); returns how many. */
size_t cades_timestamps(const struct cms_signature *s, enum cades_timestamp kind,
	struct span tokens[CADES_TIMESTAMPS_MAX]);

#endif
