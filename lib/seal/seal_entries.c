/* seal_entries: see seal_entries.h. */
#include "lib/seal/seal_entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/crypto.h>

#include "lib/doc/asic.h"
#include "lib/doc/sniff.h"
#include "lib/pki/cms_read.h"
#include "lib/seal/seal_cms.h"

struct seal_entries {
	struct pack *pack;  /* or, of a CMS: */
	struct cms_signature cms;
	unsigned char *der; /* what was PEM */
	char name[300];
	struct asic *asic;  /* the same archive, for the roles; NULL: its manifests cannot be read */
	size_t *at;         /* entries of the pack that are no folders */
	size_t count;
};

static const char *
role_of(const struct seal_entries *e, const char *name)
{
	static const char *const names[] = {[ASIC_DATA] = "data", [ASIC_MIMETYPE] = "mimetype", [ASIC_MANIFEST] = "manifest", [ASIC_ARCHIVE] = "manifest",
		[ASIC_CADES] = "signature", [ASIC_XADES] = "signature", [ASIC_TIMESTAMP] = "timestamp", [ASIC_EVIDENCE] = "timestamp", [ASIC_OTHER] = "other"};
	size_t i = e->asic != NULL ? asic_find(e->asic, name) : 0;

	if (e->asic != NULL && i < asic_count(e->asic))
		return names[asic_at(e->asic, i)->role];
	return strncmp(name, ASIC_FOLDER, strlen(ASIC_FOLDER)) == 0 ? "other" : strcmp(name, "mimetype") == 0 ? "mimetype" : "data";
}

static enum status
open_archive(struct seal_entries *e, struct span file, struct diag *diag)
{
	struct pack_limits limits = pack_limits_default;
	enum status st;

	limits.entries = SEAL_ENTRIES_MOST;
	st = pack_open(file, &limits, false, diag, &e->pack);
	if (st != STATUS_OK)
		return st;
	(void)asic_open(file, NULL, &e->asic); /* what is wrong with its manifests the verdict says */
	if ((e->at = calloc(pack_count(e->pack) + 1, sizeof(*e->at))) == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < pack_count(e->pack); i++)
		if (!pack_at(e->pack, i)->directory)
			e->at[e->count++] = i;
	return STATUS_OK;
}

/* "thu.pdf.p7m" -> "thu.pdf"; a name that tells nothing gets the suffix of what it is. */
static void
name_content(struct seal_entries *e, const char *file_name)
{
	const char *slash = file_name != NULL ? strrchr(file_name, '/') : NULL, *own = slash != NULL ? slash + 1 : file_name != NULL ? file_name : "";
	size_t n = strlen(own), stem = n > 4 && (strcasecmp(own + n - 4, ".p7m") == 0 || strcasecmp(own + n - 4, ".p7s") == 0) ? n - 4 : n;

	if (stem != n && stem < sizeof(e->name) && memchr(own, '.', stem) != NULL)
		snprintf(e->name, sizeof(e->name), "%.*s", (int)stem, own);
	else
		snprintf(e->name, sizeof(e->name), "%.*s.%s", stem != 0 && stem < 200 ? (int)stem : 7, stem != 0 && stem < 200 ? own : "content",
			sniff_suffix(sniff_bytes(e->cms.content, NULL, NULL).kind));
}

static enum status
open_cms(struct seal_entries *e, struct span file, const char *file_name, struct diag *diag)
{
	struct span cms = file;
	const char *why = "no content inside";
	enum status st;

	e->der = seal_cms_pem(file, &cms);
	st = cms_read(cms, NULL, &e->cms, &why);
	if (st == STATUS_OK && e->cms.content.data == NULL) {
		cms_signature_free(&e->cms);
		e->cms = (struct cms_signature){0};
		st = STATUS_INVALID;
	}
	if (st == STATUS_INVALID)
		diag_error(diag, "seal.entries.kind", NULL, why, "ASiC-E, ASiC-S, CMS");
	if (st != STATUS_OK)
		return st;
	name_content(e, file_name);
	e->count = 1;
	return STATUS_OK;
}

enum status
seal_entries_open(struct span file, const char *file_name, struct diag *diag, struct seal_entries **out)
{
	struct seal_entries *e = calloc(1, sizeof(*e));
	enum status st;

	if (e == NULL)
		return STATUS_NO_MEMORY;
	st = asic_is(file) ? open_archive(e, file, diag) : open_cms(e, file, file_name, diag);
	if (st == STATUS_OK)
		*out = e;
	else
		seal_entries_close(e);
	return st;
}

void
seal_entries_close(struct seal_entries *e)
{
	if (e == NULL)
		return;
	asic_close(e->asic);
	pack_close(e->pack);
	if (e->cms.info != NULL)
		cms_signature_free(&e->cms);
	OPENSSL_free(e->der);
	free(e->at);
	free(e);
}

size_t
seal_entries_count(const struct seal_entries *e)
{
	return e->count;
}

struct seal_entry
seal_entries_at(const struct seal_entries *e, size_t i)
{
	const struct pack_entry *p;

	if (e->pack == NULL)
		return (struct seal_entry){e->name, e->cms.content.len, "data"};
	p = pack_at(e->pack, e->at[i]);
	return (struct seal_entry){p->name, p->size, role_of(e, p->name)};
}

enum status
seal_entries_read(struct seal_entries *e, size_t i, const struct output *to, struct diag *diag)
{
	return e->pack != NULL ? pack_read(e->pack, e->at[i], to, diag) : output_put(to, e->cms.content.data, e->cms.content.len);
}
