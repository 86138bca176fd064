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
