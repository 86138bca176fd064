/* pdf_string: the bytes that a string token stands for (ISO 32000-1 7.3.4). */
#ifndef CONGVAN_DOC_PDF_STRING_H
#define CONGVAN_DOC_PDF_STRING_H

#include <stddef.h>

#include "lib/base/buf.h"

/* 0 to 15, or -1. */
int pdf_hex_digit(unsigned char c);

/* token: with its brackets, as pdf_lex reads it (it ends with them). to: room for token.len bytes. Returns how many are written. */
size_t pdf_string_hex(struct span token, unsigned char *to);
size_t pdf_string_literal(struct span token, unsigned char *to);

#endif
