/*
 * policy: whether the signer signs. A request is judged by a row of checks, cheapest and least
 * telling first, the PIN last: whoever asks learns about a PIN only through an activation that is
 * right in everything else, and each such answer costs one of the few attempts of its key. Nothing
 * here makes a signature: sign_job does, for what was judged good.
 */
#ifndef CONGVAN_SIGNER_POLICY_H
#define CONGVAN_SIGNER_POLICY_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/wire/activation.h"
#include "lib/wire/signer_msg.h"
#include "signer/attempts.h"
#include "signer/keyring.h"
#include "signer/nonces.h"
#include "signer/service_keys.h"

#define POLICY_AHEAD (INT64_C(600) * CLOCK_SECOND) /* an activation's expiry, at most from now */
#define POLICY_DRIFT (INT64_C(600) * CLOCK_SECOND) /* claimed signing time against our clock */

/* What the checks rest on; owned by serve. */
struct sign_policy {
	const struct hpke_recipient *activation_key;
	struct keyring *keyring;
	struct attempts *attempts;
	struct nonces *nonces;
};

/* Why not. A zeroed one means: nothing against it. */
struct refusal {
	enum status status;
	const char *why;      /* code of the catalogue */
	unsigned retry_after; /* seconds; 0: not said */
	int attempts_left;    /* -1: not said */
};

/* What judging found out, for signing and for the record. */
struct judged {
	struct activation
		*activation;        /* NULL while it did not open; its PIN is gone after judging */
	struct key *key;            /* counted; NULL while unknown */
	struct key_session session; /* unlocked when nothing was against it */
};

void judged_clear(struct judged *j);

/*
 * Judges a request at time now. The nonce is used up and the PIN attempt counted by it. With
 * STATUS_OK in the refusal, the key of `out` is unlocked; `out` is to be cleared in any case.
 */
struct refusal policy_judge(const struct sign_policy *p, const struct signer_sign *request,
	clock_us now, struct judged *out);

#endif
