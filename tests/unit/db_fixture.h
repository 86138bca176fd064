/* db_fixture: a loop and a database of its own (the embedded PostgreSQL, started by the code under test) in a new folder below /tmp. */
#ifndef CONGVAN_TESTS_DB_FIXTURE_H
#define CONGVAN_TESTS_DB_FIXTURE_H

#include <stdbool.h>

#include "daemon/db/db.h"
#include "daemon/io/loop.h"

struct fixture {
	struct loop *loop;
	struct db *db;
	char dir[64], migrations[96], data[96];
	enum status ready;
	bool started, stopped;
	struct fixture_stmt {
		struct fixture_stmt *next;
		struct db_stmt stmt;
	} *stmts;
};

/* A folder with an empty migrations folder and a loop; no database yet. */
void fixture_open(struct fixture *f);
/* Stops the database if it runs, removes the folder. */
void fixture_close(struct fixture *f);

/* Writes a migration. */
void fixture_migration(struct fixture *f, const char *name, const char *sql);

/* Starts on url (NULL: embedded) and runs the loop until ready has spoken; f->ready says what. */
void fixture_start(struct fixture *f, const char *url);
void fixture_stop(struct fixture *f);

/* Turns the loop until *flag is true or `ms` have passed; true in the first case. */
bool fixture_until(struct fixture *f, const bool *flag, unsigned ms);
/* Lets the loop turn for so long. */
void fixture_turn(struct fixture *f, unsigned ms);

/* One statement, waited for. The status; *text_out gets the first cell ("" when none), good until the next call. */
enum status fixture_sql(struct fixture *f, const char *sql, const char **text_out);

#endif
