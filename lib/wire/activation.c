/*
 * activation: see activation.h. The plain text holds a PIN, so it lives in locked memory only and
 * is written and read here by hand: the form is fixed, one reading is possible, and a JSON library
 * would leave copies of the PIN in the heap.
 */
#include "lib/wire/activation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/wire/hpke.h"

#define CODE_BYTES 10  /* of a key's digest */
#define INFO "congvan activation 1"
#define NONCE 32       /* hex digits */
#define FIXED_ROOM 512 /* everything but PIN, titles, digests and formats */

static const struct span info = {(const unsigned char *)INFO, sizeof(INFO) - 1};
static const struct span no_aad = {NULL, 0};

void
activation_free(struct activation *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; a->titles != NULL && a->text == NULL && i < a->count; i++)
		free(a->titles[i]);
	free(a->titles);
	free(a->text);
	free(a->digests);
	free(a->formats);
	secret_free(a->pin);
	free(a);
}

bool
activation_key_id_valid(const char *id)
{
	size_t n = strlen(id);

	return n > 0 && n < sizeof(((struct activation *)0)->key) &&
		strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n && id[0] != '.' &&
		id[0] != '_' && id[0] != '-';
}

enum status
activation_nonce(char nonce[NONCE + 1])
{
	unsigned char bytes[NONCE / 2];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return STATUS_INTERNAL;
	hex_encode(bytes, sizeof(bytes), nonce);
	return STATUS_OK;
}

void
activation_key_code(const unsigned char public_key[65], char to[ACTIVATION_KEY_CODE])
{
	struct digest d = digest_of(public_key, 65);

	for (size_t i = 0; i < CODE_BYTES; i += 2) {
		hex_encode(d.bytes + i, 2, to);
		to += 4;
		*to++ = i + 2 < CODE_BYTES ? '-' : '\0';
	}
}

bool
activation_key_is(const char *said, const unsigned char public_key[65])
{
	unsigned char bytes[65];
	struct digest d = digest_of(public_key, 65);
	char plain[2 * sizeof(bytes) + 1];
	size_t n = 0;

	for (; *said != '\0'; said++) {
		if (*said == ' ' || *said == '-')
			continue;
		if (n + 1 == sizeof(plain))
			return false;
		plain[n++] = *said;
	}
	plain[n] = '\0';
	return (n == 2 * sizeof(bytes) && hex_decode(plain, bytes, sizeof(bytes)) && memcmp(bytes, public_key, sizeof(bytes)) == 0) ||
		(n == (size_t)2 * CODE_BYTES && hex_decode(plain, bytes, CODE_BYTES) && memcmp(bytes, d.bytes, CODE_BYTES) == 0);
}

enum status
activation_keypair(unsigned char private_key[32], unsigned char public_key[65])
{
	return hpke_keypair(private_key, public_key);
}

/* One line of text for people: UTF-8 without control characters, at most max bytes. */
static bool
is_line(const char *s, size_t n, size_t max)
{
	bool ascii = true;

	if (n > max)
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
		ascii = ascii && (unsigned char)s[i] < 0x80;
	}
	return ascii || text_is_utf8(s, n);
}

static bool
is_nonce(const char *s)
{
	return strlen(s) == NONCE && strspn(s, "0123456789abcdef") == NONCE;
}

/* --- writing --- */

struct writer {
	char *at, *end;
};

/* The room was computed beforehand, so a writer that is full is a fault of this file: it stays full
 * and seal says so. */
static void
put(struct writer *w, const char *s, size_t n)
{
	if ((size_t)(w->end - w->at) < n) {
		w->end = w->at;
		return;
	}
	memcpy(w->at, s, n);
	w->at += n;
}

static void
put_str(struct writer *w, const char *s)
{
	put(w, s, strlen(s));
}

static void
put_string(struct writer *w, const char *s)
{
	put(w, "\"", 1);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			put(w, "\\", 1);
		put(w, s, 1);
	}
	put(w, "\"", 1);
}

static void
put_all(struct writer *w, const struct activation *a)
{
	char number[32], when[CLOCK_TEXT], hex[IMPRINT_HEX];

	snprintf(number, sizeof(number), "%zu", a->count);
	clock_format_utc(a->expires, when);
	put_str(w, "{\"algorithm\":");
	put_string(w, imprint_name(a->algorithm));
	put_str(w, ",\"count\":");
	put_str(w, number);
	put_str(w, ",\"digests\":[");
	for (size_t i = 0; i < a->count; i++) {
		imprint_hex(&a->digests[i], hex);
		put_str(w, i > 0 ? "," : "");
		put_string(w, hex);
	}
	put_str(w, "],\"expires\":");
	put_string(w, when);
	for (size_t i = 0; a->formats != NULL && i < a->count; i++) {
		put_str(w, i > 0 ? "," : ",\"formats\":[");
		put_string(w, signer_format_name(a->formats[i]));
	}
	put_str(w, a->formats != NULL ? "],\"key\":" : ",\"key\":");
	put_string(w, a->key);
	put_str(w, ",\"nonce\":");
	put_string(w, a->nonce);
	put_str(w, ",\"pin\":");
	put_string(w, a->pin);
	put_str(w, ",\"titles\":[");
	for (size_t i = 0; i < a->count; i++) {
		put_str(w, i > 0 ? "," : "");
		put_string(w, a->titles[i]);
	}
	put_str(w, "]}");
}

/* Checks what put_all relies on and gives the room it needs; 0 when something is not in the form.
 */
static size_t
room_of(const struct activation *a)
{
	size_t room = FIXED_ROOM;

	if (!activation_key_id_valid(a->key) || !is_nonce(a->nonce) || a->pin == NULL ||
		!is_line(a->pin, strlen(a->pin), ACTIVATION_PIN) ||
		a->count == 0 || a->count > ACTIVATION_DIGESTS ||
		!ACTIVATION_TIME_IS_SANE(a->expires))
		return 0;
	room += 2 * strlen(a->pin);
	for (size_t i = 0; i < a->count; i++) {
		size_t n = a->titles[i] != NULL ? strlen(a->titles[i]) : ACTIVATION_TITLE + 1;

		if (!is_line(a->titles[i], n, ACTIVATION_TITLE) || a->digests[i].kind != a->algorithm)
			return 0;
		room += 2 * n + IMPRINT_HEX + 8 + (a->formats != NULL ? SIGNER_FORMAT_NAME + 3 : 0);
	}
	return room;
}

enum status
activation_seal(const struct activation *a, const unsigned char public_key[65], struct buf *out)
{
	size_t room = room_of(a), n;
	struct writer w;
	enum status st;
	char *text;

	if (room == 0)
		return STATUS_INVALID;
	if ((text = secret_alloc(room)) == NULL)
		return STATUS_NO_MEMORY;
	w = (struct writer){text, text + room};
	put_all(&w, a);
	n = (size_t)(w.at - text);
	if (w.at == w.end)
		st = STATUS_INTERNAL;
	else if (n > ACTIVATION_MAX - HPKE_OVERHEAD)
		st = STATUS_TOO_LARGE;
	else
		st = hpke_seal(HPKE_AES_256_GCM, public_key, NULL, info, no_aad,
			(struct span){(const unsigned char *)text, n}, out);
	secret_free(text);
	return st;
}

/* --- reading --- */

struct reader {
	const char *at, *end;
};

static bool
take(struct reader *r, const char *literal)
{
	size_t n = strlen(literal);

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, literal, n) != 0)
		return false;
	r->at += n;
	return true;
}

static bool
take_escaped(struct reader *r, char *to, size_t size, size_t *n)
{
	*n = 0;
	while (r->at < r->end && *r->at != '"') {
		if (*r->at == '\\' && (++r->at == r->end || (*r->at != '"' && *r->at != '\\')))
			return false;
		if (*n + 1 >= size)
			return false;
		to[(*n)++] = *r->at++;
	}
	return true;
}

/* A JSON string whose only escapes are \" and \\, of at most size - 1 bytes. */
static bool
take_string(struct reader *r, char *to, size_t size)
{
	const char *quote;
	size_t n;

	if (!take(r, "\"") || (quote = memchr(r->at, '"', (size_t)(r->end - r->at))) == NULL)
		return false;
	n = (size_t)(quote - r->at);
	if (n < size && memchr(r->at, '\\', n) == NULL) { /* nearly all of them */
		memcpy(to, r->at, n);
		r->at = quote;
	} else if (!take_escaped(r, to, size, &n)) {
		return false;
	}
	to[n] = '\0';
	return take(r, "\"") && is_line(to, n, size);
}

/* A number of 1 to ACTIVATION_DIGESTS without leading zeros. */
static bool
take_count(struct reader *r, size_t *out)
{
	size_t v = 0;

	if (r->at == r->end || *r->at == '0')
		return false;
	while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && v <= ACTIVATION_DIGESTS)
		v = 10 * v + (size_t)(*r->at++ - '0');
	if (v == 0 || v > ACTIVATION_DIGESTS)
		return false;
	*out = v;
	return true;
}

/* A string of n bytes that needs no look at what they are: hex digits refuse all else. */
static bool
take_exactly(struct reader *r, char *to, size_t n)
{
	if (!take(r, "\"") || (size_t)(r->end - r->at) < n)
		return false;
	memcpy(to, r->at, n);
	to[n] = '\0';
	r->at += n;
	return take(r, "\"");
}

static bool
take_digests(struct reader *r, struct activation *a)
{
	size_t n = 2 * imprint_size(a->algorithm);
	char hex[IMPRINT_HEX];

	if (!take(r, "["))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if ((i > 0 && !take(r, ",")) || !take_exactly(r, hex, n) ||
			!imprint_from_hex(a->algorithm, hex, &a->digests[i]))
			return false;
	return take(r, "]");
}

/* Absent in the earlier forms. */
static bool
take_formats(struct reader *r, struct activation *a)
{
	char name[SIGNER_FORMAT_NAME];

	if (!take(r, ",\"formats\":["))
		return true;
	if ((a->formats = calloc(a->count, sizeof(*a->formats))) == NULL)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if ((i > 0 && !take(r, ",")) || !take_string(r, name, sizeof(name)) || !signer_format_find(name, &a->formats[i]))
			return false;
	return take(r, "]");
}

static bool
take_titles(struct reader *r, struct activation *a)
{
	char *to;

	/* Unescaped they are shorter than in the text, where each has two quotes. */
	if (!take(r, "[") || (a->text = to = malloc((size_t)(r->end - r->at) + 1)) == NULL)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if ((i > 0 && !take(r, ",")) || !take_string(r, to, ACTIVATION_TITLE + 1))
			return false;
		a->titles[i] = to;
		to += strlen(to) + 1;
	}
	return take(r, "]");
}

/* Up to the count; without an algorithm it is the first form. */
static bool
take_begin(struct reader *r, struct activation *a)
{
	char name[16];

	if (take(r, "{\"algorithm\":"))
		return take_string(r, name, sizeof(name)) && imprint_kind_find(name, &a->algorithm) &&
			take(r, ",\"count\":");
	a->algorithm = IMPRINT_SHA256;
	return take(r, "{\"count\":");
}

static bool
take_all(struct reader *r, struct activation *a)
{
	char when[CLOCK_TEXT];

	if (!take_begin(r, a) || !take_count(r, &a->count))
		return false;
	a->digests = calloc(a->count, sizeof(*a->digests));
	a->titles = calloc(a->count, sizeof(*a->titles));
	a->pin = secret_alloc(ACTIVATION_PIN + 1);
	if (a->digests == NULL || a->titles == NULL || a->pin == NULL)
		return false;
	return take(r, ",\"digests\":") && take_digests(r, a) && take(r, ",\"expires\":") &&
		take_string(r, when, sizeof(when)) && clock_parse(when, &a->expires) &&
		ACTIVATION_TIME_IS_SANE(a->expires) && take_formats(r, a) && take(r, ",\"key\":") &&
		take_string(r, a->key, sizeof(a->key)) && activation_key_id_valid(a->key) &&
		take(r, ",\"nonce\":") && take_string(r, a->nonce, sizeof(a->nonce)) &&
		is_nonce(a->nonce) && take(r, ",\"pin\":") &&
		take_string(r, a->pin, ACTIVATION_PIN + 1) &&
		take(r, ",\"titles\":") && take_titles(r, a) && take(r, "}") && r->at == r->end;
}

enum status
activation_parse(struct span text, struct activation **out)
{
	struct activation *a = calloc(1, sizeof(*a));
	struct reader r = {(const char *)text.data, (const char *)text.data + text.len};

	if (a == NULL)
		return STATUS_NO_MEMORY;
	if (!take_all(&r, a)) {
		activation_free(a);
		return STATUS_MALFORMED;
	}
	*out = a;
	return STATUS_OK;
}

enum status
activation_open(struct span sealed, const struct hpke_recipient *r, struct activation **out)
{
	unsigned char *text;
	enum status st;

	if (sealed.len < HPKE_OVERHEAD || sealed.len > ACTIVATION_MAX)
		return STATUS_DENIED;
	if ((text = secret_alloc(sealed.len)) == NULL)
		return STATUS_NO_MEMORY;
	st = hpke_open(HPKE_AES_256_GCM, r, info, no_aad, sealed, text);
	if (st == STATUS_OK)
		st = activation_parse((struct span){text, sealed.len - HPKE_OVERHEAD}, out);
	secret_free(text);
	return st;
}
