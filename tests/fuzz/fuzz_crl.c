/*
 * Bytes of a stranger as revocation lists, as they are and signed again by the issuer they may be of, alone and beside a delta to them. A list that says in plain
 * words that a certificate is revoked never lets it pass as good, an unsigned one says nothing, and the same question has the same answer.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"
#include "lib/pki/revocation.h"
#include "tests/fuzz/forge.h"
#include "tests/fuzz/fuzz_pki.h"

const char *const fuzz_corpora[] = {
	"tests/fuzz/seeds/crl", "tests/corpus/pki/good", "tests/corpus/pki/bad", "tests/fuzz/corpus/crl", NULL};
const bool fuzz_replay_made_whole = true;

#define NOW (INT64_C(1795521600) * CLOCK_SECOND)

static void
same(const struct revocation *a, const struct revocation *b)
{
	if (a->state != b->state || a->revoked_at != b->revoked_at || a->this_update != b->this_update || a->fresh != b->fresh)
		abort();
}

static void
ask(struct policy *p, X509 *cert, X509 *issuer, const struct revocation_query *q, struct revocation *r)
{
	struct revocation again;

	crl_find(cert, issuer, p, q, r);
	crl_find(cert, issuer, p, q, &again);
	same(r, &again);
	if ((r->state == REVOCATION_REVOKED || r->state == REVOCATION_HELD) && r->revoked_at > q->t)
		abort();
}

/* An entry without extensions for this serial number, revoked by then, in a complete list. */
static bool
says_revoked(X509_CRL *crl, X509 *cert, clock_us t)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(crl);

	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return false;
	for (int i = 0; i < sk_X509_REVOKED_num(list); i++) {
		const X509_REVOKED *e = sk_X509_REVOKED_value(list, i);

		/* an entry takes its issuer from those before it (certificateIssuer), so these end the search */
		if (sk_X509_EXTENSION_num(X509_REVOKED_get0_extensions(e)) > 0)
			return false;
		if (ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(e), X509_get0_serialNumber(cert)) == 0)
			return cert_time(X509_REVOKED_get0_revocationDate(e)) <= t;
	}
	return false;
}

static void
check_alone(struct span der)
{
	X509 *cert = forge_subject(FORGE_SIGNER)->cert, *issuer = forge_subject(FORGE_ISSUING)->cert;
	struct policy *p = policy_new(NOW);
	struct revocation r, sub;

	if (policy_add_crls(p, der) == STATUS_OK) {
		X509_CRL *crl = p->crls[0].crl;

		ask(p, cert, issuer, &(struct revocation_query){.t = NOW}, &r);
		if (p->crl_count == 1 && r.state != REVOCATION_UNKNOWN && X509_CRL_verify(crl, forge_subject(FORGE_ISSUING)->key) != 1)
			abort();
		if (p->crl_count == 1 && r.state == REVOCATION_GOOD && says_revoked(crl, cert, NOW))
			abort();
		ask(p, cert, issuer, &(struct revocation_query){.t = NOW, .sliding = true}, &r);
		ask(p, cert, issuer, &(struct revocation_query){.t = NOW - 20 * 24 * 3600 * CLOCK_SECOND, .issued_from = NOW}, &r);
		ask(p, forge_subject(FORGE_SUB)->cert, issuer, &(struct revocation_query){.t = NOW}, &sub);
	}
	policy_free(p);
}

/* Beside whole ones of the house: whatever comes, the revoked one never is good again unless a list says so that is newer and signed. */
static void
check_beside(struct span der)
{
	X509 *tsa = forge_subject(FORGE_TSA)->cert, *issuer = forge_subject(FORGE_ISSUING)->cert;
	struct issue_revoked revoked = {.cert = tsa, .when = "2026-11-05T00:00:00Z", .reason = CRL_REASON_KEY_COMPROMISE};
	static struct buf base, delta;
	struct policy *p = policy_new(NOW);
	struct revocation r;

	if (base.len == 0) {
		struct issue_crl c = {.issuer = forge_subject(FORGE_ISSUING), .from = "2026-11-02T00:00:00Z", .to = "2026-12-31T00:00:00Z", .number = 6,
			.revoked = &revoked, .count = 1};
		X509_CRL *crl = issue_crl(&c);

		base = issue_crl_der(crl);
		X509_CRL_free(crl);
		c = (struct issue_crl){.issuer = c.issuer, .from = "2026-11-03T00:00:00Z", .to = "2026-12-31T00:00:00Z", .number = 8, .base = 5};
		crl = issue_crl(&c);
		delta = issue_crl_der(crl);
		X509_CRL_free(crl);
	}
	if (policy_add_crls(p, (struct span){base.data, base.len}) != STATUS_OK ||
		policy_add_crls(p, (struct span){delta.data, delta.len}) != STATUS_OK)
		abort();
	if (policy_add_crls(p, der) == STATUS_OK)
		ask(p, tsa, issuer, &(struct revocation_query){.t = NOW}, &r);
	policy_free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = {data, size};
	struct buf again;

	check_alone(in);
	check_beside(in);
	buf_init(&again, size + 4096);
	if (forge_signed(in, FORGE_ISSUING, &again)) {
		check_alone((struct span){again.data, again.len});
		check_beside((struct span){again.data, again.len});
	}
	buf_free(&again);
	ERR_clear_error();
	return 0;
}
