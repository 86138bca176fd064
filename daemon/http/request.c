/* request: what a handler may ask about a call (http.h), all of it read before. */
#include <string.h>
#include <strings.h>

#include "daemon/http/server_private.h"

/* The weight of one element of n bytes, in thousandths: ";q=0.8" is 800. */
static unsigned
read_weight(const char *s, size_t n)
{
	const char *q = memmem(s, n, "q=", 2), *end = s + n;
	unsigned weight = 0, unit = 1000;

	if (q == NULL)
		return 1000;
	for (q += 2; q < end && ((*q >= '0' && *q <= '9') || *q == '.'); q++)
		if (*q != '.') {
			weight += (unsigned)(*q - '0') * unit;
			unit /= 10;
		}
	return weight;
}

/*
 * The language with the highest weight of those we have (RFC 9110 section 12.5.4); Vietnamese in
 * doubt.
 */
enum language
http_language_read(const char *s)
{
	enum language best = LANGUAGE_VI;
	unsigned weight, most = 0;
	size_t n;

	for (; s != NULL && *s != '\0'; s += n) {
		s += strspn(s, ", \t");
		n = strcspn(s, ",");
		weight = read_weight(s, n);
		if ((strncasecmp(s, "vi", 2) == 0 || strncasecmp(s, "en", 2) == 0) &&
			weight > most) {
			most = weight;
			best = strncasecmp(s, "en", 2) == 0 ? LANGUAGE_EN : LANGUAGE_VI;
		}
	}
	return best;
}

void *
http_call_app(struct http_call *call)
{
	return call->server->config.app;
}

struct arena *
http_call_arena(struct http_call *call)
{
	return call->arena;
}

const char *
http_call_method(struct http_call *call)
{
	return call->head.method;
}

const char *
http_call_path(struct http_call *call)
{
	return call->path.text;
}

const char *
http_call_param(struct http_call *call, const char *name)
{
	for (size_t i = 0; i < call->match.param_count; i++)
		if (strcmp(call->match.params[i].name, name) == 0)
			return call->match.params[i].value;
	return NULL;
}

const char *
http_call_query(struct http_call *call, const char *name)
{
	return http_query_find(&call->query, name);
}

const char *
http_call_header(struct http_call *call, const char *name)
{
	return http_head_field(&call->head, name);
}

enum language
http_call_language(struct http_call *call)
{
	return call->language;
}

json_t *
http_call_json(struct http_call *call)
{
	return call->json;
}

uint64_t
http_call_id(struct http_call *call)
{
	return call->id;
}

void *
http_call_identity(struct http_call *call)
{
	return call->identity;
}

const struct http_peer *
http_call_peer(struct http_call *call)
{
	return &call->peer;
}
