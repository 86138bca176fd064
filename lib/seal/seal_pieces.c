/* seal_pieces: see seal_pieces.h. */
#include "lib/seal/seal_pieces.h"

#include "lib/doc/pdf_dss.h"
#include "lib/doc/pdf_scan.h"

static enum status
give_store(const struct pdf_scan *scan, seal_piece_fn found, void *arg)
{
	static const enum seal_piece kinds[] = {[PDF_DSS_CERTS] = SEAL_PIECE_CERT,
		[PDF_DSS_CRLS] = SEAL_PIECE_CRL, [PDF_DSS_OCSPS] = SEAL_PIECE_OCSP};
	struct pdf_dss dss;
	enum status st = pdf_dss_read(scan, &dss, NULL);

	if (st != STATUS_OK)
		return st;
	for (size_t i = 0; i < dss.count && st == STATUS_OK; i++)
		st = found(arg, kinds[dss.items[i].part], dss.items[i].der);
	pdf_dss_free(&dss);
	return st;
}

enum status
seal_pieces_scan(const struct pdf_scan *scan, seal_piece_fn found, void *arg)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	enum status st = STATUS_OK;

	for (size_t i = 0; i < info->signature_count && st == STATUS_OK; i++)
		if (info->signatures[i].contents.len > 0)
			st = found(arg, SEAL_PIECE_CMS, info->signatures[i].contents);
	return st == STATUS_OK ? give_store(scan, found, arg) : st;
}

enum status
seal_pieces_pdf(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag)
{
	struct pdf_scan *scan = NULL;
	enum status st = pdf_scan_open(file, true, &scan, diag);

	(void)detached;
	if (st == STATUS_OK)
		st = seal_pieces_scan(scan, found, arg);
	pdf_scan_free(scan);
	return st;
}

enum status
seal_pieces_cms(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag)
{
	(void)diag;
	return found(arg, SEAL_PIECE_CMS, detached.len != 0 ? detached : file);
}
