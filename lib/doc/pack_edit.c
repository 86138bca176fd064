/*
 * pack_edit: an archive with entries more or fewer; see pack.h. libzip packs what is new into an archive of its own; the local records of both
 * are then put behind each other as they stand, with one directory (APPNOTE 4.3.12) whose only changed field is where each entry begins.
 */
#include "lib/doc/pack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/order.h"
#include "lib/doc/pack_scan.h"

#define OFFSET_AT 42u /* in a directory record: relative offset of the local header */
#define WIDE UINT32_C(0xffffffff)
#define COUNT_MAX 0xfffeu

static void
put_le16(unsigned char *to, size_t v)
{
	to[0] = (unsigned char)v;
	to[1] = (unsigned char)(v >> 8);
}

static void
put_le32(unsigned char *to, uint64_t v)
{
	put_le16(to, v & 0xffff);
	put_le16(to + 2, v >> 16 & 0xffff);
}

/* The archive under construction. */
struct edit {
	struct buf *out;
	size_t start; /* length of out before us */
	struct buf directory;
	size_t count;
};

/* Where the bytes of the entry that begins at offset end: with its data descriptor, up to what follows. */
static uint64_t
block_end(const uint64_t *offsets, size_t count, uint64_t offset, uint64_t directory)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (offsets[middle] <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count ? offsets[low] : directory;
}

static enum status
copy_entry(struct edit *e, struct span zip, const struct pack_record *r, uint64_t end)
{
	size_t at = e->out->len - e->start, record = e->directory.len;

	if (r->offset >= WIDE || r->size >= WIDE || r->packed >= WIDE)
		return STATUS_UNSUPPORTED;
	if (e->count == COUNT_MAX || at + (end - r->offset) >= WIDE)
		return STATUS_TOO_LARGE;
	buf_put(e->out, zip.data + r->offset, end - r->offset);
	buf_put(&e->directory, r->whole.data, r->whole.len);
	if (buf_status(&e->directory) != STATUS_OK)
		return buf_status(&e->directory);
	put_le32(e->directory.data + record + OFFSET_AT, at);
	e->count++;
	return buf_status(e->out);
}

static bool
is_dropped(const struct pack_record *r, const char *const *drop)
{
	for (; drop != NULL && *drop != NULL; drop++)
		if (strlen(*drop) == r->name.len && memcmp(*drop, r->name.data, r->name.len) == 0)
			return true;
	return false;
}

static enum status
copy_archive(struct edit *e, struct span zip, const char *const *drop, struct diag *diag)
{
	struct pack_scan scan;
	uint64_t *offsets = NULL;
	enum status st = pack_scan_read(zip, pack_limits_default.entries, diag, &scan);

	if (st != STATUS_OK)
		return st;
	offsets = calloc(scan.count + 1, sizeof(*offsets));
	if (offsets == NULL)
		st = STATUS_NO_MEMORY;
	for (size_t i = 0; st == STATUS_OK && i < scan.count; i++)
		offsets[i] = scan.records[i].offset;
	if (st == STATUS_OK)
		qsort(offsets, scan.count, sizeof(*offsets), order_u64);
	for (size_t i = 0; st == STATUS_OK && i < scan.count; i++)
		if (!is_dropped(&scan.records[i], drop))
			st = copy_entry(e, zip, &scan.records[i],
				block_end(offsets, scan.count, scan.records[i].offset, scan.directory));
	free(offsets);
	free(scan.records);
	return st;
}

static enum status
copy_members(struct edit *e, const struct pack_member *members, size_t count, struct diag *diag)
{
	int fd = output_memfd("new entries");
	struct mapped m;
	enum status st = fd >= 0 ? pack_build(fd, members, count, diag) : STATUS_IO;

	if (st == STATUS_OK && (st = mapped_open(fd, &m)) == STATUS_OK) {
		st = copy_archive(e, m.span, NULL, diag);
		mapped_close(&m);
	}
	if (fd >= 0)
		close(fd);
	return st;
}

static bool
has_name(const struct pack *p, const char *const *drop, const char *name)
{
	for (; drop != NULL && *drop != NULL; drop++)
		if (strcmp(*drop, name) == 0)
			return false;
	return pack_find(p, name) != pack_count(p);
}

/* The archive is one that we would open, and no new name is there already. */
static enum status
check(struct span zip, const char *const *drop, const struct pack_member *members, size_t count, struct diag *diag)
{
	struct pack *p = NULL;
	enum status st = pack_open(zip, &pack_limits_default, false, diag, &p);

	for (size_t i = 0; st == STATUS_OK && i < count; i++)
		if (has_name(p, drop, members[i].name)) {
			diag_error(diag, "pack.duplicate", "zip", members[i].name, NULL);
			st = STATUS_INVALID;
		}
	pack_close(p);
	return st;
}

static void
put_end(struct edit *e)
{
	unsigned char end[22] = {'P', 'K', 5, 6};

	put_le16(end + 8, e->count);
	put_le16(end + 10, e->count);
	put_le32(end + 12, e->directory.len);
	put_le32(end + 16, e->out->len - e->start);
	buf_put(e->out, e->directory.data, e->directory.len);
	buf_put(e->out, end, sizeof(end));
}

enum status
pack_edit(struct span zip, const char *const *drop, const struct pack_member *members, size_t count, struct buf *out,
	struct diag *diag)
{
	struct edit e = {.out = out, .start = out->len};
	enum status st = check(zip, drop, members, count, diag);

	buf_init(&e.directory, UINT32_C(64) << 20);
	if (st == STATUS_OK)
		st = copy_archive(&e, zip, drop, diag);
	if (st == STATUS_OK && count > 0)
		st = copy_members(&e, members, count, diag);
	if (st == STATUS_OK && out->len - e.start + e.directory.len >= WIDE)
		st = STATUS_TOO_LARGE;
	if (st == STATUS_OK) {
		put_end(&e);
		st = buf_status(out);
	}
	buf_free(&e.directory);
	return st;
}
