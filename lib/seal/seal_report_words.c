/* seal_report_words: see seal_report_words.h. The sentences are in lib/base/catalogue/pki.def and seal.def. */
#include "lib/seal/seal_report_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

void
seal_words_say(struct buf *to, enum language lang, const char *prefix, const char *name)
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

void
seal_words_verdict(const struct seal_signature *s, enum language lang, struct buf *to)
{
	const struct verdict *v = s->verdict;
	bool passed = v->indication == INDICATION_PASSED;

	if (s->counter_of != 0)
		seal_words_say(to, lang, "seal.counter.", "is");
	seal_words_say(to, lang, "verdict.indication.", indication_name(v->indication));
	if (!passed)
		seal_words_say(to, lang, "verdict.", sub_indication_name(v->sub));
	if (passed && v->level == LEVEL_CMS)
		seal_words_say(to, lang, "verdict.warn.", "plain");
	if (v->weak_algorithm)
		seal_words_say(to, lang, "verdict.warn.", "weak");
	if (passed && !v->revocation_checked)
		seal_words_say(to, lang, "verdict.warn.", "revocation");
	if (passed && v->proven_time == 0)
		seal_words_say(to, lang, "verdict.warn.", "claimed-time");
	if (v->intact && !s->covers_whole_file)
		seal_words_say(to, lang, "seal.revision.", "earlier");
	if (s->changes != NULL && strcmp(s->changes, "none") != 0)
		seal_words_say(to, lang, "seal.changes.", s->changes);
}

bool
seal_change_next(const char **lines, struct seal_change *out)
{
	const char *line = *lines != NULL ? *lines + strspn(*lines, "\n") : "";
	size_t len = strcspn(line, "\n"), word = strcspn(line, " \n");

	if (len == 0)
		return false;
	text_excerpt(out->code, sizeof(out->code), line, word);
	text_excerpt(out->arguments, sizeof(out->arguments), line + word + (word < len), len - word - (word < len));
	*lines = line + len;
	return true;
}

void
seal_words_change(const struct seal_change *c, enum language lang, struct buf *to)
{
	buf_put_str(to, message_text(c->code, lang));
	if (c->arguments[0] != '\0')
		buf_printf(to, ": %s", c->arguments);
}

void
seal_words_need(const struct verdict_need *n, enum language lang, struct buf *to)
{
	char when[CLOCK_TEXT];
	bool open;

	seal_words_say(to, lang, "verdict.need.", verdict_need_name(n->kind));
	/* a text that ends without a full stop goes on with what it is about */
	open = to->len > 0 && to->data[to->len - 1] != '.';
	if (n->who[0] != '\0')
		buf_printf(to, " “%s”", n->who);
	if (n->at != 0 && (open || n->who[0] != '\0')) {
		clock_format_people(n->at, when);
		if (n->kind == NEED_CRL || n->kind == NEED_PROOF)
			seal_words_say(to, lang, "verdict.need.", n->kind == NEED_CRL ? "stale" : "by");
		buf_printf(to, " %s", when);
	}
	if (n->url[0] != '\0') {
		buf_put_byte(to, ',');
		seal_words_say(to, lang, "verdict.need.", "from");
		buf_printf(to, " %s", n->url);
	}
	if (open)
		buf_put_byte(to, '.');
}

const char *
seal_process_name(enum verdict_process p)
{
	static const char *const names[] = {"Basic", "LTVM", "LTA"};

	return (size_t)p < sizeof(names) / sizeof(names[0]) ? names[p] : "Basic";
}
