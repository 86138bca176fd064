/* The plain text of an activation, and the sealed one: whatever parses must seal, and open to the
 * same again. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/wire/activation.h"

const char *const fuzz_corpora[] = {"tests/fuzz/corpus/activation", NULL};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char private_key[32], public_key[65];
	static struct hpke_recipient *recipient;
	struct activation *a = NULL, *b = NULL;
	struct buf sealed;

	if (public_key[0] == 0 && (activation_keypair(private_key, public_key) != STATUS_OK ||
		hpke_recipient_new(private_key, &recipient) != STATUS_OK))
		abort();
	if (size > 65 && data[0] == 4 &&
		activation_open((struct span){data, size}, recipient, &a) == STATUS_OK)
		abort(); /* nobody sealed it */
	if (activation_parse((struct span){data, size}, &a) != STATUS_OK)
		return 0;
	buf_init(&sealed, 2 * ACTIVATION_MAX);
	if (activation_seal(a, public_key, &sealed) != STATUS_OK ||
		activation_open((struct span){sealed.data, sealed.len}, recipient, &b) !=
			STATUS_OK ||
		a->count != b->count || strcmp(a->pin, b->pin) != 0 || a->expires != b->expires ||
		strcmp(a->titles[a->count - 1], b->titles[a->count - 1]) != 0 || (a->formats == NULL) != (b->formats == NULL) ||
		(a->formats != NULL && memcmp(a->formats, b->formats, a->count * sizeof(*a->formats)) != 0))
		abort();
	buf_free(&sealed);
	activation_free(a);
	activation_free(b);
	return 0;
}
