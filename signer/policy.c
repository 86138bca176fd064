/* policy: see policy.h. */
#include "signer/policy.h"

#include <string.h>

#include "lib/base/secret.h"
#include "lib/pki/cert.h"

struct context {
	const struct sign_policy *policy;
	const struct signer_sign *request;
	clock_us now;
	struct judged *out;
};

static struct refusal
refuse(enum status st, const char *why)
{
	return (struct refusal){st, why, 0, -1};
}

static struct refusal
pass(void)
{
	return (struct refusal){STATUS_OK, NULL, 0, -1};
}

void
judged_clear(struct judged *j)
{
	key_lock(&j->session);
	key_unref(j->key);
	activation_free(j->activation);
	*j = (struct judged){.activation = NULL};
}

static struct refusal
check_opens(struct context *c)
{
	struct span sealed = {c->request->sealed, c->request->sealed_len};
	enum status st = activation_open(
		sealed, c->policy->activation_key, &c->out->activation);

	switch (st) {
	case STATUS_OK:
		return pass();
	case STATUS_DENIED:
		return refuse(st, "activation.unreadable");
	case STATUS_MALFORMED:
		return refuse(STATUS_INVALID, "activation.malformed");
	default:
		return refuse(st, "activation.unreadable");
	}
}

static struct refusal
check_expiry(struct context *c)
{
	clock_us expires = c->out->activation->expires;

	if (expires <= c->now)
		return refuse(STATUS_STALE, "activation.expired");
	if (expires > c->now + POLICY_AHEAD)
		return refuse(STATUS_INVALID, "activation.too-far");
	return pass();
}

/* From here on the activation is used up, whatever comes of it. */
static struct refusal
check_nonce(struct context *c)
{
	const struct activation *a = c->out->activation;
	enum status st;

	if (nonces_seen(c->policy->nonces, a->nonce))
		return refuse(STATUS_DUPLICATE, "activation.replayed");
	st = nonces_add(c->policy->nonces, a->nonce, a->expires, c->now);
	return st == STATUS_OK ? pass() : refuse(st, "activation.too-many");
}

/* What congvand asks is exactly what the person approved: count, order and every byte. */
static struct refusal
check_list(struct context *c)
{
	return signer_sign_is_about(c->request, c->out->activation) ? pass() :
		refuse(STATUS_DENIED, "activation.altered");
}

static struct refusal
check_key(struct context *c)
{
	struct key *k;

	keyring_refresh(c->policy->keyring, false);
	k = keyring_find(c->policy->keyring, c->out->activation->key);
	if (k == NULL)
		return refuse(STATUS_NOT_FOUND, "signing_key.unknown");
	c->out->key = key_ref(k);
	if (!cert_valid_at(k->cert, c->now))
		return refuse(STATUS_INVALID, "signing_key.expired");
	if (!cert_may_sign_documents(k->cert))
		return refuse(STATUS_INVALID, "signing_key.usage");
	if (c->request->algorithm != k->digest)
		return refuse(STATUS_INVALID, "signing_key.digest");
	return pass();
}

/* congvand chooses the claimed time; it may not choose yesterday. */
static struct refusal
check_time(struct context *c)
{
	clock_us off = c->request->time - c->now;

	if (off > POLICY_DRIFT || off < -POLICY_DRIFT)
		return refuse(STATUS_INVALID, "signing.time");
	return pass();
}

static struct refusal
check_attempts(struct context *c)
{
	struct attempts_state s = attempts_state(c->policy->attempts, c->out->key->id, c->now);
	struct refusal r;

	if (s.status == STATUS_OK)
		return pass();
	r = refuse(s.status, s.status == STATUS_LOCKED ? "pin.locked" : "pin.delayed");
	r.retry_after = s.retry_after;
	r.attempts_left = (int)s.left;
	return r;
}

/* Everything else is right; a PIN that cannot be one costs no attempt. */
static struct refusal
check_pin_form(struct context *c)
{
	bool given = c->out->activation->pin[0] != '\0', wanted = !c->out->key->pin_pad;

	return given == wanted ? pass() : refuse(STATUS_INVALID, wanted ? "pin.missing" : "pin.at-reader");
}

static struct refusal
check_pin(struct context *c)
{
	const char *id = c->out->key->id;
	struct attempts *attempts = c->policy->attempts;
	enum status st = attempts_charge(attempts, id, c->now);
	struct attempts_state s;
	struct refusal r;

	if (st != STATUS_OK)
		return refuse(st, "signing.record");
	st = keyring_unlock(
		c->policy->keyring, c->out->key, c->out->activation->pin, &c->out->session);
	if (st == STATUS_OK) {
		attempts_refund(attempts, id, true);
		return pass();
	}
	if (st != STATUS_DENIED) {
		attempts_refund(attempts, id, false);
		if (c->out->session.why != NULL)
			return refuse(st, c->out->session.why);
		return refuse(st == STATUS_NO_MEMORY ? st : STATUS_CONFLICT,
			st == STATUS_CONFLICT ? "signing_key.mismatch" : "signing_key.unreadable");
	}
	attempts_wrong(attempts, id, c->now);
	s = attempts_state(attempts, id, c->now);
	r = refuse(STATUS_DENIED, "pin.wrong");
	r.retry_after = s.retry_after;
	r.attempts_left = (int)s.left;
	return r;
}

static struct refusal (*const checks[])(struct context *c) = {
	check_opens,
	check_expiry,
	check_nonce,
	check_list,
	check_key,
	check_time,
	check_attempts,
	check_pin_form,
	check_pin,
};

struct refusal
policy_judge(const struct sign_policy *p, const struct signer_sign *request, clock_us now,
	struct judged *out)
{
	struct context c = {p, request, now, out};
	struct refusal r = pass();

	*out = (struct judged){.activation = NULL};
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && r.status == STATUS_OK; i++)
		r = checks[i](&c);
	if (out->activation != NULL) {
		secret_free(out->activation->pin);
		out->activation->pin = NULL;
	}
	return r;
}
