/* seal_report_page: see seal_report_page.h. */
#include "lib/seal/seal_report_page.h"

#include <string.h>

#include "lib/seal/seal_report_words.h"

/* A form of the page: how a heading, a line of "name: value" and a list of sentences are written. */
struct form {
	struct buf *to;
	enum language lang;
	bool html;
};

/* Text of strangers (names, addresses) as text: never as markup. */
static void
put_text(const struct form *f, const char *s)
{
	if (!f->html) {
		buf_put_str(f->to, s);
		return;
	}
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&':
			buf_put_str(f->to, "&amp;");
			break;
		case '<':
			buf_put_str(f->to, "&lt;");
			break;
		case '>':
			buf_put_str(f->to, "&gt;");
			break;
		case '"':
			buf_put_str(f->to, "&quot;");
			break;
		default:
			buf_put_byte(f->to, (unsigned char)*s);
		}
}

static void
line(const struct form *f, const char *code, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_put_str(f->to, f->html ? "<tr><th>" : "    ");
	put_text(f, message_text(code, f->lang));
	buf_put_str(f->to, f->html ? "</th><td>" : ": ");
	put_text(f, value);
	buf_put_str(f->to, f->html ? "</td></tr>\n" : "\n");
}

static void
time_line(const struct form *f, const char *code, clock_us t)
{
	char text[CLOCK_TEXT];

	if (t == 0)
		return;
	clock_format_people(t, text);
	line(f, code, text);
}

static const char *
mark(enum indication i)
{
	static const char *const marks[] = {"✔", "?", "✘"};

	return (size_t)i < 3 ? marks[i] : "?";
}

static const char *
css_class(enum indication i)
{
	static const char *const classes[] = {"passed", "open", "failed"};

	return (size_t)i < 3 ? classes[i] : "open";
}

static void
put_stamps(const struct form *f, const struct verdict *v)
{
	for (size_t i = 0; i < v->stamp_count; i++) {
		const struct verdict_stamp_fact *s = &v->stamps[i];
		char when[CLOCK_TEXT] = "";
		struct buf b;

		buf_init(&b, 2048);
		if (s->gen_time != 0)
			clock_format_people(s->gen_time, when);
		buf_printf(&b, "%s %s%s%s", mark(s->sub == SUB_NONE ? INDICATION_PASSED : INDICATION_INDETERMINATE), when,
			s->tsa[0] != '\0' ? ", " : "", s->tsa);
		if (s->sub != SUB_NONE)
			buf_printf(&b, " (%s)", sub_indication_name(s->sub));
		line(f, s->kind == STAMP_SIGNATURE ? "seal.page.stamp.signature" : s->kind == STAMP_CONTENT ?
			"seal.page.stamp.content" : s->kind == STAMP_ARCHIVE ? "seal.page.stamp.archive" :
			"seal.page.stamp.document", buf_str(&b));
		buf_free(&b);
	}
}

static void
begin_list(const struct form *f, const char *code, const char *class)
{
	if (!f->html)
		buf_put_str(f->to, "    ");
	else if (class != NULL)
		buf_printf(f->to, "<p class=\"%s\">", class);
	else
		buf_put_str(f->to, "<p>");
	put_text(f, message_text(code, f->lang));
	buf_put_str(f->to, f->html ? "</p>\n<ul>\n" : "\n");
}

static void
put_item(const struct form *f, const struct buf *text)
{
	buf_put_str(f->to, f->html ? "<li>" : "      - ");
	put_text(f, buf_str(text));
	buf_put_str(f->to, f->html ? "</li>\n" : "\n");
}

static void
end_list(const struct form *f)
{
	if (f->html)
		buf_put_str(f->to, "</ul>\n");
}

static void
put_needs(const struct form *f, const struct verdict *v)
{
	if (v->need_count == 0)
		return;
	begin_list(f, v->indication == INDICATION_PASSED ? "seal.page.better" : "seal.page.needs", "needs");
	for (size_t i = 0; i < v->need_count; i++) {
		struct buf b;

		buf_init(&b, 4096);
		seal_words_need(&v->needs[i], f->lang, &b);
		put_item(f, &b);
		buf_free(&b);
	}
	end_list(f);
}

/* What was done to the file after this signature, in the order in which it was done. */
static void
put_changes(const struct form *f, const struct seal_signature *s)
{
	const char *lines = s->change_list;
	struct seal_change c;

	if (lines == NULL || *lines == '\0')
		return;
	begin_list(f, "seal.page.changes", NULL);
	while (seal_change_next(&lines, &c)) {
		struct buf b;

		buf_init(&b, 4096);
		seal_words_change(&c, f->lang, &b);
		put_item(f, &b);
		buf_free(&b);
	}
	end_list(f);
}

static void
put_facts(const struct form *f, const struct seal_signature *s)
{
	const struct verdict *v = s->verdict;
	char claimed[CLOCK_TEXT];
	clock_us t;

	line(f, "seal.page.field", s->field);
	line(f, "seal.page.level", level_name(v->level));
	line(f, "cli.report.signer", v->subject);
	line(f, "cli.report.organ", v->organ);
	line(f, "cli.report.issuer", v->issuer);
	time_line(f, "seal.page.from", v->not_before);
	time_line(f, "seal.page.until", v->not_after);
	time_line(f, "seal.page.revoked", v->revoked_at);
	if (s->claimed_time != NULL && clock_parse(s->claimed_time, &t)) {
		clock_format_people(t, claimed);
		line(f, "cli.report.claimed", claimed);
	} else
		time_line(f, "cli.report.claimed", v->claimed_time);
	time_line(f, "cli.report.proven", v->proven_time);
	put_stamps(f, v);
	line(f, "seal.page.algorithm", v->signature_name);
	line(f, "seal.page.digest", v->digest_name);
	line(f, "seal.page.anchor", v->anchor);
	line(f, "seal.page.policy", v->signature_policy);
	line(f, "seal.page.why", v->why);
}

static void
put_signature(const struct form *f, const struct seal_signature *s, size_t number)
{
	const struct verdict *v = s->verdict;
	struct buf b;

	buf_init(&b, 8192);
	if (s->words[f->lang] != NULL)
		buf_put_str(&b, s->words[f->lang]);
	else
		seal_words_verdict(s, f->lang, &b);
	if (f->html)
		buf_printf(f->to, "<section class=\"%s\">\n<h2>", css_class(v->indication));
	buf_printf(f->to, "%s %zu. ", mark(v->indication), number);
	put_text(f, message_text(s->is_timestamp ? "seal.page.timestamp" : s->counter_of != 0 ? "seal.page.counter" : "seal.page.signature",
		f->lang));
	if (s->counter_of != 0)
		buf_printf(f->to, " %zu", s->counter_of);
	buf_printf(f->to, ": %s%s", indication_name(v->indication), v->sub != SUB_NONE ? " / " : "");
	put_text(f, s->own_sub != NULL ? s->own_sub : v->sub != SUB_NONE ? sub_indication_name(v->sub) : "");
	buf_put_str(f->to, f->html ? "</h2>\n<p>" : "\n    ");
	put_text(f, buf_str(&b));
	buf_put_str(f->to, f->html ? "</p>\n<table>\n" : "\n");
	put_facts(f, s);
	if (f->html)
		buf_put_str(f->to, "</table>\n");
	put_changes(f, s);
	put_needs(f, v);
	buf_put_str(f->to, f->html ? "</section>\n" : "\n");
	buf_free(&b);
}

static void
put_page(const struct form *f, const struct seal_report *r, const char *name)
{
	size_t n = seal_report_count(r);

	if (f->html)
		buf_printf(f->to, "<article lang=\"%s\">\n<h1>", f->lang == LANGUAGE_VI ? "vi" : "en");
	put_text(f, message_text("seal.page.title", f->lang));
	buf_put_str(f->to, f->html ? "</h1>\n<table>\n" : "\n");
	line(f, "seal.page.file", name);
	if (n > 0)
		time_line(f, "seal.page.judged", seal_report_at(r, 0)->verdict->judged_at);
	if (f->html)
		buf_put_str(f->to, "</table>\n");
	if (n == 0) {
		buf_put_str(f->to, f->html ? "<p>" : "    ");
		put_text(f, message_text("cli.report.none", f->lang));
		buf_put_str(f->to, f->html ? "</p>\n" : "\n");
	}
	for (size_t i = 0; i < n; i++)
		put_signature(f, seal_report_at(r, i), i + 1);
	if (f->html)
		buf_put_str(f->to, "</article>\n");
}

enum status
seal_report_text(const struct seal_report *r, const char *name, enum language lang, struct buf *to)
{
	struct form f = {to, lang, false};

	put_page(&f, r, name);
	return buf_status(to);
}

enum status
seal_report_html(const struct seal_report *r, const char *name, struct buf *to)
{
	static const char head[] = "<!DOCTYPE html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>";
	static const char style[] = "</title>\n<style>\n"
		"body { font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }\n"
		"section { border-left: 0.4em solid #888; padding: 0 1em; margin: 1.5em 0; }\n"
		"section.passed { border-color: #2a7a2a; }\nsection.open { border-color: #b07800; }\n"
		"section.failed { border-color: #b02020; }\nh2 { font-size: 1.1em; }\n"
		"th { text-align: left; font-weight: normal; color: #555; padding-right: 1em; vertical-align: top; }\n"
		"td { overflow-wrap: anywhere; }\n.needs { font-weight: bold; }\n"
		"article + article { border-top: 1px solid #888; margin-top: 3em; }\n</style>\n</head>\n<body>\n";
	struct form f = {to, LANGUAGE_VI, true};

	buf_put_str(to, head);
	put_text(&f, message_text("seal.page.title", LANGUAGE_VI));
	buf_put_str(to, style);
	put_page(&f, r, name);
	f.lang = LANGUAGE_EN;
	put_page(&f, r, name);
	buf_put_str(to, "</body>\n</html>\n");
	return buf_status(to);
}
