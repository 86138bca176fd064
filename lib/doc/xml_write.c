/* xml_write: see xml_write.h. */
#include "lib/doc/xml_write.h"

#include <string.h>

void
xml_write_escaped(struct buf *to, const char *s)
{
	while (*s != '\0') {
		size_t n = strcspn(s,
			"&<>\r\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13"
			"\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f");

		buf_put(to, s, n);
		s += n;
		if (*s == '&')
			buf_put_str(to, "&amp;");
		else if (*s == '<')
			buf_put_str(to, "&lt;");
		else if (*s == '>')
			buf_put_str(to, "&gt;");
		else if (*s == '\r')
			buf_put_str(to, "&#13;");
		if (*s != '\0')
			s++;
	}
}

static void
indent(const struct xml_writer *w)
{
	for (unsigned i = 0; i < w->depth; i++)
		buf_put_str(w->to, "  ");
}

void
xml_write_open(struct xml_writer *w, const char *name, const char *attributes)
{
	indent(w);
	buf_printf(w->to, "<%s%s%s>\n", w->prefix, name, attributes);
	w->depth++;
}

void
xml_write_close(struct xml_writer *w, const char *name)
{
	w->depth--;
	indent(w);
	buf_printf(w->to, "</%s%s>\n", w->prefix, name);
}

void
xml_write_leaf(struct xml_writer *w, const char *name, const char *text)
{
	if (text == NULL)
		return;
	indent(w);
	buf_printf(w->to, "<%s%s>", w->prefix, name);
	xml_write_escaped(w->to, text);
	buf_printf(w->to, "</%s%s>\n", w->prefix, name);
}
