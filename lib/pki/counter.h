/*
 * counter: counter-signatures of a CMS signature (RFC 5652 11.4, EN 319 122-1 5.2.7): SignerInfos in an unsigned attribute, each over the octets of a signature value. Here they
 * are found, made readable for whoever reads a SignedData, and put in; they are judged like any other signature (verdict_run_counter).
 */
#ifndef CONGVAN_PKI_COUNTER_H
#define CONGVAN_PKI_COUNTER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/pki/cms_parts.h"

#define COUNTER_MAX 32  /* of one signature that are judged, those of counter-signatures included: each costs a path and its timestamps */
#define COUNTER_DEPTH 4 /* a counter-signature of a counter-signature of … */
#define COUNTER_OF_SIGNATURE SIZE_MAX

struct counter {
	struct span info;  /* the value of the attribute as it stands: a SignerInfo, or not */
	struct span over;  /* the signature value that it should be about */
	struct span value; /* its own signature value; empty: it cannot be read */
	struct span attribute;  /* the unsigned attribute of the signature (of one that is nested: of the counter-signature) that it stands in, whole */
	struct span attributes; /* its own unsigned ones, one after the other */
	size_t of;         /* the index in the list of the one it counter-signs, or COUNTER_OF_SIGNATURE */
};

/*
 * The counter-signatures of the signature, each before those over itself, in the order in which they stand. Returns how many; `left_out` (may be NULL): there are more than
 * COUNTER_MAX, or deeper ones. Views into what `parts` are views into.
 */
size_t counter_list(const struct cms_parts *parts, struct counter list[COUNTER_MAX], bool *left_out);

/* Type of an Attribute. */
bool counter_is_attribute(struct span attribute);

/*
 * Appends the SignedData that has this SignerInfo as its only one, and the certificates and (with `crls`) revocation data of the signature that it stands in: cms_read_counter
 * takes it. STATUS_INVALID: it is no SignerInfo.
 */
enum status counter_whole(const struct cms_parts *parts, const struct counter *c, bool crls, struct buf *out);

/*
 * The same bytes in DER where they are BER, so that counter-signatures can be found in them; `out` stays empty when they are DER. STATUS_INVALID: no SignedData.
 */
enum status counter_der(struct span cms, struct buf *out);

/*
 * Appends to `out` the signature `cms` (DER) with one counter-signature more: the SignerInfo of `made`, a SignedData by a template with `counter` (cms_build.h), whose
 * certificates come along. No other byte is changed. The counter-signature's digest is compared, its value is not: judge the result. STATUS_INVALID with counter.form (one of
 * them is not what it should be) or counter.other (it is about another signature); STATUS_TOO_LARGE over COUNTER_MAX; STATUS_UNSUPPORTED as cades_add_proofs.
 */
enum status counter_add(struct span cms, struct span made, struct buf *out, struct diag *diag);

#endif
