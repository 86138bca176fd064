/*
 * asic: the associated signature containers of EN 319 162-1 (ASiC-S, ASiC-E) as files: which entry is what, what the manifests say, digests of
 * entries of any size. Whether a signature is right is said by lib/seal. Built on pack, whose limits and suspicions hold.
 *
 * Findings about the container: asic.not, asic.mimetype.*, asic.names, asic.data, asic.manifest.*, and pack.* and xml.*. What only breaks a form is
 * a warning; what leaves open what is signed is an error.
 */
#ifndef CONGVAN_DOC_ASIC_H
#define CONGVAN_DOC_ASIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pack.h"

#define ASIC_MIME_S "application/vnd.etsi.asic-s+zip"
#define ASIC_MIME_E "application/vnd.etsi.asic-e+zip"
#define ASIC_FOLDER "META-INF/"
#define ASIC_ARCHIVE_MANIFEST "META-INF/ASiCArchiveManifest.xml" /* the newest one; EN 319 162-1 4.4.5 */

#define ASIC_META_MAX (16u << 20)  /* bytes of an entry of META-INF that is read as a whole */
#define ASIC_DIGEST_MAX 64         /* bytes of a digest */
#define ASIC_REFERENCES_MAX 10000  /* of one manifest */

enum asic_form { ASIC_S, ASIC_E };

enum asic_role {
	ASIC_DATA,             /* what is signed */
	ASIC_MIMETYPE,
	ASIC_MANIFEST,         /* META-INF/…ASiCManifest….xml */
	ASIC_ARCHIVE,          /* META-INF/…ASiCArchiveManifest….xml */
	ASIC_CADES,            /* META-INF/…signature….p7s */
	ASIC_XADES,            /* META-INF/…signatures….xml */
	ASIC_TIMESTAMP,        /* META-INF/…timestamp….tst */
	ASIC_EVIDENCE,         /* META-INF/…evidencerecord….ers or .xml, and its manifest */
	ASIC_OTHER             /* another entry of META-INF, and folders */
};

struct asic_entry {
	const char *name;
	uint64_t size;
	enum asic_role role;
};

/* DataObjectReference. Strings live as long as the container. */
struct asic_reference {
	const char *uri;             /* as written */
	size_t entry;                /* the entry it means, or asic_count(): none */
	const char *digest_name;     /* "SHA256" …; NULL: unknown */
	unsigned char digest[ASIC_DIGEST_MAX];
	size_t digest_len;
	bool root;                   /* Rootfile="true" */
};

struct asic_manifest {
	size_t entry;
	bool archive;
	size_t signature;            /* the entry that SigReference means, or asic_count() */
	struct asic_reference *references;
	size_t count;
};

struct asic;

/* True when the bytes are a ZIP archive whose mimetype entry, or META-INF, makes it an ASiC container. Cheap: nothing is inflated but mimetype. */
bool asic_is(struct span zip);

/*
 * Opens the container; zip must live as long. STATUS_INVALID with findings: not a container, a hostile archive, or manifests that cannot be read
 * (all of them are looked at).
 */
enum status asic_open(struct span zip, struct diag *diag, struct asic **out);
void asic_close(struct asic *a);

enum asic_form asic_form(const struct asic *a);
size_t asic_count(const struct asic *a);
const struct asic_entry *asic_at(const struct asic *a, size_t i);

/* The index of the entry with this very name, or asic_count(). */
size_t asic_find(const struct asic *a, const char *name);

/* The same by a URI of a manifest or XML signature (relative, percent-encoded). */
size_t asic_find_uri(const struct asic *a, const char *uri);

size_t asic_manifest_count(const struct asic *a);
const struct asic_manifest *asic_manifest_at(const struct asic *a, size_t i);

/* The manifest whose SigReference is this entry; NULL: none. There is never more than one. */
const struct asic_manifest *asic_manifest_of(const struct asic *a, size_t signature);

/* The only data object of an ASiC-S container; asic_count() when it has none or several. */
size_t asic_simple_data(const struct asic *a);

/* The first byte of an entry; false when there is none or it cannot be read. */
bool asic_first_byte(struct asic *a, size_t i, unsigned char *out);

/* Appends an entry of META-INF. STATUS_TOO_LARGE past ASIC_META_MAX; else as pack_read. */
enum status asic_read(struct asic *a, size_t i, struct buf *to, struct diag *diag);

/*
 * The digest of entry i by "SHA256" …, inflated in pieces and remembered. `len` is in: the room, out: the size. STATUS_UNSUPPORTED: unknown
 * digest; else as pack_read.
 */
enum status asic_digest(struct asic *a, size_t i, const char *digest_name, unsigned char *to, size_t *len, struct diag *diag);

enum asic_match {
	ASIC_MATCH,
	ASIC_CHANGED,  /* the entry is not what was signed */
	ASIC_MISSING,  /* no such entry */
	ASIC_UNKNOWN   /* by a digest that is not known, or the entry cannot be read */
};

/* Compares one reference with the container. */
enum asic_match asic_check(struct asic *a, const struct asic_reference *r, struct diag *diag);

/* Writing. */

/* The name of a new entry: "META-INF/" stem, three digits, suffix: the first that is free. Static form, to `to`. */
void asic_new_name(const struct asic *a, const char *stem, const char *suffix, char to[64]);

/*
 * Appends an ASiCManifest whose SigReference is `signature` (an entry name, of that MIME type), with a SHA-256 reference to every data object;
 * an archive manifest refers to everything there but mimetype, and to ASIC_ARCHIVE_MANIFEST (when there is one) under `renamed`.
 */
enum status asic_write_manifest(struct asic *a, bool archive, const char *signature, const char *mime, const char *renamed,
	struct buf *out, struct diag *diag);

#endif
