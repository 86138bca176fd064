/* Bytes of a stranger as ASiC container: judged, and edited as if we raised it; XML as manifest and as signature of a container made here. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include <unistd.h>

#include "lib/doc/asic.h"
#include "lib/seal/passport.h"
#include "lib/seal/seal_asic.h"

const char *const fuzz_corpora[] = {"tests/corpus/asic/made/good", "tests/corpus/asic/made/bad", "tests/fuzz/corpus/asic", NULL};

#define TEXT(s) {(const unsigned char *)s, sizeof(s) - 1}

static void
judge(struct span zip, const struct policy *policy)
{
	struct diag *diag = diag_new();
	struct seal_report *r = NULL;
	json_t *passport = NULL;

	if (seal_asic.verify(zip, (struct span){NULL, 0}, policy, &r, diag) == STATUS_OK)
		seal_report_free(r);
	else if (!diag_has_error(diag))
		abort();
	diag_free(diag);
	if (passport_is(zip) && passport_check(zip, NULL, policy, &passport, NULL) == STATUS_OK)
		json_decref(passport);
}

/* Every entry that was there is there in its place, packed as it was. */
static void
check_kept(struct span zip, const struct pack *is)
{
	struct pack *was = NULL;

	if (pack_open(zip, &pack_limits_default, false, NULL, &was) != STATUS_OK)
		abort();
	for (size_t i = 0; i < pack_count(was); i++) {
		const struct pack_entry *a = pack_at(was, i), *b = pack_at(is, i);

		if (strcmp(a->name, b->name) != 0 || a->size != b->size || a->packed != b->packed || a->stored != b->stored)
			abort();
	}
	pack_close(was);
}

/* What was put in is there afterwards, and what we make we can read. */
static void
edit(struct span zip)
{
	struct pack_member more = {"META-INF/x", false, TEXT("x"), -1};
	struct pack *p = NULL;
	struct buf out;

	buf_init(&out, zip.len + 4096);
	if (pack_edit(zip, NULL, &more, 1, &out, NULL) == STATUS_OK) {
		if (pack_open((struct span){out.data, out.len}, &pack_limits_default, false, NULL, &p) != STATUS_OK ||
			pack_find(p, "META-INF/x") + 1 != pack_count(p))
			abort();
		check_kept(zip, p);
		pack_close(p);
	}
	buf_free(&out);
}

static void
wrap(struct span xml, const struct policy *policy)
{
	struct pack_member members[] = {{"mimetype", true, TEXT(ASIC_MIME_E), -1}, {"tên.txt", false, TEXT(""), -1},
		{"META-INF/ASiCManifest001.xml", false, xml, -1}, {"META-INF/signature001.p7s", false, TEXT("0"), -1},
		{"META-INF/signatures.xml", false, xml, -1}};
	int fd = output_memfd("fuzz");
	struct mapped m;

	if (fd >= 0 && pack_build(fd, members, 5, NULL) == STATUS_OK && mapped_open(fd, &m) == STATUS_OK) {
		judge(m.span, policy);
		mapped_close(&m);
	}
	if (fd >= 0)
		close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *policy;
	struct span in = {data, size};

	if (policy == NULL)
		policy = fuzz_pki_policy();
	if (size > 0 && data[0] == '<') {
		wrap(in, policy);
		return 0;
	}
	judge(in, policy);
	edit(in);
	return 0;
}
