/* report_form: see report_form.h. */
#include "daemon/api/report_form.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "daemon/api/version_view.h"
#include "daemon/sign/memfile.h"
#include "lib/wire/frame.h"

struct report_form {
	const char *name, *type; /* of ?format=; the media type without parameters */
	const char *other;       /* another media type that asks for it, or NULL */
	const char *answer;      /* Content-Type */
};

/* The first of those that are wanted equally is taken: */
static const struct report_form forms[] = {
	{"json", "application/json", NULL, "application/json"},
	{"html", "text/html", "application/xhtml+xml", "text/html; charset=utf-8"},
	{"xml", "application/xml", "text/xml", "application/xml"},
	{"text", "text/plain", NULL, "text/plain; charset=utf-8"},
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

static bool
is_range_of(const char *range, size_t len, const struct report_form *f)
{
	size_t family = strcspn(f->type, "/") + 1;

	if ((len == strlen(f->type) && strncasecmp(range, f->type, len) == 0) ||
		(f->other != NULL && len == strlen(f->other) && strncasecmp(range, f->other, len) == 0))
		return true;
	return (len == 3 && strncmp(range, "*/*", 3) == 0) || (len == family + 1 && range[family] == '*' && strncasecmp(range, f->type, family) == 0);
}

/* RFC 9110 12.4.2; 1 without one. */
static double
quality(const char *parameters, const char *end)
{
	for (const char *p = parameters; p < end; p++)
		if (*p == ';') {
			p += 1 + strspn(p + 1, " \t");
			if (p + 1 < end && (*p == 'q' || *p == 'Q') && p[1] == '=')
				return strtod(p + 2, NULL);
			p--;
		}
	return 1;
}

/* How much the header wants this form: by its most precise range (RFC 9110 12.5.1); 0: not at all. */
static double
wanted(const char *accept, const struct report_form *f)
{
	double best = 0;
	size_t precise = 0;

	while (*accept != '\0') {
		const char *end = accept + strcspn(accept, ",");
		size_t len, rank;

		accept += strspn(accept, " \t");
		len = strcspn(accept, "; \t,");
		rank = memchr(accept, '*', len) == NULL ? 3 : len > 3 ? 2 : 1;
		if (is_range_of(accept, len, f) && rank > precise) {
			best = quality(accept + len, end);
			precise = rank;
		}
		accept = *end == ',' ? end + 1 : end;
	}
	return best;
}

const struct report_form *
report_form_of(struct http_call *call)
{
	const char *name = api_query(call, "format"), *accept = http_call_header(call, "Accept");
	const struct report_form *best = &forms[0];

	if (name[0] != '\0') {
		for (size_t i = 0; i < FORMS; i++)
			if (strcmp(forms[i].name, name) == 0)
				return &forms[i];
		api_refuse(call, STATUS_INVALID, "param.value", "format", name, "json, html, xml, text");
		return NULL;
	}
	for (size_t i = 1; accept != NULL && i < FORMS; i++)
		if (wanted(accept, &forms[i]) > wanted(accept, best))
			best = &forms[i];
	return best;
}

/* --- the answer --- */

struct report_answer {
	struct http_call *call;
	const struct report_form *form;
};

static void
on_made(void *arg, struct job_result *result)
{
	struct report_answer *a = arg;
	struct span made;

	if (result->status != STATUS_OK || result->file_count != 1 || frame_map(result->files[0], &made) != STATUS_OK) {
		version_view_refuse(a->call, result);
		return;
	}
	/* names of strangers stand in it as text; should that ever fail, it can load and run nothing */
	if (strcmp(a->form->name, "html") == 0)
		http_answer_header(a->call, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox");
	http_answer_bytes(a->call, 200, a->form->answer, made.data, made.len);
	frame_unmap(&made);
}

void
report_form_answer(struct http_call *call, const struct report_form *form, json_t *report, const char *name)
{
	struct report_answer *a = arena_alloc(http_call_arena(call), sizeof(*a));
	char *text;
	int fd;

	http_answer_header(call, "Cache-Control", "private, no-store");
	http_answer_header(call, "Vary", "Accept");
	if (form == &forms[0]) {
		http_answer_json(call, 200, report);
		return;
	}
	text = json_dumps(report, JSON_COMPACT);
	json_decref(report);
	fd = a != NULL && text != NULL ? memfile_of((struct span){(const unsigned char *)text, strlen(text)}) : -1;
	free(text);
	if (fd < 0) {
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
		return;
	}
	*a = (struct report_answer){call, form};
	version_view_job(call, JOB_REPORT, json_pack("{s:s,s:s,s:s}", "form", form->name, "name", name != NULL ? name : "", "lang",
		http_call_language(call) == LANGUAGE_EN ? "en" : "vi"), &fd, 1, on_made, a);
}
