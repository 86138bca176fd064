/*
 * seal_entries: what is inside a container (ASiC-E, ASiC-S, a CMS with its content), for whoever received it and has no program for it. Nothing is judged here: that an
 * entry can be read says nothing about its signature. Names are facts to show, never paths (lib/doc/pack).
 */
#ifndef CONGVAN_SEAL_SEAL_ENTRIES_H
#define CONGVAN_SEAL_SEAL_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/output.h"

#define SEAL_ENTRIES_MOST 1000 /* of one container: a document has some tens of files */

struct seal_entry {
	const char *name;
	uint64_t size;
	const char *role; /* "data" (what is signed), "signature", "timestamp", "manifest", "mimetype", "other" */
};

struct seal_entries;

/*
 * Opens the container, whose bytes must live as long. file_name: the container's own, from which a CMS' content gets its name; may be NULL. STATUS_INVALID with findings:
 * seal.entries.kind (it is none of these, or has its content elsewhere), pack.* (an archive that nobody should unpack, or of more entries).
 */
enum status seal_entries_open(struct span file, const char *file_name, struct diag *diag, struct seal_entries **out);
void seal_entries_close(struct seal_entries *e);

size_t seal_entries_count(const struct seal_entries *e);
/* i < seal_entries_count(). Strings live as long as e. */
struct seal_entry seal_entries_at(const struct seal_entries *e, size_t i);

/* Entry i to `to`. STATUS_INVALID with a finding when it is damaged or over a limit of lib/doc/pack; what was given to `to` is then worthless. Else the error of `to`. */
enum status seal_entries_read(struct seal_entries *e, size_t i, const struct output *to, struct diag *diag);

#endif
