/* pdf_dss: see pdf_dss.h. */
#include "lib/doc/pdf_dss.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/doc/pdf_file.h"
#include "lib/doc/pdf_flate.h"

#define RECORDS_MAX 2000 /* signatures with a VRI dictionary */

/* The key in the store and in the record of one signature (ISO 32000-2 tables 261 and 262). */
static const struct {
	const char *store, *record;
} keys[PDF_DSS_PARTS] = {
	[PDF_DSS_CERTS] = {"/Certs", "/Cert"},
	[PDF_DSS_CRLS] = {"/CRLs", "/CRL"},
	[PDF_DSS_OCSPS] = {"/OCSPs", "/OCSP"},
};

struct reading {
	qpdf_data q;
	struct pdf_dss *dss;
	struct diag *diag;
};

/* The stream's bytes, unpacked within what is left of the store's limit. */
static bool
take_stream(struct reading *r, qpdf_oh stream, struct span *out)
{
	unsigned char *raw = NULL;
	size_t n = 0, left = PDF_DSS_BYTES_MAX - arena_used(r->dss->arena);
	qpdf_oh filter = pdf_get(r->q, stream, "/Filter");
	bool plain = qpdf_oh_is_null(r->q, filter),
	     packed = pdf_name_is(r->q, filter, "/FlateDecode") &&
		     !pdf_key_is(r->q, stream, "/DecodeParms");
	QPDF_BOOL decoded;
	struct buf b;
	unsigned char *copy = NULL;

	buf_init(&b, left);
	if ((plain || packed) && qpdf_oh_get_stream_data(r->q, stream, qpdf_dl_none, &decoded, &raw,
					 &n) == QPDF_SUCCESS) {
		if (plain)
			buf_put(&b, raw, n);
		else if (pdf_flate_unpack((struct span){raw, n}, &b) != STATUS_OK)
			b.len = 0;
	}
	if (buf_status(&b) == STATUS_OK && b.len > 0 &&
		(copy = arena_alloc(r->dss->arena, b.len)) != NULL)
		memcpy(copy, b.data, b.len);
	*out = (struct span){copy, b.len};
	free(raw);
	buf_free(&b);
	qpdf_oh_release(r->q, filter);
	return copy != NULL;
}

static void
take_item(struct reading *r, enum pdf_dss_part part, qpdf_oh item)
{
	int object = qpdf_oh_get_object_id(r->q, item);
	struct pdf_dss *d = r->dss;
	struct span der;

	for (size_t i = 0; i < d->count; i++)
		if (d->items[i].part == part && d->items[i].object == object)
			return;
	if (d->count == PDF_DSS_ITEMS_MAX || !qpdf_oh_is_stream(r->q, item) ||
		!take_stream(r, item, &der)) {
		diag_warn(r->diag, "pdf.dss", keys[part].store, NULL, NULL);
		return;
	}
	d->items[d->count++] = (struct pdf_dss_item){part, object, der};
}

static void
take_array(struct reading *r, qpdf_oh dict, enum pdf_dss_part part, const char *key)
{
	qpdf_oh array = pdf_get(r->q, dict, key);
	int n = qpdf_oh_is_array(r->q, array) ? qpdf_oh_get_array_n_items(r->q, array) : 0;

	for (int i = 0; i < n && i < (int)PDF_DSS_ITEMS_MAX; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(r->q, array, i);

		take_item(r, part, item);
		qpdf_oh_release(r->q, item);
	}
	qpdf_oh_release(r->q, array);
}

static void
take_records(struct reading *r, qpdf_oh store)
{
	qpdf_oh records = pdf_get(r->q, store, "/VRI");
	const char *names[RECORDS_MAX];
	int n = 0;

	if (qpdf_oh_is_dictionary(r->q, records)) {
		qpdf_oh_begin_dict_key_iter(r->q, records);
		while (qpdf_oh_dict_more_keys(r->q) && n < RECORDS_MAX)
			names[n++] = arena_strdup(r->dss->arena, qpdf_oh_dict_next_key(r->q));
	}
	for (int i = 0; i < n && names[i] != NULL; i++) {
		qpdf_oh record = pdf_get(r->q, records, names[i]);

		for (int part = 0; part < PDF_DSS_PARTS; part++)
			take_array(r, record, (enum pdf_dss_part)part, keys[part].record);
		qpdf_oh_release(r->q, record);
	}
	qpdf_oh_release(r->q, records);
}

enum status
pdf_dss_read(const struct pdf_scan *scan, struct pdf_dss *out, struct diag *diag)
{
	struct reading r = {.q = pdf_scan_handle(scan), .dss = out, .diag = diag};
	qpdf_oh root = qpdf_get_root(r.q), store = pdf_get(r.q, root, "/DSS");
	enum status st = STATUS_OK;

	*out = (struct pdf_dss){NULL, 0, NULL};
	if (qpdf_oh_is_dictionary(r.q, store)) {
		out->arena = arena_new(PDF_DSS_BYTES_MAX);
		out->items = calloc(PDF_DSS_ITEMS_MAX, sizeof(out->items[0]));
		st = out->arena != NULL && out->items != NULL ? STATUS_OK : STATUS_NO_MEMORY;
		for (int part = 0; st == STATUS_OK && part < PDF_DSS_PARTS; part++)
			take_array(&r, store, (enum pdf_dss_part)part, keys[part].store);
		if (st == STATUS_OK)
			take_records(&r, store);
	}
	qpdf_oh_release(r.q, store);
	qpdf_oh_release(r.q, root);
	if (st != STATUS_OK)
		pdf_dss_free(out);
	return st;
}

void
pdf_dss_free(struct pdf_dss *d)
{
	arena_free(d->arena);
	free(d->items);
	*d = (struct pdf_dss){NULL, 0, NULL};
}

bool
pdf_dss_has(const struct pdf_dss *d, enum pdf_dss_part part, struct span der)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->items[i].part == part && d->items[i].der.len == der.len &&
			memcmp(d->items[i].der.data, der.data, der.len) == 0)
			return true;
	return false;
}

enum status
pdf_dss_add(struct pdf_update *u, enum pdf_dss_part part, struct span der, struct diag *diag)
{
	int object = pdf_update_new(u);
	enum status st;

	if (object == 0)
		return STATUS_NO_MEMORY;
	pdf_update_put_stream(u, object, "", der);
	st = pdf_update_append(u, "/DSS", keys[part].store, object);
	if (st == STATUS_INVALID)
		diag_error(diag, "pdf.dss", "/DSS", NULL, "<< >>");
	return st;
}
