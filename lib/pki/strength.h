/*
 * strength: which algorithms are as strong as Circular 15/2025/TT-BKHCN wants (RSA from 2048 bits, ECDSA from 256; SHA-2 from 256 bits, SHA-3,
 * SHAKE), which are only weak (old documents have them: labelled) and which prove nothing any more.
 */
#ifndef CONGVAN_PKI_STRENGTH_H
#define CONGVAN_PKI_STRENGTH_H

#include <openssl/x509.h>

enum strength {
	STRENGTH_GOOD,
	STRENGTH_WEAK,  /* SHA-1, SHA-224, RSA or DSA from 1024 bits, ECDSA from 192 */
	STRENGTH_BROKEN /* MD5 and older, shorter keys, unknown algorithms */
};

enum strength strength_of_digest(int nid);
enum strength strength_of_key(const EVP_PKEY *key);

/* Of the digest in a signature algorithm; PSS has it in its parameters, EdDSA its own. */
enum strength strength_of_algorithm(const X509_ALGOR *a);

/* The weaker of a certificate's key and of the signature on it; an anchor's own signature does not count. */
enum strength strength_of_cert(X509 *cert, int is_anchor);

/* "RSA-2048", "RSA-PSS-2048", "ECDSA-P-256": key kind and size of a signature by this key; signature_nid tells PSS. */
void strength_name(const EVP_PKEY *key, int signature_nid, char *to, size_t size);

#endif
