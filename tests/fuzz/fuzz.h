/*
 * fuzz: what a fuzz target (fuzz_THING.c) defines. It is linked with replay.c, which runs it over
 * its corpora in `make check`, or with libFuzzer (configure --enable-fuzzing). How to run and add
 * one: tests/fuzz/README.md.
 */
#ifndef CONGVAN_TESTS_FUZZ_FUZZ_H
#define CONGVAN_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What a target holds: an input for which it does not is a finding. */
static inline void
claim(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

/* The same in the words of the program. */
#define holds(condition) claim(condition, #condition)

/*
 * Runs the parser over the bytes; returns 0. The bytes are read-only and end exactly where size
 * says.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Folders of inputs, searched for in the source and in the build tree; NULL ends. At least one file
 * must be there.
 */
extern const char *const fuzz_corpora[];

/* A target whose inputs are dear to run (milliseconds) defines this: how many damaged copies replay makes of all its files, 0: none. */
extern const unsigned fuzz_replay_mutations __attribute__((weak));

/*
 * A target that asks another program's opinion defines this: what the build made (with signatures that are others in each build) is replayed as it is, and only
 * committed inputs are damaged. Else `make check` would meet by chance what the fuzzer should.
 */
extern const bool fuzz_replay_made_whole __attribute__((weak));

#endif
