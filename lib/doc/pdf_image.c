/*
 * pdf_image: see pdf_image.h. libpng's simplified reader does the work: it has no callbacks and
 * catches its own errors.
 */
#include "lib/doc/pdf_image.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status
refuse(struct diag *diag, const char *code, const char *got, const char *want)
{
	diag_error(diag, code, "png", got, want);
	return STATUS_INVALID;
}

/* Reads the header and checks it against the limits; the image must be freed also after an error.
 */
static enum status
begin(struct span png, png_image *image, struct diag *diag)
{
	memset(image, 0, sizeof(*image));
	image->version = PNG_IMAGE_VERSION;
	if (png.len > PDF_IMAGE_BYTES_MAX)
		return refuse(diag, "picture.large", NULL, "4 MiB");
	if (!png_image_begin_read_from_memory(image, png.data, png.len))
		return refuse(diag, "picture.png", image->message, "PNG");
	if (image->width > PDF_IMAGE_SIDE_MAX || image->height > PDF_IMAGE_SIDE_MAX ||
		(uint64_t)image->width * image->height > PDF_IMAGE_PIXELS_MAX)
		return refuse(diag, "picture.large", NULL, "4096 x 4096");
	return STATUS_OK;
}

enum status
pdf_image_size(struct span png, unsigned *width_out, unsigned *height_out, struct diag *diag)
{
	png_image image;
	enum status st = begin(png, &image, diag);

	if (st == STATUS_OK) {
		*width_out = image.width;
		*height_out = image.height;
	}
	png_image_free(&image);
	return st;
}

/* Pixels of four bytes to colours in place, transparency aside. */
static bool
split(unsigned char *pixels, unsigned char *alpha, size_t n)
{
	bool transparent = false;

	for (size_t i = 0; i < n; i++) {
		alpha[i] = pixels[4 * i + 3];
		transparent |= alpha[i] != 255;
		memmove(pixels + 3 * i, pixels + 4 * i, 3);
	}
	return transparent;
}

static void
write_pixels(struct pdf_update *u, int object, int mask, const png_image *image, const char *space,
	struct span data)
{
	char dict[200], soft[40] = "";

	if (mask != 0)
		snprintf(soft, sizeof(soft), " /SMask %d 0 R", mask);
	snprintf(dict, sizeof(dict),
		"/Type /XObject /Subtype /Image /Width %u /Height %u /ColorSpace /%s "
		"/BitsPerComponent 8%s",
		image->width, image->height, space, soft);
	pdf_update_put_stream(u, object, dict, data);
}

enum status
pdf_image_write(struct span png, struct pdf_update *u, int *object_out, struct diag *diag)
{
	png_image image;
	enum status st = begin(png, &image, diag);
	unsigned char *pixels = NULL, *alpha = NULL;
	int object, mask = 0;
	size_t n;

	if (st != STATUS_OK)
		goto out;
	image.format = PNG_FORMAT_RGBA;
	n = (size_t)image.width * image.height;
	pixels = malloc(4 * n);
	alpha = malloc(n);
	st = STATUS_NO_MEMORY;
	if (pixels == NULL || alpha == NULL)
		goto out;
	if (!png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
		st = refuse(diag, "picture.png", image.message, "PNG");
		goto out;
	}
	if ((object = pdf_update_new(u)) == 0)
		goto out;
	if (split(pixels, alpha, n)) {
		if ((mask = pdf_update_new(u)) == 0)
			goto out;
		write_pixels(u, mask, 0, &image, "DeviceGray", (struct span){alpha, n});
	}
	write_pixels(u, object, mask, &image, "DeviceRGB", (struct span){pixels, 3 * n});
	*object_out = object;
	st = STATUS_OK;
out:
	png_image_free(&image);
	free(pixels);
	free(alpha);
	return st;
}
