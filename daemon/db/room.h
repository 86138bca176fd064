/*
 * room: is there space left on the disk of the embedded PostgreSQL? When the disk is full to the last byte it cannot even write its log and goes
 * down, and nobody can read any more. So writes are refused while there is still some room for it.
 */
#ifndef CONGVAN_DB_ROOM_H
#define CONGVAN_DB_ROOM_H

#include <stdbool.h>

/* Writes stop below LEAST bytes free and go on above ENOUGH. */
#define ROOM_LEAST ((unsigned long long)192 << 20)
#define ROOM_ENOUGH ((unsigned long long)256 << 20)

/* Looks; was_full is the last answer. A folder that cannot be looked at is not full. */
bool room_is_full(const char *dir, bool was_full);

#endif
