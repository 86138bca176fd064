/*
 * replay: runs a fuzz target over every file of its corpora, and over damaged copies of each (cut
 * short, bits turned, bytes moved), always the same ones. It finds no new path by itself, but keeps
 * what a fuzzer found from coming back and needs no clang. A crash or a sanitizer report ends the
 * process, which the test driver counts as a failure; `CONGVAN_REPLAY_LOG=1` names each input.
 */
#include "config.h"

#ifdef CONGVAN_FUZZING
typedef int replay_is_not_used; /* libFuzzer brings main() */
#else

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REPLAY_FILE_MAX (8u << 20)
#define REPLAY_MUTATIONS 3000u   /* over all files of a target, unless it says fewer */
#define REPLAY_BYTES (24u << 20) /* given to mutations in all: large files get fewer */

struct replay {
	size_t files, runs, planned;
	uint64_t random;
	int mutate;
};

static uint64_t
next_random(struct replay *r)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return r->random;
}

/* A copy of exactly the right size, so that reading one byte too far is seen. */
static void
run(struct replay *r, const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	r->runs++;
}

static void
damage(struct replay *r, uint8_t *bytes, size_t *size)
{
	size_t n = 1 + next_random(r) % 4;

	for (size_t i = 0; i<n && * size> 0; i++) {
		size_t at = next_random(r) % *size, from = next_random(r) % *size;

		switch (next_random(r) % 5) {
		case 0:
			bytes[at] ^= (uint8_t)(1u << next_random(r) % 8);
			break;
		case 1:
			bytes[at] = (uint8_t)next_random(r);
			break;
		case 2:
			*size = at;
			break;
		case 3:
			bytes[at] = next_random(r) % 2 ? 0xff : 0x00;
			break;
		default:
			bytes[at] = bytes[from];
			break;
		}
	}
}

static void
run_mutations(struct replay *r, const uint8_t *data, size_t size)
{
	size_t most = &fuzz_replay_mutations != NULL ? fuzz_replay_mutations : REPLAY_MUTATIONS;
	size_t count = r->planned > 0 && most > 0 ? most / r->planned + 1 : 0;
	size_t share = r->planned > 0 ? REPLAY_BYTES / r->planned / (size + 1) + 1 : 0;
	uint8_t *bytes = malloc(size > 0 ? size : 1);

	if (bytes == NULL)
		abort();
	if (count > share)
		count = share;
	for (size_t i = 0; i < count && size > 0; i++) {
		size_t n = size;

		memcpy(bytes, data, size);
		damage(r, bytes, &n);
		run(r, bytes, n);
	}
	free(bytes);
}

static void
replay_file(struct replay *r, const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(REPLAY_FILE_MAX);
	size_t size;

	if (f == NULL || data == NULL) {
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	size = fread(data, 1, REPLAY_FILE_MAX, f);
	fclose(f);
	if (getenv("CONGVAN_REPLAY_LOG") != NULL)
		fprintf(stderr, "# %s (%zu bytes)\n", path, size);
	r->files++;
	run(r, data, size);
	if (r->mutate)
		run_mutations(r, data, size);
	free(data);
}

/*
 * Calls back for each regular file of the folder, in the order of their names; depth is bounded by
 * the trees in question.
 */
static void
walk(struct replay *r, const char *path, void (*visit)(struct replay *, const char *))
{
	struct stat st;
	struct dirent **names;
	int n;

	if (stat(path, &st) != 0)
		return;
	if (S_ISREG(st.st_mode)) {
		visit(r, path);
		return;
	}
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char *below = NULL;

		if (names[i]->d_name[0] != '.' &&
			asprintf(&below, "%s/%s", path, names[i]->d_name) > 0)
			walk(r, below, visit);
		free(below);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void
count_file(struct replay *r, const char *path)
{
	(void)path;
	r->planned++;
}

static void
walk_corpora(struct replay *r, void (*visit)(struct replay *, const char *))
{
	const char *trees[] = {getenv("CONGVAN_SRCDIR"), getenv("CONGVAN_BUILDDIR")};
	bool made_whole = &fuzz_replay_made_whole != NULL;

	for (size_t i = 0; fuzz_corpora[i] != NULL; i++)
		for (size_t k = 0; k < 2; k++) {
			char *path = NULL;

			if (trees[k] == NULL ||
				(k == 1 && trees[0] && strcmp(trees[0], trees[1]) == 0))
				continue;
			r->mutate = !(made_whole && k == 1);
			if (asprintf(&path, "%s/%s", trees[k], fuzz_corpora[i]) > 0)
				walk(r, path, visit);
			free(path);
		}
}

/* With arguments: just these files and folders, without mutations, to look at one finding. */
int
main(int argc, char **argv)
{
	struct replay r = {.random = UINT64_C(0x9e3779b97f4a7c15), .mutate = argc == 1};

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..2\n");
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			walk(&r, argv[i], replay_file);
	} else {
		walk_corpora(&r, count_file);
		walk_corpora(&r, replay_file);
	}
	printf("%s 1 - corpus has files (%zu)\n", r.files > 0 ? "ok" : "not ok", r.files);
	printf("ok 2 - %zu inputs, none crashed\n", r.runs);
	return r.files > 0 ? 0 : 1;
}
#endif
