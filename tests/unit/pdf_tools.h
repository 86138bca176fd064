/*
 * pdf_tools: what other people's programs (poppler's pdfsig, mupdf's mutool, qpdf) say of a PDF. `scratch` is
 * a folder for the file.
 */
#ifndef CONGVAN_TESTS_PDF_TOOLS_H
#define CONGVAN_TESTS_PDF_TOOLS_H

#include "lib/base/buf.h"

/* The output of `command`, in which # is the file; free() it. */
char *tools_output(const char *scratch, const char *command, struct span file);

/* How often a word stands in a text, and in a command's output. */
int tools_words(const char *text, const char *word);
int tools_count(const char *scratch, const char *command, struct span file, const char *word);

/*
 * Fails the test unless qpdf finds no fault that `base` has not, and poppler and mupdf find `valid`
 * signatures right, the last one over the whole file.
 */
void tools_check(const char *scratch, struct span base, struct span file, int valid, const char *about);

#endif
