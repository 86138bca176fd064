/*
 * pdf_image: a PNG picture as an image of a PDF, its transparency as a soft mask (ISO
 * 32000-1 8.9.5, 11.6.5.3).
 */
#ifndef CONGVAN_DOC_PDF_IMAGE_H
#define CONGVAN_DOC_PDF_IMAGE_H

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_cache.h"
#include "lib/doc/pdf_update.h"

#define PDF_IMAGE_BYTES_MAX (4u << 20) /* of the PNG */
#define PDF_IMAGE_SIDE_MAX 4096u
#define PDF_IMAGE_PIXELS_MAX (4u << 20)

/* Width and height of a PNG. STATUS_INVALID with picture.png or picture.large. */
enum status
pdf_image_size(struct span png, unsigned *width_out, unsigned *height_out, struct diag *diag);

/*
 * Writes it; *object_out is the image's object number. What it unpacks to is taken from the cache
 * (may be NULL) or put there. Errors as above, also for damaged pixels.
 */
enum status pdf_image_write(struct span png, struct pdf_cache *cache, struct pdf_update *u,
	int *object_out, struct diag *diag);

#endif
