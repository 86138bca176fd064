/*
 * activation: HPKE against published vectors and another implementation's message; the form of the
 * plain text; nothing altered opens.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "lib/base/secret.h"
#include "lib/wire/activation.h"
#include "lib/wire/hpke.h"

struct vector {
	const char *name;
	enum hpke_aead aead;
	const char *ephemeral, *recipient_public, *recipient_private, *enc, *text;
};

/* RFC 9180 A.3.1.1, and the same set's AES-256-GCM row (test-vectors.json of the CFRG), sequence
 * number 0 of each. */
static const struct vector vectors[] = {
	{"A.3.1 AES-128-GCM", HPKE_AES_128_GCM,
		"4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb",
		"04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
		"6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
		"f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
		"04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
		"8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
		"5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f"
		"9076ac232e3ab2523f39513434"},
	{"AES-256-GCM", HPKE_AES_256_GCM,
		"90345e3a1d116c1dd39ae76d95ab858c142223a63e44f8f85318cfa91a84858e",
		"04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f"
		"853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e2073d2356c",
		"317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2",
		"04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e"
		"0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0",
		"58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d2917424"
		"65e902cd216f8908da49f8f96f"},
};

/*
 * PLAIN sealed to the second vector's key by another implementation (python3-cryptography 48,
 * hpke.Suite(P256, HKDF_SHA256, AES_256_GCM)): what a client not of ours sends.
 */
#define RECIPIENT "317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2"
#define D1 "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
#define D2 "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
#define NONCE "00112233445566778899aabbccddeeff"
#define WHEN "2026-11-24T06:25:54.123456Z"
/* The first form, without algorithm; FORM_2, without formats; what it says today is FORM_3. */
#define FORM_3 "{\"algorithm\":\"SHA256\"," PLAIN_BEGIN "\"formats\":[\"pades\",\"cades\"]," PLAIN_END
#define FORM_2 "{\"algorithm\":\"SHA256\"," PLAIN_BEGIN PLAIN_END
#define PLAIN "{" PLAIN_BEGIN PLAIN_END
#define PLAIN_BEGIN "\"count\":2,\"digests\":[\"" D1 "\",\"" D2 "\"],\"expires\":\"" WHEN "\","
#define PLAIN_END                                                                                       \
	"\"key\":\"bi-thu\",\"nonce\":\"" NONCE "\",\"pin\":\"12\\\"34\\\\56\","                   \
	"\"titles\":[\"12-CV/QU Về việc “thử”\",\"13-CV/QU\"]}"
static const char foreign[] =
	"046719e084205f546edb7c8729b8f2c889a4edc19ba8fc492ed5d1ac87c8ae12d992500e1f6da17264360422"
	"0a3c15558c36238e45a916f78e90984fd2089baf575572233bc3f4962c066e80e34107771066475a2bd4fb82"
	"315dc09f2ffee574b4b9b5f4f910805ddf8f03b7f52bf213fa5cb457fa0e9de5695f8b04f29c2cd42e10320e"
	"e69afe8a9c52d4b7478546d66f7ef3ab57f209a191d8225d39d8c4432ff48c9828afcbeccd91d04b61050b8c"
	"737c91ef13f5a810a878f0807bb9f13dc41a950df0f496095faf744a44d31bd324cb4e2972318db6a58f7935"
	"458215513cd709ae02fcde315875fd7de96685fb9a329886b1361e7cb1ca0b5da72a272f8e1e1fbab6131f9f"
	"a027d31bf72943b106bda1f1544c64327eac133e373ff29ed874c7af4cc501135a4ee9a9399d9e2f5c3268f3"
	"6351e464f117829feeb494a0236df4a34764d59ef87e0a32de7168ae59cf1eed23db0782d41601138e58b6c4"
	"c4c3f740c420f7a92a4b828f58246387abb9b2ee2f75cc720b947b7cdc41c09fd3dfb6705f8e04c7f1452472"
	"6b05a16619e88edecb8fdc38ad34c9c6";

static struct span
span_of(const char *s)
{
	return (struct span){(const unsigned char *)s, strlen(s)};
}

static void
test_vectors(void **state)
{
	struct span aad = span_of("Count-0"), plain = span_of("Beauty is truth, truth beauty");
	struct span info = span_of("Ode on a Grecian Urn");

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct vector *v = &vectors[i];
		unsigned char sk_e[32], pk_r[65], sk_r[32], enc[65], pk[65], text[45], back[29];
		struct hpke_recipient *r = NULL;
		struct buf sealed;

		assert_true(hex_decode(v->ephemeral, sk_e, 32));
		assert_true(hex_decode(v->recipient_public, pk_r, 65));
		assert_true(hex_decode(v->recipient_private, sk_r, 32));
		assert_true(hex_decode(v->enc, enc, 65));
		assert_true(hex_decode(v->text, text, sizeof(text)));
		assert_int_equal(sizeof(text), plain.len + 16);
		assert_int_equal(hpke_public(sk_r, pk), STATUS_OK);
		assert_memory_equal(pk, pk_r, 65);
		assert_int_equal(hpke_recipient_new(sk_r, &r), STATUS_OK);
		assert_memory_equal(hpke_recipient_public(r), pk_r, 65);
		buf_init(&sealed, 1024);
		assert_int_equal(
			hpke_seal(v->aead, pk_r, sk_e, info, aad, plain, &sealed), STATUS_OK);
		assert_int_equal(sealed.len, 65 + plain.len + 16);
		assert_memory_equal(sealed.data, enc, 65);
		assert_memory_equal(sealed.data + 65, text, sizeof(text));
		assert_int_equal(hpke_open(v->aead, r, info, aad,
					 (struct span){sealed.data, sealed.len}, back),
			STATUS_OK);
		assert_memory_equal(back, plain.data, plain.len);
		assert_int_equal(hpke_open(v->aead, r, info, span_of("Count-1"),
					 (struct span){sealed.data, sealed.len}, back),
			STATUS_DENIED);
		/* the same recipient again: nothing of the message before is left in it */
		assert_int_equal(hpke_open(v->aead, r, info, aad, (struct span){sealed.data, sealed.len}, back), STATUS_OK);
		assert_memory_equal(back, plain.data, plain.len);
		buf_free(&sealed);
		hpke_recipient_free(r);
	}
}

static enum status
open_by(struct span sealed, const unsigned char private_key[32], struct activation **out)
{
	struct hpke_recipient *r = NULL;
	enum status st;

	assert_int_equal(hpke_recipient_new(private_key, &r), STATUS_OK);
	st = activation_open(sealed, r, out);
	hpke_recipient_free(r);
	return st;
}

/* The point with x = 5, and x written with the field's prime added: the same point, but not below the prime. */
#define POINT_5 "04" "%s" "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc"
#define X_5 "0000000000000000000000000000000000000000000000000000000000000005"
#define X_5_AND_PRIME "ffffffff00000001000000000000000000000001000000000000000000000004"

/* Points off the curve, compressed, at infinity, not reduced; private keys out of range. */
static void
test_bad_keys(void **state)
{
	unsigned char sk[32], pk[65], bad[65], sealed[65 + 16];
	struct hpke_recipient *r = NULL;
	char hex[132];
	struct span empty = {NULL, 0};
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	assert_int_equal(hpke_keypair(sk, pk), STATUS_OK);
	memcpy(bad, pk, 65);
	bad[64] ^= 1;
	assert_int_equal(
		hpke_seal(HPKE_AES_256_GCM, bad, NULL, empty, empty, empty, &out), STATUS_INVALID);
	memset(bad, 0, 65);
	assert_int_equal(
		hpke_seal(HPKE_AES_256_GCM, bad, NULL, empty, empty, empty, &out), STATUS_INVALID);
	memcpy(bad, pk, 65);
	bad[0] = 0x06 | (pk[64] & 1); /* the hybrid form means the same point but is not the one
					 form allowed */
	assert_int_equal(
		hpke_seal(HPKE_AES_256_GCM, bad, NULL, empty, empty, empty, &out), STATUS_INVALID);
	assert_int_equal(out.len, 0);
	snprintf(hex, sizeof(hex), POINT_5, X_5_AND_PRIME);
	assert_true(hex_decode(hex, bad, 65));
	assert_int_equal(
		hpke_seal(HPKE_AES_256_GCM, bad, NULL, empty, empty, empty, &out), STATUS_INVALID);
	snprintf(hex, sizeof(hex), POINT_5, X_5);
	assert_true(hex_decode(hex, bad, 65));
	assert_int_equal(hpke_seal(HPKE_AES_256_GCM, bad, NULL, empty, empty, empty, &out), STATUS_OK);
	buf_free(&out);

	/* and the same at the other end */
	assert_int_equal(hpke_recipient_new(sk, &r), STATUS_OK);
	assert_int_equal(hpke_seal(HPKE_AES_256_GCM, pk, NULL, empty, empty, empty, &out), STATUS_OK);
	assert_int_equal(out.len, sizeof(sealed));
	memcpy(sealed, out.data, sizeof(sealed));
	assert_int_equal(hpke_open(HPKE_AES_256_GCM, r, empty, empty, (struct span){sealed, sizeof(sealed)}, bad), STATUS_OK);
	sealed[0] = 0x06 | (sealed[64] & 1);
	assert_int_equal(hpke_open(HPKE_AES_256_GCM, r, empty, empty, (struct span){sealed, sizeof(sealed)}, bad), STATUS_DENIED);
	sealed[0] = 4;
	sealed[64] ^= 1;
	assert_int_equal(hpke_open(HPKE_AES_256_GCM, r, empty, empty, (struct span){sealed, sizeof(sealed)}, bad), STATUS_DENIED);
	memset(sealed, 0, 65);
	assert_int_equal(hpke_open(HPKE_AES_256_GCM, r, empty, empty, (struct span){sealed, sizeof(sealed)}, bad), STATUS_DENIED);
	hpke_recipient_free(r);
	r = NULL;

	memset(sk, 0, 32);
	assert_int_equal(hpke_public(sk, pk), STATUS_INVALID);
	assert_int_equal(hpke_recipient_new(sk, &r), STATUS_INVALID);
	memset(sk, 0xff, 32);
	assert_int_equal(hpke_public(sk, pk), STATUS_INVALID);
	assert_int_equal(hpke_recipient_new(sk, &r), STATUS_INVALID);
	assert_null(r);
	buf_free(&out);
}

static void
test_foreign_message(void **state)
{
	unsigned char sk[32], sealed[sizeof(foreign) / 2];
	struct activation *a = NULL;
	clock_us when;
	char hex[IMPRINT_HEX];

	(void)state;
	assert_true(hex_decode(RECIPIENT, sk, 32));
	assert_true(hex_decode(foreign, sealed, sizeof(sealed)));
	assert_int_equal(open_by((struct span){sealed, sizeof(sealed)}, sk, &a), STATUS_OK);
	assert_int_equal(a->count, 2);
	assert_string_equal(a->key, "bi-thu");
	assert_string_equal(a->nonce, NONCE);
	assert_string_equal(a->pin, "12\"34\\56");
	assert_string_equal(a->titles[0], "12-CV/QU Về việc “thử”");
	assert_string_equal(a->titles[1], "13-CV/QU");
	imprint_hex(&a->digests[1], hex);
	assert_string_equal(hex, D2);
	assert_true(clock_parse(WHEN, &when));
	assert_true(a->expires == when);
	activation_free(a);
}

static struct activation *
sample_by(enum imprint_kind algorithm, size_t count)
{
	struct activation *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	strcpy(a->key, "bi-thu");
	assert_int_equal(activation_nonce(a->nonce), STATUS_OK);
	a->expires = clock_now() + 300 * CLOCK_SECOND;
	a->algorithm = algorithm;
	a->count = count;
	a->digests = calloc(count, sizeof(*a->digests));
	a->titles = calloc(count, sizeof(*a->titles));
	a->pin = secret_alloc(8);
	strcpy(a->pin, "246810");
	for (size_t i = 0; i < count; i++) {
		a->digests[i] = imprint_of(a->algorithm, &i, sizeof(i));
		a->titles[i] = strdup("12-CV/QU \"Về việc\" \\ thử");
	}
	return a;
}

/* The same, each with the form of its signature. */
static struct activation *
sample_formed(enum imprint_kind algorithm, size_t count)
{
	struct activation *a = sample_by(algorithm, count);

	assert_non_null(a->formats = calloc(count, sizeof(*a->formats)));
	for (size_t i = 0; i < count; i++)
		a->formats[i] = (enum signer_format)(i % SIGNER_FORMATS);
	return a;
}

static struct activation *
sample(size_t count)
{
	return sample_by(IMPRINT_SHA256, count);
}

static void
round_trip(bool formed)
{
	unsigned char sk[32], pk[65];

	assert_int_equal(activation_keypair(sk, pk), STATUS_OK);
	for (size_t count = 1; count <= ACTIVATION_DIGESTS; count += 333) {
		struct activation *a = (formed ? sample_formed : sample_by)((enum imprint_kind)(count % 3), count), *b = NULL;
		struct buf out;

		buf_init(&out, ACTIVATION_MAX);
		assert_int_equal(activation_seal(a, pk, &out), STATUS_OK);
		assert_int_equal(
			open_by((struct span){out.data, out.len}, sk, &b), STATUS_OK);
		assert_string_equal(a->nonce, b->nonce);
		assert_string_equal(a->pin, b->pin);
		assert_int_equal(a->count, b->count);
		assert_int_equal(a->algorithm, b->algorithm);
		assert_true(a->expires == b->expires);
		assert_memory_equal(a->digests, b->digests, count * sizeof(*a->digests));
		if (formed)
			assert_memory_equal(a->formats, b->formats, count * sizeof(*a->formats));
		else
			assert_null(b->formats);
		for (size_t i = 0; i < count; i++)
			assert_string_equal(a->titles[i], b->titles[i]);
		buf_free(&out);
		activation_free(a);
		activation_free(b);
	}
}

static void
test_round_trip(void **state)
{
	(void)state;
	round_trip(false);
	round_trip(true);
}

/* No single changed, missing or added byte opens; neither does another key. */
static void
test_altered(void **state)
{
	unsigned char sk[32], pk[65], other[32];
	struct activation *a = sample(1), *b = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, ACTIVATION_MAX);
	assert_int_equal(activation_keypair(other, pk), STATUS_OK);
	assert_int_equal(activation_keypair(sk, pk), STATUS_OK);
	assert_int_equal(activation_seal(a, pk, &out), STATUS_OK);
	for (size_t i = 0; i < out.len; i++) {
		out.data[i] ^= 0x20;
		assert_int_equal(
			open_by((struct span){out.data, out.len}, sk, &b), STATUS_DENIED);
		out.data[i] ^= 0x20;
	}
	for (size_t n = 0; n < out.len; n++)
		assert_int_equal(
			open_by((struct span){out.data, n}, sk, &b), STATUS_DENIED);
	buf_put_byte(&out, 0);
	assert_int_equal(open_by((struct span){out.data, out.len}, sk, &b), STATUS_DENIED);
	assert_int_equal(
		open_by((struct span){out.data, out.len - 1}, other, &b), STATUS_DENIED);
	assert_null(b);
	buf_free(&out);
	activation_free(a);
}

/* What seal refuses to make. */
static void
test_seal_refuses(void **state)
{
	unsigned char sk[32], pk[65];
	struct buf out;

	(void)state;
	assert_int_equal(activation_keypair(sk, pk), STATUS_OK);
	buf_init(&out, ACTIVATION_MAX);
	for (int i = 0; i < 8; i++) {
		struct activation *a = sample(1);

		switch (i) {
		case 0:
			strcpy(a->key, "../x");
			break;
		case 1:
			a->key[0] = '\0';
			break;
		case 2:
			a->nonce[31] = '\0';
			break;
		case 3:
			a->nonce[0] = 'X';
			break;
		case 4:
			a->digests[0].kind = IMPRINT_SHA512;
			break;
		case 5:
			a->pin[1] = '\n';
			break;
		case 6:
			a->titles[0][0] = '\x1b';
			break;
		default:
			a->titles[0][1] = '\xff';
			break;
		}
		assert_int_equal(activation_seal(a, pk, &out), STATUS_INVALID);
		activation_free(a);
	}
	assert_int_equal(out.len, 0);
}

/* Every departure from the one form is malformed: {what stands in PLAIN, what replaces it}. */
static const char *const departures[][2] = {
	{"{\"algorithm", " {\"algorithm"},
	{"\"count\":2", "\"count\": 2"},
	{":2,", ":02,"},
	{":2,", ":1,"},
	{":2,", ":3,"},
	{":2,", ":0,"},
	{":2,", ":1001,"},
	{":2,", ":-2,"},
	{":2,", ":99999999999999999999999,"},
	{D1, "0F"},
	{"0f0f\",", "0F0F\","},
	{D2, "a5"},
	{D2 "\"", D2 "00\""},
	{D2 "\"]", D2 "\",\"" D1 "\"]"},
	{"\"expires\"", "\"expired\""},
	{WHEN, "2026-11-24"},
	{WHEN, "tomorrow"},
	{WHEN, "0940-11-24T06:25:54Z"},
	{WHEN, "9999-12-31T23:59:59-14:00"},
	{"SHA256", "SHA384"},
	{"SHA256", "SHA1"},
	{"SHA256", "sha256"},
	{"SHA256", ""},
	{"{\"algorithm\":\"SHA256\",", "{\"algorithm\":\"SHA256\",\"algorithm\":\"SHA256\","},
	{"{\"algorithm\":\"SHA256\",", ","},
	{"bi-thu", ""},
	{"bi-thu", "../bi-thu"},
	{"bi-thu", "Bi-thu"},
	{"bi-thu", ".bi-thu"},
	{NONCE, "00"},
	{"eeff\"", "eeFF\""},
	{"\\\"34", "\\n34"},
	{"\\\"34", "\\u0031"},
	{"\\\"34", "\t34"},
	{"Về việc", "V\x01"},
	{"Về việc", "V\xc3("},
	{",\"13-CV/QU\"", ""},
	{",\"13-CV/QU\"", ",\"a\",\"b\""},
	{"13-CV/QU\"]}", "13-CV/QU\"]"},
	{"13-CV/QU\"]}", "13-CV/QU\"]} "},
	{"13-CV/QU\"]}", "13-CV/QU"},
	{"\"titles\"", "\"pin\":\"0\",\"titles\""},
};

/* Of the formats: absent, or one for each, between expires and key. */
static const char *const format_departures[][2] = {
	{"\"formats\"", "\"format\""},
	{",\"cades\"]", "]"},
	{",\"cades\"]", ",\"cades\",\"cades\"]"},
	{"[\"pades\",\"cades\"]", "[]"},
	{"[\"pades\",\"cades\"]", "\"pades\""},
	{"\"cades\"", "\"CADES\""},
	{"\"cades\"", "\"\""},
	{"\"cades\"", "\"cades-b\""},
	{"\"cades\"", "\"counters\""},
	{"\"cades\"", "null"},
	{"\"pades\",", "\"pades\", "},
	{"\"formats\":[\"pades\",\"cades\"],", "\"formats\":[\"pades\",\"cades\"],\"formats\":[\"pades\",\"cades\"],"},
	{"\"formats\":[\"pades\",\"cades\"],\"key\":\"bi-thu\",", "\"key\":\"bi-thu\",\"formats\":[\"pades\",\"cades\"],"},
};

static void
assert_departures(const char *form, const char *const rows[][2], size_t count)
{
	struct activation *a = NULL;
	char text[2048];

	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(form, rows[i][0]);

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - form), form, rows[i][1], at + strlen(rows[i][0]));
		if (activation_parse(span_of(text), &a) != STATUS_MALFORMED)
			fail_msg("accepted: %s", text);
	}
	for (size_t n = 0; n < strlen(form); n++)
		assert_int_equal(activation_parse((struct span){(const unsigned char *)form, n}, &a), STATUS_MALFORMED);
}

static void
test_one_form_only(void **state)
{
	struct activation *a = NULL;

	(void)state;
	assert_int_equal(activation_parse(span_of(FORM_3), &a), STATUS_OK);
	assert_int_equal(a->formats[0], SIGNER_FORMAT_PADES);
	assert_int_equal(a->formats[1], SIGNER_FORMAT_CADES);
	activation_free(a);
	assert_int_equal(activation_parse(span_of(FORM_2), &a), STATUS_OK);
	assert_int_equal(a->algorithm, IMPRINT_SHA256);
	assert_null(a->formats);
	activation_free(a);
	assert_int_equal(activation_parse(span_of(PLAIN), &a), STATUS_OK);
	assert_int_equal(a->algorithm, IMPRINT_SHA256);
	activation_free(a);
	assert_departures(FORM_2, departures, sizeof(departures) / sizeof(departures[0]));
	assert_departures(FORM_3, departures, sizeof(departures) / sizeof(departures[0]));
	assert_departures(FORM_3, format_departures, sizeof(format_departures) / sizeof(format_departures[0]));
}

/* The code by `printf KEY | xxd -r -p | sha256sum`. */
static void
test_key_code(void **state)
{
	static const char whole[] = "04" "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";
	unsigned char key[65], other[65];
	char code[ACTIVATION_KEY_CODE], upper[sizeof(whole)];

	(void)state;
	assert_true(hex_decode(whole, key, sizeof(key)));
	activation_key_code(key, code);
	assert_string_equal(code, "6bcd-a99d-58e5-962b-91d7");
	for (size_t i = 0; i < sizeof(whole); i++)
		upper[i] = (char)toupper((unsigned char)whole[i]);
	memcpy(other, key, sizeof(key));
	other[64] ^= 1;
	for (size_t i = 0; i < 5; i++) {
		const char *said[] = {code, whole, upper, "6BCD A99D 58E5 962B 91D7 ", "6bcda99d58e5962b91d7"};

		assert_true(activation_key_is(said[i], key));
		assert_false(activation_key_is(said[i], other));
	}
	code[23] = code[23] == '0' ? '1' : '0';
	assert_false(activation_key_is(code, key));
	assert_false(activation_key_is("", key));
	assert_false(activation_key_is(" - ", key));
	assert_false(activation_key_is("6bcd-a99d-58e5-962b", key));
	assert_false(activation_key_is("6bcd-a99d-58e5-962b-91d7-00", key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_bad_keys),
		cmocka_unit_test(test_foreign_message),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_altered),
		cmocka_unit_test(test_seal_refuses),
		cmocka_unit_test(test_one_form_only),
		cmocka_unit_test(test_key_code),
	};

	return cmocka_run_group_tests_name("activation", tests, NULL, NULL);
}
