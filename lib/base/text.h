/*
 * text: Unicode at the border. Text enters as UTF-8, is checked and normalised to NFC (TCVN 6909), and is
 * folded (no case, no diacritics, đ as d) for search and comparison. Built on utf8proc.
 */
#ifndef CONGVAN_BASE_TEXT_H
#define CONGVAN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/status.h"

/* True when the n bytes are well-formed UTF-8 without NUL (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(const char *s, size_t n);

/*
 * The NFC form of n bytes as a new C string (free() it). STATUS_INVALID: not UTF-8, or a control character
 * other than tab and newline; STATUS_NO_MEMORY.
 */
enum status text_nfc(const char *s, size_t n, char **out);

/*
 * The search form: NFKD without marks, case folded, đ/Đ as d, runs of white space as one space, trimmed. New
 * string, free() it. Errors as text_nfc.
 */
enum status text_fold(const char *s, size_t n, char **out);

/* NFC without case: what a file system that does not tell case takes for the same name. free() it. Errors as text_nfc. */
enum status text_caseless(const char *s, size_t n, char **out);

/* True when a and b have the same search form. */
bool text_same(const char *a, const char *b);

/* Copies at most size-1 bytes of s, cut at a character border, bad bytes and controls as U+FFFD. */
void text_excerpt(char *to, size_t size, const char *s, size_t n);

/* As text_excerpt, on one line: tabs and the ends of lines are blanks. */
void text_line(char *to, size_t size, const char *s, size_t n);

/* Number of code points of a valid UTF-8 string. */
size_t text_length(const char *s);

#endif
