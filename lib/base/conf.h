/*
 * conf: a configuration file read once into a constant struct, against a table of keys. The file is
 * libconfuse's language: `section { key = value }`. Unknown keys and bad values are findings.
 */
#ifndef CONGVAN_BASE_CONF_H
#define CONGVAN_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/diag.h"
#include "lib/base/status.h"

enum conf_type { CONF_STRING, CONF_NUMBER, CONF_BOOL };

struct conf_key {
	const char *section, *name;
	enum conf_type type;
	const char *fallback;  /* the default, as it would stand in the file */
	int64_t least, most;   /* for CONF_NUMBER */
	const char *doc;       /* one line, for the sample file and the manual */
};

struct conf;

/*
 * Reads path (NULL: defaults only) against the table. STATUS_INVALID with findings when the file is bad. The
 * result belongs to the caller; the table must outlive it.
 */
enum status conf_read(const char *path, const struct conf_key *keys, size_t count, struct diag *diag,
	struct conf **out);
void conf_free(struct conf *c);

/* The value of a key of the table; asking for one that is not in it aborts. Strings live as long as c. */
const char *conf_string(const struct conf *c, const char *section, const char *name);
int64_t conf_number(const struct conf *c, const char *section, const char *name);
bool conf_bool(const struct conf *c, const char *section, const char *name);

#endif
