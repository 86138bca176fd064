/* content_api: bytes up and down, streamed: memory per transfer is bounded whatever the size. */
#include <stdio.h>
#include <string.h>

#include "daemon/api/content_receive.h"
#include "daemon/api/content_send.h"
#include "daemon/api/file_send.h"
#include "daemon/api/routes.h"
#include "daemon/flow/param.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "lib/base/hex.h"

/* ---- up ---- */

static void
on_received(struct http_call *call, void *arg, const struct content_received *received)
{
	const char *expected = arg; /* ?sha256=, "" when not given */
	char hex[DIGEST_HEX];

	digest_hex(&received->sha256, hex);
	if (expected[0] != '\0' && strcmp(expected, hex) != 0)
		api_refuse(call, STATUS_INVALID, "content.digest", "sha256", hex, expected);
	else
		http_answer_json(call, 201, json_pack("{s:s,s:I}", "sha256", hex, "size", (json_int_t)received->size));
}

static void
contents_create(struct http_call *call)
{
	const char *expected = api_query(call, "sha256");

	if (expected[0] != '\0' && !flow_is_digest(expected))
		api_refuse(call, STATUS_INVALID, "param.digest", "sha256", expected, NULL);
	else
		content_receive(call, CONTENT_NO_LIMIT, on_received, (void *)(uintptr_t)expected);
}

/* ---- down ---- */

struct download {
	struct http_call *call;
	struct content_get *get;
	bool over;
};

static void
on_drained(void *arg)
{
	struct download *d = arg;

	if (!d->over)
		content_get_more(d->get);
}

static bool
on_chunk(void *arg, const unsigned char *data, size_t n)
{
	struct download *d = arg;

	return http_answer_write(d->call, data, n);
}

static void
on_end(void *arg, enum status st)
{
	struct download *d = arg;

	d->over = true;
	if (st == STATUS_OK)
		http_answer_end(d->call);
	else
		http_answer_abort(d->call);
}

/* Nobody reads any more. */
static void
on_gone(void *arg)
{
	struct download *d = arg;

	if (d->over)
		return;
	d->over = true;
	content_get_abort(d->get);
	http_answer_abort(d->call);
}

static void
begin(struct download *d, const struct digest *sha256, const char *mime, uint64_t size)
{
	uint64_t first = 0, last = size > 0 ? size - 1 : 0;
	int range = http_call_range(d->call, size, &first, &last);
	char text[80];

	if (range < 0) {
		snprintf(text, sizeof(text), "bytes */%llu", (unsigned long long)size);
		http_answer_header(d->call, "Content-Range", text);
		http_answer_problem(d->call, STATUS_INVALID, "http.range", NULL);
		return;
	}
	if (range > 0) {
		snprintf(text, sizeof(text), "bytes %llu-%llu/%llu", (unsigned long long)first, (unsigned long long)last,
			(unsigned long long)size);
		http_answer_header(d->call, "Content-Range", text);
	}
	http_answer_begin(d->call, range > 0 ? 206 : 200, mime, size > 0 ? (int64_t)(last - first + 1) : 0, on_drained, d);
	if (size == 0 || strcmp(http_call_method(d->call), "HEAD") == 0) {
		http_answer_end(d->call);
		return;
	}
	d->get = content_get(api_of(d->call)->db, sha256, first, last, on_chunk, on_end, d);
	if (d->get == NULL)
		http_answer_abort(d->call);
	else
		http_call_on_gone(d->call, on_gone, d);
}

void
content_send(struct http_call *call, const char *sha256_hex, const char *mime, const char *name, uint64_t size)
{
	struct download *d = arena_alloc(http_call_arena(call), sizeof(*d));
	struct digest sha256;
	char tag[80];

	snprintf(tag, sizeof(tag), "\"%s\"", sha256_hex);
	if (d == NULL || !hex_decode(sha256_hex, sha256.bytes, DIGEST_BYTES)) {
		http_answer_problem(call, STATUS_INTERNAL, NULL, NULL);
		return;
	}
	d->call = call;
	http_answer_header(call, "ETag", tag);
	http_answer_header(call, "Cache-Control", "private, max-age=31536000, immutable");
	if (http_call_if_none_match(call, tag)) {
		http_answer_empty(call, 304);
		return;
	}
	http_answer_header(call, "Accept-Ranges", "bytes");
	http_answer_header(call, "Content-Security-Policy", "sandbox");
	file_send_name(call, name);
	begin(d, &sha256, mime, size);
}

static void
on_version(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;

	(void)constraint;
	if (st == STATUS_NOT_FOUND)
		api_refuse(call, st, "version.missing", "version", http_call_param(call, "version"), NULL);
	else if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
	else
		content_send(call, store_text(value, "sha256"), store_text(value, "mime"), store_text(value, "name"),
			(uint64_t)store_number(value, "size"));
}

static void
versions_content(struct http_call *call)
{
	const char *id = api_id(call, "id", "document.missing");

	if (id != NULL)
		version_find(api_of(call)->db, api_person(call), id, http_call_param(call, "version"), on_version, call);
}

const struct http_route content_routes[] = {
	{"POST", "/v1/contents", HTTP_BODY_STREAM, HTTP_NEED_SESSION, contents_create},
	{"GET", "/v1/documents/{id}/versions/{version}/content", HTTP_BODY_NONE, HTTP_NEED_SESSION, versions_content},
};
const size_t content_route_count = sizeof(content_routes) / sizeof(content_routes[0]);
