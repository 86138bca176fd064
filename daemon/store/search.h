/* search: finding documents, and what waits for a person. Access is part of every query (daemon/store/visible.h). */
#ifndef CONGVAN_STORE_SEARCH_H
#define CONGVAN_STORE_SEARCH_H

#include "daemon/store/person.h"
#include "daemon/store/store.h"

/* All members are text; "" when not asked for. */
struct search_filter {
	const char *query;      /* tsquery of folded words: "'cong' & 'van':*" */
	const char *key;        /* notation_key to begin with */
	const char *number;     /* digits only: also an arrival number */
	const char *direction, *state, *kind, *reg;
	const char *organ;      /* issuer code as given, or its folded words */
	const char *organ_fold;
	const char *from, *to;  /* "YYYY-MM-DD" */
	const char *cursor_date, *cursor_id; /* the last row of the page before */
	int limit;
};

/*
 * Newest first. Two steps: the newest thousand are walked with the filter; only when they do not fill a page the full-text index is
 * asked and sorted (measured: tests/bench/bench_search). -> [{short form of the document, "sort_date"}…], at most limit + 1.
 */
void search_documents(struct db *db, const struct person *person, const struct search_filter *f, store_cb cb,
	void *arg);

/* What waits for the person: [{"document":{…},"why","deadline","overdue"}…] by deadline, then age; after the cursor (deadline or "infinity", id). */
void search_inbox(struct db *db, const struct person *person, const char *cursor_deadline, const char *cursor_id,
	int limit, store_cb cb, void *arg);

/* Marks his notifications about the document (NULL: all) as read. */
void search_mark_read(struct db *db, const struct person *person, const char *document);

#endif
