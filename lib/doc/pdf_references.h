/*
 * pdf_references: which objects the objects of a PDF name ("n g R"), read so that nothing that any reader could take for a reference is
 * passed over: from the bytes of the file (long strings of signatures cost qpdf much), and from what qpdf has read where an object
 * stands in an object stream or its bytes do not end as they must.
 *
 * Readers take the first value of an object and do not mind a word like `endobj` inside of it: a word ends the object outside of all
 * brackets only. What follows the value up to the object's end counts too, should a reader take that. And readers differ in what they
 * make of "33 0R" (poppler: a reference), "33 0- R", "4294967329 0 R" (mupdf) or "33.0 0 R", and of what follows what is no token: a reference to what nobody can say.
 */
#ifndef CONGVAN_DOC_PDF_REFERENCES_H
#define CONGVAN_DOC_PDF_REFERENCES_H

#include <stdbool.h>

#include "lib/doc/pdf_scan.h"

/* Called for each reference, also for what is not there; number is up to PDF_NUMBER_MAX, 0: readers differ in which object is meant. */
typedef void (*pdf_reference_fn)(void *arg, int number);

/*
 * The references of every living object but those that `skip` (NULL: none) tells; one that was counted from the bytes may be counted
 * once more from qpdf. False when not all could be read: a single object over 32 MiB, or more bytes than four times the file (many
 * objects that have no end).
 */
bool pdf_references(const struct pdf_scan *scan, bool (*skip)(void *arg, int number), pdf_reference_fn take, void *arg);

#endif
