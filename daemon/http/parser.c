/*
 * parser: see parser.h. One function per group of states; each byte of framing is looked at once.
 * Line ends and control bytes are judged as they arrive, so that a client that will never be
 * understood is refused at once and not by a timeout.
 */
#include "daemon/http/parser.h"

#include <string.h>

/*
 * Size and extensions of one chunk: nobody needs more, and extensions are a known way to make a
 * server work for nothing.
 */
#define SIZE_LINE_MAX 256u
/* 16^15 is beyond any limit, and cannot overflow. */
#define SIZE_DIGITS_MAX 15u

void
http_parser_init(struct http_parser *p, size_t head_max, size_t field_max)
{
	memset(p, 0, sizeof(*p));
	p->head_max = head_max;
	p->field_max = field_max;
	buf_init(&p->gathered, head_max);
}

void
http_parser_free(struct http_parser *p)
{
	buf_free(&p->gathered);
}

bool
http_parser_is_idle(const struct http_parser *p)
{
	return p->state == HTTP_PARSER_IDLE;
}

static enum http_item
refuse(struct http_parser *p, enum http_refusal why)
{
	buf_free(&p->gathered);
	p->state = HTTP_PARSER_REFUSED;
	p->refusal = why;
	return HTTP_ITEM_REFUSED;
}

static void
begin_lines(struct http_parser *p, enum http_parser_state state)
{
	p->state = state;
	p->head_len = 0;
	p->line_len = 0;
	p->lines = state == HTTP_PARSER_TRAILER ? 1 : 0; /* a trailer has no request line */
	p->seen_cr = false;
}

/* Keeps the bytes up to `end` that are not kept yet; *kept is moved. */
static bool
gather(struct http_parser *p, const unsigned char *bytes, size_t *kept, size_t end)
{
	buf_put(&p->gathered, bytes + *kept, end - *kept);
	*kept = end;
	return buf_status(&p->gathered) == STATUS_OK;
}

/* The head up to `end` in one piece: where it lies, or gathered. */
static bool
in_one_piece(struct http_parser *p, const unsigned char *bytes, size_t *kept, size_t end,
	struct span *out)
{
	if (p->gathered.len == 0 && *kept == 0) {
		*out = (struct span){bytes, end};
		return true;
	}
	if (!gather(p, bytes, kept, end))
		return false;
	*out = (struct span){p->gathered.data, p->gathered.len};
	return true;
}

/* A byte that is not part of a line end. */
static enum http_refusal
check_byte(struct http_parser *p, unsigned char c)
{
	if (c == '\n')
		return HTTP_REFUSE_LINE_END;
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return HTTP_REFUSE_CONTROL;
	if (p->line_len == 0 && p->lines > 0 && (c == ' ' || c == '\t'))
		return HTTP_REFUSE_FIELD_FOLD;
	if (p->line_len == 0 && p->lines > p->field_max)
		return HTTP_REFUSE_FIELD_COUNT;
	if (++p->line_len > HTTP_LINE_MAX)
		return p->lines == 0 ? HTTP_REFUSE_TARGET_LONG : HTTP_REFUSE_FIELD_LONG;
	return HTTP_REFUSE_NONE;
}

/* Counts the byte and moves the line state; *line_ended for the LF of a line. */
static enum http_refusal
step_line(struct http_parser *p, unsigned char c, bool *line_ended)
{
	*line_ended = false;
	if (++p->head_len > p->head_max)
		return p->lines == 0 ? HTTP_REFUSE_TARGET_LONG : HTTP_REFUSE_HEAD_LONG;
	if (p->seen_cr) {
		p->seen_cr = false;
		*line_ended = c == '\n';
		return c == '\n' ? HTTP_REFUSE_NONE : HTTP_REFUSE_LINE_END;
	}
	if (c == '\r') {
		p->seen_cr = true;
		return HTTP_REFUSE_NONE;
	}
	return check_byte(p, c);
}

/* The end of the request line: read at once, because HTTP/0.9 sends nothing after it. */
static enum http_refusal
end_request_line(struct http_parser *p, const unsigned char *bytes, size_t *kept, size_t end)
{
	struct span line;

	if (!in_one_piece(p, bytes, kept, end, &line))
		return HTTP_REFUSE_NO_MEMORY;
	return http_request_line_read(line.data, line.len - 2, &p->line);
}

static enum http_item
end_lines(struct http_parser *p, const unsigned char *bytes, size_t *kept, size_t end)
{
	enum http_refusal r;

	if (!in_one_piece(p, bytes, kept, end, &p->head))
		return refuse(p, HTTP_REFUSE_NO_MEMORY);
	if (p->state == HTTP_PARSER_HEAD) {
		p->state = HTTP_PARSER_HEAD_READY;
		return HTTP_ITEM_HEAD;
	}
	r = http_trailer_check(p->head.data, p->head.len);
	if (r != HTTP_REFUSE_NONE)
		return refuse(p, r);
	buf_free(&p->gathered);
	p->state = HTTP_PARSER_END;
	return HTTP_ITEM_MORE;
}

/* Lines up to and with an empty one: a head or a trailer. */
static enum http_item
next_lines(struct http_parser *p, const unsigned char *bytes, size_t n, size_t *used_out)
{
	enum http_refusal r = HTTP_REFUSE_NONE;
	size_t i, kept = 0;
	bool line_ended;

	for (i = 0; i < n; i++) {
		if ((r = step_line(p, bytes[i], &line_ended)) != HTTP_REFUSE_NONE)
			return refuse(p, r);
		if (!line_ended)
			continue;
		if (p->line_len == 0) {
			*used_out = i + 1;
			return end_lines(p, bytes, &kept, i + 1);
		}
		if (p->lines == 0 &&
			(r = end_request_line(p, bytes, &kept, i + 1)) != HTTP_REFUSE_NONE)
			return refuse(p, r);
		p->lines++;
		p->line_len = 0;
	}
	*used_out = n;
	return gather(p, bytes, &kept, n) ? HTTP_ITEM_MORE : refuse(p, HTTP_REFUSE_NO_MEMORY);
}

/* Before a request: one empty line is let pass. */
static enum http_item
next_idle(struct http_parser *p, unsigned char c, size_t *used_out)
{
	if (p->state == HTTP_PARSER_SKIP_LF) {
		if (c != '\n')
			return refuse(p, HTTP_REFUSE_LINE_END);
		*used_out = 1;
		p->state = HTTP_PARSER_IDLE;
	} else if (c == '\r' && !p->skipped) {
		*used_out = 1;
		p->skipped = true;
		p->state = HTTP_PARSER_SKIP_LF;
	} else if (c == '\r') {
		return refuse(p, HTTP_REFUSE_REQUEST_LINE);
	} else {
		begin_lines(p, HTTP_PARSER_HEAD);
	}
	return HTTP_ITEM_MORE;
}

static int
hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * chunk-ext without white space around "=" and ";": that is "bad white space" nobody may send (RFC
 * 9110 section 5.6.3).
 */
static enum http_refusal
step_extension(struct http_parser *p, unsigned char c)
{
	bool token = http_is_token_byte(c);

	switch (p->state) {
	case HTTP_PARSER_EXT_NAME: /* digits counts the bytes of the name */
		if (token)
			p->digits++;
		else if (c == '=' && p->digits > 0)
			p->state = HTTP_PARSER_EXT_VALUE;
		else if (c == ';' && p->digits > 0)
			p->digits = 0;
		else if (c == '\r' && p->digits > 0)
			p->state = HTTP_PARSER_SIZE_LF;
		else
			return HTTP_REFUSE_CHUNK_EXTENSION;
		return HTTP_REFUSE_NONE;
	case HTTP_PARSER_EXT_VALUE:
		if (!token && c != '"')
			return HTTP_REFUSE_CHUNK_EXTENSION;
		p->state = token ? HTTP_PARSER_EXT_TOKEN : HTTP_PARSER_EXT_QUOTED;
		return HTTP_REFUSE_NONE;
	case HTTP_PARSER_EXT_QUOTED:
	case HTTP_PARSER_EXT_ESCAPED:
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return HTTP_REFUSE_CHUNK_EXTENSION;
		if (p->state == HTTP_PARSER_EXT_ESCAPED)
			p->state = HTTP_PARSER_EXT_QUOTED;
		else if (c == '\\')
			p->state = HTTP_PARSER_EXT_ESCAPED;
		else if (c == '"')
			p->state = HTTP_PARSER_EXT_CLOSED;
		return HTTP_REFUSE_NONE;
	default: /* EXT_TOKEN, EXT_CLOSED */
		if (token && p->state == HTTP_PARSER_EXT_TOKEN)
			return HTTP_REFUSE_NONE;
		if (c != ';' && c != '\r')
			return HTTP_REFUSE_CHUNK_EXTENSION;
		p->digits = 0;
		p->state = c == ';' ? HTTP_PARSER_EXT_NAME : HTTP_PARSER_SIZE_LF;
		return HTTP_REFUSE_NONE;
	}
}

static enum http_refusal
step_size(struct http_parser *p, unsigned char c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		if (++p->digits > SIZE_DIGITS_MAX)
			return HTTP_REFUSE_CHUNK_SIZE;
		p->left = p->left << 4 | (unsigned)digit;
		p->state = HTTP_PARSER_SIZE;
	} else if (p->state == HTTP_PARSER_SIZE && c == '\r') {
		p->state = HTTP_PARSER_SIZE_LF;
	} else if (p->state == HTTP_PARSER_SIZE && c == ';') {
		p->digits = 0;
		p->state = HTTP_PARSER_EXT_NAME;
	} else {
		return HTTP_REFUSE_CHUNK_SIZE;
	}
	return HTTP_REFUSE_NONE;
}

static void
begin_chunk(struct http_parser *p)
{
	p->state = HTTP_PARSER_SIZE_FIRST;
	p->left = 0;
	p->digits = 0;
	p->size_line = 0;
}

/* One byte of the framing between pieces of chunk data. */
static enum http_refusal
step_chunk(struct http_parser *p, unsigned char c)
{
	switch (p->state) {
	case HTTP_PARSER_CHUNK_CR:
		p->state = HTTP_PARSER_CHUNK_LF;
		return c == '\r' ? HTTP_REFUSE_NONE : HTTP_REFUSE_CHUNK_END;
	case HTTP_PARSER_CHUNK_LF:
		begin_chunk(p);
		return c == '\n' ? HTTP_REFUSE_NONE : HTTP_REFUSE_CHUNK_END;
	case HTTP_PARSER_SIZE_LF:
		if (c != '\n')
			return HTTP_REFUSE_LINE_END;
		if (p->left > 0)
			p->state = HTTP_PARSER_CHUNK;
		else
			begin_lines(p, HTTP_PARSER_TRAILER);
		return HTTP_REFUSE_NONE;
	default:
		if (++p->size_line > SIZE_LINE_MAX)
			return HTTP_REFUSE_CHUNK_EXTENSION;
		if (p->state == HTTP_PARSER_SIZE_FIRST || p->state == HTTP_PARSER_SIZE)
			return step_size(p, c);
		return step_extension(p, c);
	}
}

/* Body bytes as they are: with Content-Length, or inside a chunk. */
static enum http_item
next_data(struct http_parser *p, const unsigned char *bytes, size_t n, size_t *used_out)
{
	size_t take = n < p->left ? n : (size_t)p->left;

	p->data = (struct span){bytes, take};
	p->left -= take;
	*used_out = take;
	if (p->left == 0)
		p->state = p->state == HTTP_PARSER_CHUNK ? HTTP_PARSER_CHUNK_CR : HTTP_PARSER_END;
	return HTTP_ITEM_DATA;
}

/* One step: returns MORE with *used_out bytes taken when nothing is complete yet. */
static enum http_item
step(struct http_parser *p, const unsigned char *bytes, size_t n, size_t *used_out)
{
	enum http_refusal r;

	switch (p->state) {
	case HTTP_PARSER_IDLE:
	case HTTP_PARSER_SKIP_LF:
		return next_idle(p, bytes[0], used_out);
	case HTTP_PARSER_HEAD:
	case HTTP_PARSER_TRAILER:
		return next_lines(p, bytes, n, used_out);
	case HTTP_PARSER_LENGTH:
	case HTTP_PARSER_CHUNK:
		return next_data(p, bytes, n, used_out);
	case HTTP_PARSER_HEAD_READY: /* the caller forgot http_parser_head */
	case HTTP_PARSER_REFUSED:
		return HTTP_ITEM_REFUSED;
	default:
		*used_out = 1;
		r = step_chunk(p, bytes[0]);
		return r == HTTP_REFUSE_NONE ? HTTP_ITEM_MORE : refuse(p, r);
	}
}

enum http_item
http_parser_next(struct http_parser *p, const unsigned char *bytes, size_t n, size_t *used_out)
{
	enum http_item item = HTTP_ITEM_MORE;
	size_t used = 0, taken;

	while (item == HTTP_ITEM_MORE) {
		if (p->state == HTTP_PARSER_END) {
			p->state = HTTP_PARSER_IDLE;
			p->skipped = false;
			item = HTTP_ITEM_END;
			break;
		}
		if (p->state == HTTP_PARSER_REFUSED) {
			item = HTTP_ITEM_REFUSED;
			break;
		}
		if (used == n)
			break;
		taken = 0;
		item = step(p, bytes + used, n - used, &taken);
		used += taken;
	}
	*used_out = used;
	return item;
}

enum http_refusal
http_parser_head(struct http_parser *p, struct arena *arena, struct http_head *out)
{
	enum http_refusal r;

	r = http_head_read(arena, p->head.data, p->head.len, &p->line, p->lines - 1, out);
	if (r != HTTP_REFUSE_NONE) {
		refuse(p, r);
		return r;
	}
	buf_free(&p->gathered);
	p->head = (struct span){NULL, 0};
	if (out->chunked) {
		begin_chunk(p);
	} else if (out->length > 0) {
		p->state = HTTP_PARSER_LENGTH;
		p->left = out->length;
	} else {
		p->state = HTTP_PARSER_END;
	}
	return HTTP_REFUSE_NONE;
}
