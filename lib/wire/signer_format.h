/*
 * signer_format: the forms of a signature that the signer makes, which differ in their signed attributes: who approves a digest approves in which of them it is signed.
 */
#ifndef CONGVAN_WIRE_SIGNER_FORMAT_H
#define CONGVAN_WIRE_SIGNER_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* pades: inside a PDF, whose dictionary has the time; cades: with the time of signing; counter: the digest is of a signature's value, which gets a counter-signature (lib/pki/counter.h)
 * in a SignedData of its own */
enum signer_format { SIGNER_FORMAT_PADES, SIGNER_FORMAT_CADES, SIGNER_FORMAT_COUNTER };
#define SIGNER_FORMATS 3
#define SIGNER_FORMAT_NAME 8 /* bytes of the longest name and a NUL */

const char *signer_format_name(enum signer_format f);
bool signer_format_find(const char *name, enum signer_format *out);

/* The form of what was prepared, by the name of its container (daemon/sign/container.h) and whether it is a counter-signature. */
enum signer_format signer_format_of(const char *container, bool counter);

/* True when all are the first one's. */
bool signer_format_is_one(const enum signer_format *formats, size_t count);

#endif
