/* seal_asic_parts: see seal_asic_parts.h. */
#include "lib/seal/seal_asic_parts.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/doc/asic.h"
#include "lib/doc/asic_manifest.h"
#include "lib/doc/pack.h"

#define MANIFEST_ARENA (8u << 20)

enum status
seal_asic_objects(struct span file, seal_asic_object_fn found, void *arg, struct diag *diag)
{
	struct asic *a = NULL;
	enum status st = asic_open(file, diag, &a);

	for (size_t i = 0; st == STATUS_OK && i < asic_count(a); i++) {
		struct digest d;
		size_t len = DIGEST_BYTES;

		if (asic_at(a, i)->role != ASIC_DATA)
			continue;
		st = asic_digest(a, i, "SHA256", d.bytes, &len, diag);
		if (st == STATUS_OK)
			st = found(arg, asic_at(a, i)->name, &d);
	}
	asic_close(a);
	return st;
}

static bool
is_object(struct asic *a, size_t entry, const struct digest *sha256)
{
	struct digest d;
	size_t len = DIGEST_BYTES;

	return entry < asic_count(a) && asic_at(a, entry)->role == ASIC_DATA && asic_digest(a, entry, "SHA256", d.bytes, &len, NULL) == STATUS_OK &&
		memcmp(d.bytes, sha256->bytes, DIGEST_BYTES) == 0;
}

bool
seal_asic_covers(struct span file, const char *field, const struct digest *sha256)
{
	const struct asic_manifest *m;
	struct asic *a = NULL;
	size_t entry;
	bool covers = false;

	if (asic_open(file, NULL, &a) != STATUS_OK)
		return false;
	entry = asic_find(a, field);
	m = entry < asic_count(a) ? asic_manifest_of(a, entry) : NULL;
	if (m == NULL)
		covers = entry < asic_count(a) && asic_form(a) == ASIC_S && is_object(a, asic_simple_data(a), sha256);
	for (size_t i = 0; m != NULL && i < m->count && !covers; i++)
		covers = is_object(a, m->references[i].entry, sha256) && asic_check(a, &m->references[i], NULL) == ASIC_MATCH;
	asic_close(a);
	return covers;
}

enum status
seal_asic_manifest_objects(struct span xml, seal_asic_object_fn found, void *arg, struct diag *diag)
{
	struct arena *arena = arena_new(MANIFEST_ARENA);
	struct asic_manifest_text text;
	enum status st = arena != NULL ? asic_manifest_read(xml, "manifest", arena, &text, diag) : STATUS_NO_MEMORY;

	if (st == STATUS_OK && text.count == 0)
		st = STATUS_INVALID;
	for (size_t i = 0; st == STATUS_OK && i < text.count; i++) {
		const struct asic_reference *r = &text.references[i];
		struct digest d;

		if (r->digest_name == NULL || strcmp(r->digest_name, "SHA256") != 0 || r->digest_len != DIGEST_BYTES) {
			st = STATUS_INVALID;
			break;
		}
		memcpy(d.bytes, r->digest, DIGEST_BYTES);
		st = found(arg, r->uri, &d);
	}
	arena_free(arena);
	return st;
}

static enum status
find_signature(struct span file, const char *field, struct diag *diag, struct asic **a, size_t *entry)
{
	enum status st = asic_open(file, diag, a);

	if (st != STATUS_OK)
		return st;
	*entry = asic_find(*a, field);
	return *entry < asic_count(*a) && asic_at(*a, *entry)->role == ASIC_CADES ? STATUS_OK : STATUS_NOT_FOUND;
}

enum status
seal_asic_signature(struct span file, const char *field, struct buf *cms, struct diag *diag)
{
	struct asic *a = NULL;
	size_t entry = 0;
	enum status st = find_signature(file, field, diag, &a, &entry);

	if (st == STATUS_OK)
		st = asic_read(a, entry, cms, diag);
	asic_close(a);
	return st;
}

enum status
seal_asic_replace(struct span file, const char *field, struct span cms, struct buf *out, struct diag *diag)
{
	const char *drop[] = {field, NULL};
	struct pack_member one = {.name = field, .bytes = cms, .fd = -1};
	struct asic *a = NULL;
	size_t entry = 0;
	enum status st = find_signature(file, field, diag, &a, &entry);

	asic_close(a);
	return st == STATUS_OK ? pack_edit(file, drop, &one, 1, out, diag) : st;
}
