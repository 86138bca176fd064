/*
 * pdf_show against poppler: over every file of the corpus, the letters as they are seen on turned and cropped pages, and pages made to
 * tell the two apart, the words and their boxes are the same, or pdf_show leaves the page to poppler; and so are the places found by them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/pdf_place.h"
#include "lib/doc/pdf_show.h"
#include "lib/doc/pdf_text.h"
#include "tests/unit/pdf_fixture.h"

#define NEAR 0.02 /* points */

static int
by_text(const void *a, const void *b)
{
	const struct pdf_word *x = a, *y = b;
	int text = strcmp(x->text, y->text);

	if (text != 0)
		return text;
	if (fabs(x->box.y0 - y->box.y0) > NEAR)
		return x->box.y0 < y->box.y0 ? -1 : 1;
	return x->box.x0 < y->box.x0 ? -1 : x->box.x0 > y->box.x0;
}

static bool
same_word(const struct pdf_word *a, const struct pdf_word *b)
{
	return strcmp(a->text, b->text) == 0 && fabs(a->box.x0 - b->box.x0) < NEAR && fabs(a->box.x1 - b->box.x1) < NEAR &&
		fabs(a->box.y0 - b->box.y0) < NEAR && fabs(a->box.y1 - b->box.y1) < NEAR && fabs(a->size - b->size) < NEAR && a->dots == b->dots;
}

static void
say(const char *who, const struct pdf_words *w)
{
	fprintf(stderr, "%s: %zu words\n", who, w->count);
	for (size_t i = 0; i < w->count; i++)
		fprintf(stderr, "  %s [%.2f %.2f %.2f %.2f] %.2f%s\n", w->words[i].text, w->words[i].box.x0, w->words[i].box.y0,
			w->words[i].box.x1, w->words[i].box.y1, w->words[i].size, w->words[i].dots ? " dots" : "");
}

/* What a page says that was read; false: it was left to poppler. */
static bool
hold_page(const char *name, const struct pdf_scan *scan, struct pdf_text *text, size_t page)
{
	struct pdf_words ours, theirs;
	bool same;

	if (pdf_show_words(scan, page, &ours) != STATUS_OK)
		return false;
	assert_int_equal(pdf_text_words(text, page, &theirs), STATUS_OK);
	qsort(ours.words, ours.count, sizeof(ours.words[0]), by_text);
	qsort(theirs.words, theirs.count, sizeof(theirs.words[0]), by_text);
	same = ours.count == theirs.count;
	for (size_t i = 0; same && i < ours.count; i++)
		same = same_word(&ours.words[i], &theirs.words[i]);
	if (!same) {
		say("ours", &ours);
		say("poppler", &theirs);
		fail_msg("%s, page %zu: not the words that poppler reads", name, page);
	}
	pdf_words_free(&ours);
	pdf_words_free(&theirs);
	return true;
}

/* Pages read, of one file; takes its bytes. */
static size_t
hold(const char *name, struct span file)
{
	struct pdf_scan *scan = NULL;
	struct pdf_text *text = NULL;
	size_t read = 0;

	if (pdf_scan_open(file, false, &scan, NULL) == STATUS_OK && pdf_text_open(file, &text, NULL) == STATUS_OK)
		for (size_t p = 1; p <= pdf_scan_info(scan)->page_count && p <= 20; p++)
			read += hold_page(name, scan, text, p);
	pdf_text_free(text);
	pdf_scan_free(scan);
	free((void *)(uintptr_t)file.data);
	return read;
}

static void
test_corpus(void **state)
{
	static struct corpus_entry entries[CORPUS_MAX];
	size_t n = corpus_read(entries);

	(void)state;
	for (size_t i = 0; i < n; i++)
		hold(entries[i].name, corpus_file(entries[i].name));
}

static const char *const letters[] = {"letter", "letter-0", "letter-90", "letter-180", "letter-270", "letter-0-odd", "letter-90-odd",
	"letter-180-odd", "letter-270-odd"};
#define LETTERS (sizeof(letters) / sizeof(letters[0]))

static struct span
letter(size_t i)
{
	char path[80];

	snprintf(path, sizeof(path), "tests/data/%s.pdf", letters[i]);
	return built_file(path);
}

static void
test_letters(void **state)
{
	(void)state;
	for (size_t i = 0; i < LETTERS; i++)
		assert_int_equal(hold(letters[i], letter(i)), 1);
}

static void
test_made(void **state)
{
	struct span names = built_file("tests/corpus/pdf/shown/names");
	char *list = strndup((const char *)names.data, names.len), *save = NULL;
	size_t count = 0;

	(void)state;
	for (char *name = strtok_r(list, "\n", &save); name != NULL; name = strtok_r(NULL, "\n", &save), count++) {
		char path[160];
		size_t read;

		snprintf(path, sizeof(path), "tests/corpus/pdf/shown/%s.pdf", name);
		read = hold(name, built_file(path));
		if (read != (strncmp(name, "read-", 5) == 0))
			fail_msg("%s: %s", name, read ? "read" : "left to poppler");
	}
	assert_true(count > 25);
	free(list);
	free((void *)(uintptr_t)names.data);
}

static void
assert_same_place(const struct pdf_place *a, const struct pdf_place *b)
{
	assert_int_equal(a->page, b->page);
	assert_true(fabs(a->rect.x0 - b->rect.x0) < 2 * NEAR && fabs(a->rect.x1 - b->rect.x1) < 2 * NEAR &&
		fabs(a->rect.y0 - b->rect.y0) < 2 * NEAR && fabs(a->rect.y1 - b->rect.y1) < 2 * NEAR);
	assert_true(fabs(a->size - b->size) < NEAR && a->dots == b->dots && a->bounded == b->bounded);
}

/* Places found with the words of the content stream and, from a scan that it does not read, with poppler's: a scan that calls itself repaired. */
static void
test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < LETTERS; i++) {
		struct span file = letter(i);
		struct pdf_scan *scan;
		struct pdf_place ours, theirs;
		const struct pdf_words *words;
		struct pdf_text *text, *late;

		assert_int_equal(pdf_scan_open(file, false, &scan, NULL), STATUS_OK);
		for (int what = 0; what < 5; what++) {
			for (int turn = 0; turn < 2; turn++) {
				struct pdf_place *to = turn == 0 ? &ours : &theirs;

				((struct pdf_info *)(uintptr_t)pdf_scan_info(scan))->recovered = turn == 1;
				assert_int_equal(pdf_text_open_late(file, &text, NULL), STATUS_OK);
				assert_int_equal(pdf_text_drawn(text, scan, 1, &words), turn == 0 ? STATUS_OK : STATUS_UNSUPPORTED);
				memset(to, 0, sizeof(*to));
				assert_int_equal(what == 0 ? pdf_place_signature(text, scan, 0, "Nguyễn Văn An", 2, to, NULL) :
					what == 1 ? pdf_place_seal(text, scan, 0, "Nguyễn Văn An", 1, 120, 2, to, NULL) :
					what == 2 ? pdf_place_gap(text, scan, 0, "Số", to, NULL) :
					what == 3 ? pdf_place_gap(text, scan, 0, "tháng", to, NULL) :
					pdf_place_arrival(text, scan, 0, 150, 80, to, NULL), STATUS_OK);
				pdf_text_free(text);
			}
			assert_same_place(&ours, &theirs);
		}
		/* what is not printed is asked of poppler too, and of it once */
		((struct pdf_info *)(uintptr_t)pdf_scan_info(scan))->recovered = false;
		assert_int_equal(pdf_text_open_late(file, &late, NULL), STATUS_OK);
		assert_int_equal(pdf_place_signature(late, scan, 0, "nguyen van an", 2, &ours, NULL), STATUS_OK);
		assert_int_equal(pdf_place_signature(late, scan, 0, "Trần Thị Không", 2, &ours, NULL), STATUS_INVALID);
		pdf_text_free(late);
		pdf_scan_free(scan);
		free((void *)(uintptr_t)file.data);
	}
}

/* By hand: the files named in CONGVAN_SHOW_FILES, one path a line. */
static void
test_others(void **state)
{
	const char *list = getenv("CONGVAN_SHOW_FILES");
	FILE *f = list != NULL ? fopen(list, "r") : NULL;
	char path[4096];
	size_t files = 0, read = 0;

	(void)state;
	if (f == NULL)
		skip();
	while (fgets(path, sizeof(path), f) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		files++;
		read += hold(path, built_file(path));
	}
	fclose(f);
	printf("%zu files, %zu pages read\n", files, read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("pdf_show", tests, NULL, NULL);
}
