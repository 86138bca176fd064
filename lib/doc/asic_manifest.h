/* asic_manifest: the XML of ASiCManifest (EN 319 162-1 A.4), read by the strict reader of lib/doc/xml; for asic.c, and for who has a manifest alone. */
#ifndef CONGVAN_DOC_ASIC_MANIFEST_H
#define CONGVAN_DOC_ASIC_MANIFEST_H

#include "lib/base/arena.h"
#include "lib/doc/asic.h"

/* What the XML says, before it is held against the container: `signature` as entry name. Lives in the arena. */
struct asic_manifest_text {
	char *signature;
	struct asic_reference *references; /* entry not set; uri is the entry name, decoded */
	size_t count;
};

/* STATUS_INVALID with findings at `name`:path. */
enum status asic_manifest_read(struct span xml, const char *name, struct arena *arena, struct asic_manifest_text *out,
	struct diag *diag);

/* The entry name that a URI of a manifest or signature means: relative to the container, percent-decoded; NULL: it leads elsewhere, or no memory. */
char *asic_uri_name(const char *uri, struct arena *arena);

/* Appends the URI of an entry name, escaped for URI and XML. */
void asic_put_uri(struct buf *to, const char *name);

#endif
