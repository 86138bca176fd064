/* pdf_file: see pdf_file.h. */
#include "lib/doc/pdf_file.h"

#include <math.h>
#include <string.h>

#include "lib/base/text.h"

static bool
has_header(struct span file)
{
	return file.len >= 8 && memcmp(file.data, "%PDF-", 5) == 0;
}

/*
 * Junk before the header shifts every offset in some readers and in others not: never signed, never
 * read strictly.
 */
enum status
pdf_file_check(struct span file, bool recovery, struct diag *diag)
{
	if (file.len == 0) {
		diag_error(diag, "pdf.empty", "0", NULL, "%PDF-");
		return STATUS_INVALID;
	}
	if (file.len > PDF_FILE_MAX) {
		diag_error(diag, "pdf.too-large", "0", NULL, "10 GB");
		return STATUS_TOO_LARGE;
	}
	if (recovery && file.len > PDF_REPAIR_MAX) {
		diag_error(diag, "pdf.too-large", "0", NULL, "256 MiB");
		return STATUS_TOO_LARGE;
	}
	if (has_header(file) ||
		(recovery &&
			memmem(file.data, file.len < 1024 ? file.len : 1024, "%PDF-", 5) != NULL))
		return STATUS_OK;
	diag_error(diag, "pdf.header", "0", NULL, "%PDF-");
	return STATUS_INVALID;
}

static enum status
refuse(qpdf_data q, struct diag *diag)
{
	qpdf_error e = qpdf_get_error(q);
	enum qpdf_error_code_e code = qpdf_get_error_code(q, e);

	if (code == qpdf_e_password) {
		diag_error(diag, "pdf.encrypted", "/Encrypt", NULL, NULL);
		return STATUS_INVALID;
	}
	diag_error(diag, "pdf.damaged", "qpdf", qpdf_get_error_message_detail(q, e), NULL);
	return STATUS_INVALID;
}

enum status
pdf_file_open(struct span file, bool recovery, qpdf_data *out, struct diag *diag)
{
	qpdf_data q = qpdf_init();
	enum status st;

	if (q == NULL)
		return STATUS_NO_MEMORY;
	qpdf_silence_errors(q);
	qpdf_set_suppress_warnings(q, QPDF_TRUE);
	qpdf_set_attempt_recovery(q, recovery ? QPDF_TRUE : QPDF_FALSE);
	if ((qpdf_read_memory(q, "pdf", (const char *)file.data, file.len, NULL) & QPDF_ERRORS) ||
		qpdf_has_error(q)) {
		st = refuse(q, diag);
		qpdf_cleanup(&q);
		return st;
	}
	*out = q;
	return STATUS_OK;
}

void
pdf_file_close(qpdf_data *q)
{
	if (*q == NULL)
		return;
	if (qpdf_has_error(*q)) /* else qpdf tells stderr that nobody asked */
		qpdf_get_error(*q);
	qpdf_cleanup(q);
	*q = NULL;
}

qpdf_oh
pdf_get(qpdf_data q, qpdf_oh of, const char *key)
{
	if (qpdf_oh_is_stream(q, of)) {
		qpdf_oh dict = qpdf_oh_get_dict(q, of), v = qpdf_oh_get_key(q, dict, key);

		qpdf_oh_release(q, dict);
		return v;
	}
	return qpdf_oh_get_key_if_dict(q, of, key);
}

bool
pdf_name_is(qpdf_data q, qpdf_oh oh, const char *name)
{
	return qpdf_oh_is_name_and_equals(q, oh, name);
}

bool
pdf_key_name_is(qpdf_data q, qpdf_oh of, const char *key, const char *name)
{
	qpdf_oh v = pdf_get(q, of, key);
	bool is = pdf_name_is(q, v, name);

	qpdf_oh_release(q, v);
	return is;
}

bool
pdf_key_is(qpdf_data q, qpdf_oh of, const char *key)
{
	qpdf_oh v = pdf_get(q, of, key);
	bool is = !qpdf_oh_is_null(q, v);

	qpdf_oh_release(q, v);
	return is;
}

double
pdf_key_number(qpdf_data q, qpdf_oh of, const char *key, double otherwise)
{
	qpdf_oh v = pdf_get(q, of, key);
	double d = otherwise;

	qpdf_oh_get_value_as_number(q, v, &d);
	qpdf_oh_release(q, v);
	return isfinite(d) ? d : otherwise;
}

int
pdf_key_object(qpdf_data q, qpdf_oh of, const char *key)
{
	qpdf_oh v = pdf_get(q, of, key);
	int number = qpdf_oh_is_indirect(q, v) ? qpdf_oh_get_object_id(q, v) : 0;

	qpdf_oh_release(q, v);
	return number;
}

/* Bytes that are not UTF-8 become U+FFFD. */
static const char *
copy_text(const char *s, struct arena *a)
{
	size_t n = strlen(s);
	char *to;

	if (text_is_utf8(s, n))
		return arena_strdup(a, s);
	to = arena_alloc(a, 3 * n + 1);
	if (to != NULL)
		text_excerpt(to, 3 * n + 1, s, n);
	return to;
}

const char *
pdf_text_of(qpdf_data q, qpdf_oh oh, struct arena *a)
{
	const char *s;

	if (qpdf_oh_is_name(q, oh))
		s = qpdf_oh_get_name(q, oh) + 1;
	else if (qpdf_oh_is_string(q, oh))
		s = qpdf_oh_get_utf8_value(q, oh);
	else
		return NULL;
	return copy_text(s, a);
}

const char *
pdf_key_text(qpdf_data q, qpdf_oh of, const char *key, struct arena *a)
{
	qpdf_oh v = pdf_get(q, of, key);
	const char *s = pdf_text_of(q, v, a);

	qpdf_oh_release(q, v);
	return s;
}

bool
pdf_box_of(qpdf_data q, qpdf_oh oh, struct pdf_box *out)
{
	double v[4];

	if (!qpdf_oh_is_array(q, oh) || qpdf_oh_get_array_n_items(q, oh) != 4)
		return false;
	for (int i = 0; i < 4; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(q, oh, i);
		QPDF_BOOL number = qpdf_oh_get_value_as_number(q, item, &v[i]);

		qpdf_oh_release(q, item);
		if (!number || !isfinite(v[i]) || fabs(v[i]) > 1e7)
			return false;
	}
	*out = (struct pdf_box){
		fmin(v[0], v[2]), fmin(v[1], v[3]), fmax(v[0], v[2]), fmax(v[1], v[3])};
	return true;
}

void
pdf_unparse(qpdf_data q, qpdf_oh oh, struct buf *to)
{
	if (qpdf_oh_is_stream(q, oh)) {
		qpdf_oh dict = qpdf_oh_get_dict(q, oh);

		buf_put_str(to, qpdf_oh_unparse_resolved(q, dict));
		qpdf_oh_release(q, dict);
		return;
	}
	buf_put_str(to, qpdf_oh_unparse_resolved(q, oh));
}
