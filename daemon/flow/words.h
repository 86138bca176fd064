/* words: text as the search sees it: folded (no case, no diacritics, đ as d), letters and digits only, one space between words. */
#ifndef CONGVAN_FLOW_WORDS_H
#define CONGVAN_FLOW_WORDS_H

#include <jansson.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"

/* Appends the words of s. STATUS_INVALID when s is not clean UTF-8. */
enum status words_put(struct buf *to, const char *s);

/*
 * A tsquery for words a person typed: all of them, the last letters of one open with '*' ("quyet dinh*"). At most 20 words; "" when there is none.
 * New string, free() it.
 */
enum status words_query(const char *s, char **out);

/* The words of a document's metadata: columns is an object with the columns' names (subject, summary, kind_name, notation, …). */
enum status words_of_document(const json_t *columns, char **words_out, char **issuer_out);

#endif
