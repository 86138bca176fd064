/*
 * pdf_flags: what in a scanned PDF can act or carry something along: scripts, launches,
 * attachments. Looked for where viewers take it from (catalog, name trees, pages, annotations),
 * within limits; told as warnings, nothing is refused for it.
 */
#include <string.h>

#include "lib/doc/pdf_scan_parts.h"

#define PAGES_LOOKED_AT 2000u
#define ANNOTS_LOOKED_AT 20000u
#define ACTIONS_CHAINED 16

static const struct {
	const char *name;
	unsigned flag;
} actions[] =
	{
		{"/JavaScript", PDF_FLAG(JAVASCRIPT)},
		{"/Launch", PDF_FLAG(LAUNCH)},
		{"/GoToE", PDF_FLAG(EMBEDDED)},
		{"/Rendition", PDF_FLAG(RICH_MEDIA)},
		{"/RichMediaExecute", PDF_FLAG(RICH_MEDIA)},
		{"/SubmitForm", PDF_FLAG(SUBMIT)},
		{"/ImportData", PDF_FLAG(SUBMIT)},
},
  annotations[] = {
	  {"/FileAttachment", PDF_FLAG(EMBEDDED)},
	  {"/RichMedia", PDF_FLAG(RICH_MEDIA)},
	  {"/Screen", PDF_FLAG(RICH_MEDIA)},
	  {"/Movie", PDF_FLAG(RICH_MEDIA)},
	  {"/3D", PDF_FLAG(RICH_MEDIA)},
};

/* An action and those chained to it by /Next (12.6.2), the first of an array. */
static unsigned
action_flags(qpdf_data q, qpdf_oh action)
{
	unsigned flags = 0;
	qpdf_oh at = qpdf_oh_new_object(q, action);

	for (int n = 0; n < ACTIONS_CHAINED && qpdf_oh_is_dictionary(q, at); n++) {
		qpdf_oh next = pdf_get(q, at, "/Next");

		for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
			if (pdf_key_name_is(q, at, "/S", actions[i].name))
				flags |= actions[i].flag;
		qpdf_oh_release(q, at);
		if (qpdf_oh_is_array(q, next) && qpdf_oh_get_array_n_items(q, next) > 0) {
			at = qpdf_oh_get_array_item(q, next, 0);
			qpdf_oh_release(q, next);
		} else {
			at = next;
		}
	}
	qpdf_oh_release(q, at);
	return flags;
}

/* /A and every entry of /AA of an object. */
static unsigned
own_actions(qpdf_data q, qpdf_oh of)
{
	static const char *const events[] = {"/E", "/X", "/D", "/U", "/Fo", "/Bl", "/PO", "/PC",
		"/PV", "/PI", "/O", "/C", "/K", "/F", "/V", "/WC", "/WS", "/DS", "/WP", "/DP"};
	qpdf_oh a = pdf_get(q, of, "/A"), aa = pdf_get(q, of, "/AA");
	unsigned flags = action_flags(q, a);

	for (size_t i = 0; qpdf_oh_is_dictionary(q, aa) && i < sizeof(events) / sizeof(events[0]);
		i++) {
		qpdf_oh v = pdf_get(q, aa, events[i]);

		flags |= action_flags(q, v);
		qpdf_oh_release(q, v);
	}
	qpdf_oh_release(q, a);
	qpdf_oh_release(q, aa);
	return flags;
}

static unsigned
annotation_flags(qpdf_data q, qpdf_oh annot)
{
	unsigned flags = own_actions(q, annot);

	for (size_t i = 0; i < sizeof(annotations) / sizeof(annotations[0]); i++)
		if (pdf_key_name_is(q, annot, "/Subtype", annotations[i].name))
			flags |= annotations[i].flag;
	return flags;
}

static unsigned
page_flags(struct pdf_scan *s, size_t *annots_left)
{
	unsigned flags = 0;

	for (size_t p = 0; p < s->info.page_count && p < PAGES_LOOKED_AT; p++) {
		qpdf_oh page, annots;
		int n;

		if (s->pages[p].object == 0)
			continue;
		page = qpdf_get_object_by_id(s->q, s->pages[p].object, s->pages[p].generation);
		annots = pdf_get(s->q, page, "/Annots");
		n = qpdf_oh_is_array(s->q, annots) ? qpdf_oh_get_array_n_items(s->q, annots) : 0;
		flags |= own_actions(s->q, page);
		for (int i = 0; i<n && * annots_left> 0; i++, (*annots_left)--) {
			qpdf_oh a = qpdf_oh_get_array_item(s->q, annots, i);

			flags |= annotation_flags(s->q, a);
			qpdf_oh_release(s->q, a);
		}
		qpdf_oh_release(s->q, annots);
		qpdf_oh_release(s->q, page);
	}
	return flags;
}

static unsigned
catalog_flags(qpdf_data q, qpdf_oh root)
{
	qpdf_oh names = pdf_get(q, root, "/Names"), form = pdf_get(q, root, "/AcroForm");
	qpdf_oh open = pdf_get(q, root, "/OpenAction");
	unsigned flags = own_actions(q, root) | action_flags(q, open);

	if (qpdf_oh_is_dictionary(q, open) && !pdf_key_name_is(q, open, "/S", "/GoTo"))
		flags |= PDF_FLAG(OPEN_ACTION);
	if (pdf_key_is(q, names, "/JavaScript"))
		flags |= PDF_FLAG(JAVASCRIPT);
	if (pdf_key_is(q, names, "/EmbeddedFiles") || pdf_key_is(q, root, "/Collection"))
		flags |= PDF_FLAG(EMBEDDED);
	if (pdf_key_is(q, form, "/XFA"))
		flags |= PDF_FLAG(XFA);
	qpdf_oh_release(q, names);
	qpdf_oh_release(q, form);
	qpdf_oh_release(q, open);
	return flags;
}

void
pdf_scan_flags(struct pdf_scan *s, qpdf_oh root, struct diag *diag)
{
	size_t annots_left = ANNOTS_LOOKED_AT;
	char code[64];

	s->info.flags = catalog_flags(s->q, root) | page_flags(s, &annots_left);
	for (int bit = 0; bit < PDF_FLAG_COUNT; bit++)
		if (s->info.flags & (1u << bit)) {
			strcpy(code, "pdf.flag.");
			strncat(code, pdf_flag_name((enum pdf_flag_bit)bit),
				sizeof(code) - strlen(code) - 1);
			diag_warn(diag, code, NULL, NULL, NULL);
		}
}
