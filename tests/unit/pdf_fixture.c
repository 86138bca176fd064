/* pdf_fixture: see pdf_fixture.h. */
#define _GNU_SOURCE /* memmem */
#include "tests/unit/pdf_fixture.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* fontconfig, which poppler uses for fonts that a file does not embed, keeps its caches to the end.
 */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

static struct span
read_file(const char *root, const char *path)
{
	char full[1024];
	unsigned char *data = NULL;
	size_t len = 0, got;
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "rb");
	if (f == NULL)
		fail_msg("cannot read %s", full);
	do {
		data = realloc(data, len + 65536);
		assert_non_null(data);
		got = fread(data + len, 1, 65536, f);
		len += got;
	} while (got > 0);
	fclose(f);
	/* Exactly as large as the file: the address sanitizer sees a read past the end. */
	data = realloc(data, len ? len : 1);
	return (struct span){data, len};
}

static const char *
folder(const char *variable)
{
	const char *p = getenv(variable);

	return p != NULL ? p : ".";
}

struct span
built_file(const char *path)
{
	return read_file(folder("CONGVAN_BUILDDIR"), path);
}

struct span
source_file(const char *path)
{
	return read_file(folder("CONGVAN_SRCDIR"), path);
}

struct span
corpus_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "tests/corpus/pdf/made/%s.pdf", name);
	return built_file(path);
}

size_t
corpus_read(struct corpus_entry entries[CORPUS_MAX])
{
	struct span s = built_file("tests/corpus/pdf/made/expect");
	char *text = strndup((const char *)s.data, s.len), *save = NULL;
	size_t n = 0;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
		line = strtok_r(NULL, "\n", &save)) {
		struct corpus_entry *e = &entries[n++];
		char word[16];

		assert_true(n < CORPUS_MAX);
		memset(e, 0, sizeof(*e));
		assert_true(sscanf(line, "%63s %15s %47s", e->name, word, e->code) >= 2);
		e->sign = strcmp(word, "sign") == 0;
	}
	free(text);
	free((void *)(uintptr_t)s.data);
	return n;
}

void
show(const struct diag *d, const char *about)
{
	for (size_t i = 0; i < diag_count(d); i++) {
		const struct finding *f = diag_at(d, i);

		fprintf(stderr, "# %s: %s %s where %s got %s want %s\n", about,
			severity_name(f->severity), f->code, f->where ? f->where : "-",
			f->got ? f->got : "-", f->want ? f->want : "-");
	}
}

struct span
replaced(struct span in, const char *from, const char *to)
{
	size_t n = strlen(from), m = strlen(to), at;
	const unsigned char *p = memmem(in.data, in.len, from, n);
	unsigned char *out;

	if (p == NULL)
		fail_msg("'%s' is not in the file", from);
	out = malloc(in.len - n + m);
	assert_non_null(out);
	at = (size_t)(p - in.data);
	memcpy(out, in.data, at);
	memcpy(out + at, to, m);
	memcpy(out + at + m, p + n, in.len - at - n);
	return (struct span){out, in.len - n + m};
}

void
write_file(const char *path, struct span bytes)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes.data, 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
}
