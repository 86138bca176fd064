/* uuid: version 7 UUIDs (RFC 9562): the id of every object; they sort by creation time. */
#ifndef CONGVAN_BASE_UUID_H
#define CONGVAN_BASE_UUID_H

#include <stdbool.h>

#define UUID_TEXT 37

/* A new id in the canonical lower-case form. Monotonic within a process. */
void uuid_new(char to[UUID_TEXT]);

/* True for the canonical lower-case 8-4-4-4-12 form, any version. */
bool uuid_is_valid(const char *s);

#endif
