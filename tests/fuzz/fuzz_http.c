/*
 * fuzz_http: requests out of hostile bytes. The same bytes are given whole and in pieces whose
 * sizes come from the input: both must tell the same story. Then targets and fields of what was
 * accepted go through the code that reads them.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/http/parser.h"
#include "daemon/http/target.h"
#include "lib/base/digest.h"
#include "lib/base/text.h"
#include "tests/fuzz/fuzz.h"

const char *const fuzz_corpora[] = {"tests/fuzz/corpus/http", NULL};

#define REQUESTS_MAX 64

static void
note(struct digest_stream *story, const char *s)
{
	digest_put(story, s, strlen(s) + 1);
}

/*
 * What is read out of a target is UTF-8 without control characters, and no segment of a path moves
 * up.
 */
static void
read_target(struct arena *arena, const struct http_head *head)
{
	struct http_query query;
	struct http_path path;

	if (http_path_read(arena, head->path, &path) == STATUS_OK)
		for (size_t i = 0; i < path.count; i++)
			if (!text_is_utf8(path.segments[i], strlen(path.segments[i])) ||
				*path.segments[i] == '\0' || strcmp(path.segments[i], "..") == 0 ||
				strpbrk(path.segments[i], "\r\n\t") != NULL)
				abort();
	if (http_query_read(arena, head->query, &query) == STATUS_OK)
		for (size_t i = 0; i < query.count; i++)
			if (!text_is_utf8(query.pairs[i].value, strlen(query.pairs[i].value)) ||
				*query.pairs[i].name == '\0')
				abort();
}

static void
tell_head(struct digest_stream *story, struct arena *arena, const struct http_head *head)
{
	note(story, head->method);
	note(story, head->path);
	note(story, head->query != NULL ? head->query : "-");
	for (size_t i = 0; i < head->field_count; i++) {
		note(story, head->fields[i].name);
		note(story, head->fields[i].value);
	}
	if (strpbrk(head->path, " \t\r\n") != NULL || (head->chunked && head->has_length))
		abort();
	read_target(arena, head);
}

/* sizes NULL: in one piece. */
static struct digest
read_all(const uint8_t *p, size_t n, const uint8_t *sizes, size_t size_count)
{
	struct digest_stream *story = digest_begin();
	struct arena *arena = arena_new(1 << 20);
	enum http_item item = HTTP_ITEM_MORE;
	size_t at = 0, end = 0, used, heads = 0;
	struct http_parser parser;
	struct http_head head;

	http_parser_init(&parser, 4096, 16);
	for (size_t turn = 0;; turn++) {
		if (item == HTTP_ITEM_MORE && at == end) {
			if (end == n && turn > 0)
				break;
			end = sizes == NULL ? n : at + 1 + sizes[turn % size_count] % 64;
			end = end < n ? end : n;
		}
		item = http_parser_next(&parser, p + at, end - at, &used);
		if (used > end - at || (item == HTTP_ITEM_MORE && used != end - at))
			abort();
		at += used;
		if (item == HTTP_ITEM_REFUSED || (item == HTTP_ITEM_HEAD && ++heads > REQUESTS_MAX))
			break;
		if (item == HTTP_ITEM_HEAD &&
			http_parser_head(&parser, arena, &head) == HTTP_REFUSE_NONE)
			tell_head(story, arena, &head);
		else if (item == HTTP_ITEM_DATA)
			digest_put(story, parser.data.data, parser.data.len);
		else if (item == HTTP_ITEM_END)
			note(story, "end");
	}
	note(story, http_refusal_code(parser.refusal));
	http_parser_free(&parser);
	arena_free(arena);
	return digest_end(story);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t ones[1] = {0};
	struct digest whole, single, cut;
	size_t sizes = size < 16 ? size : 16;

	whole = read_all(data, size, NULL, 0);
	single = read_all(data, size, ones, 1);
	if (memcmp(&whole, &single, sizeof(whole)) != 0)
		abort();
	if (sizes > 0) {
		cut = read_all(data, size, data, sizes);
		if (memcmp(&whole, &cut, sizeof(whole)) != 0)
			abort();
	}
	return 0;
}
