/*
 * seal_pdf_look: what a signature in a PDF shows and where (Decree 30/2020/NĐ-CP App. I, App. IV for
 * the stamp ĐẾN): the lines of each role, the place, the appearance.
 */
#ifndef CONGVAN_SEAL_SEAL_PDF_LOOK_H
#define CONGVAN_SEAL_SEAL_PDF_LOOK_H

#include "lib/doc/appearance.h"
#include "lib/doc/pdf_font.h"
#include "lib/doc/pdf_place.h"
#include "lib/doc/pdf_text.h"
#include "lib/doc/pdf_update.h"
#include "lib/seal/seal.h"

/* One prepare: what it has opened, freed together. */
struct seal_pdf_job {
	struct span base;
	const struct seal_request *req;
	struct diag *diag;
	struct pdf_update *update;
	struct pdf_text *text; /* opened when a place must be found */
	struct pdf_font *font; /* opened when text must be shown */
	char *lines[APPEARANCE_LINES]; /* NFC */
	size_t line_count;
};

void seal_pdf_job_close(struct seal_pdf_job *j);

/* Open what is needed, once. */
enum status seal_pdf_need_text(struct seal_pdf_job *j);
enum status seal_pdf_need_font(struct seal_pdf_job *j);

bool seal_pdf_has_rect(const double r[4]);
struct pdf_box seal_pdf_box_of(const double r[4]);

/*
 * Place and form object of the signature; *form_out stays 0 when nothing is shown. STATUS_INVALID with
 * pdf.place.… or seal.text.
 */
enum status seal_pdf_make_look(struct seal_pdf_job *j, struct pdf_place *at, int *form_out);

#endif
