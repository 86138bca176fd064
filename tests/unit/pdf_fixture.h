/*
 * pdf_fixture: the made corpus of PDFs and small helpers for the tests of lib/doc/pdf_* and
 * lib/seal.
 */
#ifndef CONGVAN_TESTS_PDF_FIXTURE_H
#define CONGVAN_TESTS_PDF_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"

#define CORPUS_MAX 400

struct corpus_entry {
	char name[64];
	bool sign; /* can be signed; else refused with `code` */
	char code[48];
};

/* The lines of the corpus' `expect`; returns their number. */
size_t corpus_read(struct corpus_entry entries[CORPUS_MAX]);

/*
 * A file of the made corpus, or by a path below the build or source folder; free() data. Fails the
 * test when it is not there.
 */
struct span corpus_file(const char *name);
struct span built_file(const char *path);
struct span source_file(const char *path);

/* Prints the findings to stderr. */
void show(const struct diag *d, const char *about);

/* A new copy of `in` with the first `from` replaced; bytes may be NUL-free strings only. */
struct span replaced(struct span in, const char *from, const char *to);

void write_file(const char *path, struct span bytes);

#endif
