/*
 * ats: the archive-time-stamp-v3 of a CMS signature (EN 319 122-1 5.5.3) and its ats-hash-index-v3 (5.5.2): what the timestamp is about is
 * computed over the DER octets of the SignedData as they stand. Making one:
 *
 *	cms_parts_split(cms, &parts)
 *	ats_index_build(&parts, "SHA256", &index)
 *	ats_imprint(&parts, "SHA256", digest of the content, index, imprint, &len)    -> the TSA stamps this digest
 *	ats_embed(cms, token, index, &out)                                            -> the SignedData with the timestamp in it
 *
 * Between the steps nothing may be added to the SignedData but what the index need not cover. Whether the TSA is to be believed is said by
 * verdict. The ats-hash-index of TS 101 733 v2.2.1 and EN 319 122-1 v1.0.0 is read, never written.
 */
#ifndef CONGVAN_PKI_ATS_H
#define CONGVAN_PKI_ATS_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/evp.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"
#include "lib/pki/cms_parts.h"

#define ATS_HASHES_MAX 1024 /* hashes in one list of an index */

/*
 * Appends the DER of the ATSHashIndexV3 for this signature as it stands: the hashes of every certificate, every revocation list or
 * other revocation info, and every value of every unsigned attribute (earlier archive timestamps too). `digest_name` ("SHA256" …) must
 * be the algorithm that the timestamp will use. STATUS_UNSUPPORTED: an unknown digest; STATUS_TOO_LARGE over ATS_HASHES_MAX.
 */
enum status ats_index_build(const struct cms_parts *parts, const char *digest_name, struct buf *out);

/*
 * The message imprint (5.5.3): digest over eContentType, the digest of the content, the fields of the SignerInfo from version to
 * signature, and the index. `content_digest` is by the same algorithm, over what the signature is about; it is computed here when the
 * content is inside (then give an empty span). `to` has room for EVP_MAX_MD_SIZE. STATUS_INVALID: the digest has another length.
 */
enum status ats_imprint(const struct cms_parts *parts, const char *digest_name, struct span content_digest,
	struct span index, unsigned char *to, size_t *len);

/*
 * Appends to `out` a copy of `cms` with the token, its index put into the token's unsigned attributes, as archive-time-stamp-v3. No other
 * byte is changed. The token's imprint is checked to be ats_imprint's when the content is inside or `content_digest` is given (else
 * STATUS_INVALID); the token's own signature is not checked.
 */
enum status ats_embed(struct span cms, struct span token, struct span index, struct span content_digest,
	struct buf *out);

/* An index read from a token: views into it. */
struct ats_index {
	int digest_nid;
	bool whole_attributes;      /* the older forms hash whole attributes, not single values */
	struct span der;            /* the index itself, whole */
	struct span certs, crls, values; /* OCTET STRINGs one after the other */
};

enum ats_state {
	ATS_RIGHT,
	ATS_NOT_READABLE,   /* the token or its index: absent, twice, another structure, an unknown algorithm */
	ATS_MISSING_OBJECT, /* the index names something that is no longer in the signature */
	ATS_OTHER_IMPRINT   /* the token is about something else */
};

/*
 * The unsigned attribute of the token read. False: ATS_NOT_READABLE.
 */
bool ats_index_read(struct span token, struct ats_index *out);

/*
 * Checks an archive timestamp of the signature: every hash of its index is that of something in `parts`, and the token's
 * imprint (by imprint_nid) is the one computed. `content_digest`: as for ats_imprint, by imprint_nid.
 */
enum ats_state ats_check(const struct cms_parts *parts, const struct ats_index *index, int imprint_nid,
	struct span imprint, struct span content_digest);

/*
 * True when the index covers this element: the DER of a certificate or of a RevocationInfoChoice as it stands in the SignedData, or an
 * Attribute whose values are all covered.
 */
bool ats_covers_cert(const struct ats_index *index, struct span cert);
bool ats_covers_crl(const struct ats_index *index, struct span crl);
bool ats_covers_attribute(const struct ats_index *index, struct span attribute);

/* True when the Attribute is an archive-time-stamp-v3. */
bool ats_is_archive_timestamp(struct span attribute);

#endif
