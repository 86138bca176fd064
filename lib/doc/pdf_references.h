/*
 * pdf_references: which objects an object of a PDF names ("n g R"), read from its bytes, so that nothing that any reader could take for
 * a part of it is passed over. Readers take the first value of an object and do not mind a word like `endobj` inside of it: a word ends
 * the object outside of all brackets only. What follows the value up to the object's end counts too, should a reader take that.
 */
#ifndef CONGVAN_DOC_PDF_REFERENCES_H
#define CONGVAN_DOC_PDF_REFERENCES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/doc/pdf_xref.h"

/* Called for each reference, also for what is not there; number is from 1 to PDF_NUMBER_MAX. */
typedef void (*pdf_reference_fn)(void *arg, int number);

/* How many bytes may be read for all objects of a file: each that ends is read once, many that do not could cost their number times the file. */
uint64_t pdf_references_bytes(struct span file);

/*
 * The references of an object that stands in the file by itself; takes what was read from *left, which is 0 when that was too much. False
 * when it is in an object stream, or its bytes do not end as an object must: then qpdf must be asked too.
 */
bool pdf_references_of_entry(struct span file, const struct pdf_entry *e, uint64_t *left, pdf_reference_fn take, void *arg);

/* The same of a value by itself. */
void pdf_references_of_text(struct span text, pdf_reference_fn take, void *arg);

#endif
