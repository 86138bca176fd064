/* pdf_packed: see pdf_packed.h. */
#include "lib/doc/pdf_packed.h"

#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_file.h"
#include "lib/doc/pdf_layout.h"

#define STREAMS_MAX 256 /* that the sections appended after a signature name */

/* The header of one object stream; each is read once. */
struct header {
	uint64_t stream;
	uint32_t *numbers; /* by index; NULL: it cannot be read as it must be */
	size_t count;
	struct header *next;
};

/* Also true without memory. */
static bool
has_double(const struct header *h)
{
	uint64_t *numbers = malloc((h->count + 1) * sizeof(*numbers));
	bool found = true;

	for (size_t i = 0; numbers != NULL && i < h->count; i++)
		numbers[i] = h->numbers[i];
	if (numbers != NULL)
		found = !pdf_layout_differ(numbers, h->count);
	free(numbers);
	return found;
}

/* One value that all read alike, and nothing else. */
static bool
is_value(struct span data, uint64_t from, uint64_t to)
{
	struct pdf_lex l;

	pdf_lex_init(&l, (struct span){data.data, (size_t)to}, (size_t)from);
	return pdf_layout_value(&l) && pdf_lex_next(&l) == PDF_TOKEN_END;
}

/* `n` pairs of number and offset, all before `first`; the offsets rise, so that each value is read once. */
static bool
read_pairs(struct header *h, struct span data, uint64_t n, uint64_t first)
{
	struct pdf_lex l;
	uint64_t number, offset, last = 0;

	if (n > PDF_ENTRIES_MAX || n > data.len || first > data.len || (h->numbers = malloc(((size_t)n + 1) * sizeof(*h->numbers))) == NULL)
		return false;
	pdf_lex_init(&l, (struct span){data.data, (size_t)first}, 0);
	for (; h->count < n; h->count++) {
		if (!pdf_lex_integer(&l, PDF_NUMBER_MAX, &number) || !pdf_lex_integer(&l, data.len, &offset) || offset >= data.len - first)
			return false;
		if (h->count > 0 && (offset <= last || !is_value(data, first + last, first + offset)))
			return false;
		last = offset;
		h->numbers[h->count] = (uint32_t)number;
	}
	if (n > 0 && !is_value(data, first + last, data.len))
		return false;
	return pdf_lex_next(&l) == PDF_TOKEN_END && !has_double(h);
}

static uint64_t
number_of(qpdf_data q, qpdf_oh dict, const char *key)
{
	qpdf_oh v = pdf_get(q, dict, key);
	long long n = qpdf_oh_is_integer(q, v) ? qpdf_oh_get_int_value(q, v) : -1;

	qpdf_oh_release(q, v);
	return n >= 0 ? (uint64_t)n : UINT64_MAX;
}

static void
read_header(qpdf_data q, struct header *h)
{
	qpdf_oh stream = qpdf_get_object_by_id(q, (int)h->stream, 0), dict;
	unsigned char *bytes = NULL;
	QPDF_BOOL unpacked = QPDF_FALSE;
	size_t len = 0;
	bool right = false;

	if (qpdf_oh_is_stream(q, stream)) {
		dict = qpdf_oh_get_dict(q, stream);
		right = !(qpdf_oh_get_stream_data(q, stream, qpdf_dl_generalized, &unpacked, &bytes, &len) & QPDF_ERRORS) && unpacked && bytes != NULL &&
			read_pairs(h, (struct span){bytes, len}, number_of(q, dict, "/N"), number_of(q, dict, "/First"));
		qpdf_oh_release(q, dict);
	}
	free(bytes);
	qpdf_oh_release(q, stream);
	if (!right) {
		free(h->numbers);
		h->numbers = NULL;
	}
}

static const struct header *
header_of(qpdf_data q, struct header **list, uint64_t stream)
{
	struct header *h;
	size_t known = 0;

	for (h = *list; h != NULL; h = h->next, known++)
		if (h->stream == stream)
			return h;
	if (known == STREAMS_MAX || (h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	*h = (struct header){.stream = stream, .next = *list};
	*list = h;
	if (stream <= PDF_NUMBER_MAX)
		read_header(q, h);
	return h;
}

static bool
is_where_it_says(qpdf_data q, struct header **list, const struct pdf_entry *e)
{
	const struct header *h = header_of(q, list, e->at);

	return h != NULL && h->numbers != NULL && e->index < h->count && h->numbers[e->index] == e->number;
}

bool
pdf_packed_plain(qpdf_data q, const struct pdf_xref *x, size_t count)
{
	struct header *list = NULL;
	bool plain = true;

	for (size_t i = 0; i < count && plain; i++)
		for (size_t k = 0; k < x->sections[i].count && plain; k++)
			plain = x->sections[i].entries[k].kind != PDF_ENTRY_PACKED || is_where_it_says(q, &list, &x->sections[i].entries[k]);
	while (list != NULL) {
		struct header *h = list;

		list = h->next;
		free(h->numbers);
		free(h);
	}
	return plain;
}
