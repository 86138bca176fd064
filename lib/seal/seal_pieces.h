/* seal_pieces: which CMS objects a file holds, for its table of a container (seal.h `pieces`). */
#ifndef CONGVAN_SEAL_SEAL_PIECES_H
#define CONGVAN_SEAL_SEAL_PIECES_H

#include "lib/seal/seal.h"

enum status seal_pieces_pdf(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag);
/* Of a PDF that is open. */
struct pdf_scan;
enum status seal_pieces_scan(const struct pdf_scan *scan, seal_piece_fn found, void *arg);
enum status seal_pieces_cms(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag);

#endif
