/* asic: see asic.h. The XML of manifests: asic_manifest.c. */
#include "lib/doc/asic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"
#include "lib/doc/asic_manifest.h"
#include "lib/doc/xml_algorithm.h"

#define ARENA_MAX (64u << 20)
#define DIGEST_KINDS 4 /* digests remembered of one entry */
#define MIMETYPE_MAX 100

/* A digest that was computed. */
struct known {
	const char *name; /* of the algorithm: static, or NULL */
	unsigned char bytes[ASIC_DIGEST_MAX];
	size_t len;
};

struct asic {
	struct pack *pack;
	struct arena *arena;
	enum asic_form form;
	struct asic_entry *entries;
	struct known (*known)[DIGEST_KINDS];
	size_t count;
	struct asic_manifest *manifests;
	size_t manifest_count;
	size_t simple; /* the only data object */
};

/* --- which entry is what (EN 319 162-1 4.3.3, 4.4.4) --- */

static bool
has(const char *name, const char *part)
{
	return strstr(name, part) != NULL;
}

static bool
ends(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && strcmp(name + n - m, suffix) == 0;
}

static enum asic_role
role_of(const struct pack_entry *e)
{
	const char *name = e->name;

	if (strcmp(name, "mimetype") == 0)
		return ASIC_MIMETYPE;
	if (e->directory)
		return ASIC_OTHER;
	if (strncmp(name, ASIC_FOLDER, strlen(ASIC_FOLDER)) != 0)
		return ASIC_DATA;
	name += strlen(ASIC_FOLDER);
	if (strchr(name, '/') != NULL)
		return ASIC_OTHER;
	if (has(name, "evidencerecord") || has(name, "EvidenceRecord"))
		return ASIC_EVIDENCE;
	if (has(name, "ASiCArchiveManifest") && ends(name, ".xml"))
		return ASIC_ARCHIVE;
	if ((has(name, "ASiCManifest") || strcmp(name, "asicmanifest.xml") == 0) && ends(name, ".xml"))
		return ASIC_MANIFEST;
	if (has(name, "signature") && ends(name, ".p7s"))
		return ASIC_CADES;
	if (has(name, "signatures") && ends(name, ".xml"))
		return ASIC_XADES;
	if (has(name, "timestamp") && ends(name, ".tst"))
		return ASIC_TIMESTAMP;
	return ASIC_OTHER;
}

/* --- opening --- */

static enum status
read_bounded(struct pack *p, size_t i, size_t max, struct buf *to, struct diag *diag)
{
	struct output out;
	struct buf one;
	enum status st;

	if (pack_at(p, i)->size > max)
		return STATUS_TOO_LARGE;
	buf_init(&one, max);
	out = output_buf(&one);
	st = pack_read(p, i, &out, diag);
	if (st == STATUS_OK) {
		buf_put(to, one.data, one.len);
		st = buf_status(to);
	}
	buf_free(&one);
	return st;
}

/* The type that the mimetype entry says, without white space at its end. */
static bool
read_mimetype(struct pack *p, char to[MIMETYPE_MAX + 1], struct diag *diag)
{
	size_t i = pack_find(p, "mimetype");
	struct buf text;
	bool is;

	buf_init(&text, MIMETYPE_MAX);
	is = i < pack_count(p) && read_bounded(p, i, MIMETYPE_MAX, &text, diag) == STATUS_OK;
	while (is && text.len > 0 && strchr("\r\n\t ", text.data[text.len - 1]) != NULL)
		text.len--;
	if (is)
		text_excerpt(to, MIMETYPE_MAX + 1, (const char *)text.data, text.len);
	buf_free(&text);
	return is;
}

static bool
has_signatures(struct pack *p)
{
	for (size_t i = 0; i < pack_count(p); i++) {
		enum asic_role role = role_of(pack_at(p, i));

		if (role == ASIC_CADES || role == ASIC_XADES || role == ASIC_TIMESTAMP || role == ASIC_MANIFEST)
			return true;
	}
	return false;
}

bool
asic_is(struct span zip)
{
	struct pack *p = NULL;
	char type[MIMETYPE_MAX + 1] = "";
	bool is;

	if (zip.len < 4 || memcmp(zip.data, "PK\3\4", 4) != 0 ||
		pack_open(zip, &pack_limits_default, true, NULL, &p) != STATUS_OK)
		return false;
	is = read_mimetype(p, type, NULL) ? strcmp(type, ASIC_MIME_E) == 0 || strcmp(type, ASIC_MIME_S) == 0 : false;
	is = is || has_signatures(p);
	pack_close(p);
	return is;
}

/* ASiC-S without a mimetype is known by the fixed names of its signature, beside no manifest (4.3.3). */
static enum asic_form
guess_form(struct asic *a)
{
	bool manifest = false;

	for (size_t i = 0; i < a->count; i++)
		manifest = manifest || a->entries[i].role == ASIC_MANIFEST;
	return !manifest && (asic_find(a, "META-INF/signature.p7s") < a->count ||
		asic_find(a, "META-INF/timestamp.tst") < a->count) ? ASIC_S : ASIC_E;
}

static enum status
find_form(struct asic *a, struct diag *diag)
{
	char type[MIMETYPE_MAX + 1] = "";
	size_t i = asic_find(a, "mimetype");

	if (i == a->count || !read_mimetype(a->pack, type, diag)) {
		if (!has_signatures(a->pack)) {
			diag_add(diag, SEVERITY_ERROR, "asic.not", "zip", NULL, ASIC_MIME_E, "EN 319 162-1 A.1");
			return STATUS_INVALID;
		}
		diag_add(diag, SEVERITY_WARNING, "asic.mimetype.missing", "zip", NULL, ASIC_MIME_E, "EN 319 162-1 A.1");
		a->form = guess_form(a);
		return STATUS_OK;
	}
	if (!pack_is_plain_first(a->pack, i))
		diag_add(diag, SEVERITY_WARNING, "asic.mimetype.place", "zip:mimetype", NULL, NULL, "EN 319 162-1 A.1");
	if (strcmp(type, ASIC_MIME_E) == 0 || strcmp(type, ASIC_MIME_S) == 0) {
		a->form = strcmp(type, ASIC_MIME_E) == 0 ? ASIC_E : ASIC_S;
		return STATUS_OK;
	}
	/* the type of the only data object may stand there too (4.3.3.1) */
	if (!has_signatures(a->pack)) {
		diag_add(diag, SEVERITY_ERROR, "asic.not", "zip:mimetype", type, ASIC_MIME_E, "EN 319 162-1 A.1");
		return STATUS_INVALID;
	}
	diag_add(diag, SEVERITY_WARNING, "asic.mimetype.other", "zip:mimetype", type, ASIC_MIME_E, "EN 319 162-1 A.1");
	a->form = guess_form(a);
	return STATUS_OK;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names that differ only in case or accents written otherwise are one file to some systems: what is signed and what is seen may differ. */
static enum status
check_names(struct asic *a, struct diag *diag)
{
	char **folded = calloc(a->count + 1, sizeof(*folded));
	size_t n = 0;

	if (folded == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < a->count; i++) {
		char *caseless = NULL;

		if (text_caseless(a->entries[i].name, strlen(a->entries[i].name), &caseless) == STATUS_OK)
			folded[n++] = caseless;
	}
	qsort(folded, n, sizeof(*folded), compare_names);
	for (size_t i = 1; i < n; i++)
		if (strcmp(folded[i - 1], folded[i]) == 0)
			diag_error(diag, "asic.names", "zip", folded[i], NULL);
	for (size_t i = 0; i < n; i++)
		free(folded[i]);
	free(folded);
	return STATUS_OK;
}

static void
check_data(struct asic *a, struct diag *diag)
{
	size_t data = 0;
	char got[32];

	a->simple = a->count;
	for (size_t i = 0; i < a->count; i++)
		if (a->entries[i].role == ASIC_DATA) {
			a->simple = i;
			data++;
		}
	if (data != 1)
		a->simple = a->count;
	if (a->form == ASIC_S && data != 1) {
		snprintf(got, sizeof(got), "%zu", data);
		diag_add(diag, SEVERITY_ERROR, "asic.data", "zip", got, "1", "EN 319 162-1 4.3.3");
	} else if (data == 0)
		diag_add(diag, SEVERITY_ERROR, "asic.data", "zip", "0", ">= 1", "EN 319 162-1 4.4.3");
}

static enum status
read_manifest(struct asic *a, size_t entry, struct diag *diag)
{
	struct asic_manifest *m = &a->manifests[a->manifest_count];
	struct asic_manifest_text text;
	struct buf xml;
	enum status st;

	buf_init(&xml, ASIC_META_MAX);
	st = asic_read(a, entry, &xml, diag);
	if (st == STATUS_OK)
		st = asic_manifest_read((struct span){xml.data, xml.len}, a->entries[entry].name, a->arena, &text, diag);
	buf_free(&xml);
	if (st != STATUS_OK)
		return st;
	*m = (struct asic_manifest){.entry = entry, .archive = a->entries[entry].role == ASIC_ARCHIVE,
		.signature = asic_find(a, text.signature), .references = text.references, .count = text.count};
	if (m->signature == a->count)
		diag_add(diag, SEVERITY_ERROR, "asic.manifest.signature", a->entries[entry].name, text.signature, NULL,
			"EN 319 162-1 A.4");
	else if (asic_manifest_of(a, m->signature) != NULL)
		diag_add(diag, SEVERITY_ERROR, "asic.manifest.ambiguous", a->entries[entry].name, text.signature, NULL,
			"EN 319 162-1 A.4");
	for (size_t i = 0; i < m->count; i++)
		m->references[i].entry = asic_find(a, m->references[i].uri);
	a->manifest_count++;
	return STATUS_OK;
}

static enum status
read_manifests(struct asic *a, struct diag *diag)
{
	enum status st = STATUS_OK, one;

	a->manifests = arena_alloc(a->arena, (a->count + 1) * sizeof(*a->manifests));
	if (a->manifests == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < a->count; i++)
		if (a->entries[i].role == ASIC_MANIFEST || a->entries[i].role == ASIC_ARCHIVE) {
			one = read_manifest(a, i, diag);
			if (one != STATUS_OK)
				st = one;
		}
	return st;
}

static enum status
fill(struct asic *a, struct diag *diag)
{
	enum status st, manifests;

	a->count = pack_count(a->pack);
	a->entries = arena_alloc(a->arena, (a->count + 1) * sizeof(*a->entries));
	a->known = calloc(a->count + 1, sizeof(*a->known));
	if (a->entries == NULL || a->known == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < a->count; i++) {
		const struct pack_entry *e = pack_at(a->pack, i);

		a->entries[i] = (struct asic_entry){e->name, e->size, role_of(e)};
	}
	st = find_form(a, diag);
	if (st != STATUS_OK || (st = check_names(a, diag)) != STATUS_OK)
		return st;
	check_data(a, diag);
	manifests = read_manifests(a, diag);
	return diag_has_error(diag) && manifests == STATUS_OK ? STATUS_INVALID : manifests;
}

enum status
asic_open(struct span zip, struct diag *diag, struct asic **out)
{
	struct asic *a = calloc(1, sizeof(*a));
	struct diag *own = diag_new();
	enum status st = STATUS_NO_MEMORY;

	if (a != NULL && own != NULL && (a->arena = arena_new(ARENA_MAX)) != NULL)
		st = pack_open(zip, &pack_limits_default, false, own, &a->pack);
	if (st == STATUS_OK)
		st = fill(a, own);
	diag_join(diag, own);
	diag_free(own);
	if (st == STATUS_OK)
		*out = a;
	else
		asic_close(a);
	return st;
}

void
asic_close(struct asic *a)
{
	if (a == NULL)
		return;
	pack_close(a->pack);
	arena_free(a->arena);
	free(a->known);
	free(a);
}

/* --- asking --- */

enum asic_form
asic_form(const struct asic *a)
{
	return a->form;
}

size_t
asic_count(const struct asic *a)
{
	return a->count;
}

const struct asic_entry *
asic_at(const struct asic *a, size_t i)
{
	return &a->entries[i];
}

size_t
asic_find(const struct asic *a, const char *name)
{
	return pack_find(a->pack, name);
}

size_t
asic_find_uri(const struct asic *a, const char *uri)
{
	struct arena *arena = arena_new(65536);
	const char *name = arena != NULL && strlen(uri) < 32768 ? asic_uri_name(uri, arena) : NULL;
	size_t i = name != NULL ? asic_find(a, name) : a->count;

	arena_free(arena);
	return i;
}

size_t
asic_manifest_count(const struct asic *a)
{
	return a->manifest_count;
}

const struct asic_manifest *
asic_manifest_at(const struct asic *a, size_t i)
{
	return &a->manifests[i];
}

const struct asic_manifest *
asic_manifest_of(const struct asic *a, size_t signature)
{
	for (size_t i = 0; i < a->manifest_count; i++)
		if (a->manifests[i].signature == signature)
			return &a->manifests[i];
	return NULL;
}

size_t
asic_simple_data(const struct asic *a)
{
	return a->simple;
}

enum status
asic_read(struct asic *a, size_t i, struct buf *to, struct diag *diag)
{
	return read_bounded(a->pack, i, ASIC_META_MAX, to, diag);
}

struct first {
	unsigned char byte;
	bool there;
};

/* Ends the reading at once. */
static enum status
take_first(void *arg, const void *p, size_t n)
{
	struct first *f = arg;

	if (n == 0)
		return STATUS_OK;
	f->byte = *(const unsigned char *)p;
	f->there = true;
	return STATUS_CANCELLED;
}

bool
asic_first_byte(struct asic *a, size_t i, unsigned char *out)
{
	struct first f = {0, false};
	struct output to = {take_first, &f};

	(void)pack_read(a->pack, i, &to, NULL);
	*out = f.byte;
	return f.there;
}

/* --- digests --- */

static enum status
put_digest(void *arg, const void *p, size_t n)
{
	return EVP_DigestUpdate(arg, p, n) == 1 ? STATUS_OK : STATUS_INTERNAL;
}

static enum status
compute(struct asic *a, size_t i, const EVP_MD *md, struct known *to, struct diag *diag)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct output out = {put_digest, ctx};
	unsigned len = 0;
	enum status st = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1 ? STATUS_OK : STATUS_NO_MEMORY;

	if (st == STATUS_OK)
		st = pack_read(a->pack, i, &out, diag);
	if (st == STATUS_OK && EVP_DigestFinal_ex(ctx, to->bytes, &len) != 1)
		st = STATUS_INTERNAL;
	to->len = len;
	EVP_MD_CTX_free(ctx);
	return st;
}

enum status
asic_digest(struct asic *a, size_t i, const char *digest_name, unsigned char *to, size_t *len, struct diag *diag)
{
	const EVP_MD *md = EVP_get_digestbyname(digest_name);
	struct known *k = a->known[i], *end = k + DIGEST_KINDS;
	enum status st;

	if (md == NULL || EVP_MD_get_size(md) <= 0 || (size_t)EVP_MD_get_size(md) > ASIC_DIGEST_MAX ||
		(size_t)EVP_MD_get_size(md) > *len)
		return STATUS_UNSUPPORTED;
	while (k < end && k->name != NULL && strcmp(k->name, EVP_MD_get0_name(md)) != 0)
		k++;
	if (k == end)
		return STATUS_UNSUPPORTED; /* no honest container names one entry by so many digests */
	if (k->name == NULL) {
		st = compute(a, i, md, k, diag);
		if (st != STATUS_OK)
			return st;
		k->name = EVP_MD_get0_name(md);
	}
	memcpy(to, k->bytes, k->len);
	*len = k->len;
	return STATUS_OK;
}

enum asic_match
asic_check(struct asic *a, const struct asic_reference *r, struct diag *diag)
{
	unsigned char own[ASIC_DIGEST_MAX];
	size_t len = sizeof(own);

	if (r->entry >= a->count)
		return ASIC_MISSING;
	if (r->digest_name == NULL || asic_digest(a, r->entry, r->digest_name, own, &len, diag) != STATUS_OK)
		return ASIC_UNKNOWN;
	return len == r->digest_len && memcmp(own, r->digest, len) == 0 ? ASIC_MATCH : ASIC_CHANGED;
}

/* --- writing --- */

void
asic_new_name(const struct asic *a, const char *stem, const char *suffix, char to[64])
{
	for (unsigned n = 1; n < 1000; n++) {
		snprintf(to, 64, ASIC_FOLDER "%s%03u%s", stem, n, suffix);
		if (asic_find(a, to) == a->count)
			return;
	}
}

static enum status
put_reference(struct asic *a, size_t i, const char *name, bool root, struct buf *out, struct diag *diag)
{
	unsigned char digest[ASIC_DIGEST_MAX];
	char text[4 * ASIC_DIGEST_MAX / 3 + 8];
	size_t len = sizeof(digest);
	enum status st = asic_digest(a, i, "SHA256", digest, &len, diag);

	if (st != STATUS_OK)
		return st;
	EVP_EncodeBlock((unsigned char *)text, digest, (int)len);
	buf_put_str(out, "\t<asic:DataObjectReference URI=\"");
	asic_put_uri(out, name);
	buf_printf(out, "\"%s>\n\t\t<ds:DigestMethod Algorithm=\"%s\"/>\n\t\t<ds:DigestValue>%s</ds:DigestValue>\n"
		"\t</asic:DataObjectReference>\n", root ? " Rootfile=\"true\"" : "", xml_digest_uri("SHA256"), text);
	return buf_status(out);
}

enum status
asic_write_manifest(struct asic *a, bool archive, const char *signature, const char *mime, const char *renamed,
	struct buf *out, struct diag *diag)
{
	enum status st = STATUS_OK;

	buf_put_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" "
		"xmlns:ds=\"" XML_DSIG "\">\n\t<asic:SigReference URI=\"");
	asic_put_uri(out, signature);
	buf_printf(out, "\" MimeType=\"%s\"/>\n", mime);
	for (size_t i = 0; i < a->count && st == STATUS_OK; i++) {
		const struct asic_entry *e = &a->entries[i];
		bool newest = strcmp(e->name, ASIC_ARCHIVE_MANIFEST) == 0;

		if (e->role == ASIC_DATA || (archive && e->role != ASIC_MIMETYPE && e->role != ASIC_OTHER))
			st = put_reference(a, i, newest && renamed != NULL ? renamed : e->name, newest, out, diag);
	}
	buf_put_str(out, "</asic:ASiCManifest>\n");
	return st != STATUS_OK ? st : buf_status(out);
}
