/* words: see words.h. */
#include "daemon/flow/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

#define WORD_MAX 100
#define QUERY_WORDS 20
#define DOCUMENT_WORDS 65536

/* Letters and digits; general punctuation (U+2000…U+206F: E2 80 xx, E2 81 xx) separates as ASCII punctuation does. */
static bool
is_word(const unsigned char *p)
{
	if (p[0] < 0x80)
		return isalnum(p[0]);
	return !(p[0] == 0xe2 && (p[1] == 0x80 || p[1] == 0x81));
}

static size_t
gap_length(const unsigned char *p)
{
	return p[0] < 0x80 ? 1 : 3;
}

/* The next word at or after *p; its length, 0 at the end. */
static size_t
next_word(const char **p, const char **word)
{
	size_t n = 0;

	while (**p != '\0' && !is_word((const unsigned char *)*p))
		*p += gap_length((const unsigned char *)*p);
	*word = *p;
	while (is_word((const unsigned char *)*p + n))
		n++;
	*p += n;
	return n;
}

enum status
words_put(struct buf *to, const char *s)
{
	char *folded = NULL;
	const char *p, *word;
	size_t n;
	enum status st = text_fold(s, strlen(s), &folded);

	if (st != STATUS_OK)
		return st;
	p = folded;
	while ((n = next_word(&p, &word)) > 0) {
		if (n > WORD_MAX)
			continue;
		if (to->len > 0)
			buf_put_byte(to, ' ');
		buf_put(to, word, n);
	}
	free(folded);
	return STATUS_OK;
}

enum status
words_query(const char *s, char **out)
{
	char *folded = NULL;
	const char *p, *word;
	struct buf b;
	size_t n, count = 0;
	enum status st = text_fold(s, strlen(s), &folded);

	if (st != STATUS_OK)
		return st;
	buf_init(&b, QUERY_WORDS * (WORD_MAX + 10));
	p = folded;
	while (count < QUERY_WORDS && (n = next_word(&p, &word)) > 0) {
		if (n > WORD_MAX)
			continue;
		buf_put_str(&b, count++ ? " & '" : "'");
		buf_put(&b, word, n);
		buf_put_str(&b, *p == '*' ? "':*" : "'");
	}
	free(folded);
	*out = strdup(buf_str(&b));
	buf_free(&b);
	return *out != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static void
put_member(struct buf *to, const json_t *columns, const char *member)
{
	const char *s = json_string_value(json_object_get(columns, member));

	if (s != NULL)
		words_put(to, s);
}

static char *
steal(struct buf *b)
{
	char *s = strdup(buf_str(b));

	buf_free(b);
	return s;
}

enum status
words_of_document(const json_t *columns, char **words_out, char **issuer_out)
{
	static const char *const members[] = {"notation", "kind_name", "subject", "summary", "signer_name",
		"signer_position", "place", "file_code"};
	const json_t *receivers = json_object_get(columns, "receivers");
	struct buf issuer, words;
	char *a, *b;

	buf_init(&issuer, DOCUMENT_WORDS);
	buf_init(&words, DOCUMENT_WORDS);
	put_member(&issuer, columns, "issuer_name");
	put_member(&issuer, columns, "issuer_code");
	for (size_t i = 0; i < json_array_size(receivers); i++)
		put_member(&issuer, json_array_get(receivers, i), "organ_name");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		put_member(&words, columns, members[i]);
	buf_put_byte(&words, ' ');
	buf_put_str(&words, buf_str(&issuer));
	a = steal(&words);
	b = steal(&issuer);
	if (a == NULL || b == NULL) {
		free(a);
		free(b);
		return STATUS_NO_MEMORY;
	}
	*words_out = a;
	*issuer_out = b;
	return STATUS_OK;
}
