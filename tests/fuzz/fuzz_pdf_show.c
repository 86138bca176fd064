/*
 * Content streams and ToUnicode tables from anywhere, around them a page that is sound: what is read as words is UTF-8, has finite boxes on the page and comes
 * out the same twice; what is not understood is left. Input: the content, a NUL, the table of its font F1 (two bytes a code) and F2 (one byte).
 */
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/doc/pdf_show.h"

#define SIZE_MAX_TRIED (64u << 10)
#define OBJECTS 11

const char *const fuzz_corpora[] = {"tests/fuzz/corpus/pdf_show", NULL};

static void
put_stream(struct buf *b, struct span bytes)
{
	buf_printf(b, "<< /Length %zu >>\nstream\n", bytes.len);
	buf_put(b, bytes.data, bytes.len);
	buf_put_str(b, "\nendstream");
}

static void
make_file(struct buf *b, struct span content, struct span table)
{
	static const char *const fixed[OBJECTS] = {NULL, "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 6 0 R /F2 9 0 R >> /XObject << /X 4 0 R >> /ExtGState << /G << >> >> >> >>",
		NULL, NULL, "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [7 0 R] /ToUnicode 5 0 R >>",
		"<< /Type /Font /Subtype /CIDFontType2 /DW 500 /W [3 [250 300] 10 20 600] /FontDescriptor 8 0 R >>",
		"<< /Type /FontDescriptor /Ascent 900 /Descent -200 /FontFile2 10 0 R >>",
		"<< /Type /Font /Subtype /TrueType /FirstChar 32 /Widths [250 300 500 500 500 500 500 500] /FontDescriptor 8 0 R /ToUnicode 5 0 R >>",
		"<< /Length 0 >>\nstream\n\nendstream"};
	size_t at[OBJECTS] = {0}, xref;

	buf_put_str(b, "%PDF-1.7\n");
	for (int i = 1; i < OBJECTS; i++) {
		at[i] = b->len;
		buf_printf(b, "%d 0 obj\n", i);
		if (fixed[i] != NULL)
			buf_put_str(b, fixed[i]);
		else
			put_stream(b, i == 4 ? content : table);
		buf_put_str(b, "\nendobj\n");
	}
	xref = b->len;
	buf_printf(b, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS);
	for (int i = 1; i < OBJECTS; i++)
		buf_printf(b, "%010zu 00000 n \n", at[i]);
	buf_printf(b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", OBJECTS, xref);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
	size_t cut = end != NULL ? (size_t)(end - data) : size;
	struct pdf_scan *scan = NULL;
	struct pdf_words one, two;
	struct buf file;

	if (size > SIZE_MAX_TRIED)
		return 0;
	buf_init(&file, SIZE_MAX_TRIED + 4096);
	make_file(&file, (struct span){data, cut}, end != NULL ? (struct span){end + 1, size - cut - 1} : (struct span){data, 0});
	holds(buf_status(&file) == STATUS_OK);
	if (pdf_scan_open((struct span){file.data, file.len}, false, &scan, NULL) == STATUS_OK && pdf_show_words(scan, 1, &one) == STATUS_OK) {
		holds(pdf_show_words(scan, 1, &two) == STATUS_OK && one.count == two.count);
		for (size_t i = 0; i < one.count; i++) {
			const struct pdf_word *w = &one.words[i];

			holds(text_is_utf8(w->text, strlen(w->text)) && strcmp(w->text, two.words[i].text) == 0);
			holds(isfinite(w->box.x0) && w->box.x0 >= 0 && w->box.x1 <= 600 && w->box.x0 < w->box.x1 && w->box.y0 < w->box.y1);
		}
		pdf_words_free(&one);
		pdf_words_free(&two);
	}
	pdf_scan_free(scan);
	buf_free(&file);
	return 0;
}
