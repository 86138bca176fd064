/*
 * seal_imprint: the digest to approve, found from prepared bytes alone, is the one that prepare gave, whatever the algorithm; and a PDF whose hole is
 * filled, forged or not the whole rest of the file has none.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/seal/seal.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/seal_fixture.h"

static const enum imprint_kind kinds[] = {IMPRINT_SHA256, IMPRINT_SHA384, IMPRINT_SHA512};

/* The letter, prepared for a signature by this algorithm: the whole file, and what prepare said of it. */
static struct span
prepared(struct span letter, enum imprint_kind kind, struct seal_prepared *p)
{
	struct seal_request req = {.signer = "Nguyễn Văn Mẫu",
		.time = fixture_time("2026-11-24T12:00:00Z"),
		.look = {.role = SEAL_ROLE_INVISIBLE},
		.algorithm = kind};

	assert_int_equal(seal_pdf.prepare(letter, &req, p, NULL), STATUS_OK);
	return joined(letter, &p->tail);
}

static void
test_same_as_prepare(void **state)
{
	struct span letter = built_file("tests/data/letter.pdf");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct seal_prepared p;
		struct span file = prepared(letter, kinds[i], &p);
		struct imprint own;

		assert_int_equal(seal_prepared_imprint(file, kinds[i], &own), STATUS_OK);
		assert_true(imprint_equal(&own, &p.imprint));
		drop(file);
		seal_prepared_free(&p);
	}
	drop(letter);
}

/* Anything but a PDF is signed as it stands, even no bytes at all. */
static void
test_other_files(void **state)
{
	static const unsigned char text[] = "%PDF without its dash";
	struct imprint own, want;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t n = 0; n < sizeof(text); n++) {
			want = imprint_of(kinds[i], text, n);
			assert_int_equal(seal_prepared_imprint((struct span){text, n}, kinds[i], &own), STATUS_OK);
			assert_true(imprint_equal(&own, &want));
		}
}

static void
test_no_hole(void **state)
{
	struct span letter = built_file("tests/data/letter.pdf"), file, signed_file;
	struct seal_request req = {.signer = "Nguyễn Văn Mẫu", .time = fixture_time("2026-11-24T12:00:00Z"), .look = {.role = SEAL_ROLE_INVISIBLE}};
	struct seal_prepared p;
	struct imprint own;
	unsigned char *changed;

	(void)state;
	assert_int_equal(seal_prepared_imprint(letter, IMPRINT_SHA256, &own), STATUS_INVALID);
	assert_int_equal(seal_file(letter, &req, "leader1", &signed_file, NULL), STATUS_OK);
	assert_int_equal(seal_prepared_imprint(signed_file, IMPRINT_SHA256, &own), STATUS_INVALID);
	drop(signed_file);

	file = prepared(letter, IMPRINT_SHA256, &p);
	changed = malloc(file.len + 2);
	assert_non_null(changed);
	memcpy(changed, file.data, file.len);
	/* a byte hidden in the hole, which no signature would cover */
	changed[p.hole_at + p.hole_size / 2] = '1';
	assert_int_equal(seal_prepared_imprint((struct span){changed, file.len}, IMPRINT_SHA256, &own), STATUS_INVALID);
	changed[p.hole_at + p.hole_size / 2] = '0';
	assert_int_equal(seal_prepared_imprint((struct span){changed, file.len}, IMPRINT_SHA256, &own), STATUS_OK);
	/* something behind what would be signed */
	memcpy(changed + file.len, "%\n", 2);
	assert_int_equal(seal_prepared_imprint((struct span){changed, file.len + 2}, IMPRINT_SHA256, &own), STATUS_INVALID);
	/* cut short */
	assert_int_not_equal(seal_prepared_imprint((struct span){changed, file.len - 1}, IMPRINT_SHA256, &own), STATUS_OK);
	free(changed);
	drop(file);
	seal_prepared_free(&p);
	drop(letter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_prepare), cmocka_unit_test(test_other_files), cmocka_unit_test(test_no_hole)};

	return cmocka_run_group_tests_name("seal_imprint", tests, NULL, NULL);
}
