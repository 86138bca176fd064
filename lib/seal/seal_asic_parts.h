/*
 * seal_asic_parts: what an ASiC container (EN 319 162-1) is made of, for whoever handles one signature of it: which files are inside, which of them a signature is over, and
 * one signature taken out and put back with more in it (a signature timestamp).
 */
#ifndef CONGVAN_SEAL_SEAL_ASIC_PARTS_H
#define CONGVAN_SEAL_SEAL_ASIC_PARTS_H

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"

/* One data object. name lives during the call. Anything but STATUS_OK ends the walk. */
typedef enum status (*seal_asic_object_fn)(void *arg, const char *name, const struct digest *sha256);

/* Every data object in the order of the container; statuses of asic_open and asic_digest. */
enum status seal_asic_objects(struct span file, seal_asic_object_fn found, void *arg, struct diag *diag);

/*
 * True when the signature (or timestamp) in the entry `field` is over an object with this SHA-256: by its manifest, whose reference to it is right, or
 * as the only object of ASiC-S. Whether the signature itself is right is said by verify.
 */
bool seal_asic_covers(struct span file, const char *field, const struct digest *sha256);

/*
 * The objects that an ASiCManifest as prepare makes it refers to: all must have a SHA-256. The XML stands alone, outside of any container. STATUS_INVALID: it is no such
 * manifest.
 */
enum status seal_asic_manifest_objects(struct span xml, seal_asic_object_fn found, void *arg, struct diag *diag);

/* Appends the signature of the entry `field`, DER. STATUS_NOT_FOUND: it is no CAdES signature of this container. */
enum status seal_asic_signature(struct span file, const char *field, struct buf *cms, struct diag *diag);

/* Appends the container with `cms` in the place of that signature; every other entry keeps its bytes. Statuses as above, and of pack_edit. */
enum status seal_asic_replace(struct span file, const char *field, struct span cms, struct buf *out, struct diag *diag);

#endif
