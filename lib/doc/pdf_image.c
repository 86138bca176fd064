/*
 * pdf_image: see pdf_image.h. libpng's simplified reader does the work: it has no callbacks and
 * catches its own errors.
 */
#include "lib/doc/pdf_image.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_flate.h"

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

/*
 * Pixels of four bytes to colours in place, transparency aside. What is not seen at all gets one
 * colour: it packs better.
 */
static bool
split(unsigned char *pixels, unsigned char *alpha, size_t n)
{
	bool transparent = false;

	for (size_t i = 0; i < n; i++) {
		const unsigned char *p = pixels + 4 * i;
		unsigned char r = p[0], g = p[1], b = p[2], a = p[3];

		alpha[i] = a;
		transparent |= a != 255;
		pixels[3 * i] = a ? r : 255;
		pixels[3 * i + 1] = a ? g : 255;
		pixels[3 * i + 2] = a ? b : 255;
	}
	return transparent;
}

/* As it is kept: width, height, length of the packed colours, those, and the packed mask if any. */
static enum status
pack_image(const png_image *image, struct span colours, struct span alpha, struct buf *to)
{
	enum status st;
	size_t length_at, n;

	buf_put_u32(to, image->width);
	buf_put_u32(to, image->height);
	length_at = to->len;
	buf_put_u32(to, 0);
	st = pdf_flate_pack(colours, PDF_FLATE_FAST, to);
	if (st != STATUS_OK)
		return st;
	n = to->len - length_at - 4;
	for (int i = 0; i < 4; i++)
		to->data[length_at + (size_t)i] = (unsigned char)(n >> (24 - 8 * i));
	return alpha.len > 0 ? pdf_flate_pack(alpha, PDF_FLATE_FAST, to) : buf_status(to);
}

static enum status
unpack_png(struct span png, struct buf *to, struct diag *diag)
{
	png_image image;
	enum status st = begin(png, &image, diag);
	unsigned char *pixels = NULL, *alpha = NULL;
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
	st = split(pixels, alpha, n)
		? pack_image(&image, (struct span){pixels, 3 * n}, (struct span){alpha, n}, to)
		: pack_image(&image, (struct span){pixels, 3 * n}, (struct span){alpha, 0}, to);
out:
	png_image_free(&image);
	free(pixels);
	free(alpha);
	return st;
}

static void
write_pixels(struct pdf_update *u, int object, int mask, const uint32_t size[2], const char *space,
	struct span packed)
{
	char dict[200], soft[40] = "";

	if (mask != 0)
		snprintf(soft, sizeof(soft), " /SMask %d 0 R", mask);
	snprintf(dict, sizeof(dict),
		"/Type /XObject /Subtype /Image /Width %u /Height %u /ColorSpace /%s "
		"/BitsPerComponent 8%s",
		size[0], size[1], space, soft);
	pdf_update_put_packed(u, object, dict, packed);
}

static enum status
write_image(struct span kept, struct pdf_update *u, int *object_out)
{
	uint32_t size[2], length;
	struct span colours;
	int object, mask = 0;

	if (!span_get_u32(&kept, &size[0]) || !span_get_u32(&kept, &size[1]) ||
		!span_get_u32(&kept, &length) || !span_get_bytes(&kept, length, &colours))
		return STATUS_INTERNAL;
	if ((object = pdf_update_new(u)) == 0)
		return STATUS_NO_MEMORY;
	if (kept.len > 0) {
		if ((mask = pdf_update_new(u)) == 0)
			return STATUS_NO_MEMORY;
		write_pixels(u, mask, 0, size, "DeviceGray", kept);
	}
	write_pixels(u, object, mask, size, "DeviceRGB", colours);
	*object_out = object;
	return STATUS_OK;
}

enum status
pdf_image_write(struct span png, struct pdf_cache *cache, struct pdf_update *u, int *object_out,
	struct diag *diag)
{
	struct digest key = digest_of(png.data, png.len);
	struct span kept;
	struct buf made;
	enum status st = STATUS_OK;

	buf_init(&made, PDF_UPDATE_MAX);
	if (!pdf_cache_get(cache, &key, &kept)) {
		st = unpack_png(png, &made, diag);
		kept = (struct span){made.data, made.len};
		if (st == STATUS_OK)
			pdf_cache_put(cache, &key, kept);
	}
	if (st == STATUS_OK)
		st = write_image(kept, u, object_out);
	buf_free(&made);
	return st;
}
