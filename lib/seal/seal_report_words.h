/* seal_report_words: the sentences of a report for people, from the catalogue, shared by its JSON, text and HTML forms. */
#ifndef CONGVAN_SEAL_SEAL_REPORT_WORDS_H
#define CONGVAN_SEAL_SEAL_REPORT_WORDS_H

#include <stdbool.h>

#include "lib/base/message.h"
#include "lib/seal/seal.h"

/* The catalogue's text for prefix + name in lower case, with a space before it when something stands there already. */
void seal_words_say(struct buf *to, enum language lang, const char *prefix, const char *name);

/* What a person must know of one signature, in whole sentences: verdict, reason, warnings, changes. */
void seal_words_verdict(const struct seal_signature *s, enum language lang, struct buf *to);

/* A line of a change_list, each part cut to its room. */
struct seal_change {
	char code[80];       /* of the catalogue */
	char arguments[300]; /* which field or object; "" */
};

/* Takes the next line; false: there was none. *lines may be NULL. */
bool seal_change_next(const char **lines, struct seal_change *out);

/* What was changed, as a sentence without a full stop. */
void seal_words_change(const struct seal_change *c, enum language lang, struct buf *to);

/* One thing that would help, as a sentence with its name, time and address. */
void seal_words_need(const struct verdict_need *n, enum language lang, struct buf *to);

/* "Basic", "LTVM", "LTA" (TS 119 102-2 4.3.11.1). Static. */
const char *seal_process_name(enum verdict_process p);

#endif
