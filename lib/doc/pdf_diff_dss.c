/*
 * pdf_diff_dss: validation data (EN 319 142-1 5.4.2) in two revisions: it may come and grow, as
 * often as the document is renewed. Its dictionary and arrays may only be written over when
 * nothing else names them, else they could be a page's content too (see pdf_diff.h).
 */
#include "lib/doc/pdf_diff_parts.h"
#include "lib/doc/pdf_dss.h"

static const char *const parts[] = {"/VRI", "/Certs", "/OCSPs", "/CRLs", NULL}, *const keys[] = {"/VRI", "/Certs", "/OCSPs", "/CRLs", "/Type", NULL};

#define PARTS 4u

void
watch_dss(struct comparison *c, qpdf_oh root)
{
	qpdf_oh store = pdf_get(c->a, root, "/DSS");

	watch(c, pdf_key_object(c->a, root, "/DSS"));
	for (size_t i = 0; i < PARTS; i++)
		watch(c, pdf_key_object(c->a, store, parts[i]));
	qpdf_oh_release(c->a, store);
}

static void
explain_sole(struct comparison *c, int number)
{
	if (references_to(c, number) == 1)
		explain(c, number);
}

/* Every item of the older store must stand in the newer one, wherever it is kept there. */
static bool
still_there(struct comparison *c)
{
	struct pdf_dss a, b;
	bool all = true;

	if (pdf_dss_read(c->before, &a, NULL) != STATUS_OK)
		return false;
	if (pdf_dss_read(c->after, &b, NULL) != STATUS_OK) {
		pdf_dss_free(&a);
		return false;
	}
	for (size_t i = 0; i < a.count && all; i++)
		all = pdf_dss_has(&b, a.items[i].part, a.items[i].der);
	pdf_dss_free(&a);
	pdf_dss_free(&b);
	return all;
}

void
compare_dss(struct comparison *c, qpdf_oh ra, qpdf_oh rb)
{
	qpdf_oh store = pdf_get(c->a, ra, "/DSS");
	int number = pdf_key_object(c->a, ra, "/DSS");
	bool changed = key_differs(c, ra, rb, "/DSS") || bit_is(c, c->touched, number);

	for (size_t i = 0; i < PARTS; i++)
		changed |= bit_is(c, c->touched, pdf_key_object(c->a, store, parts[i]));
	if (changed) {
		qpdf_oh newer = pdf_get(c->b, rb, "/DSS");

		/* gone is said below; with other keys it could be something that is shown */
		if (!qpdf_oh_is_null(c->b, newer) && (!has_only_keys(c->b, newer, keys) ||
			(pdf_key_is(c->b, newer, "/Type") && !pdf_key_name_is(c->b, newer, "/Type", "/DSS"))))
			found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.dss", "/DSS");
		qpdf_oh_release(c->b, newer);
		found(c, PDF_CHANGE_PERMITTED, "pdf.change.dss", NULL);
		if (!still_there(c))
			found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.dss-removed", NULL);
		explain_sole(c, number);
		for (size_t i = 0; i < PARTS; i++)
			explain_sole(c, pdf_key_object(c->a, store, parts[i]));
	}
	qpdf_oh_release(c->a, store);
}
