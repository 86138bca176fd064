/* migration_files: the folder of numbered migrations, read and checked. NNN_name.sql, numbers without doubles, gaps allowed. */
#ifndef CONGVAN_DB_MIGRATION_FILES_H
#define CONGVAN_DB_MIGRATION_FILES_H

#include <stddef.h>

#include "lib/base/diag.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"

#define MIGRATION_NAME 80
#define MIGRATION_BYTES ((size_t)1 << 20)
#define MIGRATIONS_MOST 999

struct migration_file {
	int number;
	char name[MIGRATION_NAME]; /* of the file */
	char *text;
	struct digest sha256;
};

struct migration_files {
	struct migration_file *list; /* by number */
	size_t count;
};

/* STATUS_INVALID with findings when the folder cannot be read or a file in it is not as it should be. */
enum status migration_files_read(const char *dir, struct diag *diag, struct migration_files *out);
void migration_files_free(struct migration_files *f);

#endif
