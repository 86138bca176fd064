/* directory: organs (ours and those we write to), units, kinds of documents with their rules. Rows go in as JSON with the API's members. */
#ifndef CONGVAN_STORE_DIRECTORY_H
#define CONGVAN_STORE_DIRECTORY_H

#include "daemon/store/person.h"
#include "daemon/store/store.h"

/* Organs after `cursor` (a code), by code; q: words of the name or a prefix of any of the codes, or "". own: only ours. */
void organ_list(struct db *db, const char *cursor, const char *q, bool own, int limit, store_cb cb, void *arg);
void organ_insert(struct act *act, const json_t *row, store_cb cb, void *arg);
/* Members given are changed -> the organ; NOT_FOUND. id or code. */
void organ_update(struct act *act, const char *id, const json_t *members, store_cb cb, void *arg);

void unit_list(struct db *db, const char *organ, store_cb cb, void *arg);
/* "organ" by id or code, "parent" by id or name. */
void unit_insert(struct act *act, const json_t *row, store_cb cb, void *arg);

/* All kinds of the rule sets in force on `day` ("YYYY-MM-DD"), or of all rule sets when "". */
void kind_list(struct db *db, const char *day, store_cb cb, void *arg);

#endif
