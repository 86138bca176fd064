/* hex: bytes as text and back: lower-case hexadecimal, base64 (RFC 4648 with padding). */
#ifndef CONGVAN_BASE_HEX_H
#define CONGVAN_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes 2n digits and a NUL. */
void hex_encode(const unsigned char *from, size_t n, char *to);

/* Exactly 2n hex digits (either case) into n bytes; false otherwise. */
bool hex_decode(const char *from, unsigned char *to, size_t n);

/* The same from 2n characters that need not end. */
bool hex_decode_bytes(const unsigned char *from, unsigned char *to, size_t n);

/* Base64 as a new string (free() it), NULL without memory. */
char *base64_encode(const unsigned char *from, size_t n);

/*
 * Strict base64 (padding required, no white space, no stray bits) as new bytes, free() them. False when it is
 * not base64 or without memory. An empty string gives zero bytes and a pointer that must still be freed.
 */
bool base64_decode(const char *from, size_t n, unsigned char **out, size_t *len_out);

#endif
