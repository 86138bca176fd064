/*
 * ats: archive timestamps over signatures of the test PKI, recomputed by tests/data/check_ats.py (none of our code), and what they no
 * longer hold for when something covered is gone or altered.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/objects.h>

#include "lib/pki/ats.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/tsp.h"
#include "tests/unit/pki_fixture.h"

static const char text[] = "nội dung lưu trữ lâu dài";
static const struct span content = {(const unsigned char *)text, sizeof(text) - 1};

static struct span
span_of(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

static struct span
content_digest(const char *digest_name)
{
	static unsigned char own[EVP_MAX_MD_SIZE];
	unsigned len;

	assert_int_equal(EVP_Digest(content.data, content.len, own, &len,
		EVP_get_digestbyname(digest_name), NULL), 1);
	return (struct span){own, len};
}

static int
python_check(const struct buf *cms)
{
	char *dir = fixture_scratch(), path[1100];
	const char *source = getenv("CONGVAN_SRCDIR");
	int rc;

	snprintf(path, sizeof(path), "%s/s.p7s", dir);
	fixture_write(path, cms->data, cms->len);
	snprintf(path, sizeof(path), "%s/content", dir);
	fixture_write(path, content.data, content.len);
	rc = fixture_run(dir, "/usr/bin/python3 -B '%s/tests/data/check_ats.py' s.p7s content",
		source != NULL ? source : ".");
	fixture_scratch_free(dir);
	return rc;
}

/* Every archive timestamp of the signature by our own check; the last one's index in *index_out. */
static enum ats_state
own_check(const struct buf *cms, size_t *count_out, struct ats_index *index_out)
{
	struct cms_parts parts;
	enum ats_state worst = ATS_RIGHT;

	*count_out = 0;
	assert_true(cms_parts_split(span_of(cms), &parts));
	for (size_t i = 0; i < parts.unsigned_count; i++) {
		struct tsp_token t;
		struct der type;
		struct span token;
		const char *why;
		enum ats_state s = ATS_NOT_READABLE;

		if (!ats_is_archive_timestamp(parts.unsigned_attributes[i]))
			continue;
		++*count_out;
		assert_true(cms_attribute_split(parts.unsigned_attributes[i], &type, &token));
		assert_int_equal(tsp_token_read(token, NULL, &t, &why), STATUS_OK);
		if (ats_index_read(token, index_out))
			s = ats_check(&parts, index_out, t.digest_nid, t.imprint,
				content_digest(OBJ_nid2sn(t.digest_nid)));
		tsp_token_free(&t);
		worst = s > worst ? s : worst;
	}
	return worst;
}

static void
test_made_and_recomputed(void **state)
{
	struct buf plain = fixture_sign("leader1.pem", "leader1.key", NULL, content);
	struct buf cms = fixture_stamp(plain, "tsa.pem", "tsa.key", fixture_time("2026-02-03T04:05:07Z"));
	struct ats_index index;
	size_t count;

	(void)state;
	assert_int_equal(own_check(&cms, &count, &index), ATS_RIGHT);
	assert_int_equal(count, 0);
	assert_int_not_equal(python_check(&cms), 0);
	/* one, then a renewal that covers the first */
	for (size_t n = 1; n <= 2; n++) {
		struct cms_parts parts;

		cms = fixture_archive(cms, content, "tsa.pem", "tsa.key", fixture_time("2026-03-03T04:05:07Z"));
		assert_int_equal(own_check(&cms, &count, &index), ATS_RIGHT);
		assert_int_equal(count, n);
		assert_int_equal(python_check(&cms), 0);
		assert_true(cms_parts_split(span_of(&cms), &parts));
		for (struct span rest = parts.certs; rest.len != 0;) {
			struct der cert;

			assert_true(der_get(&rest, &cert));
			assert_true(ats_covers_cert(&index, cert.whole));
			assert_false(ats_covers_crl(&index, cert.whole));
		}
	}
	buf_free(&cms);
}

/* Content, certificates and unsigned attributes that are covered may not change; what comes later may come. */
static void
test_altered(void **state)
{
	struct buf cms = fixture_stamp(fixture_sign("leader2.pem", "leader2.key", NULL, content),
		"tsa.pem", "tsa.key", fixture_time("2026-02-03T04:05:07Z"));
	struct buf later;
	struct ats_index index;
	struct cms_parts parts;
	size_t count, at;
	struct der cert;
	struct span rest, token, imprint_like = content_digest("SHA256");

	(void)state;
	cms = fixture_archive(cms, content, "tsa.pem", "tsa.key", fixture_time("2026-03-03T04:05:07Z"));
	later = fixture_stamp((struct buf){.data = memcpy(malloc(cms.len), cms.data, cms.len), .len = cms.len},
		"tsa.pem", "tsa.key", fixture_time("2026-04-03T04:05:07Z"));
	assert_int_equal(own_check(&later, &count, &index), ATS_RIGHT);
	assert_int_equal(python_check(&later), 0);
	buf_free(&later);

	assert_true(cms_parts_split(span_of(&cms), &parts));
	rest = parts.certs;
	assert_true(der_get(&rest, &cert));
	at = (size_t)(cert.value.data - cms.data) + cert.value.len - 1;
	cms.data[at] ^= 1;
	assert_int_equal(own_check(&cms, &count, &index), ATS_MISSING_OBJECT);
	assert_int_not_equal(python_check(&cms), 0);
	cms.data[at] ^= 1;
	at = (size_t)(parts.value.data - cms.data) + parts.value.len - 1;
	cms.data[at] ^= 1;
	assert_int_equal(own_check(&cms, &count, &index), ATS_OTHER_IMPRINT);
	cms.data[at] ^= 1;
	assert_int_equal(own_check(&cms, &count, &index), ATS_RIGHT);

	for (size_t i = 0; i < parts.unsigned_count; i++) {
		struct tsp_token t;
		struct der type;
		const char *why;

		if (!ats_is_archive_timestamp(parts.unsigned_attributes[i]))
			continue;
		assert_true(cms_attribute_split(parts.unsigned_attributes[i], &type, &token));
		assert_int_equal(tsp_token_read(token, NULL, &t, &why), STATUS_OK);
		assert_true(ats_index_read(token, &index));
		((unsigned char *)(uintptr_t)imprint_like.data)[0] ^= 1; /* another document */
		assert_int_equal(ats_check(&parts, &index, t.digest_nid, t.imprint, imprint_like),
			ATS_OTHER_IMPRINT);
		tsp_token_free(&t);
	}
	buf_free(&cms);
}

/* A token without an index, and a token about something else, do not become an archive timestamp. */
static void
test_refused(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, content), index, out;
	struct buf token = fixture_token("tsa.pem", "tsa.key", content, fixture_time("2026-02-03T04:05:07Z"));
	struct cms_parts parts;
	struct ats_index read;
	unsigned char imprint[EVP_MAX_MD_SIZE];
	size_t len;

	(void)state;
	buf_init(&index, CMS_MAX);
	buf_init(&out, CMS_MAX);
	assert_true(cms_parts_split(span_of(&cms), &parts));
	assert_int_equal(ats_index_build(&parts, "SHA256", &index), STATUS_OK);
	assert_int_equal(ats_imprint(&parts, "SHA256", content_digest("SHA384"), span_of(&index), imprint,
		&len), STATUS_INVALID);
	assert_int_equal(ats_imprint(&parts, "KHÔNG", content_digest("SHA384"), span_of(&index), imprint,
		&len), STATUS_UNSUPPORTED);
	assert_false(ats_index_read(span_of(&token), &read));
	assert_int_equal(ats_embed(span_of(&cms), span_of(&token), span_of(&index),
		content_digest("SHA256"), &out), STATUS_INVALID);
	assert_int_equal(ats_embed(span_of(&token), span_of(&index), span_of(&index),
		content_digest("SHA256"), &out), STATUS_INVALID);
	assert_int_equal(out.len, 0);
	buf_free(&index);
	buf_free(&token);
	buf_free(&cms);
}

/* Cut short anywhere, or one byte altered anywhere, it is refused or found wrong, and never read past its end. */
static void
test_damage(void **state)
{
	struct buf cms = fixture_archive(fixture_sign("leader2.pem", "leader2.key", NULL, content), content,
		"tsa.pem", "tsa.key", fixture_time("2026-03-03T04:05:07Z"));
	struct cms_parts parts;
	struct ats_index index;

	(void)state;
	for (size_t n = 0; n < cms.len; n += 7)
		assert_false(cms_parts_split((struct span){cms.data, n}, &parts));
	for (size_t at = 0; at < cms.len; at += 3) {
		unsigned char *copy = malloc(cms.len);

		memcpy(copy, cms.data, cms.len);
		copy[at] ^= 0x81;
		if (cms_parts_split((struct span){copy, cms.len}, &parts))
			for (size_t i = 0; i < parts.unsigned_count; i++) {
				struct der type;
				struct span token;

				if (cms_attribute_split(parts.unsigned_attributes[i], &type, &token) &&
					ats_index_read(token, &index))
					(void)ats_check(&parts, &index, NID_sha256, content_digest("SHA256"),
						content_digest("SHA256"));
			}
		free(copy);
	}
	buf_free(&cms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_and_recomputed),
		cmocka_unit_test(test_altered),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
