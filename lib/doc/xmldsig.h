/*
 * xmldsig: XML signatures (XML-DSig 1.1, XAdES EN 319 132-1) taken apart: every reference resolved and its digest compared, and the octets that the
 * signature value is over. Keys, certificates and time are for lib/pki; lib/seal joins them.
 *
 * The document is foreign: no DTD, no external reference but the names of the container given, transforms by allow-list (enveloped-signature, the
 * canonicalizations, base64 not), an Id that stands twice is refused, and what each reference covers is told as a path, so that a caller believes
 * only what was signed and never something of the same name beside it (signature wrapping). All limits are below.
 */
#ifndef CONGVAN_DOC_XMLDSIG_H
#define CONGVAN_DOC_XMLDSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/xml_algorithm.h"

#define XMLDSIG_DOCUMENT_MAX (64u << 20) /* bytes of a document that is read as a tree: a packet with its attachments */
#define XMLDSIG_SIGNATURES 64            /* in one document */
#define XMLDSIG_REFERENCES 1000          /* of one signature */
#define XMLDSIG_CERTS 32
#define XMLDSIG_TOKENS 16
#define XMLDSIG_DIGEST 64
#define XMLDSIG_CANONICAL_MAX (UINT64_C(128) << 20) /* octets canonicalized in all for one document */
#define XMLDSIG_VISITS_MAX 8000000u               /* nodes passed in all: looking for an Id, or canonicalizing, passes all of the document's */

/* Where references outside the document lead: entries of a container, by URI as written. STATUS_NOT_FOUND: there is none. */
struct xmldsig_outside {
	enum status (*digest)(void *arg, const char *uri, const char *digest_name, unsigned char *to, size_t *len);
	void *arg;
};

enum xmldsig_match {
	XMLDSIG_REFUSED, /* a transform, algorithm or URI that is not allowed */
	XMLDSIG_MISSING, /* it leads to nothing, or to more than one element */
	XMLDSIG_CHANGED, /* what is there is not what was signed */
	XMLDSIG_MATCH
};

enum xmldsig_what {
	XMLDSIG_WHOLE,      /* the document but for this signature */
	XMLDSIG_ELEMENT,    /* one element with what is in it; but for this signature when enveloped */
	XMLDSIG_OUTSIDE,    /* an entry of the container */
	XMLDSIG_PROPERTIES  /* this signature's own SignedProperties */
};

struct xmldsig_reference {
	const char *uri, *type;   /* "" when absent */
	enum xmldsig_what what;
	const char *path;         /* "/a/b[2]" of the element that is covered; the URI for OUTSIDE; "" when it leads nowhere */
	enum xmldsig_match match;
	const char *why;          /* not for MATCH: an English sentence; static */
	const char *digest_name;  /* "SHA256" …; NULL: unknown */
};

/* A certificate that the signed properties name (EN 319 132-1 5.2.2). */
struct xmldsig_cert_ref {
	const char *digest_name;  /* NULL: unknown */
	unsigned char digest[XMLDSIG_DIGEST];
	size_t digest_len;
};

/* A signature timestamp, and the octets it is about (the canonical SignatureValue). */
struct xmldsig_token {
	struct span der, about;
};

struct xmldsig_signature {
	const char *path;          /* of the Signature element */
	const char *id;            /* "" without */
	const char *fault;         /* NULL, or why it cannot be judged: an English sentence; static. The rest is then not to be used. */
	bool foreign_namespace;    /* the elements are not in XML-DSig's namespace, as some senders write them */
	struct span signed_info;   /* canonical: what the value is over */
	struct span value;
	const struct xml_signature_method *method; /* NULL: unknown; then method_uri is what was found */
	const char *method_uri;
	struct span certs[XMLDSIG_CERTS]; /* DER, of KeyInfo first, then of the unsigned properties */
	size_t cert_count;
	struct xmldsig_reference *references;
	size_t reference_count;

	bool is_xades;             /* has qualifying properties */
	bool properties_signed;    /* and a reference that matches covers them */
	const char *signing_time;  /* RFC 3339 as written, "" without */
	struct xmldsig_cert_ref cert_ref; /* the first Cert of SigningCertificateV2 or SigningCertificate */
	bool has_cert_ref;
	bool has_policy;           /* names an explicit signature policy */
	struct xmldsig_token tokens[XMLDSIG_TOKENS]; /* SignatureTimeStamp */
	size_t token_count;
	struct span crls[XMLDSIG_TOKENS], ocsps[XMLDSIG_TOKENS]; /* RevocationValues, DER */
	size_t crl_count, ocsp_count;
};

struct xmldsig;

/*
 * Reads the document and every Signature in it. `outside` NULL: references lead nowhere but into the document. `lenient`: also elements called Signature in
 * the root's own namespace. STATUS_OK also for a document without any; STATUS_INVALID with findings xml.*; STATUS_TOO_LARGE.
 */
enum status xmldsig_read(struct span document, const struct xmldsig_outside *outside, bool lenient, struct diag *diag,
	struct xmldsig **out);
void xmldsig_free(struct xmldsig *x);

size_t xmldsig_count(const struct xmldsig *x);
const struct xmldsig_signature *xmldsig_at(const struct xmldsig *x, size_t i);

/* "/edXML" …: the path of the document's root element. */
const char *xmldsig_root(const struct xmldsig *x);

#endif
