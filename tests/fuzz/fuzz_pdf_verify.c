/*
 * PDFs from anywhere judged as they are, and signed by the house on top: then that signature is right over the whole file, nothing else is called right that OpenSSL and the
 * anchors do not bear, and no byte of the signed part can be changed without the signature being called broken.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pki/cms_build.h"
#include "lib/seal/seal.h"
#include "tests/fuzz/forge.h"
#include "tests/unit/spans.h"

#define SIZE_MAX_TRIED (256u << 10)

const char *const fuzz_corpora[] = {
	"tests/corpus/pdf/made", "tests/corpus/pdf/attacks", "tests/fuzz/corpus/pdf", NULL};
const bool fuzz_replay_made_whole = true;
const unsigned fuzz_replay_mutations = 600;

static struct policy *policy;

static const struct seal_signature *
find(const struct seal_report *r, const char *field)
{
	for (size_t i = 0; r != NULL && i < seal_report_count(r); i++)
		if (seal_report_at(r, i)->field != NULL && strcmp(seal_report_at(r, i)->field, field) == 0)
			return seal_report_at(r, i);
	return NULL;
}

/* Whatever is there: passed and intact go together, and what is not ours has no anchor here. */
static struct seal_report *
verify(struct span file, const char *ours)
{
	struct seal_report *r = NULL;
	struct diag *diag = diag_new();
	enum status st = seal_pdf.verify(file, (struct span){NULL, 0}, policy, &r, diag);

	claim(st != STATUS_INVALID || diag_has_error(diag), "refused with a reason");
	if (st != STATUS_OK)
		r = NULL;
	for (size_t i = 0; r != NULL && i < seal_report_count(r); i++) {
		const struct seal_signature *s = seal_report_at(r, i);

		if (s->verdict->indication == INDICATION_PASSED)
			claim(ours != NULL && s->field != NULL && strcmp(s->field, ours) == 0 && s->verdict->intact, "only what is anchored passes");
		claim(s->revision_end <= file.len, "a revision is inside the file");
	}
	diag_free(diag);
	return r;
}

static bool
sign(struct span base, struct seal_prepared *p)
{
	static struct cms_template *template;
	static struct cms_key *key;
	struct seal_request request = {.field = "ForgedSignature", .signer = "Forge", .time = INT64_C(1795500000000000), .room = 2048,
		.algorithm = IMPRINT_SHA256, .look = {.role = SEAL_ROLE_INVISIBLE}};
	const struct subject *signer = forge_subject(FORGE_SIGNER);
	struct buf cms;

	if (template == NULL && (cms_template_new(signer->cert, NULL, &(struct cms_options){.digest_name = "SHA256"}, &template) != STATUS_OK ||
		cms_key_new(template, signer->key, &key) != STATUS_OK))
		abort();
	if (seal_pdf.prepare(base, &request, p, NULL) != STATUS_OK)
		return false;
	buf_init(&cms, 65536);
	claim(cms_template_sign(template, &(struct cms_input){.digest = {p->imprint.bytes, 32}}, cms_key_sign, key, &cms) == STATUS_OK, "signed");
	claim(seal_pdf.embed(base, p, (struct span){cms.data, cms.len}, NULL) == STATUS_OK, "embedded");
	buf_free(&cms);
	return true;
}

/* One byte of what is signed is another: wherever it lies, the signature must not be called intact. */
static void
check_altered(struct span file, uint64_t hole_at, uint64_t hole_size, uint64_t where)
{
	unsigned char *bytes = (unsigned char *)(uintptr_t)file.data;
	uint64_t at = where % (file.len - hole_size - 2);
	const struct seal_signature *s;
	struct seal_report *r;

	if (at >= hole_at - 1)
		at += hole_size + 2;
	bytes[at] ^= 0x01;
	r = verify(file, "ForgedSignature");
	s = find(r, "ForgedSignature");
	claim(s == NULL || !s->verdict->intact || s->revision_end < file.len, "an altered byte is found");
	seal_report_free(r);
	bytes[at] ^= 0x01;
}

static void
check_signed(struct span base)
{
	struct seal_prepared p;
	const struct seal_signature *s;
	struct seal_report *r;
	uint64_t where = 7;
	struct span file;

	if (!sign(base, &p))
		return;
	file = joined(base, &p.tail);
	r = verify(file, "ForgedSignature");
	s = find(r, "ForgedSignature");
	claim(s != NULL, "our signature is found");
	claim(s->verdict->intact && s->covers_whole_file && strcmp(s->changes, "none") == 0, "it is intact over the whole file");
	claim(s->verdict->indication == INDICATION_PASSED, "it passes");
	seal_report_free(r);
	for (size_t i = 0; i < base.len; i++)
		where = where * 31 + base.data[i];
	check_altered(file, p.hole_at, p.hole_size, where);
	drop(file);
	seal_prepared_free(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = {data, size};

	if (size > SIZE_MAX_TRIED)
		return 0;
	if (policy == NULL)
		policy = forge_policy();
	seal_report_free(verify(file, NULL));
	check_signed(file);
	return 0;
}
