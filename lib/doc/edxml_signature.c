/* edxml_signature: see edxml_signature.h. */
#include "lib/doc/edxml_signature.h"

#include <stdio.h>
#include <string.h>

#include "lib/doc/base64_stream.h"

#define DIGEST_LEAST 20u /* SHA-1 */
#define VALUE_LEAST 64u  /* ECDSA P-256 */
#define CERTIFICATE_LEAST 256u

void
edxml_signature_begin(struct edxml_signature_block *b, const char *local)
{
	snprintf(b->open, sizeof(b->open), "%s", local);
}

/* DER: a SEQUENCE whose length is that of the bytes. */
static bool
is_der(const struct buf *bytes)
{
	const unsigned char *p = bytes->data;

	return bytes->len >= CERTIFICATE_LEAST && p[0] == 0x30 && p[1] == 0x82 &&
		(size_t)(p[2] << 8 | p[3]) + 4 == bytes->len;
}

void
edxml_signature_end(struct edxml_signature_block *b, const char *text, size_t len)
{
	struct base64_decoder d;
	struct buf bytes;
	bool good;

	buf_init(&bytes, 65536);
	base64_decode_begin(&d, output_buf(&bytes));
	good = base64_decode_put(&d, text, len) == STATUS_OK &&
		base64_decode_end(&d) == STATUS_OK && d.fault == BASE64_GOOD;
	if (good && strcmp(b->open, "DigestValue") == 0)
		b->digest = b->digest || bytes.len >= DIGEST_LEAST;
	else if (good && strcmp(b->open, "SignatureValue") == 0)
		b->value = b->value || bytes.len >= VALUE_LEAST;
	else if (good && strcmp(b->open, "X509Certificate") == 0)
		b->certificate = b->certificate || is_der(&bytes);
	buf_free(&bytes);
	b->open[0] = '\0';
}

enum edxml_signature
edxml_signature_judge(const struct edxml_signature_block *b)
{
	if (!b->present)
		return EDXML_SIGNATURE_NONE;
	return b->digest && b->value && b->certificate ? EDXML_SIGNATURE_REAL
						       : EDXML_SIGNATURE_DUMMY;
}
