/* edxml_attachment: see edxml_attachment.h. */
#include "lib/doc/edxml_attachment.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CLAUSE "QCVN 102:2016 Attachment"

static enum status
put_file(void *arg, const void *p, size_t n)
{
	struct edxml_intake *in = arg;
	struct output to = output_fd(&in->fd);

	in->written += n;
	in->total += n;
	if (in->written > in->limits->attachment || in->total > in->limits->total)
		return STATUS_TOO_LARGE;
	return output_put(&to, p, n);
}

enum status
edxml_intake_begin(struct edxml_intake *in)
{
	enum status st = in->sink->open(in->sink->arg, &in->fd);

	if (st != STATUS_OK) {
		in->fd = -1;
		return st;
	}
	in->written = 0;
	base64_decode_begin(&in->decoder, (struct output){put_file, in});
	return STATUS_OK;
}

enum status
edxml_intake_put(struct edxml_intake *in, const char *s, size_t n)
{
	return base64_decode_put(&in->decoder, s, n);
}

void
edxml_intake_abort(struct edxml_intake *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
}

static void
damaged(struct edxml_attachment *a, const char *code, const char *where, const char *got,
	struct diag *diag)
{
	a->state = EDXML_ATTACHMENT_DAMAGED;
	diag_add(diag, SEVERITY_ERROR, code, where, got, NULL, CLAUSE);
}

/* "<8-4-4-4-12 hex>" with or without a suffix: how the SDK names the one entry of its archives. */
static bool
has_uuid_stem(const char *name)
{
	size_t i;

	for (i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? name[i] != '-' : !isxdigit((unsigned char)name[i]))
			return false;
	}
	return (name[36] == '\0' || name[36] == '.') && strchr(name, '/') == NULL;
}

static bool
ends_in_zip(const char *name)
{
	size_t n = name != NULL ? strlen(name) : 0;

	return n >= 4 && strcasecmp(name + n - 4, ".zip") == 0;
}

static bool
is_sdk_form(const struct pack *p, const char *name)
{
	const struct pack_entry *e;

	if (pack_count(p) != 1)
		return false;
	e = pack_at(p, 0);
	return !e->directory && has_uuid_stem(e->name) &&
		(!ends_in_zip(name) || ends_in_zip(e->name));
}

/* Replaces the archive in the intake by its one entry. */
static enum status
unwrap(struct edxml_intake *in, struct pack *p, struct edxml_attachment *a, const char *where,
	struct diag *diag)
{
	struct diag *own = diag_new();
	struct output to;
	int fd = -1;
	enum status st;

	st = own != NULL ? in->sink->open(in->sink->arg, &fd) : STATUS_NO_MEMORY;
	if (st != STATUS_OK) {
		diag_free(own);
		return st;
	}
	to = output_fd(&fd);
	st = pack_read(p, 0, &to, own);
	if (st == STATUS_OK) {
		close(in->fd);
		in->fd = fd;
		a->unwrapped = true;
		diag_free(own);
		return STATUS_OK;
	}
	close(fd);
	diag_join(diag, own);
	diag_free(own);
	if (st != STATUS_INVALID && st != STATUS_UNSUPPORTED)
		return st;
	damaged(a, "edxml.attachment.damaged", where, "zip", diag);
	return STATUS_OK;
}

/* An archive: unreadable, in the SDK's form, or one to be kept as it is. */
static enum status
open_archive(struct edxml_intake *in, struct span bytes, struct edxml_attachment *a,
	const char *where, struct diag *diag)
{
	struct diag *own = diag_new();
	struct pack *p = NULL;
	enum status st =
		own != NULL ? pack_open(bytes, &in->limits->pack, true, own, &p) : STATUS_NO_MEMORY;

	if (st == STATUS_OK && is_sdk_form(p, a->name)) {
		st = unwrap(in, p, a, where, diag);
	} else if (st == STATUS_OK) {
		diag_join(diag, own); /* warnings for whoever unpacks it */
	} else if (st == STATUS_INVALID) {
		damaged(a, "edxml.attachment.damaged", where,
			diag_count(own) > 0 ? diag_at(own, 0)->code : "zip", diag);
		st = STATUS_OK;
	}
	pack_close(p);
	diag_free(own);
	return st;
}

static void
report_kind(struct edxml_attachment *a, const char *where, struct diag *diag)
{
	const char *word = sniff_word(a->sniff.kind);

	if (a->sniff.damaged && a->state == EDXML_ATTACHMENT_GOOD)
		damaged(a, "edxml.attachment.damaged", where, word, diag);
	if (a->sniff.executable)
		diag_add(diag, SEVERITY_ERROR, "sniff.executable", where, a->name, NULL, NULL);
	if (a->sniff.macros)
		diag_warn(diag, "sniff.macros", where, a->name, NULL);
	if (!a->sniff.agrees)
		diag_warn(diag, "sniff.disagrees", where, word, a->name);
}

/* What the file in a->fd is: size, digest, kind. */
static enum status
describe(struct edxml_attachment *a, const char *where, struct diag *diag)
{
	struct mapped m;
	enum status st = mapped_open(a->fd, &m);

	if (st != STATUS_OK)
		return st;
	a->size = m.len;
	a->digest = digest_of(m.span.data != NULL ? (const void *)m.span.data : "", m.len);
	a->sniff = sniff_bytes(m.span, a->name, NULL);
	mapped_close(&m);
	if (a->size == 0 && a->state == EDXML_ATTACHMENT_GOOD)
		damaged(a, "edxml.attachment.empty", where, NULL, diag);
	report_kind(a, where, diag);
	return STATUS_OK;
}

static void
report_base64(const struct edxml_intake *in, struct edxml_attachment *a, const char *where,
	struct diag *diag)
{
	static const char *const faults[] = {
		[BASE64_GOOD] = "",
		[BASE64_CHARACTER] = "character",
		[BASE64_PADDING] = "padding",
		[BASE64_STRAY_BITS] = "stray bits",
	};
	char got[64];

	snprintf(got, sizeof(got), "%s, digit %" PRIu64, faults[in->decoder.fault],
		in->decoder.digits);
	damaged(a, "edxml.attachment.base64", where, got, diag);
}

enum status
edxml_intake_finish(
	struct edxml_intake *in, struct edxml_attachment *a, const char *where, struct diag *diag)
{
	struct mapped m = {.at = NULL};
	enum status st = STATUS_OK;

	(void)base64_decode_end(&in->decoder);
	if (in->decoder.fault != BASE64_GOOD)
		report_base64(in, a, where, diag);
	else if (in->written >= 4)
		st = mapped_open(in->fd, &m);
	if (st == STATUS_OK && m.len >= 4 && memcmp(m.span.data, "PK\3\4", 4) == 0)
		st = open_archive(in, m.span, a, where, diag);
	mapped_close(&m);
	if (st != STATUS_OK)
		return st;
	a->fd = in->fd;
	in->fd = -1;
	return describe(a, where, diag);
}
