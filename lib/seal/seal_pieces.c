/* seal_pieces: see seal_pieces.h. */
#include "lib/seal/seal_pieces.h"

#include "lib/doc/pdf_scan.h"

enum status
seal_pieces_pdf(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag)
{
	struct pdf_scan *scan = NULL;
	const struct pdf_info *info;
	enum status st = pdf_scan_open(file, true, &scan, diag);

	(void)detached;
	if (st != STATUS_OK)
		return st;
	info = pdf_scan_info(scan);
	for (size_t i = 0; i < info->signature_count && st == STATUS_OK; i++)
		if (info->signatures[i].contents.len > 0)
			st = found(arg, SEAL_PIECE_CMS, info->signatures[i].contents);
	pdf_scan_free(scan);
	return st;
}

enum status
seal_pieces_cms(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag)
{
	(void)diag;
	return found(arg, SEAL_PIECE_CMS, detached.len != 0 ? detached : file);
}
