/*
 * Files of more than 4 GiB (pdf_scan, pdf_update, pdf_diff): offsets and lengths are right beyond 2^31 and 2^32, and what lies about them is refused. The file is memory that nobody has written to
 * but at its ends: no page of the gap between them is ever there.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "lib/doc/pdf_diff.h"
#include "lib/doc/pdf_form.h"
#include "lib/doc/pdf_scan.h"
#include "lib/doc/pdf_update.h"

#define GAP (UINT64_C(9) << 29)      /* 4.5 GiB */
#define ROOM (GAP + (UINT64_C(1) << 20))

struct large {
	unsigned char *at;
	uint64_t len;
};

static uint64_t
put(struct large *f, const char *fmt, ...)
{
	uint64_t at = f->len;
	char text[4000];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	assert_in_range(n, 0, sizeof(text) - 1);
	assert_true(f->len + (uint64_t)n <= ROOM);
	memcpy(f->at + f->len, text, (size_t)n);
	f->len += (uint64_t)n;
	return at;
}

static struct span
span_of(const struct large *f)
{
	return (struct span){f->at, f->len};
}

static void
make_room(struct large *f)
{
	*f = (struct large){mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), 0};
	assert_true(f->at != MAP_FAILED);
}

/* One page, and behind the catalog a stream with the gap. `told`: what its /Length says; `move`: added to the offsets of the table; `start`: to startxref. */
static void
build(struct large *f, uint64_t told, int64_t move, int64_t start)
{
	uint64_t catalog, stream, pages, page, xref;

	make_room(f);
	put(f, "%%PDF-1.7\n");
	catalog = put(f, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Scan 4 0 R >>\nendobj\n");
	stream = put(f, "4 0 obj\n<< /Length %" PRIu64 " >>\nstream\n", told);
	f->len += GAP;
	put(f, "\nendstream\nendobj\n");
	pages = put(f, "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n");
	page = put(f, "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>\nendobj\n");
	if (move < 0) /* else a reader goes on through the gap, which is white space */
		for (int i = 0; i < 6; i += 2)
			f->at[(int64_t)pages + move + i] = f->at[(int64_t)page + move + i] = 'x';
	xref = put(f, "xref\n0 5\n0000000000 65535 f \n%010" PRIu64 " 00000 n \n%010" PRId64 " 00000 n \n%010" PRId64 " 00000 n \n%010" PRIu64 " 00000 n \n", catalog,
		(int64_t)pages + move, (int64_t)page + move, stream);
	put(f, "trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%" PRId64 "\n%%%%EOF\n", (int64_t)xref + start);
}

/* A signature with an empty hole is appended. */
static void
sign(struct large *f, uint64_t *hole_at)
{
	struct pdf_sign how = {.sub_filter = "ETSI.CAdES.detached", .room = 64};
	struct pdf_update *u = NULL;
	struct diag *d = diag_new();
	uint64_t hole_size;
	struct buf tail;
	int value = 0;

	assert_int_equal(pdf_update_begin(span_of(f), &u, d), STATUS_OK);
	assert_int_equal(pdf_form_sign(u, &how, &value, d), STATUS_OK);
	assert_int_equal(pdf_update_finish(u, &tail, NULL), STATUS_OK);
	assert_int_equal(pdf_form_set_range(u, value, f->len, &tail, hole_at, &hole_size), STATUS_OK);
	assert_int_equal(hole_size, 128);
	assert_in_range(*hole_at, f->len, f->len + tail.len);
	memcpy(f->at + f->len, tail.data, tail.len);
	f->len += tail.len;
	pdf_update_free(u);
	buf_free(&tail);
	diag_free(d);
}

static void
test_signed_twice(void **state)
{
	struct pdf_scan *now = NULL, *then = NULL;
	const struct pdf_signature *s;
	struct pdf_diff diff;
	uint64_t hole[2], end[2];
	struct large f;

	(void)state;
	build(&f, GAP, 0, 0);
	for (int i = 0; i < 2; i++) {
		sign(&f, &hole[i]);
		end[i] = f.len;
	}
	assert_int_equal(pdf_scan_open(span_of(&f), false, &now, NULL), STATUS_OK);
	assert_int_equal(pdf_scan_info(now)->page_count, 1);
	assert_int_equal(pdf_scan_info(now)->signature_count, 2);
	assert_true(pdf_scan_info(now)->xref->startxref > GAP);
	for (size_t i = 0; i < 2; i++) {
		s = &pdf_scan_info(now)->signatures[i];
		assert_null(s->fault);
		assert_int_equal(s->range[1], hole[i] - 1);
		assert_int_equal(s->range[2] + s->range[3], end[i]);
		assert_int_equal(s->revision_end, end[i]);
		assert_int_equal(s->whole_file, i == 1);
	}
	assert_int_equal(pdf_scan_open_earlier(now, end[0], &then, NULL), STATUS_OK);
	pdf_diff_init(&diff);
	assert_int_equal(pdf_diff_run(then, now, &diff), STATUS_OK);
	assert_int_equal(diff.worst, PDF_CHANGE_PERMITTED);
	pdf_diff_free(&diff);
	pdf_scan_free(then);
	pdf_scan_free(now);
	munmap(f.at, ROOM);
}

/* What does not stand where the file says, as a 32-bit number would have it, is damaged, and not repaired: no reader looks through it all for objects. */
static void
test_lies(void **state)
{
	static const struct {
		uint64_t told;
		int64_t move, start;
		bool sound;
	} rows[] = {
		{GAP, 0, 0, true},
		{GAP, 0, -(INT64_C(1) << 32), false},          /* startxref cut to 32 bits */
		{GAP, 0, INT64_C(1) << 32, false},             /* behind the end */
		{GAP, 0, INT64_MAX - (INT64_C(6) << 30), false},
		{GAP, -(INT64_C(1) << 32), 0, false},          /* objects in the gap */
		{GAP, INT64_C(1) << 32, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pdf_scan *scan = NULL;
		struct large f;
		struct diag *d = diag_new();

		build(&f, rows[i].told, rows[i].move, rows[i].start);
		assert_int_equal(pdf_scan_open(span_of(&f), true, &scan, d), rows[i].sound ? STATUS_OK : STATUS_INVALID);
		assert_int_equal(diag_has_error(d), !rows[i].sound);
		pdf_scan_free(scan);
		diag_free(d);
		munmap(f.at, ROOM);
	}
}

/* A byte range that says more than there is, or less, is no range. */
static void
test_ranges(void **state)
{
	struct large f;
	uint64_t hole;

	(void)state;
	build(&f, GAP, 0, 0);
	sign(&f, &hole);
	for (size_t i = 0; i < 3; i++) {
		static const char *const ranges[] = {"0 4294967 ", "0 9223372036854775807 ", "9223372036854775807 1 "};
		unsigned char *range = memmem(f.at + GAP, f.len - GAP, "/ByteRange [", 12);
		struct pdf_scan *scan = NULL;

		assert_non_null(range);
		memcpy(range + 12, ranges[i], strlen(ranges[i]));
		assert_int_equal(pdf_scan_open(span_of(&f), false, &scan, NULL), STATUS_OK);
		assert_int_equal(pdf_scan_info(scan)->signature_count, 1);
		assert_non_null(pdf_scan_info(scan)->signatures[0].fault);
		pdf_scan_free(scan);
	}
	munmap(f.at, ROOM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed_twice),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
