/*
 * place: where and as whom the embedded PostgreSQL runs: the folders below the data directory, the socket directory (whose path must fit a
 * socket address), the user, the programs. Below data_dir:
 *
 *   postgresql/            ours, 0711 (0700 when not root)
 *     lock                 held by the one congvand that runs this PostgreSQL
 *     hba.conf ident.conf  written at each start
 *     data/  data.new/     the service user's, 0700; data.new only while initdb works
 *     run/                 the service user's, 0700: the socket
 */
#ifndef CONGVAN_DB_PLACE_H
#define CONGVAN_DB_PLACE_H

#include <limits.h>

#include "daemon/db/child.h"
#include "lib/base/diag.h"

/* The role that does the office's work; the owner, congvan, makes the schema and is there for the administrator. */
#define PLACE_ROLE "congvan_office"

struct place {
	char root[PATH_MAX];
	char data[PATH_MAX], fresh[PATH_MAX];
	char hba[PATH_MAX], ident[PATH_MAX];
	char socket_dir[PATH_MAX];
	char bin[PATH_MAX]; /* folder with postgres and initdb of the data's version */
	struct child_user user;
	int lock_fd;
};

/* Room a socket file of PostgreSQL needs behind its directory: "/.s.PGSQL.5432". */
#define PLACE_SOCKET_DIR_MOST ((size_t)107 - 14)

/*
 * Makes the folders and takes the lock. STATUS_CONFLICT: another congvand has it; STATUS_INVALID, STATUS_IO, STATUS_NOT_FOUND (no PostgreSQL 15 or later):
 * with findings. service_user: NULL for the first of congvan-db, postgres, nobody that exists; used only by root.
 */
enum status place_prepare(const char *data_dir, const char *service_user, struct diag *diag, struct place *out);

/* Gives the lock back. */
void place_close(struct place *p);

/* True when the data directory has been made (PG_VERSION stands in it). */
bool place_has_data(const struct place *p);

/* data.new becomes data, durably. */
enum status place_adopt_fresh(const struct place *p);

#endif
