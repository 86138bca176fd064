/* message: see message.h. Looked up by bisection over a table sorted on first use of the process. */
#include "lib/base/message.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct message {
	const char *code;
	const char *text[2];
};

static struct message messages[] = {
#define M(code, vi, en) {code, {vi, en}},
#include "lib/base/catalogue/base.def"
#include "lib/base/catalogue/doc.def"
#include "lib/base/catalogue/pdf.def"
#include "lib/base/catalogue/pki.def"
#include "lib/base/catalogue/seal.def"
#include "lib/base/catalogue/worker.def"
#include "lib/base/catalogue/signer.def"
#include "lib/base/catalogue/http.def"
#include "lib/base/catalogue/db.def"
#include "lib/base/catalogue/office.def"
#include "lib/base/catalogue/exchange.def"
#include "lib/base/catalogue/cli.def"
#include "lib/base/catalogue/web.def"
#undef M
};

#define MESSAGES (sizeof(messages) / sizeof(messages[0]))

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct message *)a)->code, ((const struct message *)b)->code);
}

static void
sort(void)
{
	qsort(messages, MESSAGES, sizeof(messages[0]), compare);
}

static void
prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, sort);
}

const char *
message_find(const char *code, enum language lang)
{
	struct message key = {code, {NULL, NULL}};
	const struct message *m;

	prepare();
	m = bsearch(&key, messages, MESSAGES, sizeof(messages[0]), compare);
	return m != NULL ? m->text[lang] : NULL;
}

const char *
message_text(const char *code, enum language lang)
{
	const char *text = message_find(code, lang);

	return text != NULL ? text : code;
}

void
message_words(const char *text, enum language lang, char *to, size_t size)
{
	char code[80];
	size_t used = 0, n;

	for (; *text != '\0'; text += n) {
		const char *part = text, *words;
		size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.");

		n = length > 0 ? length : 1;
		while (length > 0 && text[length - 1] == '.')
			length--; /* ends a sentence */
		if (length > 0 && length < sizeof(code)) {
			memcpy(code, text, length);
			code[length] = '\0';
			words = message_find(code, lang);
			part = words != NULL ? words : text;
			n = words != NULL ? length : n;
		}
		length = part == text ? n : strlen(part);
		if (length >= size - used)
			break;
		memcpy(to + used, part, length);
		used += length;
	}
	if (((unsigned char)*text & 0xc0) == 0x80) /* no half of a character */
		while (used > 0 && ((unsigned char)to[--used] & 0xc0) == 0x80)
			;
	to[used] = '\0';
}

enum language
message_language(const char *name)
{
	return name != NULL && strncmp(name, "en", 2) == 0 ? LANGUAGE_EN : LANGUAGE_VI;
}

size_t
message_count(void)
{
	return MESSAGES;
}

const char *
message_code(size_t i)
{
	prepare();
	return messages[i].code;
}
