/*
 * head: see head.h. A head is copied once and cut in place; each framing field has one row in
 * `known`.
 */
#include "daemon/http/head.h"

#include <string.h>
#include <strings.h>

enum { TOKEN = 1, TARGET = 2, HOSTNAME = 4, DIGIT = 8 };

static const unsigned char classes[256] = {
	['0' ... '9'] = TOKEN | TARGET | HOSTNAME | DIGIT,
	['A' ... 'Z'] = TOKEN | TARGET | HOSTNAME,
	['a' ... 'z'] = TOKEN | TARGET | HOSTNAME,
	['-'] = TOKEN | TARGET | HOSTNAME,
	['.'] = TOKEN | TARGET | HOSTNAME,
	['_'] = TOKEN | TARGET | HOSTNAME,
	['~'] = TOKEN | TARGET | HOSTNAME,
	['!'] = TOKEN | TARGET,
	['#'] = TOKEN,
	['$'] = TOKEN | TARGET,
	['%'] = TOKEN | TARGET,
	['&'] = TOKEN | TARGET,
	['\''] = TOKEN | TARGET,
	['*'] = TOKEN | TARGET,
	['+'] = TOKEN | TARGET,
	['^'] = TOKEN,
	['`'] = TOKEN,
	['|'] = TOKEN,
	['('] = TARGET,
	[')'] = TARGET,
	[','] = TARGET,
	[';'] = TARGET,
	['='] = TARGET,
	[':'] = TARGET,
	['@'] = TARGET,
	['/'] = TARGET,
	['?'] = TARGET,
};

static bool
all_of(const char *s, size_t n, unsigned char class)
{
	for (size_t i = 0; i < n; i++)
		if ((classes[(unsigned char)s[i]] & class) == 0)
			return false;
	return n > 0;
}

bool
http_is_token_byte(unsigned char c)
{
	return (classes[c] & TOKEN) != 0;
}

/* method SP request-target SP HTTP-version, single spaces, nothing else (RFC 9112 section 3). */
enum http_refusal
http_request_line_read(const unsigned char *line, size_t n, struct http_request_line *out)
{
	const char *s = (const char *)line, *first, *second;
	struct http_request_line l;

	first = memchr(s, ' ', n);
	if (first == NULL)
		return HTTP_REFUSE_REQUEST_LINE;
	l.method_len = (size_t)(first - s);
	if (l.method_len > HTTP_METHOD_MAX || !all_of(s, l.method_len, TOKEN))
		return HTTP_REFUSE_METHOD;
	l.target = l.method_len + 1;
	second = memchr(s + l.target, ' ', n - l.target);
	if (second == NULL) /* HTTP/0.9 has no version */
		return HTTP_REFUSE_VERSION;
	l.target_len = (size_t)(second - s) - l.target;
	if (!all_of(s + l.target, l.target_len, TARGET))
		return HTTP_REFUSE_TARGET;
	second++;
	if (s + n - second != 8 || memcmp(second, "HTTP/1.", 7) != 0 ||
		(second[7] != '0' && second[7] != '1'))
		return HTTP_REFUSE_VERSION;
	l.minor = second[7] - '0';
	*out = l;
	return HTTP_REFUSE_NONE;
}

/* One field line without its CRLF: name ":" OWS value OWS. */
static enum http_refusal
split_field(const char *s, size_t n, size_t *name_len, size_t *value, size_t *value_len)
{
	const char *colon = memchr(s, ':', n);
	size_t begin, end, len;

	if (colon == NULL || colon == s)
		return HTTP_REFUSE_FIELD_NAME;
	len = (size_t)(colon - s);
	if (s[len - 1] == ' ' || s[len - 1] == '\t')
		return HTTP_REFUSE_FIELD_SPACE;
	if (!all_of(s, len, TOKEN))
		return HTTP_REFUSE_FIELD_NAME;
	begin = len + 1;
	end = n;
	while (begin < end && (s[begin] == ' ' || s[begin] == '\t'))
		begin++;
	while (end > begin && (s[end - 1] == ' ' || s[end - 1] == '\t'))
		end--;
	*name_len = len;
	*value = begin;
	*value_len = end - begin;
	return HTTP_REFUSE_NONE;
}

/*
 * A decimal number of up to 18 digits: no sign, no list, no overflow (RFC 9112 section 6.3, rule
 * 5).
 */
static bool
read_length(const char *s, uint64_t *out)
{
	size_t n = strlen(s);
	uint64_t v = 0;

	if (n > 18 || !all_of(s, n, DIGIT))
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (uint64_t)(s[i] - '0');
	*out = v;
	return true;
}

/*
 * uri-host [":" port]: a name or address without escapes, or an IPv6 literal (RFC 9110
 * section 7.2).
 */
static bool
host_is_valid(const char *s)
{
	const char *end, *port;

	if (*s == '[') {
		end = strchr(s, ']');
		if (end == NULL || end == s + 1)
			return false;
		for (const char *p = s + 1; p < end; p++)
			if (strchr("0123456789abcdefABCDEF:.", *p) == NULL)
				return false;
		port = end + 1;
	} else {
		port = s + strcspn(s, ":");
		if (!all_of(s, (size_t)(port - s), HOSTNAME))
			return false;
	}
	if (*port == '\0')
		return true;
	if (*port != ':' || strlen(port) > 6)
		return false;
	return port[1] == '\0' || all_of(port + 1, strlen(port + 1), DIGIT);
}

/* Which of the two tokens that matter the list holds; an element that is no token is refused. */
static enum http_refusal
read_connection(struct http_head *head, const char *s)
{
	size_t n;

	for (;; s += n) {
		s += strspn(s, " \t,");
		if (*s == '\0')
			return HTTP_REFUSE_NONE;
		n = strcspn(s, " \t,");
		if (!all_of(s, n, TOKEN))
			return HTTP_REFUSE_FIELD_NAME;
		if (n == 5 && strncasecmp(s, "close", n) == 0)
			head->keep_alive = false;
	}
}

static enum http_refusal
take_length(struct http_head *head, const char *value)
{
	if (head->has_length)
		return HTTP_REFUSE_LENGTH_DOUBLE;
	if (strchr(value, ',') != NULL)
		return HTTP_REFUSE_LENGTH_DOUBLE;
	if (!read_length(value, &head->length))
		return HTTP_REFUSE_LENGTH;
	head->has_length = true;
	return HTTP_REFUSE_NONE;
}

static enum http_refusal
take_coding(struct http_head *head, const char *value)
{
	if (head->chunked || head->minor == 0 || strcasecmp(value, "chunked") != 0)
		return HTTP_REFUSE_CODING;
	head->chunked = true;
	return HTTP_REFUSE_NONE;
}

static enum http_refusal
take_host(struct http_head *head, const char *value)
{
	if (head->host != NULL)
		return HTTP_REFUSE_HOST_DOUBLE;
	if (!host_is_valid(value))
		return HTTP_REFUSE_HOST;
	head->host = value;
	return HTTP_REFUSE_NONE;
}

static enum http_refusal
take_expect(struct http_head *head, const char *value)
{
	if (head->expect_continue || strcasecmp(value, "100-continue") != 0)
		return HTTP_REFUSE_EXPECT;
	head->expect_continue = true;
	return HTTP_REFUSE_NONE;
}

/*
 * Fields that the server itself acts on, and those that may stand once because two of them could be
 * read two ways.
 */
static const struct known {
	const char *name;
	enum http_refusal (*take)(struct http_head *head, const char *value); /* NULL: only once */
} known[] = {
	{"content-length", take_length},
	{"transfer-encoding", take_coding},
	{"host", take_host},
	{"expect", take_expect},
	{"connection", read_connection},
	{"authorization", NULL},
	{"content-encoding", NULL},
	{"content-range", NULL},
	{"content-type", NULL},
	{"cookie", NULL},
	{"idempotency-key", NULL},
	{"range", NULL},
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

static enum http_refusal
take_field(struct http_head *head, const struct http_field *field, unsigned *seen)
{
	for (size_t i = 0; i < KNOWN; i++) {
		if (strcmp(known[i].name, field->name) != 0)
			continue;
		if (known[i].take != NULL)
			return known[i].take(head, field->value);
		if ((*seen & 1u << i) != 0)
			return HTTP_REFUSE_FIELD_DOUBLE;
		*seen |= 1u << i;
		break;
	}
	return HTTP_REFUSE_NONE;
}

/* Cuts the copied field lines in place. */
static enum http_refusal
read_fields(struct http_head *head, char *p, char *end, struct http_field *fields, size_t field_max)
{
	size_t name_len, value, value_len, count = 0;
	enum http_refusal r;
	unsigned seen = 0;
	char *line_end;

	for (; *p != '\r'; p = line_end + 2) {
		line_end = memchr(p, '\r', (size_t)(end - p));
		if (count == field_max)
			return HTTP_REFUSE_FIELD_COUNT;
		r = split_field(p, (size_t)(line_end - p), &name_len, &value, &value_len);
		if (r != HTTP_REFUSE_NONE)
			return r;
		for (size_t i = 0; i < name_len; i++)
			if (p[i] >= 'A' && p[i] <= 'Z')
				p[i] = (char)(p[i] | 0x20);
		p[name_len] = '\0';
		p[value + value_len] = '\0';
		fields[count].name = p;
		fields[count].value = p + value;
		if ((r = take_field(head, &fields[count], &seen)) != HTTP_REFUSE_NONE)
			return r;
		count++;
	}
	head->fields = fields;
	head->field_count = count;
	return HTTP_REFUSE_NONE;
}

/*
 * origin-form, "*" for OPTIONS, or absolute-form whose authority is the Host (RFC 9112
 * section 3.2.2 has the authority win; two that differ are an attempt to be understood in two
 * ways). No authority-form: there is no CONNECT here.
 */
static enum http_refusal
read_target(struct http_head *head, char *target)
{
	char *path = target, *authority = NULL, *query;
	size_t n = 0;

	if (strcmp(target, "*") == 0) {
		head->path = target;
		return strcmp(head->method, "OPTIONS") == 0 ? HTTP_REFUSE_NONE : HTTP_REFUSE_TARGET;
	}
	if (strncasecmp(target, "http://", 7) == 0)
		authority = target + 7;
	else if (strncasecmp(target, "https://", 8) == 0)
		authority = target + 8;
	if (authority != NULL) {
		n = strcspn(authority, "/?");
		path = authority + n;
		if (head->host == NULL || strlen(head->host) != n ||
			strncasecmp(head->host, authority, n) != 0)
			return HTTP_REFUSE_HOST;
	}
	if (*path != '/')
		return HTTP_REFUSE_TARGET;
	query = strchr(path, '?');
	if (query != NULL)
		*query++ = '\0';
	head->path = path;
	head->query = query;
	return HTTP_REFUSE_NONE;
}

/* What only the whole set of fields can tell. */
static enum http_refusal
check_framing(struct http_head *head)
{
	if (head->chunked && head->has_length)
		return HTTP_REFUSE_LENGTH_CODING;
	if (head->minor == 1 && head->host == NULL)
		return HTTP_REFUSE_HOST_MISSING;
	if (head->minor == 0)
		head->expect_continue = false; /* RFC 9110 section 10.1.1 */
	return HTTP_REFUSE_NONE;
}

enum http_refusal
http_head_read(struct arena *arena, const unsigned char *p, size_t n,
	const struct http_request_line *line, size_t field_max, struct http_head *out)
{
	struct http_head head = {.minor = line->minor, .keep_alive = line->minor == 1};
	char *copy = arena_strndup(arena, (const char *)p, n);
	struct http_field *fields = arena_alloc(arena, (field_max + 1) * sizeof(*fields));
	char *target, *rest;
	enum http_refusal r;

	if (copy == NULL || fields == NULL)
		return HTTP_REFUSE_NO_MEMORY;
	rest = memchr(copy, '\n', n);
	copy[line->method_len] = '\0';
	head.method = copy;
	target = copy + line->target;
	target[line->target_len] = '\0';
	if ((r = read_fields(&head, rest + 1, copy + n, fields, field_max)) != HTTP_REFUSE_NONE ||
		(r = check_framing(&head)) != HTTP_REFUSE_NONE ||
		(r = read_target(&head, target)) != HTTP_REFUSE_NONE)
		return r;
	*out = head;
	return HTTP_REFUSE_NONE;
}

/*
 * Framing, routing, authentication and content fields do not belong there; we refuse rather than
 * ignore those that could mislead.
 */
static bool
is_forbidden_in_trailer(const char *name, size_t n)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (strlen(known[i].name) == n && strncasecmp(known[i].name, name, n) == 0)
			return true;
	return false;
}

enum http_refusal
http_trailer_check(const unsigned char *p, size_t n)
{
	const char *s = (const char *)p, *end = s + n, *line_end;
	size_t name_len, value, value_len;
	enum http_refusal r;

	for (; s < end && *s != '\r'; s = line_end + 2) {
		line_end = memchr(s, '\r', (size_t)(end - s));
		r = split_field(s, (size_t)(line_end - s), &name_len, &value, &value_len);
		if (r != HTTP_REFUSE_NONE)
			return r;
		if (is_forbidden_in_trailer(s, name_len))
			return HTTP_REFUSE_TRAILER;
	}
	return HTTP_REFUSE_NONE;
}

const char *
http_head_field(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (strcasecmp(head->fields[i].name, name) == 0)
			return head->fields[i].value;
	return NULL;
}
