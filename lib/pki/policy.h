/*
 * policy: what a signature is judged against: trust anchors, known intermediates, revocation data at hand, the time of judging and
 * the algorithm limits. Built once, constant while judging, never fetches anything.
 */
#ifndef CONGVAN_PKI_POLICY_H
#define CONGVAN_PKI_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"

struct policy;

/* No anchors, judging at `at`. Circular 15/2025 algorithm limits. NULL without memory. */
struct policy *policy_new(clock_us at);
void policy_free(struct policy *p);

/* Adds certificates (PEM bundle or DER). STATUS_INVALID when it holds no certificate. */
enum status policy_add_anchors(struct policy *p, struct span pem_or_der);
enum status policy_add_intermediates(struct policy *p, struct span pem_or_der);

/* Revocation data at hand: CRLs (PEM or DER) and OCSP responses (DER). */
enum status policy_add_crls(struct policy *p, struct span pem_or_der);
enum status policy_add_ocsp(struct policy *p, struct span der);

/* Reads every *.pem, *.crt, *.cer, *.crl file of a folder; anchors in dir/anchors, others in dir/intermediates, dir/crls. */
enum status policy_read_folder(struct policy *p, const char *dir);

/* Judge as of this time (proof of existence), default now. */
clock_us policy_time(const struct policy *p);

#endif
