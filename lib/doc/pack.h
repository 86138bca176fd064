/*
 * pack: ZIP archives (APPNOTE 6.3) read with suspicion and written plainly. Entry names are facts
 * to show, never paths. Reading: the central directory is first walked by our own bounded scanner
 * (pack_scan.c), which settles the counts, overlaps and oddities that make two readers see two
 * archives; libzip then inflates. Nothing is trusted that an archive says about its sizes:
 * inflating stops at the limits.
 */
#ifndef CONGVAN_DOC_PACK_H
#define CONGVAN_DOC_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/output.h"

struct pack_limits {
	size_t entries; /* in one archive */
	size_t name;    /* bytes of an entry name */
	uint64_t entry; /* inflated bytes of one entry */
	uint64_t total; /* the same of all reads of one archive, with the archives inside it */
	unsigned ratio; /* inflated : packed of one entry ... */
	uint64_t ratio_floor; /* ... once it has given this many bytes */
	unsigned nesting;     /* archives inside archives; 0: none */
};

/* The limits used everywhere, each with its reason (pack.c). */
extern const struct pack_limits pack_limits_default;

struct pack_entry {
	const char *name; /* UTF-8; lives as long as the pack */
	uint64_t size;    /* inflated, as the archive says */
	uint64_t packed;
	bool stored; /* not compressed */
	bool directory;
};

struct pack;

/*
 * Opens the archive in zip, whose bytes must live as long as the pack. STATUS_INVALID with findings
 * pack.* when it is not a ZIP archive, or one that nobody should unpack: truncated, encrypted,
 * split, overlapping, duplicate or dangerous names, links, unknown methods, too many entries. With
 * lax, dangers of unpacking are warnings (an attachment is kept, not unpacked).
 */
enum status pack_open(struct span zip, const struct pack_limits *limits, bool lax,
	struct diag *diag, struct pack **out);
void pack_close(struct pack *p);

size_t pack_count(const struct pack *p);

/* i < pack_count(). */
const struct pack_entry *pack_at(const struct pack *p, size_t i);

/* The index of the entry with this very name, or pack_count(). */
size_t pack_find(const struct pack *p, const char *name);

/*
 * Inflates entry i into `to`, checking its CRC. STATUS_INVALID with a finding when it is damaged,
 * over a limit or its ratio; what was already given to `to` is then worthless. STATUS_UNSUPPORTED:
 * encrypted or an unknown method. Else the error of `to`.
 */
enum status pack_read(struct pack *p, size_t i, const struct output *to, struct diag *diag);

/* Inflates everything to nowhere, archives inside archives down to the limit: STATUS_OK or
 * STATUS_INVALID with findings. */
enum status pack_inspect(struct pack *p, struct diag *diag);

/* One entry of an archive to build: its bytes are `bytes`, or the file fd when fd >= 0 (from its
 * start, whatever the offset). */
struct pack_member {
	const char *name;
	bool stored;
	struct span bytes;
	int fd;
};

/*
 * Writes an archive of the members in this order to fd, which must be an empty, readable, writable
 * and seekable file. Times are fixed (1980-01-01), no extra fields, so that the same members give
 * the same bytes and `mimetype` can stand first, stored, as ASiC (EN 319 162-1, A.1) wants.
 * STATUS_INVALID: a name that pack_open would refuse.
 */
enum status pack_build(int fd, const struct pack_member *members, size_t count, struct diag *diag);

/*
 * Appends to out the archive zip without the entries named in drop (a NULL-terminated list, or NULL), and with the members behind
 * those that stay. What stays keeps every byte of its header and data, so that nothing is packed anew and the first entry stays the first.
 * STATUS_INVALID with findings when zip is not an archive that pack_open takes, or a member's name is there already;
 * STATUS_TOO_LARGE past out's maximum or over 4 GiB, STATUS_UNSUPPORTED for ZIP64 (pack_edit.c).
 */
enum status pack_edit(struct span zip, const char *const *drop, const struct pack_member *members, size_t count,
	struct buf *out, struct diag *diag);

/* True when the entry stands at the very beginning of the archive, is not compressed, and its header has no extra field. */
bool pack_is_plain_first(const struct pack *p, size_t i);

#endif
