/* pack: reading; see pack.h. Building is in pack_build.c. */
#include "lib/doc/pack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "lib/base/text.h"
#include "lib/doc/pack_name.h"
#include "lib/doc/pack_scan.h"

#define CHUNK 65536u
#define FLAG_ENCRYPTED 1u
#define FLAG_MASKED                                                                                \
	0x2000u /* names in the directory are hidden: encrypted directory (APPNOTE 4.4.4) */
#define UNIX_TYPE 0170000u
#define UNIX_FILE 0100000u
#define UNIX_FOLDER 0040000u

const struct pack_limits pack_limits_default = {
	.entries = 10000, /* a large .xlsx has some hundreds; an archive package some thousands */
	.name = 1024,     /* four times what file systems take for one name */
	.entry = UINT64_C(512) << 20, /* larger than any document this office can show or sign */
	.total = UINT64_C(1) << 30,   /* twice that: a package with everything in it */
	.ratio = 250,                 /* blank scans reach 200; deflate's own end is 1032 */
	.ratio_floor = UINT64_C(4) << 20, /* small texts may be as repetitive as they like */
	.nesting = 3, /* a package in a carrier in a mail is as deep as offices go */
};

struct pack {
	struct pack_limits limits;
	struct pack_scan scan;
	struct pack_entry *entries;
	const struct pack_entry **by_name; /* in the order of names, of one name in that of the archive */
	zip_t *zip;
	uint64_t given; /* inflated bytes so far, in all reads */
	unsigned depth; /* archives around this one */
};

static void
where_of(const char *name, char to[600])
{
	snprintf(to, 600, "zip:%.500s", name);
}

/* Adds a finding about an entry. */
static void
report(struct diag *diag, enum severity severity, const char *code, const char *name,
	const char *got, const char *want)
{
	char where[600];

	where_of(name, where);
	diag_add(diag, severity, code, where, got, want, NULL);
}

static enum status
open_library(struct span zip, size_t count, struct diag *diag, zip_t **out)
{
	zip_source_t *source;
	zip_error_t error;
	zip_t *z = NULL;

	zip_error_init(&error);
	source = zip_source_buffer_create(zip.data, zip.len, 0, &error);
	if (source != NULL && (z = zip_open_from_source(source, ZIP_RDONLY, &error)) == NULL)
		zip_source_free(source);
	if (z != NULL && zip_get_num_entries(z, 0) != (zip_int64_t)count) {
		zip_discard(z);
		z = NULL;
		diag_error(diag, "pack.ambiguous", "zip", NULL, NULL);
	} else if (z == NULL) {
		diag_error(diag, "pack.malformed", "zip", zip_error_strerror(&error), NULL);
	}
	zip_error_fini(&error);
	*out = z;
	return z != NULL ? STATUS_OK : STATUS_INVALID;
}

/* The dangers of one entry, by its directory record and its name in UTF-8. */
static void
judge_entry(const struct pack *p, const struct pack_record *r, const char *name,
	enum severity severity, struct diag *diag)
{
	uint32_t type = r->attributes >> 16 & UNIX_TYPE;

	if ((r->flags & (FLAG_ENCRYPTED | FLAG_MASKED)) != 0)
		report(diag, severity, "pack.encrypted", name, NULL, NULL);
	else if (r->method != ZIP_CM_STORE && r->method != ZIP_CM_DEFLATE)
		report(diag, severity, "pack.method", name, NULL, "stored, deflate");
	if (r->made_unix && type != 0 && type != UNIX_FILE && type != UNIX_FOLDER)
		report(diag, severity, "pack.link", name, NULL, NULL);
	if (r->name.len > p->limits.name || memchr(r->name.data, 0, r->name.len) != NULL ||
		!pack_name_is_safe(name))
		report(diag, severity, "pack.name", name, name, "a/b.txt");
	if (r->size > p->limits.entry)
		report(diag, severity, "pack.size", name, NULL, NULL);
}

static int
compare_names(const void *a, const void *b)
{
	const struct pack_entry *x = *(const struct pack_entry *const *)a, *y = *(const struct pack_entry *const *)b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x > y) - (x < y);
}

static enum status
sort_names(struct pack *p)
{
	p->by_name = calloc(p->scan.count + 1, sizeof(*p->by_name));
	if (p->by_name == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < p->scan.count; i++)
		p->by_name[i] = &p->entries[i];
	qsort(p->by_name, p->scan.count, sizeof(*p->by_name), compare_names);
	return STATUS_OK;
}

static enum status
judge_duplicates(struct pack *p, enum severity severity, struct diag *diag)
{
	enum status st = sort_names(p);

	for (size_t i = 1; st == STATUS_OK && i < p->scan.count; i++)
		if (strcmp(p->by_name[i]->name, p->by_name[i - 1]->name) == 0)
			report(diag, severity, "pack.duplicate", p->by_name[i]->name, NULL, NULL);
	return st;
}

static enum status
judge(struct pack *p, bool lax, struct diag *diag)
{
	enum severity severity = lax ? SEVERITY_WARNING : SEVERITY_ERROR;
	uint64_t total = 0;

	p->entries = calloc(p->scan.count + 1, sizeof(*p->entries));
	if (p->entries == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < p->scan.count; i++) {
		const struct pack_record *r = &p->scan.records[i];
		const char *name = zip_get_name(p->zip, i, ZIP_FL_ENC_GUESS);

		if (name == NULL)
			name = "";
		p->entries[i] =
			(struct pack_entry){name, r->size, r->packed, r->method == ZIP_CM_STORE,
				r->name.len > 0 && r->name.data[r->name.len - 1] == '/'};
		judge_entry(p, r, name, severity, diag);
		total += r->size <= p->limits.total ? r->size : p->limits.total + 1;
	}
	if (total > p->limits.total)
		diag_add(diag, severity, "pack.total", "zip", NULL, NULL, NULL);
	return judge_duplicates(p, severity, diag);
}

enum status
pack_open(struct span zip, const struct pack_limits *limits, bool lax, struct diag *diag,
	struct pack **out)
{
	struct pack *p = calloc(1, sizeof(*p));
	struct diag *own = diag_new();
	enum status st = p != NULL && own != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	if (st == STATUS_OK) {
		p->limits = *limits;
		st = pack_scan_read(zip, limits->entries, own, &p->scan);
	}
	if (st == STATUS_OK)
		st = open_library(
			(struct span){zip.data, p->scan.end}, p->scan.count, own, &p->zip);
	if (st == STATUS_OK)
		st = judge(p, lax, own);
	if (st == STATUS_OK && p->scan.end < zip.len)
		diag_warn(own, "pack.trailing", "zip", NULL, NULL);
	if (st == STATUS_OK && diag_has_error(own))
		st = STATUS_INVALID;
	diag_join(diag, own);
	diag_free(own);
	if (st == STATUS_OK)
		*out = p;
	else
		pack_close(p);
	return st;
}

void
pack_close(struct pack *p)
{
	if (p == NULL)
		return;
	if (p->zip != NULL)
		zip_discard(p->zip);
	free(p->scan.records);
	free(p->by_name);
	free(p->entries);
	free(p);
}

size_t
pack_count(const struct pack *p)
{
	return p->scan.count;
}

const struct pack_entry *
pack_at(const struct pack *p, size_t i)
{
	return &p->entries[i];
}

bool
pack_is_plain_first(const struct pack *p, size_t i)
{
	const struct pack_record *r = &p->scan.records[i];

	return r->offset == 0 && r->method == ZIP_CM_STORE && r->local_extra == 0;
}

size_t
pack_find(const struct pack *p, const char *name)
{
	size_t low = 0, high = p->scan.count;

	/* a manifest of ten thousand files asks ten thousand times */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(p->by_name[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == p->scan.count || strcmp(p->by_name[low]->name, name) != 0)
		return p->scan.count;
	return (size_t)(p->by_name[low] - p->entries);
}

/* Whether n more bytes of entry i, of which `done` were given, are still within the limits. */
static enum status
spend(struct pack *p, size_t i, uint64_t done, uint64_t n, struct diag *diag)
{
	const struct pack_entry *e = &p->entries[i];
	uint64_t now = done + n;
	char got[48], want[48];

	p->given += n;
	if (now > p->limits.entry) {
		snprintf(want, sizeof(want), "<= %" PRIu64, p->limits.entry);
		report(diag, SEVERITY_ERROR, "pack.size", e->name, NULL, want);
	} else if (p->given > p->limits.total) {
		snprintf(want, sizeof(want), "<= %" PRIu64, p->limits.total);
		report(diag, SEVERITY_ERROR, "pack.total", e->name, NULL, want);
	} else if (now > p->limits.ratio_floor && now / p->limits.ratio > e->packed) {
		snprintf(got, sizeof(got), "> %" PRIu64 ":1", now / (e->packed ? e->packed : 1));
		snprintf(want, sizeof(want), "<= %u:1", p->limits.ratio);
		report(diag, SEVERITY_ERROR, "pack.ratio", e->name, got, want);
	} else {
		return STATUS_OK;
	}
	return STATUS_INVALID;
}

static enum status
pump(struct pack *p, size_t i, zip_file_t *file, const struct output *to, struct diag *diag)
{
	unsigned char *chunk = malloc(CHUNK);
	uint64_t done = 0;
	zip_int64_t n = 0;
	enum status st = chunk != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	while (st == STATUS_OK && (n = zip_fread(file, chunk, CHUNK)) > 0) {
		st = spend(p, i, done, (uint64_t)n, diag);
		done += (uint64_t)n;
		if (st == STATUS_OK)
			st = output_put(to, chunk, (size_t)n);
	}
	free(chunk);
	if (st == STATUS_OK && (n < 0 || done != p->entries[i].size)) {
		report(diag, SEVERITY_ERROR, "pack.damaged", p->entries[i].name,
			n < 0 ? zip_file_strerror(file) : "size", NULL);
		st = STATUS_INVALID;
	}
	return st;
}

enum status
pack_read(struct pack *p, size_t i, const struct output *to, struct diag *diag)
{
	const struct pack_record *r = &p->scan.records[i];
	zip_file_t *file;
	enum status st;

	if ((r->flags & (FLAG_ENCRYPTED | FLAG_MASKED)) != 0) {
		report(diag, SEVERITY_ERROR, "pack.encrypted", p->entries[i].name, NULL, NULL);
		return STATUS_UNSUPPORTED;
	}
	if (r->method != ZIP_CM_STORE && r->method != ZIP_CM_DEFLATE) {
		report(diag, SEVERITY_ERROR, "pack.method", p->entries[i].name, NULL,
			"stored, deflate");
		return STATUS_UNSUPPORTED;
	}
	file = zip_fopen_index(p->zip, i, 0);
	if (file == NULL) {
		report(diag, SEVERITY_ERROR, "pack.damaged", p->entries[i].name,
			zip_strerror(p->zip), NULL);
		return STATUS_INVALID;
	}
	st = pump(p, i, file, to, diag);
	zip_fclose(file);
	return st;
}

/* Keeps an entry that is itself an archive, in a file of its own; anything else it lets go. */
struct taste {
	int fd; /* -1: not an archive */
	uint64_t seen;
};

static enum status
put_taste(void *arg, const void *bytes, size_t n)
{
	struct taste *t = arg;
	struct output to;

	if (t->seen == 0 && n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0 &&
		(t->fd = output_memfd("inner zip")) < 0)
		return STATUS_IO;
	t->seen += n;
	if (t->fd < 0)
		return STATUS_OK;
	to = output_fd(&t->fd);
	return output_put(&to, bytes, n);
}

static enum status inspect(struct pack *p, struct diag *diag);

/* An archive found inside p: one deeper, sharing p's budget. */
static enum status
inspect_inner(struct pack *p, const char *name, struct span bytes, struct diag *diag)
{
	struct pack *inner = NULL;
	enum status st;

	if (p->depth >= p->limits.nesting) {
		report(diag, SEVERITY_ERROR, "pack.nesting", name, NULL, NULL);
		return STATUS_INVALID;
	}
	st = pack_open(bytes, &p->limits, false, diag, &inner);
	if (st != STATUS_OK)
		return st;
	inner->depth = p->depth + 1;
	inner->given = p->given;
	st = inspect(inner, diag);
	p->given = inner->given;
	pack_close(inner);
	return st;
}

/* Recursion is bounded by limits.nesting. */
static enum status
inspect_entry(struct pack *p, size_t i, struct diag *diag)
{
	struct taste taste = {-1, 0};
	struct output to = {put_taste, &taste};
	struct mapped m;
	enum status st;

	st = pack_read(p, i, &to, diag);
	if (st == STATUS_OK && taste.fd >= 0 && (st = mapped_open(taste.fd, &m)) == STATUS_OK) {
		st = inspect_inner(p, p->entries[i].name, m.span, diag);
		mapped_close(&m);
	}
	if (taste.fd >= 0)
		close(taste.fd);
	return st;
}

static enum status
inspect(struct pack *p, struct diag *diag)
{
	enum status st = STATUS_OK;

	/* Once the budget is spent its finding is there, and nothing more is worth inflating. */
	for (size_t i = 0; i < p->scan.count && p->given <= p->limits.total; i++) {
		enum status one = inspect_entry(p, i, diag);

		if (one != STATUS_OK)
			st = one;
		if (one == STATUS_NO_MEMORY || one == STATUS_IO)
			break;
	}
	return st;
}

enum status
pack_inspect(struct pack *p, struct diag *diag)
{
	return inspect(p, diag);
}
