/*
 * policy: what a signature is judged against: trust anchors, known intermediates, revocation data at hand, the time of judging and
 * the algorithm limits. Built once, constant while judging, never fetches anything.
 */
#ifndef CONGVAN_PKI_POLICY_H
#define CONGVAN_PKI_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"

struct policy;

/* No anchors, judging at `at`. Circular 15/2025 algorithm limits. NULL without memory. */
struct policy *policy_new(clock_us at);
void policy_free(struct policy *p);

/*
 * Adds certificates (PEM bundle or DER). STATUS_INVALID when it holds no certificate. An anchor is trusted whether it is
 * self-signed or not, for everything and without a limit in time unless rules say otherwise:
 *
 *	label: Văn phòng Trung ương          shown in reports
 *	use: signature timestamp             one or more of signature, timestamp, tls-client
 *	trusted-from: 2020-01-01             a day in Vietnam or an RFC 3339 time
 *	trusted-until: 2030-01-01            from then on only what is proven older (EN 319 102-1 5.2.6, sunset date)
 *
 * one a line, "#" begins a comment. STATUS_INVALID for any other line.
 */
enum status policy_add_anchors(struct policy *p, struct span pem_or_der);
enum status policy_add_ruled_anchors(struct policy *p, struct span pem_or_der, struct span rules);
enum status policy_add_intermediates(struct policy *p, struct span pem_or_der);

/* Revocation data at hand: CRLs (PEM or DER) and OCSP responses (DER). */
enum status policy_add_crls(struct policy *p, struct span pem_or_der);
enum status policy_add_ocsp(struct policy *p, struct span der);

/*
 * A signature policy that is known here (EN 319 122-1 5.2.9): its dotted OID and its text, whose digest the signature names. A
 * signature that names another is INDETERMINATE, SIGNATURE_POLICY_NOT_AVAILABLE; one that names another digest of this one,
 * POLICY_PROCESSING_ERROR. STATUS_INVALID: not an OID; STATUS_TOO_LARGE over 256 of them.
 */
enum status policy_add_signature_policy(struct policy *p, const char *oid, struct span text);

/*
 * Reads the *.pem, *.crt, *.cer, *.der files of dir/anchors and dir/intermediates, those and *.crl of dir/crls, and *.der and *.ors of
 * dir/ocsp, and OID.der, OID.txt, OID.pdf (OID dotted) of dir/signature-policies. Beside dir/anchors/NAME.pem a file NAME.rules has the
 * rules of its certificates. dir/policy.rules, if there, has the rules of the whole: "revocation: warn" or "require", "weak: label" or
 * "refuse 2027-01-01", "max-age: 30 days", "grace: 24 hours" (as policy_set_revocation, _weak and _freshness). A missing subfolder is empty; other files are passed over. STATUS_NOT_FOUND: no such folder; STATUS_INVALID: one of
 * those files is not what its place says; STATUS_TOO_LARGE over 64 MiB in one file or 4,096 files.
 */
enum status policy_read_folder(struct policy *p, const char *dir);

/*
 * The same folder for who judges again and again: every file is read each time, so that a new list of revoked certificates counts from the
 * next document on, but parsed only when a name, a byte or the order of them is another than the last time. What was parsed is kept while
 * its files are no more than POLICY_FOLDER_KEPT bytes. NULL without memory; `dir` is copied.
 */
#define POLICY_FOLDER_KEPT (UINT64_C(16) << 20)
struct policy_folder;
struct policy_folder *policy_folder_new(const char *dir);
void policy_folder_free(struct policy_folder *f);

/* A policy of the caller's own, as of `at` (policy_new) with the folder read (policy_read_folder, and its status). */
enum status policy_folder_policy(struct policy_folder *f, clock_us at, struct policy **out);

/* Nothing is kept: the next one is parsed anew. */
void policy_folder_forget(struct policy_folder *f);

/*
 * When no fresh revocation data is at hand for a certificate of the path. Default WARN: the verdict passes with
 * revocation_checked false and must be shown with a warning (Circular 15/2025/TT-BKHCN App. II: "must warn"). REQUIRE is
 * EN 319 102-1 5.2.6.4 to the letter: INDETERMINATE, TRY_LATER.
 */
enum policy_revocation { POLICY_REVOCATION_WARN, POLICY_REVOCATION_REQUIRE };
void policy_set_revocation(struct policy *p, enum policy_revocation mode);

/*
 * Weak algorithms (SHA-1, RSA under 2048 bits: lib/pki/strength.h). Default LABEL: old documents have them; the verdict is
 * what it would be otherwise, with weak_algorithm true. REFUSE: INDETERMINATE with CRYPTO_CONSTRAINTS_FAILURE_NO_POE
 * unless a timestamp proves that the signature existed before `until`; CRYPTO_CONSTRAINTS_FAILURE when it is proven younger.
 * Broken ones (MD5, RSA under 1024) are refused in both.
 */
enum policy_weak { POLICY_WEAK_LABEL, POLICY_WEAK_REFUSE };
void policy_set_weak(struct policy *p, enum policy_weak mode, clock_us until);

/*
 * When revocation data is fresh (EN 319 102-1 5.2.5) at a moment t: issued no earlier than t - max_age (0: as long as its own nextUpdate
 * says), and, for signers, no earlier than `grace` after the signature is proven to have existed (0: data from before it will do). Data
 * that is not fresh counts as missing (policy_set_revocation). Microseconds.
 */
void policy_set_freshness(struct policy *p, clock_us max_age, clock_us grace);

/* Judge as of this time (proof of existence): what was given to policy_new, where 0 means now. */
clock_us policy_time(const struct policy *p);

#endif
