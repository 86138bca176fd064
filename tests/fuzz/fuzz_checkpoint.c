/* Bytes of a stranger as signed note, as checkpoint body and as verifier key. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/pki/checkpoint.h"

const char *const fuzz_corpora[] = {"tests/fuzz/corpus/checkpoint", NULL};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct checkpoint_key key = {.name = "PeterNeumann"}, read;
	struct span bytes = {data, size};
	char *text = malloc(size + 1);
	struct checkpoint c;
	struct buf again;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (checkpoint_key_read(text, &read) == STATUS_OK)
		key = read;
	(void)checkpoint_open(bytes, &key, &c);
	/* what is read without extensions is what would be written */
	buf_init(&again, CHECKPOINT_MAX);
	if (checkpoint_read(bytes, &c) == STATUS_OK && c.extensions.len == 0 &&
		(checkpoint_body(c.origin, c.size, &c.root, NULL, &again) != STATUS_OK ||
		again.len != size || memcmp(again.data, data, size) != 0))
		abort();
	buf_free(&again);
	free(text);
	return 0;
}
