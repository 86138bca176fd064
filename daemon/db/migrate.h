/*
 * migrate: brings the database to the state this program was written for: the numbered files that it has not seen, each in its transaction, recorded
 * with the digest of its text. An advisory lock lets several congvand start at once. A recorded file whose text has changed, or a record
 * without a file (the database is newer than the program), is refused. Then the role that works gets its rights (090_rights.sql).
 */
#ifndef CONGVAN_DB_MIGRATE_H
#define CONGVAN_DB_MIGRATE_H

#include "daemon/db/dbconn.h"

struct migrate;

/*
 * config's texts must live until done, which is called once, in a later turn: STATUS_OK (applied: how many files were new), STATUS_INVALID (findings in diag), STATUS_UNAVAILABLE (no
 * connection within wait_ms). migrate and its connection are gone when done is called.
 */
struct migrate_config {
	const char *url;   /* of the owner */
	const char *dir;   /* of the files; read before migrate_start returns */
	uint64_t wait_ms;  /* for a connection */
	const char *role;  /* gets its rights by congvan_grant, which the files must define; NULL: none. Letters, digits and _ */
	bool make_role;    /* and is made when it is not there: the cluster is ours */
};
enum status migrate_start(struct loop *loop, const struct migrate_config *config, struct diag *diag,
	void (*done)(void *arg, enum status st, unsigned applied), void *arg, struct migrate **out);

/* Ends it without done. Legal on NULL. */
void migrate_cancel(struct migrate *m);

#endif
