/*
 * seal_imprint: what a signature over prepared bytes will be about, found from the bytes alone: so that who approves need not believe who
 * prepared. A PDF is known by its head; its hole must be empty, and everything else in the file must be signed.
 */
#include "lib/seal/seal.h"

#include <string.h>

#include "lib/doc/pdf_scan.h"

/* The brackets and zeros between the two ranges. */
static bool
is_empty_hole(struct span file, const uint64_t range[4])
{
	uint64_t from = range[1], to = range[2];

	if (range[0] != 0 || to <= from + 2 || to > file.len || range[3] != file.len - to || file.data[from] != '<' ||
		file.data[to - 1] != '>')
		return false;
	for (uint64_t i = from + 1; i < to - 1; i++)
		if (file.data[i] != '0')
			return false;
	return true;
}

enum status
seal_prepared_imprint(struct span file, enum imprint_kind kind, struct imprint *out)
{
	struct pdf_scan *scan = NULL;
	const struct pdf_info *info;
	struct diag *diag;
	enum status st;

	if (file.len < 5 || memcmp(file.data, "%PDF-", 5) != 0) {
		*out = imprint_of(kind, file.data, file.len);
		return STATUS_OK;
	}
	if ((diag = diag_new()) == NULL)
		return STATUS_NO_MEMORY;
	st = pdf_scan_open(file, false, &scan, diag);
	diag_free(diag);
	if (st != STATUS_OK)
		return st;
	info = pdf_scan_info(scan);
	st = STATUS_INVALID;
	for (size_t i = 0; i < info->signature_count && st != STATUS_OK; i++) {
		const uint64_t *range = info->signatures[i].range;
		struct imprint_stream *s;

		if (!is_empty_hole(file, range) || (s = imprint_begin(kind)) == NULL)
			continue;
		imprint_put(s, file.data, (size_t)range[1]);
		imprint_put(s, file.data + range[2], (size_t)range[3]);
		*out = imprint_end(s);
		st = STATUS_OK;
	}
	pdf_scan_free(scan);
	return st;
}
