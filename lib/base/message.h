/*
 * message: the one catalogue of texts for people, Vietnamese first, English second, keyed by a stable code
 * (lib/base/catalogue/AREA.def, one line a text). Findings, problems, command line and pages take their words here.
 */
#ifndef CONGVAN_BASE_MESSAGE_H
#define CONGVAN_BASE_MESSAGE_H

#include <stddef.h>

enum language { LANGUAGE_VI, LANGUAGE_EN };

/* The text for code, static; the code itself when the catalogue has none (the test of the catalogue fails then). */
const char *message_text(const char *code, enum language lang);

/* NULL when the catalogue does not have the code. */
const char *message_find(const char *code, enum language lang);

/*
 * text with every code of the catalogue in it replaced by its words: reasons are kept and told as codes with what was found beside them ("level.no-timestamp: fetch.http 503").
 * to is cut at the end of a character and always ended.
 */
void message_words(const char *text, enum language lang, char *to, size_t size);

/* "en", "en-US", "vi…" or a locale name (LANG) -> language; Vietnamese for anything not English. */
enum language message_language(const char *name);

/* Number of texts and the code of the i-th, for tests and for handing the catalogue to the pages. */
size_t message_count(void);
const char *message_code(size_t i);

#endif
