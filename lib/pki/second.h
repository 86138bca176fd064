/*
 * second: a second opinion on a CMS signature by OpenSSL's own verification (CMS_verify with its CAdES check and its path building): nothing of cms_read, cades,
 * chain or judge takes part in it, so that a mistake there does not agree with itself. Both have OpenSSL read the structure and its certificates (cert_kept.h). It knows less (no time before now, no policy): it is asked for the signatures
 * that this office releases.
 */
#ifndef CONGVAN_PKI_SECOND_H
#define CONGVAN_PKI_SECOND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/pki/policy.h"

enum second_depth {
	SECOND_VALUE, /* digest and signature value by the certificate inside */
	SECOND_PATH   /* and the path to an anchor of the policy, now */
};

/* By what kind of key and scheme a signature is. Which of the questions below can be asked of it, and who answers them, depends on nothing else. */
enum second_scheme {
	SECOND_OTHER,   /* nobody is asked about a counter-signature by it; second_cms may know a signature by it */
	SECOND_RSA,     /* PKCS#1 v1.5 */
	SECOND_PSS,     /* RSASSA-PSS */
	SECOND_ECDSA,
	SECOND_ED25519  /* second_eddsa, not second_cms */
};

/* By the name that a verdict gives to the algorithm (lib/pki/verdict.h, signature_name). */
enum second_scheme second_scheme_of(const char *signature_name);

/*
 * True when OpenSSL calls it valid. content: the signed bytes in `parts` pieces; cades: the signing-certificate attribute must be there and right. Else `why` has
 * OpenSSL's reason.
 */
bool second_cms(struct span cms, const struct span *content, size_t parts, bool cades, enum second_depth depth,
	const struct policy *p, char why[200]);

struct imprints;
/*
 * The same of a detached signature over a file that is not here: OpenSSL checks value, attribute and path, and its messageDigest is held against the digest by its algorithm that is known of the
 * file. Without signed attributes, or by another algorithm, it has no opinion: false.
 */
bool second_digests(struct span cms, const struct imprints *content, bool cades, enum second_depth depth, const struct policy *p, char why[200]);

/*
 * The same of a counter-signature, which CMS_verify would refuse for having no contentType (RFC 5652 11.4), by whoever knows the scheme: RSA and ECDSA OpenSSL's PKCS#7 code. By RSASSA-PSS,
 * which that code does not know, the structure, the digest of `over` and the path are OpenSSL's, the value is GnuTLS's to check over the signed attributes, with the parameters of the
 * SignerInfo; with another digest inside the mask than outside it has no opinion: false. Ed25519: as second_eddsa. SECOND_OTHER: nobody, false.
 * whole: a SignedData with the counter-signature as its SignerInfo, without revocation data; over: the signature value.
 */
bool second_counter(enum second_scheme scheme, struct span whole, struct span over, enum second_depth depth, const struct policy *p, char why[200]);

/*
 * The same as second_cms of a signature by Ed25519, which OpenSSL 3.0's CMS cannot check: value and digest by GnuTLS, the signing-certificate attribute and the path by OpenSSL.
 */
bool second_eddsa(struct span cms, const struct span *content, size_t parts, bool cades, enum second_depth depth,
	const struct policy *p, char why[200]);

/*
 * The same of one beside a file that is not here (as second_digests): its messageDigest is read by OpenSSL and held against the digest, the value is GnuTLS's to check over the signed
 * attributes: Ed25519 signs them (RFC 8419 3.1), not the file.
 */
bool second_eddsa_digests(struct span cms, const struct imprints *content, bool cades, enum second_depth depth, const struct policy *p, char why[200]);

#endif
