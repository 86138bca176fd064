/* problem: errors as application/problem+json (RFC 9457), in the words of the catalogue. */
#include <string.h>

#include "daemon/http/server_private.h"
#include "lib/base/log.h"

/* Codes whose HTTP status says more than their enum status does. */
static const struct {
	const char *code;
	int http;
} own_status[] = {
	{"http.body.slow", 408},
	{"http.head.slow", 408},
	{"http.method.not-allowed", 405},
	{"http.method.unknown", 501},
	{"http.range", 416},
};

static int
http_status_of(enum status st, const char *code)
{
	for (size_t i = 0; i < sizeof(own_status) / sizeof(own_status[0]); i++)
		if (strcmp(own_status[i].code, code) == 0)
			return own_status[i].http;
	return status_http(st == STATUS_OK ? STATUS_INTERNAL : st);
}

static void
put(json_t *object, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new(object, name, json_string(value));
}

static json_t *
finding_json(const struct finding *f, enum language language)
{
	json_t *o = json_object();

	put(o, "severity", severity_name(f->severity));
	put(o, "code", f->code);
	put(o, "text", message_text(f->code, language));
	put(o, "where", f->where);
	put(o, "got", f->got);
	put(o, "want", f->want);
	put(o, "clause", f->clause);
	return o;
}

/* The first error, in a sentence: what is wrong and where. */
static void
put_detail(json_t *problem, const struct diag *diag, enum language language)
{
	for (size_t i = 0; diag != NULL && i < diag_count(diag); i++) {
		const struct finding *f = diag_at(diag, i);

		if (f->severity != SEVERITY_ERROR)
			continue;
		json_object_set_new(problem, "detail",
			f->where != NULL && *f->where != '\0'
				? json_sprintf("%s (%s)", message_text(f->code, language), f->where)
				: json_string(message_text(f->code, language)));
		return;
	}
}

static void
answer(struct http_call *call, int http, const char *code, const struct diag *diag)
{
	json_t *problem = json_object(), *findings = json_array();

	json_object_set_new(problem, "type", json_sprintf("urn:congvan:%s", code));
	put(problem, "title", message_text(code, call->language));
	json_object_set_new(problem, "status", json_integer(http));
	put(problem, "code", code);
	put_detail(problem, diag, call->language);
	json_object_set_new(problem, "instance",
		json_sprintf("urn:congvan:call:%llu", (unsigned long long)call->id));
	for (size_t i = 0; diag != NULL && i < diag_count(diag); i++)
		json_array_append_new(findings, finding_json(diag_at(diag, i), call->language));
	json_object_set_new(problem, "findings", findings);
	if (http == 401) /* RFC 9110 section 11.6.1 */
		http_answer_header(call, "WWW-Authenticate", "Bearer");
	http_answer_json_as(call, http, "application/problem+json", problem);
}

void
http_answer_problem(
	struct http_call *call, enum status st, const char *code, const struct diag *diag)
{
	char of_status[64];

	if (code == NULL) {
		snprintf(of_status, sizeof(of_status), "status.%s",
			status_code(st == STATUS_OK ? STATUS_INTERNAL : st));
		code = of_status;
	}
	answer(call, http_status_of(st, code), code, diag);
}

void
http_answer_refusal(struct http_call *call, enum http_refusal refusal)
{
	struct diag *diag = diag_new();
	const char *code = http_refusal_code(refusal), *clause = http_refusal_clause(refusal);

	call->close_after = true;
	call->server->counters.refused_by_parser++;
	diag_add(diag, SEVERITY_ERROR, code, NULL, NULL, NULL, *clause != '\0' ? clause : NULL);
	answer(call, http_refusal_http(refusal), code, diag);
	diag_free(diag);
}
