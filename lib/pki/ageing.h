/*
 * ageing: until when an algorithm is good enough by the dated rules of the folder of trust (policy.h; ETSI TS 119 312 gives such days): from then on it proves only what is proven
 * older (EN 319 102-1 5.2.8). Weak ones (strength.h) end on the day of "weak: refuse".
 */
#ifndef CONGVAN_PKI_AGEING_H
#define CONGVAN_PKI_AGEING_H

#include <stdint.h>
#include <openssl/x509.h>

#include "lib/pki/policy_data.h"

#define AGEING_NEVER INT64_MAX /* no end is known */

clock_us ageing_of_digest(const struct policy *p, int nid);
clock_us ageing_of_key(const struct policy *p, const EVP_PKEY *key);

/* The earlier of the certificate's key and of the digest of the signature on it; an anchor's own signature does not count. */
clock_us ageing_of_cert(const struct policy *p, X509 *cert, bool is_anchor);

/* The first day after now on which something ends; AGEING_NEVER: none. */
clock_us ageing_next(const struct policy *p);

#endif
