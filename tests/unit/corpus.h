/* corpus: walks a folder of generated files, each with the codes that NAME.expect lists. For unit
 * tests. */
#ifndef CONGVAN_TESTS_UNIT_CORPUS_H
#define CONGVAN_TESTS_UNIT_CORPUS_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/diag.h"
#include "lib/base/message.h"
#include "lib/doc/output.h"

/* Judges one file; findings go to diag. Returns a word on what went wrong, or NULL. */
typedef const char *(*corpus_fn)(const char *path, struct span bytes, struct diag *diag);

static inline bool
corpus_has(const struct diag *d, const char *code, bool as_error)
{
	for (size_t i = 0; i < diag_count(d); i++)
		if (strcmp(diag_at(d, i)->code, code) == 0 &&
			(!as_error || diag_at(d, i)->severity == SEVERITY_ERROR))
			return true;
	return false;
}

/* True when every expected code was found and every found code has a text. Prints what is missing.
 */
static inline bool
corpus_met(const char *path, const struct diag *d, bool as_error)
{
	char expect[4200], code[100];
	bool met = true;
	FILE *f;

	snprintf(expect, sizeof(expect), "%s.expect", path);
	f = fopen(expect, "r");
	while (f != NULL && fscanf(f, "%99s", code) == 1)
		if (strcmp(code, "accepted") != 0 && !corpus_has(d, code, as_error)) {
			printf("# %s: no %s\n", path, code);
			met = false;
		}
	if (f != NULL)
		fclose(f);
	for (size_t i = 0; i < diag_count(d); i++)
		if (message_find(diag_at(d, i)->code, LANGUAGE_VI) == NULL) {
			printf("# %s: no text for %s\n", path, diag_at(d, i)->code);
			met = false;
		}
	return met && f != NULL;
}

static inline void
corpus_print(const struct diag *d)
{
	for (size_t i = 0; i < diag_count(d); i++) {
		const struct finding *f = diag_at(d, i);

		printf("#   %s %s %s: %s (%s)\n", severity_name(f->severity), f->code, f->where,
			f->got ? f->got : "-", f->want ? f->want : "-");
	}
}

/* True when NAME.expect has the line "accepted". */
static inline bool
corpus_accepts(const char *path)
{
	char expect[4200], code[100];
	bool found = false;
	FILE *f;

	snprintf(expect, sizeof(expect), "%s.expect", path);
	f = fopen(expect, "r");
	while (f != NULL && fscanf(f, "%99s", code) == 1)
		found = found || strcmp(code, "accepted") == 0;
	if (f != NULL)
		fclose(f);
	return found;
}

static inline bool
corpus_one(const char *path, bool as_error, corpus_fn fn)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct diag *d = diag_new();
	struct mapped m;
	const char *wrong = "cannot be read";
	bool met;

	if (fd >= 0 && mapped_open(fd, &m) == STATUS_OK) {
		wrong = fn(path, m.span, d);
		mapped_close(&m);
	}
	if (fd >= 0)
		close(fd);
	if (wrong != NULL)
		printf("# %s: %s\n", path, wrong);
	met = corpus_met(path, d, as_error) && wrong == NULL;
	if (!met)
		corpus_print(d);
	diag_free(d);
	return met;
}

/* Runs fn on every file of CONGVAN_BUILDDIR/folder whose name ends in suffix. *count_out files,
 * *bad_out of them not as expected. */
static inline void
corpus_run(const char *folder, const char *suffix, bool as_error, corpus_fn fn, size_t *count_out,
	size_t *bad_out)
{
	const char *root = getenv("CONGVAN_BUILDDIR");
	char dir[2000], path[4100];
	struct dirent *e;
	DIR *d;

	*count_out = *bad_out = 0;
	snprintf(dir, sizeof(dir), "%s/%s", root != NULL ? root : ".", folder);
	d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name), s = strlen(suffix);

		if (n <= s || strcmp(e->d_name + n - s, suffix) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		++*count_out;
		if (!corpus_one(path, as_error, fn))
			++*bad_out;
	}
	if (d != NULL)
		closedir(d);
}

#endif
