/* notation: see notation.h. */
#include "daemon/flow/notation.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/text.h"

/* Appends what stands for the {word} at p; returns its length in the pattern, 0 when p is no known {word}. */
static size_t
put_mark(struct buf *b, const char *p, const char *kind, const char *organ, const char *unit)
{
	const struct {
		const char *name, *value;
	} marks[] = {{"{kind}", kind}, {"{organ}", organ}, {"{unit}", unit}};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t n = strlen(marks[i].name);

		if (strncmp(p, marks[i].name, n) != 0)
			continue;
		/* An empty mark takes its separator with it: "-" before it, or the one after when it stands first. */
		if (marks[i].value[0] == '\0') {
			if (b->len > 0) {
				b->len--;
				b->data[b->len] = '\0';
				return n;
			}
			return p[n] != '\0' ? n + 1 : n;
		}
		buf_put_str(b, marks[i].value);
		return n;
	}
	return 0;
}

enum status
notation_make(const struct rule_set *rules, bool letter, int number, const char *kind_mark,
	const char *organ_mark, const char *unit_mark, struct notation *out)
{
	const char *pattern = letter ? rules->notation_letter : rules->notation;
	struct notation n;
	struct buf b;
	enum status st;

	if (number <= 0 || organ_mark[0] == '\0')
		return STATUS_INVALID;
	buf_init(&b, NOTATION_TEXT - 1);
	for (const char *p = pattern; *p != '\0';) {
		size_t took = *p == '{' ? put_mark(&b, p, kind_mark, organ_mark, unit_mark) : 0;

		if (took == 0)
			buf_put_byte(&b, (unsigned char)*p++);
		p += took;
	}
	st = buf_status(&b) == STATUS_OK ? STATUS_OK : STATUS_INVALID;
	if (st == STATUS_OK) {
		snprintf(n.number, sizeof(n.number), "%0*d", rules->digits, number);
		snprintf(n.text, sizeof(n.text), "%s", buf_str(&b));
		snprintf(n.full, sizeof(n.full), "%s%s%s", n.number, rules->join, n.text);
		snprintf(n.printed, sizeof(n.printed), "%s%s", rules->prefix, n.full);
		*out = n;
	}
	buf_free(&b);
	return st;
}

/* A year in front of the notation: "2020/NĐ-CP". */
static bool
begins_with_year(const char *text)
{
	return strspn(text, "0123456789") == 4 && text[4] == '/';
}

void
notation_join(const char *number, const char *text, char *to, size_t size)
{
	const char *join = strchr(text, '/') != NULL && !begins_with_year(text) ? "-" : "/";

	snprintf(to, size, "%s%s%s", number, number[0] && text[0] ? join : "", text);
}

/* Letters and digits; U+2010…U+2015 are hyphens and dashes (E2 80 90 … 95). */
static bool
is_word(const char *p)
{
	const unsigned char *c = (const unsigned char *)p;

	if (c[0] < 0x80)
		return isalnum(c[0]);
	return !(c[0] == 0xe2 && c[1] == 0x80 && c[2] >= 0x90 && c[2] <= 0x95);
}

static size_t
dash_length(const char *p)
{
	return (unsigned char)*p >= 0x80 ? 3 : 1;
}

/* The next run of word characters from *p, or an empty one at the end. */
static size_t
next_word(const char **p, const char **word)
{
	size_t n = 0;

	while (**p != '\0' && !is_word(*p))
		*p += dash_length(*p);
	*word = *p;
	while (is_word(*p + n))
		n++;
	*p += n;
	return n;
}

enum status
notation_key(const char *s, char **out)
{
	char *folded = NULL;
	const char *p, *word;
	struct buf b;
	size_t n;
	enum status st;
	bool first = true;

	st = text_fold(s, strlen(s), &folded);
	if (st != STATUS_OK)
		return st;
	buf_init(&b, 1024);
	p = folded;
	/* "Số", "Số:", "No." in front of the number say nothing. */
	if (strncmp(p, "so", 2) == 0 && !is_word(p + 2))
		p += 2;
	while ((n = next_word(&p, &word)) > 0) {
		if (first && !isdigit((unsigned char)word[0]))
			buf_put_str(&b, "/");
		for (; first && n > 1 && word[0] == '0' && isdigit((unsigned char)word[1]); n--)
			word++;
		if (b.len > 0 && b.data[b.len - 1] != '/')
			buf_put_str(&b, "-");
		buf_put(&b, word, n);
		if (first && isdigit((unsigned char)word[0]))
			buf_put_str(&b, "/");
		first = false;
	}
	free(folded);
	st = buf_status(&b);
	if (st == STATUS_OK) {
		buf_put_str(&b, "");
		*out = strdup(buf_str(&b));
		if (*out == NULL)
			st = STATUS_NO_MEMORY;
	}
	buf_free(&b);
	return st == STATUS_TOO_LARGE ? STATUS_INVALID : st;
}
