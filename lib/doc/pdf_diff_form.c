/*
 * pdf_diff_form: the form in two revisions: fields filled in, signed, added; resources only added
 * (see pdf_diff.h).
 */
#include <math.h>
#include <string.h>

#include "lib/doc/pdf_diff_parts.h"

static bool
is_signature(qpdf_data q, qpdf_oh field)
{
	return pdf_key_name_is(q, field, "/FT", "/Sig");
}

/* A field of the later revision only. */
static void
added_field(struct comparison *c, qpdf_oh item, void *arg)
{
	const char *name = pdf_key_text(c->b, item, "/T", c->arena);
	qpdf_oh value = pdf_get(c->b, item, "/V");
	int number = qpdf_oh_get_object_id(c->b, item);

	(void)arg;
	if (qpdf_oh_is_stream(c->b, item)) /* the fields may be a page's content too */
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.field-added", name);
	else if (!is_signature(c->b, item) || pdf_key_is(c->b, item, "/Kids"))
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.field-added", name);
	else if (number == 0 || !bit_is(c, c->touched, number))
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.field-added", name);
	else if (is_document_timestamp(c->b, value))
		found(c, PDF_CHANGE_PERMITTED, "pdf.change.timestamp", name);
	else
		found(c, PDF_CHANGE_PERMITTED,
			qpdf_oh_is_null(c->b, value) ? "pdf.change.signature-field"
						     : "pdf.change.signature-added",
			name);
	qpdf_oh_release(c->b, value);
}

void
watch_form(struct comparison *c, qpdf_oh root)
{
	qpdf_oh form = pdf_get(c->a, root, "/AcroForm"), resources = pdf_get(c->a, form, "/DR");

	watch(c, pdf_key_object(c->a, form, "/DR"));
	watch(c, pdf_key_object(c->a, resources, "/Font"));
	qpdf_oh_release(c->a, form);
	qpdf_oh_release(c->a, resources);
}

/* Default resources: a font may be added under a new name, none replaced. */
static void
compare_resources(struct comparison *c, qpdf_oh a, qpdf_oh b)
{
	static const struct key_rule_row parts[] = {{"/Font", KEY_ELSEWHERE},
		{"/Encoding", KEY_ADDED}, {"/ProcSet", KEY_ADDED}, {NULL, KEY_SAME}};
	qpdf_oh ra = pdf_get(c->a, a, "/DR"), rb = pdf_get(c->b, b, "/DR");
	qpdf_oh fa = pdf_get(c->a, ra, "/Font"), fb = pdf_get(c->b, rb, "/Font");
	int n = qpdf_oh_is_dictionary(c->a, fa);

	if (qpdf_oh_is_dictionary(c->a, ra))
		compare_keys(c, ra, rb, parts, "pdf.change.form", "/DR");
	if (n) {
		/* Every old font must still be the same reference. */
		qpdf_oh_begin_dict_key_iter(c->a, fa);
		while (qpdf_oh_dict_more_keys(c->a)) {
			const char *key = arena_strdup(c->arena, qpdf_oh_dict_next_key(c->a));

			if (key == NULL || key_differs(c, fa, fb, key))
				found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.form", "/DR /Font");
		}
	}
	/* a font added for the form may be what a page was waiting for */
	if (is_shared(c, pdf_key_object(c->a, a, "/DR")) || is_shared(c, pdf_key_object(c->a, ra, "/Font")))
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.form", "/DR");
	explain(c, pdf_key_object(c->a, a, "/DR"));
	explain(c, pdf_key_object(c->a, ra, "/Font"));
	qpdf_oh_release(c->a, fa);
	qpdf_oh_release(c->b, fb);
	qpdf_oh_release(c->a, ra);
	qpdf_oh_release(c->b, rb);
}

void
compare_form(struct comparison *c, qpdf_oh a, qpdf_oh b)
{
	static const struct key_rule_row rules[] = {{"/Fields", KEY_ELSEWHERE},
		{"/SigFlags", KEY_FREE}, {"/DA", KEY_ADDED}, {"/DR", KEY_ELSEWHERE},
		{"/NeedAppearances", KEY_DOUBT}, {NULL, KEY_SAME}};
	qpdf_oh fa, fb;

	if (qpdf_oh_is_null(c->a, a) && qpdf_oh_is_null(c->b, b))
		return;
	if (!qpdf_oh_is_dictionary(c->b, b) ||
		(!qpdf_oh_is_null(c->a, a) && !qpdf_oh_is_dictionary(c->a, a))) {
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.form", "/AcroForm");
		return;
	}
	compare_keys(c, a, b, rules, "pdf.change.form", "/AcroForm");
	fa = pdf_get(c->a, a, "/Fields");
	fb = pdf_get(c->b, b, "/Fields");
	if (!array_grew(c, fa, fb, added_field, NULL))
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.form", "/Fields");
	compare_resources(c, a, b);
	if (qpdf_oh_is_indirect(c->a, a))
		explain(c, qpdf_oh_get_object_id(c->a, a));
	explain(c, pdf_key_object(c->a, a, "/Fields"));
	qpdf_oh_release(c->a, fa);
	qpdf_oh_release(c->b, fb);
}

static bool
value_differs(struct comparison *c, qpdf_oh a, qpdf_oh b)
{
	qpdf_oh va = pdf_get(c->a, a, "/V"), vb = pdf_get(c->b, b, "/V");
	bool differs = strcmp(value_text(c, c->a, va, true), value_text(c, c->b, vb, true)) != 0;

	qpdf_oh_release(c->a, va);
	qpdf_oh_release(c->b, vb);
	return differs;
}

/* The new look of a filled field may have fonts, nothing else, and stays in its box. Only buttons have looks by state (12.7.4.2). */
static bool
look_is_plain(struct comparison *c, const struct pdf_field *f, qpdf_oh field)
{
	qpdf_oh ap = pdf_get(c->b, field, "/AP"), n = pdf_get(c->b, ap, "/N"),
		r = pdf_get(c->b, n, "/Resources");
	qpdf_oh rect = pdf_get(c->b, field, "/Rect"), bbox = pdf_get(c->b, n, "/BBox");
	struct pdf_box box, look;
	bool plain = is_harmless(c->b, ap, "/AP");

	if (qpdf_oh_is_stream(c->b, n)) {
		plain = plain && !pdf_key_is(c->b, r, "/XObject") && !pdf_key_is(c->b, r, "/Pattern") &&
			pdf_box_of(c->b, rect, &box) && pdf_box_of(c->b, bbox, &look) &&
			fmax(look.x1 - look.x0, look.y1 - look.y0) <=
				fmax(box.x1 - box.x0, box.y1 - box.y0) + 2;
	} else if (f->kind == PDF_FIELD_TEXT && !qpdf_oh_is_null(c->b, n)) {
		plain = false;
	}
	qpdf_oh_release(c->b, ap);
	qpdf_oh_release(c->b, n);
	qpdf_oh_release(c->b, r);
	qpdf_oh_release(c->b, rect);
	qpdf_oh_release(c->b, bbox);
	return plain;
}

/* What was filled in is a text, a choice or a state, and can be nothing else. */
static bool
filling_is_plain(struct comparison *c, qpdf_oh field, qpdf_oh widget)
{
	qpdf_oh v = pdf_get(c->b, field, "/V"), rich = pdf_get(c->b, field, "/RV"), state = pdf_get(c->b, widget, "/AS");
	bool plain = is_harmless(c->b, v, "/AS") && is_harmless(c->b, rich, "/RV") && is_harmless(c->b, state, "/AS");

	qpdf_oh_release(c->b, v);
	qpdf_oh_release(c->b, rich);
	qpdf_oh_release(c->b, state);
	return plain;
}

/* A look written over in place might be used elsewhere too. */
static bool
look_overwritten(struct comparison *c, qpdf_oh field)
{
	qpdf_oh ap = pdf_get(c->a, field, "/AP");
	int dict = pdf_key_object(c->a, field, "/AP"), look = pdf_key_object(c->a, ap, "/N");
	bool over = bit_is(c, c->touched, dict) || bit_is(c, c->touched, look);

	if (over) {
		explain(c, dict);
		explain(c, look);
	}
	qpdf_oh_release(c->a, ap);
	return over;
}

static bool
is_locked(struct comparison *c, const char *name)
{
	const struct pdf_info *info = pdf_scan_info(c->before);

	for (size_t i = 0; i < info->signature_count; i++)
		if (pdf_signature_locks(&info->signatures[i], name))
			return true;
	return false;
}

static void
judge_filling(struct comparison *c, const struct pdf_field *f, qpdf_oh field, qpdf_oh widget_a, qpdf_oh widget_b)
{
	if (is_locked(c, f->name))
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.locked", f->name);
	else if (f->filled)
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.refilled", f->name);
	else
		found(c, filling_is_plain(c, field, widget_b) ? PDF_CHANGE_PERMITTED : PDF_CHANGE_SUSPICIOUS, "pdf.change.filled", f->name);
	if (look_overwritten(c, widget_a) || !look_is_plain(c, f, widget_b))
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.look", f->name);
}

static void
compare_field(struct comparison *c, const struct pdf_field *f, qpdf_oh a, qpdf_oh b, qpdf_oh wa,
	qpdf_oh wb)
{
	static const struct key_rule_row rules[] = {{"/V", KEY_ELSEWHERE}, {"/AP", KEY_ELSEWHERE},
		{"/AS", KEY_ELSEWHERE}, {"/RV", KEY_ELSEWHERE}, {"/I", KEY_FREE}, {"/M", KEY_FREE},
		{NULL, KEY_SAME}};
	bool look = key_differs(c, wa, wb, "/AP") || key_differs(c, wa, wb, "/AS") ||
		key_differs(c, a, b, "/RV");

	compare_keys(c, a, b, rules, "pdf.change.field", f->name);
	if (f->widget != f->object)
		compare_keys(c, wa, wb, rules, "pdf.change.field", f->name);
	explain(c, f->object);
	explain(c, f->widget);
	if (value_differs(c, a, b))
		judge_filling(c, f, b, wa, wb);
	else if (look)
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.look", f->name);
}

/* A signature field: an empty one may be signed, a signed one never changes. */
static void
compare_signature(struct comparison *c, const struct pdf_field *f, qpdf_oh a, qpdf_oh b, qpdf_oh wa,
	qpdf_oh wb)
{
	static const struct key_rule_row rules[] = {{"/V", KEY_ADDED}, {"/AP", KEY_FREE},
		{"/F", KEY_FREE}, {"/M", KEY_FREE}, {"/MK", KEY_FREE}, {NULL, KEY_SAME}};
	qpdf_oh v;
	bool timestamp;

	if (f->filled)
		return; /* any difference is found by judge_rest */
	compare_keys(c, a, b, rules, "pdf.change.field", f->name);
	if (f->widget != f->object)
		compare_keys(c, wa, wb, rules, "pdf.change.field", f->name);
	explain(c, f->object);
	explain(c, f->widget);
	v = pdf_get(c->b, b, "/V");
	timestamp = is_document_timestamp(c->b, v);
	if (qpdf_oh_is_dictionary(c->b, v))
		found(c, PDF_CHANGE_PERMITTED,
			timestamp ? "pdf.change.timestamp" : "pdf.change.signature-added", f->name);
	else
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.look", f->name);
	qpdf_oh_release(c->b, v);
}

void
compare_fields(struct comparison *c)
{
	const struct pdf_info *info = pdf_scan_info(c->before);

	for (size_t i = 0; i < info->field_count; i++) {
		const struct pdf_field *f = &info->fields[i];
		qpdf_oh a, b, wa, wb;

		if (!bit_is(c, c->touched, f->object) && !bit_is(c, c->touched, f->widget))
			continue;
		a = qpdf_get_object_by_id(c->a, f->object, f->generation);
		b = qpdf_get_object_by_id(c->b, f->object, f->generation);
		wa = f->widget ? qpdf_get_object_by_id(c->a, f->widget, f->widget_generation)
			       : qpdf_oh_new_null(c->a);
		wb = f->widget ? qpdf_get_object_by_id(c->b, f->widget, f->widget_generation)
			       : qpdf_oh_new_null(c->b);
		if (qpdf_oh_is_dictionary(c->b, b)) {
			if (f->kind == PDF_FIELD_SIGNATURE)
				compare_signature(c, f, a, b, wa, wb);
			else
				compare_field(c, f, a, b, wa, wb);
		}
		qpdf_oh_release(c->a, a);
		qpdf_oh_release(c->b, b);
		qpdf_oh_release(c->a, wa);
		qpdf_oh_release(c->b, wb);
	}
}
