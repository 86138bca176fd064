/* pack_scan: see pack_scan.h. Section numbers are APPNOTE.TXT 6.3.10. */
#include "lib/doc/pack_scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCAL_BYTES 30u   /* 4.3.7 */
#define CENTRAL_BYTES 46u /* 4.3.12 */
#define END_BYTES 22u     /* 4.3.16 */
#define END64_BYTES 56u   /* 4.3.14 */
#define LOCATOR_BYTES 20u /* 4.3.15 */
#define COMMENT_MAX 65535u

static uint16_t
le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t
le32(const unsigned char *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static uint64_t
le64(const unsigned char *p)
{
	return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

static enum status
refuse(struct diag *diag, const char *code, uint64_t at, const char *got, const char *want)
{
	char where[32];

	snprintf(where, sizeof(where), "zip:%" PRIu64, at);
	diag_add(diag, SEVERITY_ERROR, code, where, got, want, "APPNOTE 4.3");
	return STATUS_INVALID;
}

/* What the end record says. */
struct directory {
	uint64_t count, size, offset; /* of the central directory */
	uint64_t at;                  /* where it must end */
};

static bool
find_end(struct span zip, size_t *at_out)
{
	size_t least;

	if (zip.len < END_BYTES)
		return false;
	least = zip.len > END_BYTES + COMMENT_MAX ? zip.len - END_BYTES - COMMENT_MAX : 0;
	for (size_t at = zip.len - END_BYTES + 1; at-- > least;)
		if (memcmp(zip.data + at, "PK\5\6", 4) == 0 &&
			le16(zip.data + at + 20) <= zip.len - at - END_BYTES) {
			*at_out = at;
			return true;
		}
	return false;
}

/* The 64-bit end record, when the short one says that it does not fit. */
static enum status
read_end64(struct span zip, size_t at, struct diag *diag, struct directory *dir)
{
	const unsigned char *p;
	uint64_t end64;

	if (at < LOCATOR_BYTES + END64_BYTES ||
		memcmp(zip.data + at - LOCATOR_BYTES, "PK\6\7", 4) != 0)
		return refuse(diag, "pack.malformed", at, "no ZIP64 locator", NULL);
	end64 = le64(zip.data + at - LOCATOR_BYTES + 8);
	if (end64 > at - LOCATOR_BYTES - END64_BYTES || memcmp(zip.data + end64, "PK\6\6", 4) != 0)
		return refuse(diag, "pack.malformed", at, "no ZIP64 end record", NULL);
	p = zip.data + end64;
	if (le32(p + 16) != 0 || le32(p + 20) != 0 || le64(p + 24) != le64(p + 32))
		return refuse(diag, "pack.split", end64, NULL, NULL);
	*dir = (struct directory){le64(p + 32), le64(p + 40), le64(p + 48), end64};
	return STATUS_OK;
}

static enum status
read_end(struct span zip, struct diag *diag, size_t *end_out, struct directory *dir)
{
	const unsigned char *p;
	size_t at;

	if (!find_end(zip, &at))
		return refuse(diag, "pack.truncated", zip.len, NULL, NULL);
	p = zip.data + at;
	*end_out = at + END_BYTES + le16(p + 20);
	if (le16(p + 8) == 0xffff || le16(p + 10) == 0xffff || le32(p + 12) == 0xffffffff ||
		le32(p + 16) == 0xffffffff)
		return read_end64(zip, at, diag, dir);
	if (le16(p + 4) != 0 || le16(p + 6) != 0 || le16(p + 8) != le16(p + 10))
		return refuse(diag, "pack.split", at, NULL, NULL);
	*dir = (struct directory){le16(p + 10), le32(p + 12), le32(p + 16), at};
	return STATUS_OK;
}

/* The values that did not fit in the record, from the extra field 0x0001 (4.5.3). */
static bool
read_wide(struct pack_record *r, const unsigned char *extra, size_t len)
{
	uint64_t *const wide[] = {&r->size, &r->packed, &r->offset};

	while (len >= 4) {
		size_t have = le16(extra + 2);
		const unsigned char *p = extra + 4;

		if (have > len - 4)
			return false;
		if (le16(extra) == 1) {
			for (size_t i = 0; i < 3; i++) {
				if (*wide[i] != 0xffffffff)
					continue;
				if (have < 8)
					return false;
				*wide[i] = le64(p);
				p += 8;
				have -= 8;
			}
			return true;
		}
		extra += 4 + have;
		len -= 4 + have;
	}
	return r->size != 0xffffffff && r->packed != 0xffffffff && r->offset != 0xffffffff;
}

/* One central record at *at, which is advanced. */
static enum status
read_record(struct span zip, uint64_t end, uint64_t *at, struct diag *diag, struct pack_record *r)
{
	const unsigned char *p = zip.data + *at;
	size_t name, extra, comment;

	if (end - *at < CENTRAL_BYTES || memcmp(p, "PK\1\2", 4) != 0)
		return refuse(diag, "pack.malformed", *at, "no directory record", NULL);
	name = le16(p + 28);
	extra = le16(p + 30);
	comment = le16(p + 32);
	if (name + extra + comment > end - *at - CENTRAL_BYTES)
		return refuse(diag, "pack.malformed", *at, "record over the end", NULL);
	*r = (struct pack_record){
		.name = {p + CENTRAL_BYTES, name},
		.whole = {p, CENTRAL_BYTES + name + extra + comment},
		.size = le32(p + 24),
		.packed = le32(p + 20),
		.offset = le32(p + 42),
		.attributes = le32(p + 38),
		.flags = le16(p + 8),
		.method = le16(p + 10),
		.made_unix = p[5] == 3 || p[5] == 19,
	};
	if (le16(p + 34) != 0)
		return refuse(diag, "pack.split", *at, NULL, NULL);
	if (!read_wide(r, p + CENTRAL_BYTES + name, extra))
		return refuse(diag, "pack.malformed", *at, "bad ZIP64 field", NULL);
	*at += CENTRAL_BYTES + name + extra + comment;
	return STATUS_OK;
}

/* Where the entry's data ends, after comparing its local header with the directory. */
static enum status
check_local(struct span zip, uint64_t before, struct pack_record *r, struct diag *diag,
	uint64_t *end_out)
{
	const unsigned char *p;
	uint64_t head;

	if (r->offset > before || before - r->offset < LOCAL_BYTES)
		return refuse(diag, "pack.truncated", r->offset, NULL, NULL);
	p = zip.data + r->offset;
	if (memcmp(p, "PK\3\4", 4) != 0)
		return refuse(diag, "pack.malformed", r->offset, "no local header", NULL);
	head = LOCAL_BYTES + (uint64_t)le16(p + 26) + le16(p + 28);
	if (head > before - r->offset || r->packed > before - r->offset - head)
		return refuse(diag, "pack.truncated", r->offset, NULL, NULL);
	if (le16(p + 8) != r->method || ((le16(p + 6) ^ r->flags) & 1) != 0 ||
		le16(p + 26) != r->name.len ||
		memcmp(p + LOCAL_BYTES, r->name.data, r->name.len) != 0)
		return refuse(diag, "pack.ambiguous", r->offset, NULL, NULL);
	r->local_extra = le16(p + 28);
	*end_out = r->offset + head + r->packed;
	return STATUS_OK;
}

struct extent {
	uint64_t begin, end;
};

static int
compare_extents(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->begin > y->begin) - (x->begin < y->begin);
}

/* No two entries share bytes: the trick of a small archive that inflates without bound. */
static enum status
check_extents(struct span zip, const struct directory *dir, struct pack_scan *scan,
	struct diag *diag)
{
	struct extent *extents = calloc(scan->count + 1, sizeof(*extents));
	enum status st = extents != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	for (size_t i = 0; i < scan->count && st == STATUS_OK; i++) {
		extents[i].begin = scan->records[i].offset;
		st = check_local(zip, dir->offset, &scan->records[i], diag, &extents[i].end);
	}
	if (st == STATUS_OK)
		qsort(extents, scan->count, sizeof(*extents), compare_extents);
	for (size_t i = 1; i < scan->count && st == STATUS_OK; i++)
		if (extents[i].begin < extents[i - 1].end)
			st = refuse(diag, "pack.overlap", extents[i].begin, NULL, NULL);
	free(extents);
	return st;
}

static enum status
read_records(
	struct span zip, const struct directory *dir, struct diag *diag, struct pack_scan *scan)
{
	uint64_t at = dir->offset;
	enum status st;

	scan->records = calloc((size_t)dir->count + 1, sizeof(*scan->records));
	if (scan->records == NULL)
		return STATUS_NO_MEMORY;
	for (; scan->count < dir->count; scan->count++) {
		st = read_record(zip, dir->at, &at, diag, &scan->records[scan->count]);
		if (st != STATUS_OK)
			return st;
	}
	if (at != dir->at)
		return refuse(diag, "pack.malformed", at, "bytes between directory and end", NULL);
	return check_extents(zip, dir, scan, diag);
}

enum status
pack_scan_read(struct span zip, size_t max, struct diag *diag, struct pack_scan *out)
{
	struct pack_scan scan = {NULL, 0, 0, 0};
	struct directory dir;
	char got[32], want[32];
	enum status st;

	st = read_end(zip, diag, &scan.end, &dir);
	if (st != STATUS_OK)
		return st;
	if (dir.count > max) {
		snprintf(got, sizeof(got), "%" PRIu64, dir.count);
		snprintf(want, sizeof(want), "<= %zu", max);
		return refuse(diag, "pack.entries", dir.at, got, want);
	}
	if (dir.offset > dir.at || dir.size != dir.at - dir.offset)
		return refuse(diag, "pack.malformed", dir.at,
			"directory not where the end record says", NULL);
	scan.directory = dir.offset;
	st = read_records(zip, &dir, diag, &scan);
	if (st != STATUS_OK) {
		free(scan.records);
		return st;
	}
	*out = scan;
	return STATUS_OK;
}
