/* checkpoint: see checkpoint.h. */
#include "lib/pki/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "lib/base/hex.h"
#include "lib/base/text.h"

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space */
#define DASH (sizeof(dash) - 1)
#define ALGORITHM_ED25519 1
#define ID_BYTES 4

/* One line of text: UTF-8, no control characters (signed-note "Format"). */
static bool
line_is_right(const unsigned char *s, size_t n)
{
	if (n == 0 || !text_is_utf8((const char *)s, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return true;
}

/* White space beyond ASCII in UTF-8: U+0085, U+00A0, U+1680, U+2000-200A, 2028, 2029, 202F, 205F, U+3000. */
static bool
is_wide_space(const unsigned char *s)
{
	if (s[0] == 0xc2)
		return s[1] == 0x85 || s[1] == 0xa0;
	if (s[0] == 0xe1)
		return s[1] == 0x9a && s[2] == 0x80;
	if (s[0] == 0xe2 && s[1] == 0x80)
		return s[2] <= 0x8a || s[2] == 0xa8 || s[2] == 0xa9 || s[2] == 0xaf;
	if (s[0] == 0xe2)
		return s[1] == 0x81 && s[2] == 0x9f;
	return s[0] == 0xe3 && s[1] == 0x80 && s[2] == 0x80;
}

bool
checkpoint_name_is_right(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t n = strlen(name);

	if (n >= CHECKPOINT_NAME_MAX || !line_is_right(s, n))
		return false;
	for (; *s != '\0'; s++)
		if (*s == ' ' || *s == '+' || (*s >= 0x80 && is_wide_space(s)))
			return false;
	return true;
}

enum status
checkpoint_body(const char *origin, uint64_t size, const struct digest *root,
	const char *const *extensions, struct buf *out)
{
	char *base64;

	if (strlen(origin) >= CHECKPOINT_NAME_MAX ||
		!line_is_right((const unsigned char *)origin, strlen(origin)))
		return STATUS_INVALID;
	for (const char *const *e = extensions; e != NULL && *e != NULL; e++)
		if (!line_is_right((const unsigned char *)*e, strlen(*e)))
			return STATUS_INVALID;
	base64 = base64_encode(root->bytes, DIGEST_BYTES);
	if (base64 == NULL)
		return STATUS_NO_MEMORY;
	buf_printf(out, "%s\n%" PRIu64 "\n%s\n", origin, size, base64);
	for (const char *const *e = extensions; e != NULL && *e != NULL; e++)
		buf_printf(out, "%s\n", *e);
	free(base64);
	return buf_status(out);
}

void
checkpoint_key_id(const struct checkpoint_key *key, unsigned char id[ID_BYTES])
{
	unsigned char bytes[CHECKPOINT_NAME_MAX + 2 + CHECKPOINT_KEY_BYTES];
	size_t n = strlen(key->name);
	struct digest d;

	memcpy(bytes, key->name, n);
	bytes[n++] = '\n';
	bytes[n++] = ALGORITHM_ED25519;
	memcpy(bytes + n, key->public_key, CHECKPOINT_KEY_BYTES);
	d = digest_of(bytes, n + CHECKPOINT_KEY_BYTES);
	memcpy(id, d.bytes, ID_BYTES);
}

enum status
checkpoint_note(struct span body, const struct checkpoint_key *key,
	const unsigned char signature[CHECKPOINT_SIGNATURE_BYTES], struct buf *out)
{
	unsigned char blob[ID_BYTES + CHECKPOINT_SIGNATURE_BYTES];
	struct checkpoint ignored;
	char *base64;

	if (!checkpoint_name_is_right(key->name) || checkpoint_read(body, &ignored) != STATUS_OK)
		return STATUS_INVALID;
	checkpoint_key_id(key, blob);
	memcpy(blob + ID_BYTES, signature, CHECKPOINT_SIGNATURE_BYTES);
	base64 = base64_encode(blob, sizeof(blob));
	if (base64 == NULL)
		return STATUS_NO_MEMORY;
	buf_put(out, body.data, body.len);
	buf_printf(out, "\n%s%s %s\n", dash, key->name, base64);
	free(base64);
	return buf_status(out);
}

enum status
checkpoint_sign(struct span body, const char *name, EVP_PKEY *key, struct buf *out)
{
	unsigned char signature[CHECKPOINT_SIGNATURE_BYTES];
	size_t len = sizeof(signature);
	struct checkpoint_key pub;
	enum status st = checkpoint_key_of(name, key, &pub);
	EVP_MD_CTX *ctx;

	if (st != STATUS_OK)
		return st;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
		EVP_DigestSign(ctx, signature, &len, body.data, body.len) != 1)
		st = STATUS_UNSUPPORTED;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return st == STATUS_OK ? checkpoint_note(body, &pub, signature, out) : st;
}

/* Takes a line, without its newline, from the front of s. */
static bool
take_line(struct span *s, struct span *line)
{
	const unsigned char *end = s->len != 0 ? memchr(s->data, '\n', s->len) : NULL;

	if (end == NULL)
		return false;
	*line = (struct span){s->data, (size_t)(end - s->data)};
	s->len -= line->len + 1;
	s->data = end + 1;
	return true;
}

/* ASCII decimal without leading zeros, as 64 bits. */
static bool
read_size(struct span line, uint64_t *out)
{
	uint64_t v = 0;

	if (line.len == 0 || line.len > 20 || (line.data[0] == '0' && line.len > 1))
		return false;
	for (size_t i = 0; i < line.len; i++) {
		unsigned d = (unsigned)line.data[i] - '0';

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}

static bool
read_root(struct span line, struct digest *out)
{
	unsigned char *bytes = NULL;
	size_t len;
	bool right;

	if (!base64_decode((const char *)line.data, line.len, &bytes, &len))
		return false;
	right = len == DIGEST_BYTES;
	if (right)
		memcpy(out->bytes, bytes, DIGEST_BYTES);
	free(bytes);
	return right;
}

enum status
checkpoint_read(struct span body, struct checkpoint *out)
{
	struct checkpoint c = {.body = body};
	struct span origin, size, root, line, rest;

	if (body.len > CHECKPOINT_MAX || !take_line(&body, &origin) || !take_line(&body, &size) ||
		!take_line(&body, &root) || origin.len >= CHECKPOINT_NAME_MAX ||
		!line_is_right(origin.data, origin.len) || !read_size(size, &c.size) ||
		!read_root(root, &c.root))
		return STATUS_MALFORMED;
	memcpy(c.origin, origin.data, origin.len);
	c.extensions = rest = body;
	while (rest.len != 0)
		if (!take_line(&rest, &line) || !line_is_right(line.data, line.len))
			return STATUS_MALFORMED;
	*out = c;
	return STATUS_OK;
}

/* "— name base64": the name and the decoded bytes (free them). */
static bool
read_signature(struct span line, struct span *name, unsigned char **bytes, size_t *len)
{
	const unsigned char *space;

	if (line.len < DASH || memcmp(line.data, dash, DASH) != 0)
		return false;
	line.data += DASH;
	line.len -= DASH;
	space = line.len != 0 ? memchr(line.data, ' ', line.len) : NULL;
	if (space == NULL || space == line.data ||
		!line_is_right(line.data, (size_t)(space - line.data)))
		return false;
	*name = (struct span){line.data, (size_t)(space - line.data)};
	if (!base64_decode((const char *)space + 1, line.len - name->len - 1, bytes, len))
		return false;
	if (*len > ID_BYTES)
		return true;
	free(*bytes);
	return false;
}

static bool
signature_is_right(struct span body, const struct checkpoint_key *key, const unsigned char *bytes,
	size_t len)
{
	EVP_PKEY *pub = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->public_key,
		CHECKPOINT_KEY_BYTES);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool right = pub != NULL && ctx != NULL && len == CHECKPOINT_SIGNATURE_BYTES &&
		EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pub) == 1 &&
		EVP_DigestVerify(ctx, bytes, len, body.data, body.len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pub);
	ERR_clear_error();
	return right;
}

/* Every signature line must be one; those of this key must be right. */
static enum status
check_signatures(struct span lines, struct span body, const struct checkpoint_key *key)
{
	enum status st = STATUS_NOT_FOUND;
	unsigned char id[ID_BYTES];
	int count = 0;

	checkpoint_key_id(key, id);
	if (lines.len == 0)
		return STATUS_MALFORMED;
	while (lines.len != 0) {
		struct span line, name;
		unsigned char *bytes = NULL;
		size_t len = 0;

		if (++count > CHECKPOINT_SIGNATURES_MAX || !take_line(&lines, &line) ||
			!read_signature(line, &name, &bytes, &len))
			return STATUS_MALFORMED;
		if (st != STATUS_INVALID && name.len == strlen(key->name) &&
			memcmp(name.data, key->name, name.len) == 0 &&
			memcmp(bytes, id, ID_BYTES) == 0)
			st = signature_is_right(body, key, bytes + ID_BYTES, len - ID_BYTES) ?
				STATUS_OK : STATUS_INVALID;
		free(bytes);
	}
	return st;
}

enum status
checkpoint_open(struct span note, const struct checkpoint_key *key, struct checkpoint *out)
{
	const unsigned char *blank;
	struct span body, lines;
	struct checkpoint c;
	enum status st;

	if (note.len > CHECKPOINT_MAX || note.len < 2)
		return STATUS_MALFORMED;
	/* a body has no empty line, so the first blank line is the border */
	for (blank = note.data; blank + 1 < note.data + note.len; blank++)
		if (blank[0] == '\n' && blank[1] == '\n')
			break;
	if (blank + 1 >= note.data + note.len)
		return STATUS_MALFORMED;
	body = (struct span){note.data, (size_t)(blank - note.data) + 1};
	lines = (struct span){blank + 2, note.len - body.len - 1};
	st = checkpoint_read(body, &c);
	if (st == STATUS_OK)
		st = check_signatures(lines, body, key);
	if (st == STATUS_OK)
		*out = c;
	return st;
}

enum status
checkpoint_key_text(const struct checkpoint_key *key, struct buf *out)
{
	unsigned char blob[1 + CHECKPOINT_KEY_BYTES], id[ID_BYTES];
	char hex[2 * ID_BYTES + 1], *base64;

	if (!checkpoint_name_is_right(key->name))
		return STATUS_INVALID;
	blob[0] = ALGORITHM_ED25519;
	memcpy(blob + 1, key->public_key, CHECKPOINT_KEY_BYTES);
	checkpoint_key_id(key, id);
	hex_encode(id, ID_BYTES, hex);
	base64 = base64_encode(blob, sizeof(blob));
	if (base64 == NULL)
		return STATUS_NO_MEMORY;
	buf_printf(out, "%s+%s+%s", key->name, hex, base64);
	free(base64);
	return buf_status(out);
}

enum status
checkpoint_key_read(const char *text, struct checkpoint_key *out)
{
	/* the name has no plus; base64 may */
	const char *first = strchr(text, '+'), *second = first != NULL ? strchr(first + 1, '+') : NULL;
	struct checkpoint_key key = {0};
	char hex[2 * ID_BYTES + 1] = "";
	unsigned char id[ID_BYTES], own[ID_BYTES], *blob = NULL;
	size_t len = 0;
	bool right;

	if (second == NULL || first - text >= CHECKPOINT_NAME_MAX || second - first != sizeof(hex))
		return STATUS_INVALID;
	memcpy(key.name, text, (size_t)(first - text));
	memcpy(hex, first + 1, sizeof(hex) - 1);
	if (!checkpoint_name_is_right(key.name) || !hex_decode(hex, id, ID_BYTES) ||
		!base64_decode(second + 1, strlen(second + 1), &blob, &len))
		return STATUS_INVALID;
	right = len == 1 + CHECKPOINT_KEY_BYTES && blob[0] == ALGORITHM_ED25519;
	if (right) {
		memcpy(key.public_key, blob + 1, CHECKPOINT_KEY_BYTES);
		checkpoint_key_id(&key, own);
		right = memcmp(own, id, ID_BYTES) == 0;
	}
	free(blob);
	if (!right)
		return STATUS_INVALID;
	*out = key;
	return STATUS_OK;
}

enum status
checkpoint_key_of(const char *name, const EVP_PKEY *key, struct checkpoint_key *out)
{
	struct checkpoint_key k = {0};
	size_t len = CHECKPOINT_KEY_BYTES;

	if (!checkpoint_name_is_right(name))
		return STATUS_INVALID;
	if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
		EVP_PKEY_get_raw_public_key(key, k.public_key, &len) != 1) {
		ERR_clear_error();
		return STATUS_UNSUPPORTED;
	}
	memcpy(k.name, name, strlen(name));
	*out = k;
	return STATUS_OK;
}
