/* pdf_tools: see pdf_tools.h. */
#include "tests/unit/pdf_tools.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/pdf_fixture.h"

char *
tools_output(const char *scratch, const char *command, struct span file)
{
	const char *hash = strchr(command, '#');
	char path[300], line[4096];
	struct buf out;
	size_t n;
	FILE *f;

	assert_non_null(hash);
	snprintf(path, sizeof(path), "%s/file.pdf", scratch);
	write_file(path, file);
	snprintf(line, sizeof(line), "%.*s'%s'%s 2>&1", (int)(hash - command), command, path,
		hash + 1);
	f = popen(line, "r");
	assert_non_null(f);
	buf_init(&out, 1u << 20);
	while ((n = fread(line, 1, sizeof(line), f)) > 0)
		buf_put(&out, line, n);
	pclose(f);
	return (char *)buf_steal(&out, NULL);
}

int
tools_words(const char *text, const char *word)
{
	int n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

int
tools_count(const char *scratch, const char *command, struct span file, const char *word)
{
	char *text = tools_output(scratch, command, file);
	int n = tools_words(text, word);

	free(text);
	return n;
}

void
tools_check(const char *scratch, struct span base, struct span file, int valid, const char *about)
{
	static const char clean[] = "No syntax or stream encoding errors";
	char *poppler = tools_output(scratch, "pdfsig -nocert #", file),
	     *mupdf = tools_output(scratch, "mutool sign -v #", file);

	if (tools_words(poppler, "Signature is Valid.") != valid ||
		tools_words(poppler, " - Total document signed") != 1)
		fail_msg("%s: %d signatures expected, pdfsig says:\n%s", about, valid, poppler);
	if (tools_words(mupdf, "The document is unchanged since signing.") != 1 ||
		tools_words(mupdf, "The signature is valid but there have been edits since signing.") !=
			valid - 1)
		fail_msg("%s: %d signatures expected, mutool says:\n%s", about, valid, mupdf);
	if (tools_count(scratch, "qpdf --check #", file, clean) != 1 &&
		tools_count(scratch, "qpdf --check #", base, clean) == 1)
		fail_msg("%s: qpdf finds faults", about);
	free(poppler);
	free(mupdf);
}
