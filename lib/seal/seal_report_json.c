/* seal_report_json: see seal_report_json.h. The sentences come from the catalogue (lib/base/catalogue/pki.def, seal.def). */
#include "lib/seal/seal_report_json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/message.h"
#include "lib/base/text.h"

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

/* The catalogue's text for prefix + name in lower case, with a space before it when something stands there already. */
static void
say(struct buf *to, enum language lang, const char *prefix, const char *name)
{
	char code[80];
	const char *text;
	size_t n = (size_t)snprintf(code, sizeof(code), "%s%s", prefix, name);

	for (size_t i = 0; i < n && i < sizeof(code); i++)
		code[i] = (char)tolower((unsigned char)code[i]);
	text = message_find(code, lang);
	if (text == NULL)
		return;
	if (to->len > 0)
		buf_put_byte(to, ' ');
	buf_put_str(to, text);
}

/* What a person must know of one signature, in whole sentences: verdict, reason, warnings, changes. */
static json_t *
sentences(const struct seal_signature *s, enum language lang)
{
	const struct verdict *v = s->verdict;
	bool passed = v->indication == INDICATION_PASSED;
	struct buf b;
	json_t *out;

	buf_init(&b, 4096);
	say(&b, lang, "verdict.indication.", indication_name(v->indication));
	if (!passed)
		say(&b, lang, "verdict.", sub_indication_name(v->sub));
	if (passed && v->level == LEVEL_CMS)
		say(&b, lang, "verdict.warn.", "plain");
	if (v->weak_algorithm)
		say(&b, lang, "verdict.warn.", "weak");
	if (passed && !v->revocation_checked)
		say(&b, lang, "verdict.warn.", "revocation");
	if (passed && v->proven_time == 0)
		say(&b, lang, "verdict.warn.", "claimed-time");
	if (v->intact && !s->covers_whole_file)
		say(&b, lang, "seal.revision.", "earlier");
	if (s->changes != NULL && strcmp(s->changes, "none") != 0)
		say(&b, lang, "seal.changes.", s->changes);
	out = json_string(buf_str(&b));
	buf_free(&b);
	return out;
}

static json_t *
both(json_t *vi, json_t *en)
{
	return json_pack("{s:o, s:o}", "vi", vi, "en", en);
}

/* Lines of "code arguments". */
static json_t *
change_list(const char *lines)
{
	json_t *list = json_array();

	while (lines != NULL && *lines != '\0') {
		size_t len = strcspn(lines, "\n"), word = strcspn(lines, " \n");
		char code[80], arguments[300];

		text_excerpt(code, sizeof(code), lines, word);
		text_excerpt(arguments, sizeof(arguments), lines + word + (word < len),
			len - word - (word < len));
		if (len > 0)
			json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "code", code,
				"arguments", text_or_null(arguments), "text",
				both(json_string(message_text(code, LANGUAGE_VI)),
					json_string(message_text(code, LANGUAGE_EN)))));
		lines += len + (lines[len] == '\n');
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

static json_t *
signature(const struct seal_signature *s)
{
	const struct verdict *v = s->verdict;
	json_t *o = json_pack("{s:o, s:o, s:b, s:s, s:o, s:s, s:b, s:b, s:I, s:o, s:o}",
		"field", text_or_null(s->field), "sub_filter", text_or_null(s->sub_filter),
		"is_timestamp", s->is_timestamp, "indication", indication_name(v->indication),
		"sub_indication", v->sub == SUB_NONE ? json_null() :
			json_string(sub_indication_name(v->sub)),
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
		"text", both(sentences(s, LANGUAGE_VI), sentences(s, LANGUAGE_EN)));

	if (o == NULL || more == NULL || json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
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
		if (json_array_append_new(list, signature(s)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return json_pack("{s:o, s:o}", "signatures", list, "indication",
		n == 0 ? json_null() : json_string(indication_name(worst)));
}
