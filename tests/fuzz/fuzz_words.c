/* Text as people and partners write it, through everything that folds it for the search: words, queries, notation keys, canonical leaves. */
#include <stdlib.h>
#include <string.h>

#include "daemon/flow/notation.h"
#include "daemon/flow/words.h"
#include "daemon/store/leaf.h"
#include "tests/fuzz/fuzz.h"

const char *const fuzz_corpora[] = {"tests/fuzz/corpus/words", NULL};

/* A query names nothing but quoted words: what a tsquery reads is ours. */
static void
check_query(const char *q)
{
	size_t quotes = 0;

	for (const char *c = q; *c != '\0'; c++) {
		quotes += *c == '\'';
		if (*c == '\\' || *c == '"' || *c == '(' || *c == '!' || *c == '|')
			abort();
	}
	if (quotes % 2 != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *out = NULL;
	json_t *v;
	struct buf b;

	if (text == NULL)
		return 0;
	if (words_query(text, &out) == STATUS_OK)
		check_query(out);
	free(out);
	out = NULL;
	if (notation_key(text, &out) == STATUS_OK && strpbrk(out, "%_\\'") != NULL)
		abort();
	free(out);
	buf_init(&b, 1u << 16);
	words_put(&b, text);
	buf_free(&b);
	v = json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (v != NULL)
		leaf_canonical(v, &b);
	buf_free(&b);
	json_decref(v);
	free(text);
	return 0;
}
