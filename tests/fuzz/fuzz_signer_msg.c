/* A signer message: the first byte says which; then what both ends do with it. A SIGN request that
 * decodes encodes to one that decodes. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/wire/signer_msg.h"

const char *const fuzz_corpora[] = {"tests/fuzz/corpus/signer_msg", NULL};

static void
check_sign(struct span request)
{
	struct buf text;
	struct signer_sign *s = NULL, *again = NULL;
	char *sealed;
	json_t *v;

	if (signer_sign_decode(request, &s) != STATUS_OK)
		return;
	sealed = base64_encode(s->sealed, s->sealed_len);
	v = signer_sign_encode_each(sealed, s->digests, s->formats, s->count, s->time);
	buf_init(&text, 1 << 22);
	if (v == NULL || signer_msg_encode(v, &text) != STATUS_OK ||
		signer_sign_decode((struct span){text.data, text.len}, &again) != STATUS_OK || again->count != s->count ||
		again->time != s->time || memcmp(again->formats, s->formats, s->count * sizeof(*s->formats)) != 0 ||
		memcmp(again->digests, s->digests, s->count * sizeof(*s->digests)) != 0)
		abort();
	signer_sign_free(s);
	signer_sign_free(again);
	buf_free(&text);
	json_decref(v);
	free(sealed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char file[64] = {1, 2, 3};
	json_t *v = NULL;
	struct buf text;

	if (size > 0 && data[0] == 's') {
		check_sign((struct span){data + 1, size - 1});
		return 0;
	}
	if (size == 0 || signer_msg_decode((struct span){data + 1, size - 1}, &v) != STATUS_OK)
		return 0;
	switch (data[0]) {
	case 'c':
		(void)signer_text_decode(v, "note", SIGNER_NOTE);
		break;
	case 'u':
		(void)signer_text_decode(v, "key", 63);
		break;
	default:
		(void)signer_msg_join(v, (struct span){file, sizeof(file)});
		break;
	}
	buf_init(&text, 1 << 20);
	if (signer_msg_encode(v, &text) != STATUS_OK && buf_status(&text) == STATUS_OK)
		abort();
	buf_free(&text);
	json_decref(v);
	return 0;
}
