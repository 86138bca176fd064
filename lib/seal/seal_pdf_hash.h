/*
 * seal_pdf_hash: the digests of the byte ranges of a PDF's signatures. Each range begins at 0 and is the file but for a hole: what stands before the first hole is in all of them, and is read once
 * for each algorithm and not once for each signature, so that two hundred signatures over a file of gigabytes cost little more than one.
 */
#ifndef CONGVAN_SEAL_SEAL_PDF_HASH_H
#define CONGVAN_SEAL_SEAL_PDF_HASH_H

#include <stdbool.h>
#include <openssl/evp.h>

#include "lib/doc/pdf_scan.h"

struct seal_pdf_hash;

/* Of the signatures of this scan, whose file must outlive it. NULL without memory. */
struct seal_pdf_hash *seal_pdf_hash_new(const struct pdf_scan *scan);
void seal_pdf_hash_free(struct seal_pdf_hash *h);

/* The digest of the two pieces of a sound range (pdf_signature.fault is NULL); EVP_MAX_MD_SIZE bytes of room. */
bool seal_pdf_hash_range(struct seal_pdf_hash *h, const uint64_t range[4], const EVP_MD *md, unsigned char *to, unsigned *len);

#endif
