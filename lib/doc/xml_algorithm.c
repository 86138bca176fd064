/* xml_algorithm: see xml_algorithm.h. */
#include "lib/doc/xml_algorithm.h"

#include <string.h>

#define MORE_2001 "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE_2007 "http://www.w3.org/2007/05/xmldsig-more#"
#define ENC "http://www.w3.org/2001/04/xmlenc#"

static const struct {
	const char *uri, *name;
} digests[] = {
	{ENC "sha256", "SHA256"},
	{MORE_2001 "sha384", "SHA384"},
	{ENC "sha512", "SHA512"},
	{MORE_2007 "sha3-256", "SHA3-256"},
	{MORE_2007 "sha3-384", "SHA3-384"},
	{MORE_2007 "sha3-512", "SHA3-512"},
	{MORE_2001 "sha224", "SHA224"},
	{XML_DSIG "sha1", "SHA1"}, /* weak: said, not refused */
};

static const struct xml_signature_method methods[] = {
	{MORE_2001 "rsa-sha256", XML_RSA_PKCS1, "SHA256"},
	{MORE_2001 "rsa-sha384", XML_RSA_PKCS1, "SHA384"},
	{MORE_2001 "rsa-sha512", XML_RSA_PKCS1, "SHA512"},
	{MORE_2001 "rsa-sha224", XML_RSA_PKCS1, "SHA224"},
	{XML_DSIG "rsa-sha1", XML_RSA_PKCS1, "SHA1"},
	{MORE_2007 "sha256-rsa-MGF1", XML_RSA_PSS, "SHA256"},
	{MORE_2007 "sha384-rsa-MGF1", XML_RSA_PSS, "SHA384"},
	{MORE_2007 "sha512-rsa-MGF1", XML_RSA_PSS, "SHA512"},
	{MORE_2001 "ecdsa-sha256", XML_ECDSA, "SHA256"},
	{MORE_2001 "ecdsa-sha384", XML_ECDSA, "SHA384"},
	{MORE_2001 "ecdsa-sha512", XML_ECDSA, "SHA512"},
	{MORE_2001 "ecdsa-sha224", XML_ECDSA, "SHA224"},
	{MORE_2001 "ecdsa-sha1", XML_ECDSA, "SHA1"},
};

const char *
xml_digest_name(const char *uri)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (strcmp(digests[i].uri, uri) == 0)
			return digests[i].name;
	return NULL;
}

const char *
xml_digest_uri(const char *name)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (strcmp(digests[i].name, name) == 0)
			return digests[i].uri;
	return NULL;
}

const struct xml_signature_method *
xml_signature_method(const char *uri)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].uri, uri) == 0)
			return &methods[i];
	return NULL;
}
