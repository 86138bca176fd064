/*
 * Our updates put on PDFs from anywhere: room for a signature, visible or not, fields filled in, proofs, room for a document timestamp. What can be prepared must be read again
 * strictly with everything that was there, be a permitted change in our own eyes, and alter nothing outside its hole.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_cache.h"
#include "lib/doc/pdf_diff.h"
#include "lib/doc/pdf_scan.h"
#include "lib/seal/seal.h"
#include "tests/unit/spans.h"

#define SIZE_MAX_TRIED (256u << 10)
#define NOW INT64_C(1795500000000000)

const char *const fuzz_corpora[] = {
	"tests/corpus/pdf/made", "tests/corpus/pdf/attacks", "tests/fuzz/corpus/pdf", NULL};
const unsigned fuzz_replay_mutations = 0; /* the corpora are odd enough, and each file is 30 ms */

static void
refused(enum status st, struct diag *diag)
{
	claim(st != STATUS_INVALID || diag_has_error(diag), "refused with a reason");
}

/* Every field and signature that was there is there, as it was. */
static void
check_kept(const struct pdf_info *was, const struct pdf_info *is, const struct pdf_scan *scan)
{
	claim(was->page_count == is->page_count, "the pages are kept");
	claim(was->signature_count <= is->signature_count, "the signatures are kept");
	for (size_t i = 0; i < was->field_count; i++)
		claim(pdf_scan_field(scan, was->fields[i].name) != NULL, "a field is kept");
	for (size_t i = 0; i < was->signature_count; i++) {
		const struct pdf_signature *a = &was->signatures[i], *b = NULL;

		for (size_t k = 0; k < is->signature_count && b == NULL; k++)
			if (strcmp(is->signatures[k].field, a->field) == 0 && memcmp(is->signatures[k].range, a->range, sizeof(a->range)) == 0)
				b = &is->signatures[k];
		claim(b != NULL && (a->fault == NULL) == (b->fault == NULL) && a->revision_end == b->revision_end &&
			a->contents.len == b->contents.len, "a signature is kept as it was");
	}
}

/* The update on its base by our own reading and judgement. */
static void
check_update(struct span base, struct span file, size_t new_signatures)
{
	struct pdf_scan *before = NULL, *after = NULL;
	struct pdf_diff d;

	claim(pdf_scan_open(file, false, &after, NULL) == STATUS_OK, "the result is read strictly");
	claim(pdf_scan_open_earlier(after, base.len, &before, NULL) == STATUS_OK, "the base is a revision of the result");
	check_kept(pdf_scan_info(before), pdf_scan_info(after), after);
	claim(pdf_scan_info(after)->signature_count == pdf_scan_info(before)->signature_count + new_signatures, "the number of signatures");
	claim(pdf_scan_info(after)->xref->revision_count == pdf_scan_info(before)->xref->revision_count + 1, "one revision more");
	claim(pdf_scan_info(after)->stream_xref == pdf_scan_info(before)->stream_xref, "the kind of cross-reference is kept");
	pdf_diff_init(&d);
	/* an object that names a cross-reference stream makes any update of the file doubtful: pdf.change.structure */
	if (pdf_diff_run(before, after, &d) == STATUS_OK && d.worst > PDF_CHANGE_PERMITTED && new_signatures > 0 &&
		!(d.worst == PDF_CHANGE_SUSPICIOUS && strstr(buf_str(&d.list), "pdf.change.structure\n") != NULL)) {
		fprintf(stderr, "our own update is %s: %s\n", pdf_change_name(d.worst), buf_str(&d.list));
		abort();
	}
	pdf_diff_free(&d);
	pdf_scan_free(before);
	pdf_scan_free(after);
}

/* The hole filled: nothing else of the tail changes. */
static void
check_embed(struct span base, struct seal_prepared *p, struct diag *diag)
{
	static const unsigned char cms[] = {0x30, 0x03, 0x02, 0x01, 0x00};
	struct buf was;
	size_t at = (size_t)(p->hole_at - base.len);
	enum status st;

	claim(p->hole_at > base.len && p->hole_at + p->hole_size < base.len + p->tail.len, "the hole is in the tail");
	buf_init(&was, p->tail.len);
	buf_put(&was, p->tail.data, p->tail.len);
	st = seal_pdf.embed(base, p, (struct span){cms, sizeof(cms)}, diag);
	if (st == STATUS_OK) {
		claim(was.len == p->tail.len && memcmp(was.data, p->tail.data, at) == 0 && memcmp(was.data + at + p->hole_size,
			p->tail.data + at + p->hole_size, was.len - at - p->hole_size) == 0, "only the hole is written");
	} else {
		claim(st == STATUS_NO_MEMORY, "what was prepared can be embedded");
	}
	buf_free(&was);
}

/* Signs, once more on the result while `again` is over 0, as the office does after the leader. */
static void
check_sign(struct span base, bool visible, int again)
{
	static struct pdf_cache *cache;
	struct seal_request request = {.signer = "Nguyễn Văn An", .time = NOW, .room = 64, .look = {.role = SEAL_ROLE_INVISIBLE}};
	struct diag *diag = diag_new();
	struct seal_prepared p;
	enum status st;

	if (cache == NULL)
		cache = pdf_cache_new();
	request.cache = cache;
	if (visible) {
		request.look = (struct seal_look){.role = again > 0 ? SEAL_ROLE_COPY : SEAL_ROLE_OFFICE, .page = 1, .rect = {10, 10, 150, 90}};
		if (again > 0) {
			request.fields[0].name = "so.fuzz";
			request.fields[0].page = 1;
			memcpy(request.fields[0].rect, (const double[4]){20, 20, 80, 40}, sizeof(request.fields[0].rect));
		}
	}
	st = seal_pdf.prepare(base, &request, &p, diag);
	refused(st, diag);
	if (st == STATUS_OK) {
		struct span file;

		check_embed(base, &p, diag);
		file = joined(base, &p.tail);
		check_update(base, file, 1);
		if (again > 0)
			check_sign(file, visible, again - 1);
		drop(file);
		seal_prepared_free(&p);
	}
	diag_free(diag);
}

/* What is put in for the long term. */
static void
check_long_term(struct span base)
{
	static const unsigned char der[] = {0x30, 0x03, 0x02, 0x01, 0x07};
	struct seal_prepared p;
	struct diag *diag = diag_new();
	enum status st = seal_pdf.prepare_archive(base, (struct span){NULL, 0}, 64, &p, diag);
	struct span file;
	struct buf tail;

	refused(st, diag);
	if (st == STATUS_OK) {
		file = joined(base, &p.tail);
		check_update(base, file, 1);
		drop(file);
		seal_prepared_free(&p);
	}
	buf_init(&tail, 1u << 20);
	st = seal_pdf.add_proofs(base, (struct span){NULL, 0}, &(struct seal_proof){SEAL_PROOF_OCSP, {der, sizeof(der)}}, 1, &tail, diag);
	if (st == STATUS_OK && tail.len > 0) {
		file = joined(base, &tail);
		check_update(base, file, 0);
		drop(file);
	}
	buf_free(&tail);
	diag_free(diag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = {data, size};

	if (size > SIZE_MAX_TRIED)
		return 0;
	check_sign(file, size % 4 == 0, 1);
	check_long_term(file);
	return 0;
}
