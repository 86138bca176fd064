/*
 * A compromised congvand against the signer (docs/security.md): it has the socket, the person's
 * sealed activation and any amount of tries. What the person did not approve is not signed, and
 * every try is in the signing record.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/cms.h>

#include "lib/base/hex.h"
#include "lib/wire/hpke.h"
#include "tests/unit/signer_fixture.h"

static void
check_recorded(const struct office *o, const char *why)
{
	json_t *r = office_last_decision(o);

	assert_non_null(r);
	assert_string_equal(json_string_value(json_object_get(r, "decision")), "refused");
	assert_string_equal(json_string_value(json_object_get(r, "why")), why);
	json_decref(r);
}

/* Asks with a list of congvand's own. */
static unsigned
ask(struct office *o, const char *sealed, const struct imprint *digests, size_t count,
	json_t **reply)
{
	return office_ask(o, SIGNER_MSG_SIGN,
		signer_sign_encode(sealed, digests, count, SIGNER_FORMAT_PADES, clock_now()),
		reply);
}

#define assert_not_signed(o, call, status_text, why_text)                                          \
	do {                                                                                       \
		json_t *reply = NULL;                                                              \
		unsigned type = call;                                                              \
		assert_refused(type, reply, status_text, why_text);                                \
		json_decref(reply);                                                                \
		check_recorded(o, why_text);                                                       \
		assert_int_equal(office_count_decisions(o, "signed"), 0);                          \
	} while (0)

/* The approved list of three, changed in every way; each try spends the activation, so each gets a
 * fresh one. */
static void
test_altered_list(void **state)
{
	struct office *o = *state;

	for (int how = 0; how < 6; how++) {
		struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 3);
		char *sealed = office_seal(o, a);
		struct imprint list[4] = {
			a->digests[0], a->digests[1], a->digests[2], office_digest(66)};
		size_t count = 3;

		switch (how) {
		case 0:
			list[1] = office_digest(66);
			break; /* one exchanged */
		case 1:
			list[2].bytes[31] ^= 1;
			break; /* one bit */
		case 2:
			list[0] = a->digests[1];
			list[1] = a->digests[0];
			break; /* another order */
		case 3:
			count = 4;
			break; /* more than approved */
		case 4:
			count = 2;
			break; /* fewer */
		default:
			list[2] = a->digests[0];
			break; /* one twice */
		}
		assert_not_signed(
			o, ask(o, sealed, list, count, &reply), "denied", "activation.altered");
		/* nor the true list with the activation that was tried before */
		assert_not_signed(o, ask(o, sealed, a->digests, 3, &reply), "duplicate",
			"activation.replayed");
		free(sealed);
		activation_free(a);
	}
}

/* What was asked instead stands in the record beside what was approved. */
static void
test_record_shows_both(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 1);
	struct imprint other = office_digest(66);
	char *sealed = office_seal(o, a), hex[IMPRINT_HEX];
	json_t *r;

	assert_not_signed(o, ask(o, sealed, &other, 1, &reply), "denied", "activation.altered");
	r = office_last_decision(o);
	imprint_hex(&other, hex);
	assert_string_equal(json_string_value(json_array_get(json_object_get(r, "asked"), 0)), hex);
	imprint_hex(&a->digests[0], hex);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(r, "digests"), 0)), hex);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(r, "titles"), 0)), a->titles[0]);
	assert_string_equal(json_string_value(json_object_get(r, "nonce")), a->nonce);
	json_decref(r);
	free(sealed);
	activation_free(a);
}

static void
test_replayed(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 2);
	char *sealed = office_seal(o, a);
	json_t *reply;

	assert_int_equal(ask(o, sealed, a->digests, 2, &reply), SIGNER_MSG_SIGN);
	json_decref(reply);
	for (int i = 0; i < 3; i++) {
		assert_refused(ask(o, sealed, a->digests, 2, &reply), reply, "duplicate",
			"activation.replayed");
		json_decref(reply);
		check_recorded(o, "activation.replayed");
		office_stop(o, i == 0 ? SIGTERM : SIGKILL); /* forgetting does not help */
		office_start(o, "");
	}
	assert_int_equal(office_count_decisions(o, "signed"), 1);
	free(sealed);
	activation_free(a);
}

static void
test_stale(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 1);

	a->expires = clock_now() - CLOCK_SECOND;
	assert_not_signed(
		o, office_sign(o, a, SIGNER_FORMAT_PADES, &reply), "stale", "activation.expired");
	a->expires = clock_now() + 660 * CLOCK_SECOND;
	assert_not_signed(
		o, office_sign(o, a, SIGNER_FORMAT_PADES, &reply), "invalid", "activation.too-far");
	activation_free(a);
}

/* Kept back until it has expired. */
static void
test_kept_back(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 1);
	char *sealed;

	a->expires = clock_now() + CLOCK_SECOND;
	sealed = office_seal(o, a);
	usleep(1100000);
	assert_not_signed(o, ask(o, sealed, a->digests, 1, &reply), "stale", "activation.expired");
	free(sealed);
	activation_free(a);
}

/* The key is inside the seal: it cannot be exchanged, and another person's PIN opens nothing. */
static void
test_another_key(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader1", LEADER2_PIN, 0, 1);

	assert_not_signed(o, office_sign(o, a, SIGNER_FORMAT_PADES, &reply), "denied", "pin.wrong");
	strcpy(a->key, "leader3");
	assert_int_equal(activation_nonce(a->nonce), STATUS_OK);
	assert_not_signed(o, office_sign(o, a, SIGNER_FORMAT_PADES, &reply), "not-found",
		"signing_key.unknown");
	activation_free(a);
}

/* Any byte of the sealed activation changed; sealed to somebody else's key; nothing at all. */
static void
test_altered_seal(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 1);
	unsigned char private_key[32], mine[65];
	char *sealed = office_seal(o, a);
	size_t len = strlen(sealed);

	for (size_t i = 0; i + 4 < len; i += len / 20) {
		char was = sealed[i];

		sealed[i] = was == 'A' ? 'B' : 'A';
		assert_not_signed(o, ask(o, sealed, a->digests, 1, &reply), "denied",
			"activation.unreadable");
		sealed[i] = was;
	}
	free(sealed);
	assert_not_signed(o, ask(o, "", a->digests, 1, &reply), "denied", "activation.unreadable");
	assert_int_equal(activation_keypair(private_key, mine), STATUS_OK);
	memcpy(o->activation_key, mine, sizeof(mine));
	assert_not_signed(o, office_sign(o, a, SIGNER_FORMAT_PADES, &reply), "denied",
		"activation.unreadable");
	activation_free(a);
}

static const enum signer_format approved[] = {SIGNER_FORMAT_PADES, SIGNER_FORMAT_CADES, SIGNER_FORMAT_COUNTER};

/* Three approved, each in a form; how: 0 as approved, else another form for one or for all. */
static json_t *
ask_formed(const char *sealed, const struct activation *a, int how)
{
	enum signer_format f[] = {approved[0], approved[1], approved[2]};

	if (how < 4) {
		if (how > 0)
			f[how - 1] = (enum signer_format)((f[how - 1] + 1) % SIGNER_FORMATS);
		return signer_sign_encode_each(sealed, a->digests, f, 3, clock_now());
	}
	return signer_sign_encode(sealed, a->digests, 3, (enum signer_format)(how - 4), clock_now());
}

/* Told by its signed attributes: the time of signing (EN 319 122-1 5.2.1), and a content type, which a counter-signature has not (RFC 5652 11.4). */
static enum signer_format
format_made(const char *base64)
{
	CMS_ContentInfo *cms;
	CMS_SignerInfo *si;
	const unsigned char *at;
	unsigned char *der = NULL;
	enum signer_format f;
	size_t len = 0;

	assert_true(base64_decode(base64, strlen(base64), &der, &len));
	at = der;
	assert_non_null(cms = d2i_CMS_ContentInfo(NULL, &at, (long)len));
	assert_int_equal(sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)), 1);
	si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	f = CMS_signed_get_attr_by_NID(si, NID_pkcs9_contentType, -1) < 0 ? SIGNER_FORMAT_COUNTER :
		CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1) >= 0 ? SIGNER_FORMAT_CADES : SIGNER_FORMAT_PADES;
	CMS_ContentInfo_free(cms);
	free(der);
	return f;
}

/* The form is approved with the digest: what the person was shown as a signature in a PDF is not made one beside it, nor one over another's signature. */
static void
test_another_form(void **state)
{
	struct office *o = *state;

	for (int how = 6; how >= 0; how--) { /* as approved is the last: then something is signed */
		struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 3);
		char *sealed;
		json_t *record, *made = NULL;

		assert_non_null(a->formats = malloc(sizeof(approved)));
		memcpy(a->formats, approved, sizeof(approved));
		sealed = office_seal(o, a);
		if (how > 0) {
			assert_not_signed(o, office_ask(o, SIGNER_MSG_SIGN, ask_formed(sealed, a, how), &reply), "denied", "activation.altered");
		} else {
			assert_int_equal(office_ask(o, SIGNER_MSG_SIGN, ask_formed(sealed, a, how), &made), SIGNER_MSG_SIGN);
			for (size_t i = 0; i < 3; i++)
				assert_int_equal(format_made(json_string_value(json_array_get(json_object_get(made, "cms"), i))), approved[i]);
			json_decref(made);
		}
		record = office_last_decision(o);
		assert_int_equal(json_array_size(json_object_get(record, "approved_formats")), how > 0 ? 3 : 0);
		assert_int_equal(json_array_size(json_object_get(record, "formats")), how < 4 ? 3 : 0);
		assert_string_equal(json_string_value(json_object_get(record, "format")), how < 4 ? "mixed" : signer_format_name((enum signer_format)(how - 4)));
		json_decref(record);
		free(sealed);
		activation_free(a);
	}
}

/* An approval of an older client says no forms: it is for one, whichever that is, and not for several. */
static void
test_formless_is_for_one_form(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 3);
	char *sealed = office_seal(o, a);

	assert_not_signed(o, office_ask(o, SIGNER_MSG_SIGN, ask_formed(sealed, a, 0), &reply), "denied", "activation.altered");
	free(sealed);
	activation_free(a);
}

/* congvand chooses the claimed time, but only around now. */
static void
test_backdated(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 1);
	char *sealed = office_seal(o, a);

	assert_not_signed(o,
		office_ask(o, SIGNER_MSG_SIGN,
			signer_sign_encode(sealed, a->digests, 1, SIGNER_FORMAT_CADES,
				clock_now() - CLOCK_DAY),
			&reply),
		"invalid", "signing.time");
	free(sealed);
	activation_free(a);
}

static json_int_t
number(const json_t *reply, const char *name)
{
	return json_integer_value(json_object_get(reply, name));
}

static unsigned
guess(struct office *o, const char *pin, json_t **reply)
{
	struct activation *a = office_activation("leader2", pin, 0, 1);
	unsigned type = office_sign(o, a, SIGNER_FORMAT_PADES, reply);

	activation_free(a);
	return type;
}

/* congvand can seal activations of its own with guessed PINs: five, then it waits, then the key is
 * locked, also for the right PIN. */
static void
test_guessing(void **state)
{
	static const char rules[] = "attempts { free = 3\n delay = 1\n most = 5 }";
	struct office *o = *state;
	json_t *reply;
	char pin[32];

	office_stop(o, SIGTERM);
	office_start(o, rules);
	for (int i = 1; i <= 3; i++) {
		snprintf(pin, sizeof(pin), "00000%d", i);
		assert_refused(guess(o, pin, &reply), reply, "denied", "pin.wrong");
		assert_int_equal(number(reply, "attempts_left"), 5 - i);
		assert_int_equal(number(reply, "retry_after"), i == 3 ? 1 : 0);
		json_decref(reply);
	}
	assert_refused(guess(o, LEADER2_PIN, &reply), reply, "too-many", "pin.delayed");
	json_decref(reply);
	office_stop(o, SIGKILL); /* a crash is no way around it */
	office_start(o, rules);
	assert_refused(guess(o, LEADER2_PIN, &reply), reply, "too-many", "pin.delayed");
	json_decref(reply);
	for (int i = 4; i <= 5; i++) {
		usleep(i == 4 ? 1100000 : 2100000);
		assert_refused(guess(o, "999999", &reply), reply, "denied", "pin.wrong");
		assert_int_equal(number(reply, "attempts_left"), 5 - i);
		json_decref(reply);
	}
	assert_refused(guess(o, LEADER2_PIN, &reply), reply, "locked", "pin.locked");
	json_decref(reply);
	office_stop(o, SIGTERM);
	office_start(o, rules);
	assert_refused(guess(o, LEADER2_PIN, &reply), reply, "locked", "pin.locked");
	json_decref(reply);
	check_recorded(o, "pin.locked");
	assert_int_equal(office_count_decisions(o, "refused"), 9);

	/* the other key is not touched by this; the administrator ends it */
	assert_int_equal(
		office_ask(o, SIGNER_MSG_UNLOCK, json_pack("{s:s}", "key", "leader2"), &reply),
		SIGNER_MSG_UNLOCK);
	json_decref(reply);
	assert_int_equal(guess(o, LEADER2_PIN, &reply), SIGNER_MSG_SIGN);
	json_decref(reply);
}

/* A right PIN clears the count. */
static void
test_right_pin_clears(void **state)
{
	struct office *o = *state;
	json_t *reply;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++) {
			assert_refused(guess(o, "000000", &reply), reply, "denied", "pin.wrong");
			assert_int_equal(number(reply, "attempts_left"), 9 - i);
			json_decref(reply);
		}
		assert_int_equal(guess(o, LEADER2_PIN, &reply), SIGNER_MSG_SIGN);
		json_decref(reply);
	}
}

/* Damaged or emptied files of the attempt counter lock the key rather than free it. */
static void
test_attempts_damaged(void **state)
{
	struct office *o = *state;
	char path[128];
	json_t *reply;

	assert_refused(guess(o, "000000", &reply), reply, "denied", "pin.wrong");
	json_decref(reply);
	snprintf(path, sizeof(path), "%s/data/attempts/leader2", o->dir);
	assert_int_equal(truncate(path, 0), 0);
	assert_refused(guess(o, LEADER2_PIN, &reply), reply, "locked", "pin.locked");
	json_decref(reply);
}

/* Refused requests do not fill the disk: past a burst they are turned away unjudged, and the next
 * record says how many. */
static void
test_flood(void **state)
{
	struct office *o = *state;
	struct imprint *list = calloc(ACTIVATION_DIGESTS, sizeof(*list));
	bool turned_away = false;
	json_t *reply;

	for (int i = 0; i < 120 && !turned_away; i++) {
		assert_int_equal(
			ask(o, "AAAA", list, ACTIVATION_DIGESTS, &reply), SIGNER_MSG_ERROR);
		turned_away = strcmp(json_string_value(json_object_get(reply, "status")),
				      "too-many") == 0;
		json_decref(reply);
	}
	assert_true(turned_away);
	free(list);
}

/*
 * The algorithm is part of what is approved: a list by another one is another list, also when a key would take it, and a key signs by its own
 * algorithm only.
 */
static void
test_algorithms(void **state)
{
	struct office *o = *state;

	for (int kind = IMPRINT_SHA384; kind <= IMPRINT_SHA512; kind++) {
		struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 2);
		struct imprint list[2];
		char *sealed = office_seal(o, a), text[32];

		for (size_t i = 0; i < 2; i++) {
			office_document(i, text);
			list[i] = imprint_of((enum imprint_kind)kind, text, strlen(text));
		}
		assert_not_signed(o, ask(o, sealed, list, 2, &reply), "denied", "activation.altered");
		free(sealed);
		activation_free(a);

		/* approved so, but P-256 signs SHA-256 */
		a = office_activation("leader2", LEADER2_PIN, 0, 2);
		a->algorithm = (enum imprint_kind)kind;
		memcpy(a->digests, list, sizeof(list));
		sealed = office_seal(o, a);
		assert_not_signed(o, ask(o, sealed, list, 2, &reply), "invalid", "signing_key.digest");
		free(sealed);
		activation_free(a);
	}
}

/* No PIN at all is no PIN, and costs no attempt. */
static void
test_no_pin(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", "", 0, 1);
	char *sealed = office_seal(o, a);

	assert_not_signed(o, ask(o, sealed, a->digests, 1, &reply), "invalid", "pin.missing");
	free(sealed);
	activation_free(a);
}

/* The first form of activations, which had no algorithm, is still an approval of SHA-256 digests, and of nothing else. */
static void
test_first_form(void **state)
{
	static const char info[] = "congvan activation 1";
	struct office *o = *state;
	struct imprint good = office_digest(0), wide;
	char hex[IMPRINT_HEX], nonce[33], when[CLOCK_TEXT], text[1024], document[32], *sealed;
	struct span none = {NULL, 0}, told = {(const unsigned char *)info, sizeof(info) - 1};

	office_document(0, document);
	wide = imprint_of(IMPRINT_SHA512, document, strlen(document));
	for (int how = 0; how < 2; how++) {
		struct buf out;

		buf_init(&out, 4096);
		imprint_hex(&good, hex);
		assert_int_equal(activation_nonce(nonce), STATUS_OK);
		clock_format_utc(clock_now() + 60 * CLOCK_SECOND, when);
		snprintf(text, sizeof(text), "{\"count\":1,\"digests\":[\"%s\"],\"expires\":\"%s\",\"key\":\"leader2\",\"nonce\":\"%s\","
			"\"pin\":\"" LEADER2_PIN "\",\"titles\":[\"1-CV/QU\"]}", hex, when, nonce);
		assert_int_equal(hpke_seal(HPKE_AES_256_GCM, o->activation_key, NULL, told, none,
			(struct span){(const unsigned char *)text, strlen(text)}, &out), STATUS_OK);
		sealed = base64_encode(out.data, out.len);
		if (how == 0) {
			assert_not_signed(o, ask(o, sealed, &wide, 1, &reply), "denied", "activation.altered");
		} else {
			json_t *answer;

			assert_int_equal(ask(o, sealed, &good, 1, &answer), SIGNER_MSG_SIGN);
			json_decref(answer);
		}
		free(sealed);
		buf_free(&out);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)
	const struct CMUnitTest tests[] = {
		T(test_altered_list),
		T(test_record_shows_both),
		T(test_replayed),
		T(test_stale),
		T(test_kept_back),
		T(test_another_key),
		T(test_altered_seal),
		T(test_another_form),
		T(test_formless_is_for_one_form),
		T(test_backdated),
		T(test_guessing),
		T(test_right_pin_clears),
		T(test_attempts_damaged),
		T(test_flood),
		T(test_algorithms),
		T(test_no_pin),
		T(test_first_form),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(300); /* rather fail than hang */
	return cmocka_run_group_tests_name("signer_threat", tests, NULL, NULL);
}
