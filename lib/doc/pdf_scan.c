/*
 * pdf_scan: see pdf_scan.h. Opening and what concerns the whole file; pages, fields, signatures and
 * flags have files of their own.
 */
#include "lib/doc/pdf_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_reach.h"
#include "lib/doc/pdf_scan_parts.h"

#define SCAN_BYTES (UINT64_C(96) << 20)

const char *
pdf_flag_name(enum pdf_flag_bit bit)
{
	static const char *const names[] = {
#define PDF_FLAG_TEXT(name, text) text,
		PDF_FLAG_TABLE(PDF_FLAG_TEXT)
#undef PDF_FLAG_TEXT
	};

	return names[bit];
}

/* n digits as a number, or -1. */
static int
digits(const char **p, int n)
{
	int v = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	return v;
}

bool
pdf_date_rfc3339(const char *date, char to[40])
{
	int part[5] = {1, 1, 0, 0, 0}, year, hours = 0, minutes = 0;
	const char *p = date;
	char sign = 'Z', all[96];

	if (strncmp(p, "D:", 2) == 0)
		p += 2;
	if ((year = digits(&p, 4)) < 0)
		return false;
	for (int i = 0; i < 5 && *p >= '0' && *p <= '9'; i++)
		if ((part[i] = digits(&p, 2)) < 0)
			return false;
	if (*p == '+' || *p == '-') {
		sign = *p++;
		if ((hours = digits(&p, 2)) < 0)
			return false;
		if (*p == '\'')
			p++;
		if (*p != '\0' && (minutes = digits(&p, 2)) < 0)
			return false;
	}
	if (part[0] < 1 || part[0] > 12 || part[1] < 1 || part[1] > 31 || part[2] > 23 ||
		part[3] > 59 || part[4] > 60 || hours > 23 || minutes > 59)
		return false;
	snprintf(all, sizeof(all), "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", year, part[0],
		part[1], part[2], part[3], part[4], sign, hours, minutes);
	if (sign == 'Z')
		all[20] = '\0';
	memcpy(to, all, 26); /* 25 characters and the end */
	return true;
}

static enum status
refuse_endless(struct diag *diag)
{
	diag_error(diag, "pdf.objects.endless", NULL, NULL, NULL);
	return STATUS_INVALID;
}

/* Strictly: qpdf without recovery, and our own reading of the section chain. */
static enum status
open_strict(struct pdf_scan *s, struct diag *diag)
{
	enum status st = pdf_file_check(s->file, false, diag);

	if (st == STATUS_OK)
		st = pdf_xref_read(s->file, &s->xref, diag);
	if (st == STATUS_OK && !pdf_reach_bounded(s->file, s->xref))
		st = refuse_endless(diag);
	if (st == STATUS_OK)
		st = pdf_file_open(s->file, false, &s->q, diag);
	return st;
}

static bool
is_damage(const struct diag *d)
{
	for (size_t i = 0; i < diag_count(d); i++) {
		const char *code = diag_at(d, i)->code;

		if (code != NULL &&
			(strcmp(code, "pdf.empty") == 0 || strcmp(code, "pdf.too-large") == 0 ||
				strcmp(code, "pdf.encrypted") == 0 || strcmp(code, "pdf.objects.endless") == 0))
			return false;
	}
	return true;
}

static enum status
open_file(struct pdf_scan *s, bool recovery, struct diag *diag)
{
	struct diag *first = diag_new();
	enum status st;

	if (first == NULL)
		return STATUS_NO_MEMORY;
	st = open_strict(s, first);
	recovery = recovery && st == STATUS_INVALID && is_damage(first) && pdf_file_check(s->file, true, NULL) == STATUS_OK;
	if (recovery && !pdf_reach_bounded_anywhere(s->file)) {
		st = refuse_endless(first);
		recovery = false;
	}
	if (recovery && pdf_file_open(s->file, true, &s->q, NULL) == STATUS_OK) {
		const struct finding *f = diag_at(first, 0);

		diag_warn(diag, "pdf.repaired", f->where, f->code, NULL);
		s->info.recovered = true;
		pdf_xref_free(s->xref);
		s->xref = NULL;
		st = STATUS_OK;
	} else {
		diag_join(diag, first);
	}
	diag_free(first);
	return st;
}

/* The file's first object says so within its first 1,024 bytes, and its /L is the length: nothing was appended (ISO 32000-1 F.3.3). Not asked of qpdf: it checks more of it and throws past its C interface at numbers out of range. */
static bool
is_linearized(struct span file)
{
	struct pdf_lex l, value;
	uint64_t number, generation, length;

	pdf_lex_init(&l, (struct span){file.data, file.len < 1024 ? file.len : 1024}, 0);
	return pdf_lex_integer(&l, PDF_NUMBER_MAX, &number) && pdf_lex_integer(&l, 65535, &generation) && pdf_lex_word(&l, "obj") &&
		pdf_lex_dict_find(&l, "Linearized", &value, NULL) && pdf_lex_dict_find(&l, "L", &value, NULL) && pdf_lex_integer(&value, file.len, &length) &&
		length == file.len;
}

static enum status
look(struct pdf_scan *s, struct diag *diag)
{
	struct pdf_info *info = &s->info;
	qpdf_oh root = qpdf_get_root(s->q), trailer = qpdf_get_trailer(s->q);
	enum status st;

	info->version = arena_strdup(s->arena, qpdf_get_pdf_version(s->q));
	info->encrypted = qpdf_is_encrypted(s->q) || pdf_key_is(s->q, trailer, "/Encrypt");
	info->linearized = is_linearized(s->file);
	info->xref = s->xref;
	if (s->xref != NULL) {
		info->stream_xref = s->xref->sections[0].stream;
		info->hybrid = s->xref->sections[0].hybrid;
		if (s->xref->no_eof)
			diag_warn(diag, "pdf.no-eof", NULL, NULL, "%%EOF");
	}
	if (!qpdf_oh_is_dictionary(s->q, root)) {
		diag_error(diag, "pdf.catalog", "/Root", NULL, NULL);
		return STATUS_INVALID;
	}
	st = pdf_scan_pages(s, root, diag);
	if (st == STATUS_OK)
		st = pdf_scan_fields(s, root, diag);
	if (st == STATUS_OK)
		st = pdf_scan_signatures(s, diag);
	if (st == STATUS_OK)
		pdf_scan_flags(s, root, diag);
	if (st == STATUS_OK && !info->recovered && qpdf_has_error(s->q)) {
		qpdf_error e = qpdf_get_error(s->q);

		diag_error(
			diag, "pdf.damaged", "qpdf", qpdf_get_error_message_detail(s->q, e), NULL);
		st = STATUS_INVALID;
	}
	return st;
}

static enum status
open_scan(struct span file, bool recovery, const struct pdf_scan *later, struct pdf_scan **out,
	struct diag *diag)
{
	struct pdf_scan *s = calloc(1, sizeof(*s));
	enum status st = STATUS_NO_MEMORY;

	if (s == NULL)
		return st;
	s->file = file;
	s->later = later;
	s->arena = arena_new(SCAN_BYTES);
	if (s->arena != NULL)
		st = open_file(s, recovery, diag);
	if (st == STATUS_OK)
		st = look(s, diag);
	if (st != STATUS_OK) {
		pdf_scan_free(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

enum status
pdf_scan_open(struct span file, bool recovery, struct pdf_scan **out, struct diag *diag)
{
	return open_scan(file, recovery, NULL, out, diag);
}

enum status
pdf_scan_open_earlier(
	const struct pdf_scan *later, uint64_t size, struct pdf_scan **out, struct diag *diag)
{
	return open_scan((struct span){later->file.data, (size_t)size}, false, later, out, diag);
}

void
pdf_scan_free(struct pdf_scan *s)
{
	if (s == NULL)
		return;
	pdf_file_close(&s->q);
	pdf_xref_free(s->xref);
	arena_free(s->arena);
	free(s->pages);
	free(s->fields);
	free(s->signatures);
	free(s);
}

const struct pdf_info *
pdf_scan_info(const struct pdf_scan *s)
{
	return &s->info;
}

struct span
pdf_scan_file(const struct pdf_scan *s)
{
	return s->file;
}

qpdf_data
pdf_scan_handle(const struct pdf_scan *s)
{
	return s->q;
}

const struct pdf_field *
pdf_scan_field(const struct pdf_scan *s, const char *name)
{
	for (size_t i = 0; i < s->info.field_count; i++)
		if (strcmp(s->fields[i].name, name) == 0)
			return &s->fields[i];
	return NULL;
}
