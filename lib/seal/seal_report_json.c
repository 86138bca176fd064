/* seal_report_json: see seal_report_json.h. The sentences come from the catalogue (lib/base/catalogue/pki.def, seal.def). */
#include "lib/seal/seal_report_json.h"

#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/message.h"
#include "lib/seal/seal_report_words.h"

static json_t *
text_or_null(const char *s)
{
	return s != NULL && s[0] != '\0' ? json_string(s) : json_null();
}

static json_t *
time_or_null(clock_us t)
{
	char text[CLOCK_TEXT];

	if (t == 0)
		return json_null();
	clock_format_vietnam(t, text);
	return json_string(text);
}

static json_t *
in_words(const struct seal_signature *s, enum language lang)
{
	struct buf b;
	json_t *out;

	buf_init(&b, 8192);
	seal_words_verdict(s, lang, &b);
	out = json_string(buf_str(&b));
	buf_free(&b);
	return out;
}

static json_t *
need_in_words(const struct verdict_need *n, enum language lang)
{
	struct buf b;
	json_t *out;

	buf_init(&b, 4096);
	seal_words_need(n, lang, &b);
	out = json_string(buf_str(&b));
	buf_free(&b);
	return out;
}

static json_t *
both(json_t *vi, json_t *en)
{
	return json_pack("{s:o, s:o}", "vi", vi, "en", en);
}

static json_t *
change_list(const char *lines)
{
	json_t *list = json_array();
	struct seal_change c;

	while (seal_change_next(&lines, &c))
		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "code", c.code, "arguments", text_or_null(c.arguments), "text",
			both(json_string(message_text(c.code, LANGUAGE_VI)), json_string(message_text(c.code, LANGUAGE_EN)))));
	return list;
}

static json_t *
sub_or_null(enum sub_indication sub)
{
	return sub == SUB_NONE ? json_null() : json_string(sub_indication_name(sub));
}

static json_t *
stamps(const struct verdict *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->stamp_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:o, s:b, s:o, s:o}", "kind",
			stamp_kind_name(v->stamps[i].kind), "time", time_or_null(v->stamps[i].gen_time), "valid",
			v->stamps[i].sub == SUB_NONE, "sub_indication", sub_or_null(v->stamps[i].sub), "tsa",
			text_or_null(v->stamps[i].tsa)));
	return list;
}

static json_t *
needs(const struct verdict *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->need_count; i++) {
		const struct verdict_need *n = &v->needs[i];

		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", verdict_need_name(n->kind),
			"who", text_or_null(n->who), "url", text_or_null(n->url), "at", time_or_null(n->at), "text",
			both(need_in_words(n, LANGUAGE_VI), need_in_words(n, LANGUAGE_EN))));
	}
	return list;
}

static json_t *
objects(const struct verdict *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->object_count; i++) {
		char hex[DIGEST_HEX];

		digest_hex(&v->objects[i].digest, hex);
		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:b, s:o}", "kind",
			object_kind_name(v->objects[i].kind), "sha256", hex, "name", text_or_null(v->objects[i].name),
			"inside", v->objects[i].inside, "proven", time_or_null(v->objects[i].proven)));
	}
	return list;
}

static json_t *
signer(const struct verdict *v)
{
	char digest[DIGEST_HEX];

	if (v->subject[0] == '\0' && v->serial[0] == '\0')
		return json_null();
	digest_hex(&v->cert_digest, digest);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
		"subject", text_or_null(v->subject), "organ", text_or_null(v->organ),
		"issuer", text_or_null(v->issuer), "serial", text_or_null(v->serial),
		"not_before", time_or_null(v->not_before), "not_after", time_or_null(v->not_after),
		"digest", digest);
}

static json_t *signature(const struct seal_report *r, size_t number);

/* Those over this one: whoever reads signatures need not know of them, whoever asks finds them where they belong. */
static json_t *
counters(const struct seal_report *r, size_t number)
{
	json_t *list = json_array();

	for (size_t i = 0; i < seal_report_count(r); i++)
		if (seal_report_at(r, i)->counter_of == number && json_array_append_new(list, signature(r, i + 1)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
signature(const struct seal_report *r, size_t number)
{
	const struct seal_signature *s = seal_report_at(r, number - 1);
	const struct verdict *v = s->verdict;
	json_t *o = json_pack("{s:o, s:o, s:b, s:s, s:o, s:s, s:b, s:b, s:I, s:o, s:o}",
		"field", text_or_null(s->field), "sub_filter", text_or_null(s->sub_filter),
		"is_timestamp", s->is_timestamp, "indication", indication_name(v->indication),
		"sub_indication", sub_or_null(v->sub),
		"level", level_name(v->level), "intact", v->intact,
		"covers_whole_file", s->covers_whole_file, "revision_end", (json_int_t)s->revision_end,
		"changes", text_or_null(s->changes), "change_list", change_list(s->change_list));
	json_t *more = json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o}",
		"signer", signer(v),
		"claimed_time", s->claimed_time != NULL ? json_string(s->claimed_time) :
			time_or_null(v->claimed_time),
		"proven_time", time_or_null(v->proven_time), "tsa", text_or_null(v->tsa),
		"weak_algorithm", v->weak_algorithm, "revocation_checked", v->revocation_checked,
		"digest", text_or_null(v->digest_name), "algorithm", text_or_null(v->signature_name),
		"why", text_or_null(v->why),
		"text", both(in_words(s, LANGUAGE_VI), in_words(s, LANGUAGE_EN)));
	char value[DIGEST_HEX], content[2 * sizeof(v->content_digest) + 1] = "";
	json_t *rest;

	digest_hex(&v->value_digest, value);
	if (v->content_digest_len <= sizeof(v->content_digest))
		hex_encode(v->content_digest, v->content_digest_len, content);
	rest = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}",
		"judged_at", time_or_null(v->judged_at), "process", seal_process_name(v->process),
		"anchor", text_or_null(v->anchor), "signature_policy", text_or_null(v->signature_policy),
		"revoked_at", time_or_null(v->revoked_at), "timestamps", stamps(v), "needs", needs(v), "objects", objects(v),
		"counter_signatures", counters(r, number), "value_digest", value, "content_digest", text_or_null(content), "weak_name", text_or_null(v->weak_name),
		"weak_until", time_or_null(v->weak_until));

	if (o == NULL || more == NULL || rest == NULL || json_object_update(o, more) != 0 ||
		json_object_update(o, rest) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	json_decref(rest);
	return o;
}

json_t *
seal_report_json(const struct seal_report *r)
{
	json_t *list = json_array();
	enum indication worst = INDICATION_PASSED;
	size_t n = seal_report_count(r);

	for (size_t i = 0; i < n; i++) {
		const struct seal_signature *s = seal_report_at(r, i);

		if (s->verdict->indication > worst)
			worst = s->verdict->indication;
		if (s->counter_of == 0 && json_array_append_new(list, signature(r, i + 1)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return json_pack("{s:o, s:o}", "signatures", list, "indication",
		n == 0 ? json_null() : json_string(indication_name(worst)));
}
