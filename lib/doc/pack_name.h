/* pack_name: which names may stand in an archive, the same for reading and for building. */
#ifndef CONGVAN_DOC_PACK_NAME_H
#define CONGVAN_DOC_PACK_NAME_H

#include <stdbool.h>

/*
 * True for a relative name of plain components: UTF-8, no control characters, no backslash or
 * colon, no leading slash, no empty, "." or ".." component; one slash at the end marks a folder.
 */
bool pack_name_is_safe(const char *name);

#endif
