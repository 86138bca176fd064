# tests that belong to no single folder

# Fuzz targets (tests/fuzz/README.md): each links FUZZ_MAIN first.
noinst_LIBRARIES += tests/fuzz/libreplay.a
FUZZ_MAIN = tests/fuzz/libreplay.a $(FUZZ_LIBS)
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz.h
EXTRA_DIST += tests/unit/spans.h
EXTRA_DIST += tests/fuzz/README.md tests/fuzz/run tests/fuzz/dict tests/fuzz/corpus/frame tests/fuzz/corpus/job

check_PROGRAMS += tests/fuzz/fuzz_frame tests/fuzz/fuzz_job
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c
tests_fuzz_fuzz_frame_LDADD = $(FUZZ_MAIN) $(WIRE_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_job_SOURCES = tests/fuzz/fuzz_job.c
tests_fuzz_fuzz_job_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_job_LDADD = $(FUZZ_MAIN) $(WIRE_LIBS) $(BASE_LIBS)

# The house rules that a script can check.
dist_check_SCRIPTS += tests/style/layering tests/style/catalogue tests/style/files tests/style/dist

# The pages in a real browser (tests/browser/pages.mjs); npm's part of it is put there by build-aux/install-packages.
dist_check_SCRIPTS += tests/browser/browser.sh tests/browser/contents.sh tests/browser/mandates.sh tests/browser/outbox.sh
EXTRA_DIST += tests/browser/run.py tests/browser/browser.mjs tests/browser/people.mjs tests/browser/pages.mjs tests/browser/contents.mjs tests/browser/mandates.mjs tests/browser/outbox.mjs tests/browser/package.json tests/browser/package-lock.json
