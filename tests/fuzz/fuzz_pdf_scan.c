/*
 * PDFs from anywhere through the strict scan, the repairing one and the scan of each earlier revision: what is told lies inside the file, the same bytes give the
 * same answer however they are come by, and what a comparison finds it names.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_diff.h"
#include "lib/doc/pdf_dss.h"
#include "lib/doc/pdf_scan.h"

#define SIZE_MAX_TRIED (256u << 10)
#define REVISIONS_TRIED 4u

const char *const fuzz_corpora[] = {
	"tests/corpus/pdf/made", "tests/corpus/pdf/attacks", "tests/fuzz/corpus/pdf", NULL};

static void
check_signature(const struct pdf_info *info, const struct pdf_signature *s, struct span file)
{
	holds(s->field_index < info->field_count && strcmp(s->field, info->fields[s->field_index].name) == 0);
	holds(s->contents.len == 0 || (s->contents.len <= file.len));
	if (s->fault != NULL) {
		holds(s->revision_end == 0 && !s->whole_file);
		return;
	}
	holds(s->range[0] == 0 && s->range[1] < s->range[2] && s->range[2] <= file.len && s->range[3] <= file.len - s->range[2]);
	holds(s->revision_end == s->range[2] + s->range[3]);
	holds(file.data[s->range[1]] == '<' && file.data[s->range[2] - 1] == '>');
	holds(s->contents.len <= (s->range[2] - s->range[1]) / 2);
}

static void
check_info(const struct pdf_info *info, struct span file)
{
	holds(info->page_count > 0 && info->page_count <= PDF_PAGES_MAX && info->field_count <= PDF_FIELDS_MAX &&
		info->signature_count <= PDF_SIGNATURES_MAX);
	for (size_t i = 0; i < info->page_count; i++) {
		const struct pdf_page *p = &info->pages[i];

		holds(p->media.x0 <= p->media.x1 && p->media.y0 <= p->media.y1 && p->rotate % 90 == 0 && p->rotate >= 0 && p->rotate < 360);
		holds(p->crop.x0 >= p->media.x0 && p->crop.y0 >= p->media.y0 && p->crop.x1 <= p->media.x1 && p->crop.y1 <= p->media.y1);
	}
	for (size_t i = 0; i < info->field_count; i++)
		holds(info->fields[i].page <= info->page_count);
	for (size_t i = 0; i < info->signature_count; i++)
		check_signature(info, &info->signatures[i], file);
}

static void
check_xref(const struct pdf_xref *x, struct span file)
{
	holds(x->count > 0 && x->count <= PDF_SECTIONS_MAX && x->revision_count > 0);
	for (size_t i = 0; i < x->count; i++) {
		const struct pdf_section *s = &x->sections[i];

		holds(s->at < file.len && s->trailer_at < file.len && s->size <= x->max_size);
		for (size_t k = 0; k < s->count; k++) {
			holds(s->entries[k].number <= PDF_NUMBER_MAX);
			if (s->entries[k].kind == PDF_ENTRY_PLAIN && s->entries[k].number < 64 && i == 0)
				(void)pdf_xref_find(x, 0, s->entries[k].number);
		}
	}
	for (size_t i = 0; i < x->revision_count; i++) {
		const struct pdf_revision *r = &x->revisions[i];

		holds(r->end <= r->end_eol && r->end_eol <= file.len && r->newest <= r->oldest && r->oldest < x->count);
		holds(i == 0 || x->revisions[i - 1].end < r->end);
		holds(pdf_xref_revision(x, r->end) == r && pdf_xref_revision(x, r->end_eol) == r);
	}
}

static void
check_same(const struct pdf_info *a, const struct pdf_info *b)
{
	holds(a->page_count == b->page_count && a->field_count == b->field_count && a->signature_count == b->signature_count);
	holds(a->certified == b->certified && a->flags == b->flags && a->encrypted == b->encrypted && strcmp(a->version, b->version) == 0);
	for (size_t i = 0; i < a->signature_count; i++) {
		const struct pdf_signature *x = &a->signatures[i], *y = &b->signatures[i];

		holds(strcmp(x->field, y->field) == 0 && (x->fault == NULL) == (y->fault == NULL) && x->whole_file == y->whole_file &&
			x->revision_end == y->revision_end && x->contents.len == y->contents.len && x->docmdp == y->docmdp &&
			x->timestamp == y->timestamp && memcmp(x->range, y->range, sizeof(x->range)) == 0);
	}
}

/* An earlier revision by way of the later scan and by its own bytes. */
static void
check_earlier(const struct pdf_scan *later, struct span file, uint64_t size)
{
	struct pdf_scan *a = NULL, *b = NULL;
	enum status by_later = pdf_scan_open_earlier(later, size, &a, NULL);
	enum status alone = pdf_scan_open((struct span){file.data, (size_t)size}, false, &b, NULL);
	struct pdf_diff d;

	holds(by_later == alone || by_later == STATUS_NO_MEMORY || alone == STATUS_NO_MEMORY);
	if (by_later == STATUS_OK && alone == STATUS_OK) {
		check_same(pdf_scan_info(a), pdf_scan_info(b));
		pdf_diff_init(&d);
		if (pdf_diff_run(a, later, &d) == STATUS_OK)
			holds((d.worst == PDF_CHANGE_NONE) == (d.list.len == 0));
		pdf_diff_free(&d);
	}
	pdf_scan_free(a);
	pdf_scan_free(b);
}

static void
check_store(const struct pdf_scan *scan)
{
	struct pdf_dss dss;

	if (pdf_dss_read(scan, &dss, NULL) == STATUS_OK) {
		for (size_t i = 0; i < dss.count; i++)
			holds(pdf_dss_has(&dss, dss.items[i].part, dss.items[i].der));
		pdf_dss_free(&dss);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = {data, size};
	struct pdf_scan *strict = NULL, *lenient = NULL;
	struct diag *diag = diag_new(), *said = diag_new();
	enum status st, repaired;

	if (size <= SIZE_MAX_TRIED) {
		st = pdf_scan_open(file, false, &strict, diag);
		repaired = pdf_scan_open(file, true, &lenient, said);
		holds(st != STATUS_INVALID || diag_has_error(diag));
		holds(repaired != STATUS_INVALID || diag_has_error(said));
		if (repaired == STATUS_OK) {
			check_info(pdf_scan_info(lenient), file);
			holds(pdf_scan_info(lenient)->recovered == (pdf_scan_info(lenient)->xref == NULL));
		}
		if (st == STATUS_OK) {
			const struct pdf_info *info = pdf_scan_info(strict);

			check_info(info, file);
			check_xref(info->xref, file);
			holds(repaired == STATUS_OK && !pdf_scan_info(lenient)->recovered);
			check_same(info, pdf_scan_info(lenient));
			check_store(strict);
			for (size_t i = info->xref->revision_count; i-- > 1 && info->xref->revision_count - i <= REVISIONS_TRIED;)
				check_earlier(strict, file, info->xref->revisions[i - 1].end);
		}
	}
	pdf_scan_free(strict);
	pdf_scan_free(lenient);
	diag_free(diag);
	diag_free(said);
	return 0;
}
