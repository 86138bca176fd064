/* edxml_signature: a block is real only with a plausible digest, value and certificate; anything less is a dummy. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "lib/doc/edxml_signature.h"

/* An element with the base64 of n bytes that begin like a certificate of `said` bytes. */
static void
element(struct edxml_signature_block *b, const char *name, size_t n, size_t said)
{
	unsigned char bytes[1000] = {0x30, 0x82, (unsigned char)((said - 4) >> 8), (unsigned char)(said - 4)};
	char *text = base64_encode(bytes, n);

	edxml_signature_begin(b, name);
	edxml_signature_end(b, text, strlen(text));
	free(text);
}

static void
test_judgement(void **state)
{
	static const struct {
		size_t digest, value, certificate, said;
		enum edxml_signature is;
	} rows[] = {{32, 256, 800, 800, EDXML_SIGNATURE_REAL}, {20, 64, 256, 256, EDXML_SIGNATURE_REAL}, {19, 256, 800, 800, EDXML_SIGNATURE_DUMMY},
		{32, 63, 800, 800, EDXML_SIGNATURE_DUMMY}, {32, 256, 255, 255, EDXML_SIGNATURE_DUMMY}, {32, 256, 800, 801, EDXML_SIGNATURE_DUMMY},
		{0, 0, 0, 4, EDXML_SIGNATURE_DUMMY}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct edxml_signature_block b = {.present = true};

		element(&b, "DigestValue", rows[i].digest, 800);
		element(&b, "SignatureValue", rows[i].value, 800);
		element(&b, "X509Certificate", rows[i].certificate, rows[i].said);
		if (edxml_signature_judge(&b) != rows[i].is)
			fail_msg("row %zu", i);
		element(&b, "DigestValue", 1, 800); /* a bad one later takes nothing back */
		assert_int_equal(edxml_signature_judge(&b), rows[i].is);
		b.present = false;
		assert_int_equal(edxml_signature_judge(&b), EDXML_SIGNATURE_NONE);
	}
}

static void
test_odd(void **state)
{
	struct edxml_signature_block b = {.present = true};
	char *large = malloc(200000), name[300];

	(void)state;
	memset(large, 'A', 200000);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	element(&b, "digestvalue", 32, 800); /* exact names only */
	element(&b, name, 32, 800);
	edxml_signature_begin(&b, "SignatureValue");
	edxml_signature_end(&b, "not base64!", 11);
	edxml_signature_end(&b, large, 88); /* the end of the element around it: not its value */
	edxml_signature_begin(&b, "X509Certificate");
	edxml_signature_end(&b, large, 200000); /* over the bound */
	assert_false(b.digest || b.value || b.certificate);
	assert_int_equal(edxml_signature_judge(&b), EDXML_SIGNATURE_DUMMY);
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judgement),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
