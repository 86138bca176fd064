/* prepared: which statements a connection has prepared, by the statement's address. */
#ifndef CONGVAN_DB_PREPARED_H
#define CONGVAN_DB_PREPARED_H

#include <stddef.h>

struct db_stmt;

struct prepared {
	struct prepared_row {
		const struct db_stmt *stmt;
		unsigned number; /* its name on the server is "s" and this; 0: forgotten */
	} *rows;
	size_t room, used;
	unsigned last;
};

#define PREPARED_NAME 16

/* The number of stmt, or 0 when it is not prepared. */
unsigned prepared_find(const struct prepared *p, const struct db_stmt *stmt);

/* Gives stmt a new number; 0 without memory. */
unsigned prepared_add(struct prepared *p, const struct db_stmt *stmt);

/* It is not prepared after all. */
void prepared_forget(struct prepared *p, const struct db_stmt *stmt);

/* A new connection knows nothing. */
void prepared_clear(struct prepared *p);

void prepared_name(unsigned number, char to[PREPARED_NAME]);

#endif
