/* asic_manifest: see asic_manifest.h. */
#include "lib/doc/asic_manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/doc/base64_stream.h"
#include "lib/doc/pack_name.h"
#include "lib/doc/xml.h"
#include "lib/doc/xml_algorithm.h"

/* Of the standard, and of its predecessor TS 102 918 in two editions. */
static const char *const namespaces[] = {
	"http://uri.etsi.org/02918/v1.2.1#", "http://uri.etsi.org/2918/v1.2.1#", "http://uri.etsi.org/2918/v1.1.1#"};

static const struct xml_limits limits = {
	.depth = 12, .elements = 4 * ASIC_REFERENCES_MAX, .attributes = 16, .tag = 8192, .text = 65536};

struct reading {
	const char *name; /* of the manifest */
	struct arena *arena;
	struct diag *diag;
	struct asic_manifest_text out;
	size_t room;
	unsigned depth;
	bool root, failed, open; /* open: inside a DataObjectReference */
	bool digest;             /* DigestValue seen in it */
};

static void
complain(struct reading *r, struct xml *x, const char *code, const char *got, const char *want)
{
	char where[600];

	snprintf(where, sizeof(where), "%.200s:%.390s", r->name, xml_where(x));
	diag_add(r->diag, SEVERITY_ERROR, code, where, got, want, "EN 319 162-1 A.4");
	r->failed = true;
}

char *
asic_uri_name(const char *uri, struct arena *arena)
{
	size_t len = strlen(uri), n = 0;
	char *name = arena_alloc(arena, len + 1);

	if (name == NULL)
		return NULL;
	while (strncmp(uri, "./", 2) == 0)
		uri += 2;
	for (; *uri != '\0'; uri++) {
		unsigned char byte;
		char two[3] = "";

		if (*uri == '#' || *uri == '?')
			return NULL;
		if (*uri != '%') {
			name[n++] = *uri;
			continue;
		}
		memcpy(two, uri + 1, strnlen(uri + 1, 2));
		if (!hex_decode(two, &byte, 1) || byte == 0)
			return NULL;
		name[n++] = (char)byte;
		uri += 2;
	}
	name[n] = '\0';
	return pack_name_is_safe(name) ? name : NULL;
}

void
asic_put_uri(struct buf *to, const char *name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	for (; *name != '\0'; name++)
		if (strchr(plain, *name) != NULL)
			buf_put_byte(to, (unsigned char)*name);
		else
			buf_printf(to, "%%%02X", (unsigned char)*name);
}

static bool
is_ours(const char *ns)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		if (strcmp(namespaces[i], ns) == 0)
			return true;
	return false;
}

static char *
read_uri(struct reading *r, struct xml *x)
{
	char *uri = xml_attribute(x, "", "URI"), *name = NULL;

	if (uri != NULL)
		name = asic_uri_name(uri, r->arena);
	if (name == NULL)
		complain(r, x, "asic.manifest.uri", uri, "META-INF/signature001.p7s");
	free(uri);
	return name;
}

static struct asic_reference *
new_reference(struct reading *r, struct xml *x)
{
	struct asic_reference *more;

	if (r->out.count == ASIC_REFERENCES_MAX) {
		complain(r, x, "asic.manifest.limit", NULL, NULL);
		xml_stop(x, STATUS_INVALID);
		return NULL;
	}
	if (r->out.count == r->room) {
		more = arena_alloc(r->arena, (r->room * 2 + 16) * sizeof(*more));
		if (more == NULL) {
			xml_stop(x, STATUS_NO_MEMORY);
			return NULL;
		}
		if (r->out.count > 0)
			memcpy(more, r->out.references, r->out.count * sizeof(*more));
		r->out.references = more;
		r->room = r->room * 2 + 16;
	}
	memset(&r->out.references[r->out.count], 0, sizeof(*more));
	return &r->out.references[r->out.count++];
}

static void
begin_reference(struct reading *r, struct xml *x)
{
	struct asic_reference *reference = new_reference(r, x);
	char *root;

	if (reference == NULL)
		return;
	reference->uri = read_uri(r, x);
	root = xml_attribute(x, "", "Rootfile");
	reference->root = root != NULL && (strcmp(root, "true") == 0 || strcmp(root, "1") == 0);
	free(root);
	r->open = true;
	r->digest = false;
}

static void
begin_algorithm(struct reading *r, struct xml *x)
{
	struct asic_reference *reference = &r->out.references[r->out.count - 1];
	char *uri = xml_attribute(x, "", "Algorithm");

	if (reference->digest_name != NULL)
		complain(r, x, "asic.manifest.form", uri, NULL);
	reference->digest_name = uri != NULL ? xml_digest_name(uri) : NULL;
	if (uri == NULL)
		complain(r, x, "asic.manifest.form", NULL, "Algorithm");
	free(uri);
}

/* An extension that must be understood (A.4): none is. */
static void
begin_extension(struct reading *r, struct xml *x)
{
	char *critical = xml_attribute(x, "", "Critical");

	if (critical != NULL && (strcmp(critical, "true") == 0 || strcmp(critical, "1") == 0))
		complain(r, x, "asic.manifest.extension", NULL, NULL);
	free(critical);
}

static enum xml_take
on_begin(void *arg, struct xml *x, const char *ns, const char *local)
{
	struct reading *r = arg;

	r->depth++;
	if (r->depth == 1) {
		r->root = is_ours(ns) && strcmp(local, "ASiCManifest") == 0;
		if (!r->root) {
			complain(r, x, "asic.manifest.form", local, "ASiCManifest");
			xml_stop(x, STATUS_INVALID);
		}
	} else if (r->depth == 2 && is_ours(ns) && strcmp(local, "SigReference") == 0) {
		if (r->out.signature != NULL)
			complain(r, x, "asic.manifest.form", NULL, "1 SigReference");
		r->out.signature = read_uri(r, x);
	} else if (r->depth == 2 && is_ours(ns) && strcmp(local, "DataObjectReference") == 0) {
		begin_reference(r, x);
	} else if (r->depth == 3 && r->open && strcmp(ns, XML_DSIG) == 0 && strcmp(local, "DigestMethod") == 0) {
		begin_algorithm(r, x);
	} else if (strcmp(local, "Extension") == 0) {
		begin_extension(r, x);
	}
	return r->depth == 3 && r->open && strcmp(ns, XML_DSIG) == 0 && strcmp(local, "DigestValue") == 0 ?
		XML_TAKE_TEXT : XML_TAKE_NOTHING;
}

static void
read_digest(struct reading *r, struct xml *x, const char *text, size_t len)
{
	struct asic_reference *reference = &r->out.references[r->out.count - 1];
	struct base64_decoder d;
	struct buf bytes;

	buf_init(&bytes, ASIC_DIGEST_MAX);
	base64_decode_begin(&d, output_buf(&bytes));
	if (r->digest || base64_decode_put(&d, text, len) != STATUS_OK || base64_decode_end(&d) != STATUS_OK ||
		d.fault != BASE64_GOOD || bytes.len == 0) {
		complain(r, x, "asic.manifest.digest", text, NULL);
	} else {
		memcpy(reference->digest, bytes.data, bytes.len);
		reference->digest_len = bytes.len;
	}
	r->digest = true;
	buf_free(&bytes);
}

static void
on_end(void *arg, struct xml *x, const char *text, size_t len)
{
	struct reading *r = arg;

	if (r->depth == 3 && r->open && len > 0)
		read_digest(r, x, text, len);
	if (r->depth == 2 && r->open) {
		if (!r->digest)
			complain(r, x, "asic.manifest.digest", NULL, NULL);
		r->open = false;
	}
	r->depth--;
}

static void
on_piece(void *arg, struct xml *x, const char *s, size_t n)
{
	(void)arg;
	(void)x;
	(void)s;
	(void)n;
}

static const struct xml_handler handler = {on_begin, on_piece, on_end};

static int
compare_uris(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* No object twice: two digests of one name leave open which one counts. */
static enum status
check_repeats(struct reading *r)
{
	const char **names = calloc(r->out.count + 1, sizeof(*names));
	char where[300];

	if (names == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < r->out.count; i++)
		names[i] = r->out.references[i].uri;
	qsort(names, r->out.count, sizeof(*names), compare_uris);
	for (size_t i = 1; i < r->out.count; i++)
		if (strcmp(names[i - 1], names[i]) == 0) {
			snprintf(where, sizeof(where), "%.290s", r->name);
			diag_add(r->diag, SEVERITY_ERROR, "asic.manifest.repeated", where, names[i], NULL, "EN 319 162-1 A.4");
			r->failed = true;
		}
	free(names);
	return STATUS_OK;
}

enum status
asic_manifest_read(struct span xml, const char *name, struct arena *arena, struct asic_manifest_text *out,
	struct diag *diag)
{
	struct reading r = {.name = name, .arena = arena, .diag = diag};
	enum status st = xml_read(xml, &limits, NULL, &handler, &r, diag);

	if (st == STATUS_OK && r.out.signature == NULL && !r.failed) {
		diag_add(diag, SEVERITY_ERROR, "asic.manifest.form", name, NULL, "SigReference", "EN 319 162-1 A.4");
		r.failed = true;
	}
	if (st == STATUS_OK && !r.failed)
		st = check_repeats(&r);
	if (st == STATUS_OK && r.failed)
		st = STATUS_INVALID;
	if (st == STATUS_OK)
		*out = r.out;
	return st;
}
