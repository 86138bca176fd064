/*
 * result: rows of one statement, collected row by row under a maximum, so that a statement that returns more than anyone should ask for
 * costs bounded memory. bytea columns are decoded as they are added.
 */
#ifndef CONGVAN_DB_RESULT_H
#define CONGVAN_DB_RESULT_H

#include <libpq-fe.h>

#include "daemon/db/db.h"

/* Most bytes of one result; pages and chunks are far below. */
#define RESULT_MAX ((size_t)16 << 20)

struct result_cell {
	size_t at;
	size_t len; /* RESULT_NULL: NULL */
};
#define RESULT_NULL SIZE_MAX

struct db_result {
	struct buf data; /* every value with a NUL after it */
	struct result_cell *cells;
	size_t cell_count, cell_room;
	size_t cols, rows;
	size_t touched;
	char tag[16]; /* first word of the command tag: COMMIT, ROLLBACK … */
	bool binary;  /* columns came in binary format */
};

void result_init(struct db_result *r);
void result_free(struct db_result *r);

/* Adds the rows of a PGresult (single row mode: one). STATUS_TOO_LARGE, STATUS_NO_MEMORY, or STATUS_INTERNAL for an undecodable bytea. */
enum status result_add(struct db_result *r, const PGresult *from);

/* Takes the command tag and the number of rows touched. */
void result_end(struct db_result *r, PGresult *from);

/* True when the statement was a COMMIT that committed (it answers ROLLBACK in a failed transaction). */
bool result_is_commit(const struct db_result *r);

/* The status of a failed statement by its SQLSTATE ("" when there is none). */
enum status result_status(const char *sqlstate);

/* True for FATAL and PANIC: the server ends the connection, and what became of the statement is not known. */
bool result_is_fatal(const PGresult *from);

/* Fills error from a failed PGresult; the texts live as long as it. */
void result_error(const PGresult *from, struct db_error *error);

#endif
