/*
 * Packets through edxml_read, with small limits so that the fuzzer stays in the parser; what is
 * accepted must have a sender and a subject and survive JSON and back.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/edxml_json.h"

const char *const fuzz_corpora[] = {"tests/corpus/edxml/made/good", "tests/corpus/edxml/made/bad",
	"tests/corpus/edxml/made/status-good", "tests/corpus/edxml/made/status-bad", NULL};

static struct edxml_schemas *
load(void)
{
	const char *root = getenv("CONGVAN_SRCDIR");
	struct edxml_schemas *schemas = NULL;
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/schemas/xsd", root != NULL ? root : "../..");
	if (edxml_schemas_load(dir, NULL, &schemas) != STATUS_OK)
		abort();
	return schemas;
}

/* A packet that was read can be told as JSON, and that JSON read again. */
static void
check(const struct edxml *e)
{
	json_t *j = edxml_to_json(e), *list = json_object_get(j, "attachments");
	int files[64];
	struct edxml *again = NULL;
	enum status st;

	if (j == NULL ||
		(e->packet == EDXML_DOCUMENT && (e->from.organ_id == NULL || e->subject == NULL)))
		abort();
	for (size_t i = 0; i < e->attachment_count; i++) {
		files[i] = e->attachments[i].fd;
		json_object_set_new(json_array_get(list, i), "index", json_integer((json_int_t)i));
	}
	st = edxml_from_json(j, files, e->attachment_count, NULL, &again);
	if (st != STATUS_OK && st != STATUS_NO_MEMORY)
		abort();
	edxml_free(again);
	json_decref(j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct edxml_schemas *schemas;
	struct edxml_limits limits = edxml_limits_default;
	struct diag *diag = diag_new();
	struct edxml *e = NULL;

	if (schemas == NULL)
		schemas = load();
	limits.attachment = limits.total = limits.pack.entry = limits.pack.total = 4 << 20;
	if (edxml_read((struct span){data, size}, schemas, &limits, &edxml_sink_memory, diag, &e) ==
		STATUS_OK) {
		if (diag_has_error(diag))
			abort();
		check(e);
	}
	edxml_free(e);
	diag_free(diag);
	return 0;
}
