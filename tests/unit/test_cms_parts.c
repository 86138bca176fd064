/* cms_parts: a SignedData written here taken apart and put together byte by byte; what has other parts, or any cut of it, is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/pki/cms_parts.h"

#define OID_SIGNED_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define NULLS "\x30\x00"
#define SIGNER "\x02\x01\x01\x30\x00\x30\x00\x30\x00\x04\x03sig" /* version, sid, two algorithms, value */
#define ATTRIBUTE "\x30\x08\x06\x02\x2a\x03\x31\x02\x05\x00"     /* 10 bytes: OID 1.2.3, one NULL */

static void
wrap(struct buf *b, unsigned char tag)
{
	size_t len;
	unsigned char *p = buf_steal(b, &len);

	der_put(b, tag, p, len);
	free(p);
}

/* The SignedData with these signerInfos, and `attributes` unsigned attributes in each. */
static void
build(struct buf *b, const char *content, size_t content_len, unsigned infos, unsigned attributes)
{
	struct buf info, set;

	buf_init(b, 100000);
	buf_init(&info, 100000);
	buf_init(&set, 100000);
	for (unsigned i = 0; i < attributes; i++)
		buf_put(&info, ATTRIBUTE, 10);
	if (attributes > 0)
		wrap(&info, 0xa1);
	buf_put(&set, SIGNER, sizeof(SIGNER) - 1);
	buf_put(&set, info.data, info.len);
	wrap(&set, DER_SEQUENCE);
	buf_put_str(b, "\x02\x01\x01");
	buf_put(b, "\x31\x00", 2);
	der_put(b, DER_SEQUENCE, content, content_len);
	buf_free(&info);
	for (unsigned i = 0; i < infos; i++)
		buf_put(&info, set.data, set.len);
	wrap(&info, DER_SET);
	buf_put(b, info.data, info.len);
	wrap(b, DER_SEQUENCE);
	wrap(b, 0xa0);
	buf_free(&set);
	buf_put(&set, OID_SIGNED_DATA, 11);
	buf_put(&set, b->data, b->len);
	wrap(&set, DER_SEQUENCE);
	buf_free(b);
	buf_put(b, set.data, set.len);
	buf_free(&set);
	buf_free(&info);
	assert_int_equal(buf_status(b), STATUS_OK);
}

static void
test_split_and_join(void **state)
{
	static const unsigned counts[] = {0, 1, 3, CMS_UNSIGNED_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct cms_parts parts;
		struct buf b, again;

		build(&b, OID_DATA, 11, 1, counts[i]);
		assert_true(cms_parts_split((struct span){b.data, b.len}, &parts));
		assert_int_equal(parts.unsigned_count, counts[i]);
		assert_null(parts.content.data); /* detached */
		assert_int_equal(parts.value.len, 3);
		assert_memory_equal(parts.value.data, "sig", 3);
		assert_memory_equal(parts.content_type.data, OID_DATA, 11);
		buf_init(&again, 100000);
		assert_int_equal(cms_parts_join(&parts, &again), STATUS_OK);
		assert_int_equal(again.len, b.len);
		assert_memory_equal(again.data, b.data, b.len);
		buf_free(&again);
		buf_free(&b);
	}
}

static void
test_refused(void **state)
{
	struct cms_parts parts;
	struct buf b;

	(void)state;
	build(&b, OID_DATA "\xa0\x05\x04\x03" "abc", 18, 1, 1);
	assert_true(cms_parts_split((struct span){b.data, b.len}, &parts));
	assert_memory_equal(parts.content.data, "abc", 3);
	for (size_t n = 0; n < b.len; n++) { /* each cut */
		unsigned char *cut = malloc(n ? n : 1);

		memcpy(cut, b.data, n);
		assert_false(cms_parts_split((struct span){cut, n}, &parts));
		free(cut);
	}
	buf_put_byte(&b, 0); /* something behind it */
	assert_false(cms_parts_split((struct span){b.data, b.len}, &parts));
	b.data[1] = 0x80; /* BER */
	assert_false(cms_parts_split((struct span){b.data, b.len}, &parts));
	buf_free(&b);
	build(&b, OID_DATA, 11, 0, 0); /* no signer, and two */
	assert_false(cms_parts_split((struct span){b.data, b.len}, &parts));
	buf_free(&b);
	build(&b, OID_DATA, 11, 2, 0);
	assert_false(cms_parts_split((struct span){b.data, b.len}, &parts));
	buf_free(&b);
	build(&b, OID_DATA, 11, 1, CMS_UNSIGNED_MAX + 1);
	assert_false(cms_parts_split((struct span){b.data, b.len}, &parts));
	buf_free(&b);
	build(&b, OID_DATA NULLS, 13, 1, 0); /* content that is none */
	assert_false(cms_parts_split((struct span){b.data, b.len}, &parts));
	buf_free(&b);
}

/* One more attribute: all else stays as it is, and it is refused when it is not one DER element. */
static void
test_add(void **state)
{
	static const struct span oid = {(const unsigned char *)"\x06\x02\x2a\x04", 4}, good = {(const unsigned char *)"\x04\x01x", 3},
		two = {(const unsigned char *)"\x05\x00\x05\x00", 4}, cut = {(const unsigned char *)"\x04\x02x", 3};
	struct cms_parts before, after;
	struct der type;
	struct span values;
	struct buf b, out;

	(void)state;
	build(&b, OID_DATA, 11, 1, 1);
	assert_true(cms_parts_split((struct span){b.data, b.len}, &before));
	buf_init(&out, 100000);
	assert_int_equal(cms_add_unsigned((struct span){b.data, b.len}, oid, two, &out), STATUS_INVALID);
	assert_int_equal(cms_add_unsigned((struct span){b.data, b.len}, oid, cut, &out), STATUS_INVALID);
	assert_int_equal(cms_add_unsigned((struct span){b.data, b.len - 1}, oid, good, &out), STATUS_INVALID);
	assert_int_equal(out.len, 0);
	assert_int_equal(cms_add_unsigned((struct span){b.data, b.len}, oid, good, &out), STATUS_OK);
	assert_true(cms_parts_split((struct span){out.data, out.len}, &after));
	assert_int_equal(after.unsigned_count, 2);
	assert_int_equal(after.signer.len, before.signer.len);
	assert_memory_equal(after.signer.data, before.signer.data, before.signer.len);
	assert_int_equal(after.head.len, before.head.len);
	assert_memory_equal(after.head.data, before.head.data, before.head.len);
	assert_true(cms_attribute_split((struct span){(const unsigned char *)ATTRIBUTE, 10}, &type, &values));
	assert_int_equal(values.len, 2);
	assert_false(cms_attribute_split((struct span){(const unsigned char *)ATTRIBUTE, 9}, &type, &values));
	assert_false(cms_attribute_split((struct span){(const unsigned char *)"\x30\x06\x06\x02\x2a\x03\x31\x00", 8}, &type, &values)); /* no value */
	buf_free(&out);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_and_join),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
