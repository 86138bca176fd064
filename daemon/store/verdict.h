/* verdict: reports on signed files kept until something they rest on changes (schemas/sql/072_verdict.sql). */
#ifndef CONGVAN_STORE_VERDICT_H
#define CONGVAN_STORE_VERDICT_H

#include "daemon/store/store.h"

/* key: 64 hex digits -> the report; STATUS_NOT_FOUND. Marks it as used. */
void verdict_find(struct db *db, const char *key, store_cb cb, void *arg);

/*
 * row: {"key","report","certs":[hex],"until" (RFC 3339, or "": max_age alone),"judged" (RFC 3339)}. Nothing is kept when data about one of the
 * certificates came after it was judged. max_age: seconds it may be used at most; most: rows of all together, the least used
 * ones go first.
 */
void verdict_keep(struct db *db, const json_t *row, unsigned max_age, unsigned most, store_cb cb, void *arg);

#endif
