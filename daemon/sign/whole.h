/* whole: which of the signings of an approval are of one document: a main file and the attachments that were prepared with it. */
#ifndef CONGVAN_SIGN_WHOLE_H
#define CONGVAN_SIGN_WHOLE_H

#include <jansson.h>
#include <stddef.h>

#include "lib/base/diag.h"

/* Files of the document that begins at i of the rows of signing_load. */
size_t sign_whole_size(const json_t *signings, size_t i);

/* A document prepared with its attachments is approved with all of them, the main file first, by their numbers, in one run. A finding otherwise. */
void sign_whole_check(const json_t *signings, struct diag *diag);

#endif
