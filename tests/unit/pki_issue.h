/*
 * pki_issue: a PKI made in memory for one test: certificates with any dates and extensions, revocation lists and OCSP answers of any time,
 * signatures and timestamps by them. For what the fixed PKI of tests/data/make_pki does not have.
 */
#ifndef CONGVAN_TESTS_PKI_ISSUE_H
#define CONGVAN_TESTS_PKI_ISSUE_H

#include <stdbool.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/pki/policy.h"

/* A subject with its key. */
struct subject {
	X509 *cert;
	EVP_PKEY *key;
};

struct issue {
	const char *name;             /* CN; UTF-8. With '/' in front: a whole name "/C=VN/O=…/CN=…" */
	const struct subject *issuer; /* NULL: by itself */
	const char *issuer_name;      /* another issuer name in the certificate than the issuer's; NULL: its own */
	const char *from, *to;        /* "2020-01-01T00:00:00Z" */
	const char *config;           /* lines of an OpenSSL configuration, extensions in section [e]; NULL: none */
	EVP_PKEY *key;                /* NULL: a new P-256 key */
	const EVP_MD *md;             /* NULL: SHA-256 */
	long serial;                  /* 0: the next one */
	const unsigned char *serial_bytes; /* instead, serial_len of them */
	size_t serial_len;
	bool wrong_signature;
};

/* Usual extensions. */
#define ISSUE_CA "[e]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n" \
	"subjectKeyIdentifier=hash\n"
#define ISSUE_SIGNER "[e]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n" \
	"subjectKeyIdentifier=hash\n"
#define ISSUE_TSA "[e]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" \
	"extendedKeyUsage=critical,timeStamping\n"
#define ISSUE_OCSP "[e]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning\n"

struct subject issue(const struct issue *i);
void subject_free(struct subject *s);

struct issue_revoked {
	const X509 *cert;
	const char *when;
	int reason;                   /* CRL_REASON_…; -1: none */
	const X509 *issuer;           /* certificateIssuer: its subject; NULL: no such extension */
};
struct issue_crl {
	const struct subject *issuer;
	const char *from, *to;        /* to NULL: no nextUpdate */
	long number;                  /* 0: none */
	long base;                    /* 0: complete; else a delta to this number */
	const struct issue_revoked *revoked;
	size_t count;
	const char *expired_from;     /* expiredCertsOnCRL */
	const char *config;           /* extensions as in struct issue; NULL: none */
	const EVP_MD *md;
};
X509_CRL *issue_crl(const struct issue_crl *c);

/* An OCSPResponse (DER) about cert. */
struct issue_ocsp {
	const struct subject *issuer, *responder;
	const X509 *cert;
	const char *from, *to, *revoked; /* revoked NULL: good; to NULL: none */
};
struct buf issue_ocsp(const struct issue_ocsp *o);

/* DER of them. */
struct buf issue_cert_der(const X509 *cert);
struct buf issue_crl_der(X509_CRL *crl);

/* Into a policy; crl is freed. */
void policy_trust(struct policy *p, const struct subject *s);
void policy_know(struct policy *p, const struct subject *s);
void policy_take_crl(struct policy *p, X509_CRL *crl);

/* A detached CAdES signature over content, `chain` (NULL-terminated, may be NULL) inside; `md` NULL: SHA-256. */
struct buf issue_signature(const struct subject *by, X509 *const *chain, const EVP_MD *md, struct span content);

/* A token of that time over the SHA-256 digest; the TSA's certificate and `chain` inside. */
struct buf issue_token(const struct subject *tsa, X509 *const *chain, struct span digest, const char *gen_time);

/* The signature with a signature timestamp, or an archive timestamp over content and all that it holds; frees cms. */
struct buf issue_stamped(struct buf cms, const struct subject *tsa, X509 *const *chain, const char *gen_time);
struct buf issue_archived(struct buf cms, struct span content, const struct subject *tsa, X509 *const *chain,
	const char *gen_time);

#endif
