/*
 * report_form: the form in which a verification report is handed out: JSON, TS 119 102-2 XML, a page for people, plain text: by ?format=, else by Accept. Every other form is made by a
 * worker from the JSON, so that all of them say the same.
 */
#ifndef CONGVAN_API_REPORT_FORM_H
#define CONGVAN_API_REPORT_FORM_H

#include <jansson.h>

#include "daemon/api/api.h"

struct report_form;

/* NULL: ?format= is none of them; the call is answered. */
const struct report_form *report_form_of(struct http_call *call);

/* 200 with the report, which is taken. name: of the file judged, or NULL; lives until the answer (in the call's arena, say). */
void report_form_answer(struct http_call *call, const struct report_form *form, json_t *report, const char *name);

#endif
