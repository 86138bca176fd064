/* request: a statement waiting for a connection, with its own copy of the parameters. */
#ifndef CONGVAN_DB_REQUEST_H
#define CONGVAN_DB_REQUEST_H

#include "daemon/db/db.h"
#include "lib/base/clock.h"

struct request {
	const struct db_stmt *stmt;
	struct db_param *params; /* NULL when the statement has none */
	db_cb cb;
	void *arg;
	clock_us since;
	unsigned attempts;
	enum status refused; /* the answer of one that never ran */
	struct request *next;
};

struct request_queue {
	struct request *head, *last;
	size_t count;
};

/* Never NULL: aborts without memory, because an answer is owed. */
struct request *request_new(const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg);

/* Calls back and frees it. */
void request_answer(struct request *r, enum status st, const struct db_result *result, const struct db_error *error);

void request_push(struct request_queue *q, struct request *r);
void request_push_front(struct request_queue *q, struct request *r);
/* NULL when empty. */
struct request *request_pop(struct request_queue *q);

#endif
