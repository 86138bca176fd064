/*
 * pdf_signatures: the signature dictionaries of a scan (ISO 32000-1 12.8.1) and the check of their
 * byte ranges. A range is sound only when it starts at 0, leaves out exactly the hexadecimal string
 * of this dictionary's own /Contents and ends where a revision ends: then nothing can be wrapped,
 * moved or hidden in the hole (pdf-insecurity.org, USF and SWA).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_scan_parts.h"

#define LOCKED_MAX 1000

/*
 * The length that DER (or the BER header) at the front says, at most the whole; the padding of the
 * hole is left out.
 */
static size_t
der_length(const unsigned char *p, size_t n)
{
	size_t len, octets;

	if (n < 2 || p[0] != 0x30)
		return n;
	if (p[1] < 0x80)
		return (size_t)p[1] + 2 <= n ? (size_t)p[1] + 2 : n;
	octets = p[1] & 0x7f;
	if (octets == 0 || octets > 4 || octets + 2 > n)
		return n;
	len = 0;
	for (size_t i = 0; i < octets; i++)
		len = len << 8 | p[2 + i];
	return len <= n - 2 - octets ? len + 2 + octets : n;
}

static void
take_contents(struct pdf_scan *s, qpdf_oh value, struct pdf_signature *sig)
{
	qpdf_oh v = pdf_get(s->q, value, "/Contents");
	size_t n = 0;
	const char *p =
		qpdf_oh_is_string(s->q, v) ? qpdf_oh_get_binary_string_value(s->q, v, &n) : NULL;
	unsigned char *copy = p != NULL && n > 0 ? arena_alloc(s->arena, n) : NULL;

	if (copy != NULL) {
		memcpy(copy, p, n);
		sig->contents = (struct span){copy, der_length(copy, n)};
		for (size_t i = sig->contents.len; i < n; i++)
			sig->padding_used |= copy[i] != 0;
	}
	qpdf_oh_release(s->q, v);
}

static bool
take_range(struct pdf_scan *s, qpdf_oh value, struct pdf_signature *sig)
{
	qpdf_oh v = pdf_get(s->q, value, "/ByteRange");
	bool ok = qpdf_oh_is_array(s->q, v) && qpdf_oh_get_array_n_items(s->q, v) == 4;

	for (int i = 0; ok && i < 4; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(s->q, v, i);
		long long n = -1;

		ok = qpdf_oh_get_value_as_longlong(s->q, item, &n) && n >= 0;
		sig->range[i] = (uint64_t)n;
		qpdf_oh_release(s->q, item);
	}
	qpdf_oh_release(s->q, v);
	return ok;
}

static void
take_locked(struct pdf_scan *s, qpdf_oh parms, struct pdf_signature *sig)
{
	qpdf_oh names = pdf_get(s->q, parms, "/Fields");
	int n = qpdf_oh_is_array(s->q, names) ? qpdf_oh_get_array_n_items(s->q, names) : 0;
	const char **list;

	sig->lock = pdf_key_name_is(s->q, parms, "/Action", "/Include") ? PDF_LOCK_INCLUDE
		: pdf_key_name_is(s->q, parms, "/Action", "/Exclude")   ? PDF_LOCK_EXCLUDE
									: PDF_LOCK_ALL;
	if (n > LOCKED_MAX ||
		(n > 0 && (list = arena_alloc(s->arena, (size_t)n * sizeof(*list))) == NULL)) {
		sig->lock = PDF_LOCK_ALL; /* the strictest reading of what we do not read */
		n = 0;
	}
	for (int i = 0; i < n; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(s->q, names, i);
		const char *name = pdf_text_of(s->q, item, s->arena);

		list[sig->locked_count] = name;
		sig->locked_count += name != NULL;
		qpdf_oh_release(s->q, item);
	}
	if (n > 0)
		sig->locked = list;
	qpdf_oh_release(s->q, names);
}

/* Signature references: DocMDP and FieldMDP (12.8.2). */
static void
take_references(struct pdf_scan *s, qpdf_oh value, struct pdf_signature *sig)
{
	qpdf_oh refs = pdf_get(s->q, value, "/Reference");
	int n = qpdf_oh_is_array(s->q, refs) ? qpdf_oh_get_array_n_items(s->q, refs) : 0;

	for (int i = 0; i < n && i < 16; i++) {
		qpdf_oh ref = qpdf_oh_get_array_item(s->q, refs, i);
		qpdf_oh parms = pdf_get(s->q, ref, "/TransformParams");
		double p = pdf_key_number(s->q, parms, "/P", 2);

		if (pdf_key_name_is(s->q, ref, "/TransformMethod", "/DocMDP"))
			sig->docmdp = p == 1 ? 1 : p == 3 ? 3 : 2;
		else if (pdf_key_name_is(s->q, ref, "/TransformMethod", "/FieldMDP"))
			take_locked(s, parms, sig);
		qpdf_oh_release(s->q, parms);
		qpdf_oh_release(s->q, ref);
	}
	qpdf_oh_release(s->q, refs);
}

int
pdf_signature_holder(const struct pdf_scan *s, const struct pdf_signature *sig)
{
	return sig->value_object ? sig->value_object : s->fields[sig->field_index].object;
}

static uint64_t
offset_of(const struct pdf_scan *s, int object)
{
	const struct pdf_entry *e =
		s->xref != NULL && object > 0 ? pdf_xref_find(s->xref, 0, (uint32_t)object) : NULL;

	return e != NULL && e->kind == PDF_ENTRY_PLAIN && e->at < s->file.len ? e->at : UINT64_MAX;
}

/* Sets the reader before the dictionary. */
static bool
find_dictionary(const struct pdf_scan *s, const struct pdf_signature *sig, struct pdf_lex *l)
{
	int object = pdf_signature_holder(s, sig);
	uint64_t number, generation;
	bool ok;

	if (sig->at == UINT64_MAX)
		return false;
	pdf_lex_init(l, s->file, (size_t)sig->at);
	if (!pdf_lex_integer(l, PDF_NUMBER_MAX, &number) || number != (uint64_t)object ||
		!pdf_lex_integer(l, 65535, &generation) || !pdf_lex_word(l, "obj"))
		return false;
	if (sig->value_object == 0) {
		struct pdf_lex v;

		if (!pdf_lex_dict_find(l, "V", &v, &ok))
			return false;
		*l = v;
	}
	return true;
}

/* True when the hole is exactly the hexadecimal string of /Contents, digits only. */
static bool
hole_is_contents(const struct pdf_scan *s, const struct pdf_signature *sig)
{
	uint64_t from = sig->range[1], to = sig->range[2];
	struct pdf_lex l, v;

	if (!find_dictionary(s, sig, &l) || sig->at > from ||
		!pdf_lex_dict_find(&l, "Contents", &v, NULL) || pdf_lex_next(&v) != PDF_TOKEN_HEX ||
		v.start != from || v.end != to)
		return false;
	return pdf_lex_is_dense(s->file.data + from + 1, (size_t)(to - from - 2));
}

/* The end of its object when that is one dictionary, ends as it should and has no references; else 0. */
static uint64_t
closed_end(const struct pdf_scan *s, const struct pdf_signature *sig)
{
	struct pdf_lex l, end;
	size_t value_end;

	if (sig->value_object == 0 || !find_dictionary(s, sig, &l))
		return 0;
	end = l;
	if (!pdf_lex_skip(&end))
		return 0;
	value_end = end.at;
	if (!pdf_lex_word(&end, "endobj"))
		return 0;
	while (l.at < value_end)
		if (pdf_lex_next(&l) == PDF_TOKEN_WORD && !pdf_lex_is(&l, "true") && !pdf_lex_is(&l, "false") && !pdf_lex_is(&l, "null"))
			return 0;
	return end.end;
}

const struct pdf_signature *
pdf_signature_known(const struct pdf_scan *s, int value_object)
{
	const struct pdf_scan *later = s->later;

	if (later == NULL || s->xref == NULL || value_object == 0)
		return NULL;
	for (size_t i = 0; i < later->info.signature_count; i++) {
		const struct pdf_signature *sig = &later->signatures[i];

		if (sig->value_object == value_object && sig->closed != 0 &&
			sig->closed <= s->file.len)
			return offset_of(s, value_object) == sig->at ? sig : NULL;
	}
	return NULL;
}

/* The end of the signed bytes, whose hole is right. */
static void
check_end(const struct pdf_scan *s, struct pdf_signature *sig)
{
	uint64_t end = sig->range[2] + sig->range[3];

	if (end > s->file.len)
		sig->fault = "pdf.range.beyond";
	else if (pdf_xref_revision(s->xref, end) == NULL)
		sig->fault = "pdf.range.end";
	sig->revision_end = sig->fault == NULL ? end : 0;
	sig->whole_file = sig->fault == NULL &&
		end >= s->xref->revisions[s->xref->revision_count - 1].end;
}

void
pdf_signature_check_range(const struct pdf_scan *s, struct pdf_signature *sig)
{
	const uint64_t *r = sig->range;
	uint64_t size = s->file.len;

	if (r[1] > size || r[2] > size || r[3] > size - r[2])
		sig->fault = "pdf.range.beyond";
	else if (r[0] != 0)
		sig->fault = "pdf.range.start";
	else if (r[1] >= r[2] || r[1] == 0 || r[3] == 0)
		sig->fault = "pdf.range.order";
	else if (s->xref == NULL)
		sig->fault = "pdf.range.damaged";
	else if (!hole_is_contents(s, sig))
		sig->fault = "pdf.range.hole";
	else
		check_end(s, sig);
}

/* The same dictionary under another field, or the same field once more: nothing of it is another, and two hundred names of a long one are not read two hundred times. */
static const struct pdf_signature *
taken_before(const struct pdf_scan *s, size_t field, qpdf_oh value)
{
	int value_object = qpdf_oh_is_indirect(s->q, value) ? qpdf_oh_get_object_id(s->q, value) : 0;

	for (size_t i = 0; i < s->info.signature_count; i++) {
		const struct pdf_signature *sig = &s->signatures[i];

		if (sig->value_object == value_object && (value_object != 0 || s->fields[sig->field_index].object == s->fields[field].object))
			return sig;
	}
	return NULL;
}

static void
take_signature(struct pdf_scan *s, size_t field, qpdf_oh value, struct pdf_signature *sig)
{
	const struct pdf_signature *before = taken_before(s, field, value);
	qpdf_data q = s->q;
	struct arena *a = s->arena;
	const char *m;
	char when[40];

	if (before != NULL) {
		*sig = *before;
		sig->field = s->fields[field].name;
		sig->field_index = field;
		return;
	}
	*sig = (struct pdf_signature){.field = s->fields[field].name, .field_index = field};
	sig->value_object = qpdf_oh_is_indirect(q, value) ? qpdf_oh_get_object_id(q, value) : 0;
	sig->at = offset_of(s, pdf_signature_holder(s, sig));
	sig->filter = pdf_key_text(q, value, "/Filter", a);
	sig->sub_filter = pdf_key_text(q, value, "/SubFilter", a);
	sig->name = pdf_key_text(q, value, "/Name", a);
	sig->reason = pdf_key_text(q, value, "/Reason", a);
	sig->location = pdf_key_text(q, value, "/Location", a);
	if ((m = pdf_key_text(q, value, "/M", a)) != NULL && pdf_date_rfc3339(m, when))
		sig->time = arena_strdup(a, when);
	sig->timestamp = sig->sub_filter != NULL && strcmp(sig->sub_filter, "ETSI.RFC3161") == 0;
	take_contents(s, value, sig);
	take_references(s, value, sig);
	if (!take_range(s, value, sig))
		sig->fault = "pdf.range.missing";
	else if (sig->contents.len == 0)
		sig->fault = "pdf.range.empty";
	else
		pdf_signature_check_range(s, sig);
	sig->closed = sig->fault == NULL ? closed_end(s, sig) : 0;
}

/* What the later scan has read of the same bytes; only where the file ends is another thing now. */
static void
take_known(struct pdf_scan *s, size_t field, const struct pdf_signature *known,
	struct pdf_signature *sig)
{
	*sig = *known;
	sig->field = s->fields[field].name;
	sig->field_index = field;
	check_end(s, sig);
}

bool
pdf_signature_locks(const struct pdf_signature *s, const char *field)
{
	bool named = false;

	for (size_t i = 0; i < s->locked_count && !named; i++) {
		size_t n = strlen(s->locked[i]);

		named = strncmp(field, s->locked[i], n) == 0 &&
			(field[n] == '\0' || field[n] == '.');
	}
	switch (s->lock) {
	case PDF_LOCK_ALL:
		return true;
	case PDF_LOCK_INCLUDE:
		return named;
	case PDF_LOCK_EXCLUDE:
		return !named;
	default:
		return false;
	}
}

/* The strictest certification in force: the one the catalog names, or any that a signature claims.
 */
static int
certified(struct pdf_scan *s)
{
	int level = 0;

	for (size_t i = 0; i < s->info.signature_count; i++) {
		int p = s->signatures[i].docmdp;

		if (p != 0 && (level == 0 || p < level))
			level = p;
	}
	return level;
}

enum status
pdf_scan_signatures(struct pdf_scan *s, struct diag *diag)
{
	for (size_t i = 0; i < s->info.field_count; i++) {
		const struct pdf_signature *known = NULL;
		qpdf_oh node, value;

		if (s->fields[i].kind != PDF_FIELD_SIGNATURE || s->fields[i].object == 0)
			continue;
		node = qpdf_get_object_by_id(s->q, s->fields[i].object, s->fields[i].generation);
		value = pdf_get(s->q, node, "/V");
		if (qpdf_oh_is_indirect(s->q, value))
			known = pdf_signature_known(s, qpdf_oh_get_object_id(s->q, value));
		if (known != NULL || qpdf_oh_is_dictionary(s->q, value)) {
			if (s->info.signature_count == PDF_SIGNATURES_MAX) {
				diag_error(
					diag, "pdf.signatures.too-many", "/AcroForm", NULL, "200");
				return STATUS_TOO_LARGE;
			}
			if (s->signatures == NULL &&
				(s->signatures = calloc(
					 PDF_SIGNATURES_MAX, sizeof(*s->signatures))) == NULL)
				return STATUS_NO_MEMORY;
			s->info.signatures = s->signatures;
			if (known != NULL)
				take_known(s, i, known, &s->signatures[s->info.signature_count]);
			else
				take_signature(s, i, value, &s->signatures[s->info.signature_count]);
			s->info.signature_count++;
		}
		qpdf_oh_release(s->q, value);
		qpdf_oh_release(s->q, node);
	}
	s->info.certified = certified(s);
	return STATUS_OK;
}
