/*
 * xml_algorithm: the URIs by which XML signatures and ASiC manifests name algorithms (XML-DSig 1.1 6, RFC 9231), and what they mean to OpenSSL.
 * An allow-list: what is not in it is unknown here.
 */
#ifndef CONGVAN_DOC_XML_ALGORITHM_H
#define CONGVAN_DOC_XML_ALGORITHM_H

#include <stddef.h>

#define XML_DSIG "http://www.w3.org/2000/09/xmldsig#"

/* "SHA256" … for the URI of a digest; NULL: unknown. Static. */
const char *xml_digest_name(const char *uri);

/* The URI for "SHA256" …; NULL: none. Static. */
const char *xml_digest_uri(const char *name);

enum xml_scheme { XML_RSA_PKCS1, XML_RSA_PSS, XML_ECDSA };

struct xml_signature_method {
	const char *uri;
	enum xml_scheme scheme;
	const char *digest_name;
};

/* NULL: unknown. Static. */
const struct xml_signature_method *xml_signature_method(const char *uri);

#endif
