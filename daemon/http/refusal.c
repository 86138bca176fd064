/* refusal: see refusal.h. */
#include "daemon/http/refusal.h"

static const struct {
	int http;
	const char *code, *clause;
} refusals[] = {
#define HTTP_REFUSAL_ROW(name, http, code, clause) {http, code, clause},
	HTTP_REFUSALS(HTTP_REFUSAL_ROW)
#undef HTTP_REFUSAL_ROW
};

int
http_refusal_http(enum http_refusal r)
{
	return refusals[r].http;
}

const char *
http_refusal_code(enum http_refusal r)
{
	return refusals[r].code;
}

const char *
http_refusal_clause(enum http_refusal r)
{
	return refusals[r].clause;
}
