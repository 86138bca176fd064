/* status: see status.h. */
#include "lib/base/status.h"

#include <string.h>

struct status_row {
	const char *code, *message;
	int http;
	const char *text;
};

static const struct status_row rows[] = {
#define STATUS_ROW(name, code, http, text) [STATUS_##name] = {code, "status." code, http, text},
	STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
};

static int
known(enum status st)
{
	return (unsigned)st < STATUS_COUNT_;
}

const char *
status_code(enum status st)
{
	return known(st) ? rows[st].code : "unknown";
}

const char *
status_full_code(enum status st)
{
	return known(st) ? rows[st].message : "status.internal";
}

const char *
status_text(enum status st)
{
	return known(st) ? rows[st].text : "unknown status";
}

int
status_http(enum status st)
{
	return known(st) ? rows[st].http : 500;
}

enum status
status_from_code(const char *code)
{
	for (unsigned i = 0; i < STATUS_COUNT_; i++)
		if (strcmp(rows[i].code, code) == 0)
			return (enum status)i;
	return STATUS_INTERNAL;
}
