/* signer_msg: see signer_msg.h. Both ends parse with these, so that neither takes what the other
 * does not send. */
#include "lib/wire/signer_msg.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/wire/activation.h"
#include "lib/wire/frame.h"

#define DEPTH 4 /* {"keys":[{"chain":[…]}]} */

const char *
signer_msg_name(unsigned type)
{
	switch (type) {
	case SIGNER_MSG_HELLO:
		return "hello";
	case SIGNER_MSG_KEYS:
		return "keys";
	case SIGNER_MSG_SIGN:
		return "sign";
	case SIGNER_MSG_CHECKPOINT:
		return "checkpoint";
	case SIGNER_MSG_UNLOCK:
		return "unlock";
	case SIGNER_MSG_ERROR:
		return "error";
	default:
		return "unknown";
	}
}

/* The JSON parser recurses, so depth is bounded before it sees anything. Brackets inside strings do
 * not count. */
static bool
is_shallow(struct span text)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = text.data[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if ((c == '{' || c == '[') && ++depth > DEPTH) {
			return false;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return true;
}

enum status
signer_msg_decode(struct span payload, json_t **out)
{
	json_t *v;

	if (payload.len == 0 || !is_shallow(payload))
		return STATUS_MALFORMED;
	v = json_loadb((const char *)payload.data, payload.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(v)) {
		json_decref(v);
		return STATUS_MALFORMED;
	}
	*out = v;
	return STATUS_OK;
}

static int
put_part(const char *p, size_t n, void *arg)
{
	buf_put(arg, p, n);
	return buf_status(arg) == STATUS_OK ? 0 : -1;
}

enum status
signer_msg_encode(const json_t *value, struct buf *to)
{
	if (json_dump_callback(value, put_part, to, JSON_COMPACT | JSON_SORT_KEYS) != 0)
		return buf_status(to) != STATUS_OK ? buf_status(to) : STATUS_INTERNAL;
	return STATUS_OK;
}

void
signer_sign_free(struct signer_sign *s)
{
	if (s == NULL)
		return;
	free(s->sealed);
	free(s->digests);
	free(s->formats);
	free(s);
}

bool
signer_sign_is_about(const struct signer_sign *s, const struct activation *a)
{
	if (s->count != a->count || s->algorithm != a->algorithm || (a->formats == NULL && !signer_format_is_one(s->formats, s->count)))
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (!imprint_equal(&s->digests[i], &a->digests[i]) || (a->formats != NULL && s->formats[i] != a->formats[i]))
			return false;
	return true;
}

/* The next string of the request: what stands before it is given, its end is the next quote (nothing that belongs in it needs an
 * escape). */
static bool
take_text(struct span *rest, const char *before, struct span *out)
{
	size_t n = strlen(before);
	const unsigned char *end;

	if (rest->len < n || memcmp(rest->data, before, n) != 0)
		return false;
	*rest = (struct span){rest->data + n, rest->len - n};
	if ((end = memchr(rest->data, '"', rest->len)) == NULL)
		return false;
	*out = (struct span){rest->data, (size_t)(end - rest->data)};
	*rest = (struct span){end + 1, rest->len - out->len - 1};
	return memchr(out->data, 0, out->len) == NULL;
}

/* The same for a short one, as a string. */
static bool
take_word(struct span *rest, const char *before, char *to, size_t size)
{
	struct span s;

	if (!take_text(rest, before, &s) || s.len >= size)
		return false;
	memcpy(to, s.data, s.len);
	to[s.len] = '\0';
	return true;
}

static bool
take_digests(struct span *rest, struct signer_sign *s)
{
	size_t each = 2 * imprint_size(s->algorithm) + 3; /* with quotes and comma */
	size_t most = rest->len / each + 1;
	char hex[IMPRINT_HEX];

	if (most > ACTIVATION_DIGESTS)
		most = ACTIVATION_DIGESTS;
	if ((s->digests = calloc(most, sizeof(*s->digests))) == NULL)
		return false;
	for (;;) {
		const char *before = s->count == 0 ? ",\"digests\":[\"" : ",\"";

		if (s->count == most || !take_word(rest, before, hex, sizeof(hex)) ||
			!imprint_from_hex(s->algorithm, hex, &s->digests[s->count]))
			return false;
		s->count++;
		if (rest->len > 0 && rest->data[0] == ']')
			break;
	}
	*rest = (struct span){rest->data + 1, rest->len - 1};
	return true;
}

static bool
take_format(struct span *rest, const char *before, enum signer_format *out)
{
	char name[SIGNER_FORMAT_NAME];

	return take_word(rest, before, name, sizeof(name)) && signer_format_find(name, out);
}

/* One for all, or one for each. */
static bool
take_formats(struct span *rest, struct signer_sign *s)
{
	static const char list[] = ",\"formats\":[\"";

	if ((s->formats = calloc(s->count, sizeof(*s->formats))) == NULL)
		return false;
	if (rest->len < sizeof(list) - 1 || memcmp(rest->data, list, sizeof(list) - 1) != 0) {
		if (!take_format(rest, ",\"format\":\"", &s->formats[0]))
			return false;
		for (size_t i = 1; i < s->count; i++)
			s->formats[i] = s->formats[0];
		return true;
	}
	for (size_t i = 0; i < s->count; i++)
		if (!take_format(rest, i == 0 ? list : ",\"", &s->formats[i]))
			return false;
	if (rest->len == 0 || rest->data[0] != ']')
		return false;
	*rest = (struct span){rest->data + 1, rest->len - 1};
	return true;
}

static bool
take_all(struct span rest, struct signer_sign *s)
{
	char algorithm[16], when[CLOCK_TEXT];
	struct span sealed;

	return take_text(&rest, "{\"activation\":\"", &sealed) && sealed.len <= (ACTIVATION_MAX / 3 + 1) * 4 &&
		base64_decode((const char *)sealed.data, sealed.len, &s->sealed, &s->sealed_len) &&
		take_word(&rest, ",\"algorithm\":\"", algorithm, sizeof(algorithm)) &&
		imprint_kind_find(algorithm, &s->algorithm) && take_digests(&rest, s) && take_formats(&rest, s) &&
		take_word(&rest, ",\"time\":\"", when, sizeof(when)) && clock_parse(when, &s->time) &&
		ACTIVATION_TIME_IS_SANE(s->time) && rest.len == 1 && rest.data[0] == '}';
}

enum status
signer_sign_decode(struct span payload, struct signer_sign **out)
{
	struct signer_sign *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return STATUS_NO_MEMORY;
	if (!take_all(payload, s)) {
		signer_sign_free(s);
		return STATUS_MALFORMED;
	}
	*out = s;
	return STATUS_OK;
}

/* formats: the member's value, taken. */
static json_t *
encode(const char *activation_base64, const struct imprint *digests, size_t count, const char *member, json_t *formats, clock_us time)
{
	char when[CLOCK_TEXT], hex[IMPRINT_HEX];
	json_t *list = json_array();

	clock_format_utc(time, when);
	for (size_t i = 0; i < count; i++) {
		imprint_hex(&digests[i], hex);
		if (json_array_append_new(list, json_string(hex)) != 0) {
			json_decref(list);
			json_decref(formats);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s, s:o, s:o, s:s}", "activation", activation_base64, "algorithm",
		imprint_name(count > 0 ? digests[0].kind : IMPRINT_SHA256), "digests", list, member, formats, "time", when);
}

json_t *
signer_sign_encode(const char *activation_base64, const struct imprint *digests, size_t count,
	enum signer_format format, clock_us time)
{
	return encode(activation_base64, digests, count, "format", json_string(signer_format_name(format)), time);
}

json_t *
signer_sign_encode_each(const char *activation_base64, const struct imprint *digests, const enum signer_format *formats, size_t count, clock_us time)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(signer_format_name(formats[i])));
	return encode(activation_base64, digests, count, "formats", list, time);
}

const char *
signer_text_decode(const json_t *request, const char *member, size_t max)
{
	const json_t *v = json_object_get(request, member);

	if (json_object_size(request) != 1 || !json_is_string(v) || json_string_length(v) > max ||
		strlen(json_string_value(v)) != json_string_length(v))
		return NULL;
	return json_string_value(v);
}

static enum status
join_one(const json_t *size, struct span shared, struct span *rest, json_t *list)
{
	json_int_t n = json_integer_value(size);
	struct span piece, before;
	struct buf der;
	uint8_t k;
	char *text;
	int rc;

	if (n <= 0 || !span_get_bytes(rest, (size_t)n, &piece) || !span_get_u8(&piece, &k) || !span_get_bytes(&piece, k, &before))
		return STATUS_MALFORMED;
	buf_init(&der, SIGNER_CMS_TOTAL);
	buf_put(&der, before.data, before.len);
	buf_put(&der, shared.data, shared.len);
	buf_put(&der, piece.data, piece.len);
	text = buf_status(&der) == STATUS_OK ? base64_encode(der.data, der.len) : NULL;
	buf_free(&der);
	rc = text != NULL ? json_array_append_new(list, json_string_nocheck(text)) : -1;
	free(text);
	return rc == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
signer_msg_join_some(json_t *reply, struct span file, struct span *rest, size_t limit)
{
	json_int_t n = json_integer_value(json_object_get(reply, "shared"));
	struct span shared;
	const json_t *sizes = json_object_get(reply, "sizes");
	json_t *list = json_object_get(reply, "cms");
	size_t count = json_array_size(sizes), at = json_array_size(list);

	if (count == 0 || n < 0 || !span_get_bytes(&file, (size_t)n, &shared))
		return STATUS_MALFORMED;
	if (list == NULL) {
		(void)span_get_bytes(rest, (size_t)n, &shared);
		list = json_array();
		if (json_object_set_new(reply, "cms", list) != 0)
			return STATUS_NO_MEMORY;
	}
	for (; at < count && limit > 0; at++, limit--) {
		enum status st = join_one(json_array_get(sizes, at), shared, rest, list);

		if (st != STATUS_OK)
			return st;
	}
	if (at < count)
		return STATUS_UNAVAILABLE;
	json_object_del(reply, "sizes");
	json_object_del(reply, "shared");
	return rest->len == 0 ? STATUS_OK : STATUS_MALFORMED;
}

enum status
signer_msg_join(json_t *reply, struct span file)
{
	struct span rest = file;

	if (json_object_get(reply, "cms") != NULL)
		return STATUS_MALFORMED;
	return signer_msg_join_some(reply, file, &rest, SIZE_MAX);
}
