/* xml_guard: see xml_guard.h. */
#include "lib/doc/xml_guard.h"

#include <string.h>
#include <strings.h>

#define DECLARATION_MAX 512u /* "<?xml … ?>" is some 60 bytes */

void
xml_guard_begin(struct xml_guard *g, size_t max)
{
	memset(g, 0, sizeof(*g));
	g->max = max;
}

/* Decides what "<" began, as soon as its next characters tell. */
static const char *
decide(struct xml_guard *g)
{
	static const struct {
		const char *text;
		enum xml_guard_state state;
	} opens[] = {{"<!--", XML_GUARD_COMMENT}, {"<![CDATA[", XML_GUARD_CDATA}};

	if (g->used == 1 || (g->used < sizeof(g->open) && memcmp(g->open, "<!", 2) == 0)) {
		for (size_t i = 0; i < 2; i++) {
			size_t n = strlen(opens[i].text);

			if (memcmp(g->open, opens[i].text, g->used < n ? g->used : n) != 0)
				continue;
			if (g->used == n)
				g->state = opens[i].state;
			return NULL;
		}
		return "xml.doctype"; /* "<!" and neither comment nor CDATA: a declaration */
	}
	g->state = g->open[1] == '?' ? XML_GUARD_PI : XML_GUARD_TAG;
	return NULL;
}

/* Counts c as part of the closing sequence ("-->", "]]>", "?>"); true when it is complete. */
static bool
closes(struct xml_guard *g, char c, char first, unsigned repeat)
{
	if (c == first && g->match < repeat)
		g->match++;
	else if (c == '>' && g->match == repeat)
		return true;
	else if (c != first)
		g->match = 0;
	return false;
}

static const char *
step(struct xml_guard *g, char c)
{
	bool closed = false;

	if (g->used < sizeof(g->open))
		g->open[g->used] = c;
	g->used++;
	switch (g->state) {
	case XML_GUARD_OPEN:
		return decide(g);
	case XML_GUARD_TAG:
		if (c == '"' || c == '\'') {
			g->quote = c;
			g->state = XML_GUARD_VALUE;
		}
		closed = c == '>';
		break;
	case XML_GUARD_VALUE:
		if (c == g->quote)
			g->state = XML_GUARD_TAG;
		break;
	case XML_GUARD_COMMENT:
		closed = closes(g, c, '-', 2);
		break;
	case XML_GUARD_PI:
		closed = closes(g, c, '?', 1);
		break;
	case XML_GUARD_CDATA:
		g->used = 0; /* content, not markup: its length is counted as text */
		closed = closes(g, c, ']', 2);
		break;
	case XML_GUARD_TEXT:
		break;
	}
	if (closed)
		g->state = XML_GUARD_TEXT;
	return g->used > g->max ? "xml.limit.tag" : NULL;
}

const char *
xml_guard_put(struct xml_guard *g, struct span piece)
{
	const unsigned char *p = piece.data, *end = p + piece.len;
	const char *bad = NULL;

	while (p < end && bad == NULL) {
		if (g->state == XML_GUARD_TEXT) {
			p = memchr(p, '<', (size_t)(end - p));
			if (p == NULL)
				break;
			g->state = XML_GUARD_OPEN;
			g->used = g->match = 0;
		}
		bad = step(g, (char)*p++);
	}
	return bad;
}

static bool
is_utf8_name(const unsigned char *s, size_t n)
{
	static const char *const names[] = {"utf-8", "utf8", "us-ascii", "ascii"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && strncasecmp(names[i], (const char *)s, n) == 0)
			return true;
	return false;
}

const char *
xml_guard_encoding(struct span d)
{
	char text[DECLARATION_MAX + 1];
	const char *end, *at;
	size_t n, len;

	if (d.len >= 3 && memcmp(d.data, "\xef\xbb\xbf", 3) == 0)
		d = (struct span){d.data + 3, d.len - 3};
	if (d.len >= 2 && (d.data[0] == 0 || d.data[1] == 0 || d.data[0] >= 0xfe))
		return "xml.encoding"; /* UTF-16, UTF-32 */
	if (d.len == 0 || d.data[0] != '<')
		return "xml.malformed";
	n = d.len < DECLARATION_MAX ? d.len : DECLARATION_MAX;
	memcpy(text, d.data, n);
	text[n] = '\0';
	if (strncmp(text, "<?xml", 5) != 0)
		return NULL;
	end = strstr(text, "?>");
	at = strstr(text, "encoding");
	if (end == NULL)
		return "xml.malformed";
	if (at == NULL || at > end)
		return NULL;
	at += strlen("encoding");
	at += strspn(at, " \t\r\n=");
	len = strcspn(at + 1, "\"'");
	return (*at == '"' || *at == '\'') && is_utf8_name((const unsigned char *)at + 1, len)
		? NULL
		: "xml.encoding";
}
