/* seal_kinds: see seal_kinds.h. */
#include "config.h"

#include "worker/seal_kinds.h"

#include <string.h>

#include "lib/base/hex.h"
#include "lib/seal/seal_report_json.h"
#include "lib/seal/seal_second.h"

#define ROOM_MOST (1 << 20) /* bytes of a hole */

static const struct seal_kind *const kinds[] = {&seal_pdf, &seal_cms, &seal_digests, &seal_asic, &seal_xml, &seal_counter};

enum status
seal_kind_of(const struct job_run *run, const struct seal_kind **out)
{
	const char *name = "";

	if (!job_text(run, "kind", &name))
		return STATUS_MALFORMED;
	if (strcmp(name, "auto") == 0) {
		size_t files = 0;
		enum status st = seal_inputs(run, &files);

		if (st == STATUS_OK)
			*out = seal_kind_for(run->inputs[0], files > 1 && run->inputs[1].len > 0);
		return st;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->name, name) == 0) {
			*out = kinds[i];
			return STATUS_OK;
		}
	return job_bad_parameter(run, "kind");
}

static const struct {
	const char *name;
	enum status (*add)(struct policy *p, struct span der);
} proof_kinds[] = {
	{"cert", policy_add_intermediates},
	{"crl", policy_add_crls},
	{"ocsp", policy_add_ocsp},
};
#define PROOF_KINDS (sizeof(proof_kinds) / sizeof(proof_kinds[0]))

static size_t
proof_kind(const json_t *name)
{
	size_t i = 0;

	while (i < PROOF_KINDS &&
		(!json_is_string(name) || strcmp(json_string_value(name), proof_kinds[i].name) != 0))
		i++;
	return i;
}

enum status
seal_inputs(const struct job_run *run, size_t *files)
{
	const json_t *proofs = json_object_get(run->params, "proofs"), *name;
	size_t i, count = json_array_size(proofs);

	if ((proofs != NULL && !json_is_array(proofs)) || count >= run->input_count + (run->input_count == 0))
		return job_bad_parameter(run, "proofs");
	json_array_foreach(proofs, i, name)
		if (proof_kind(name) == PROOF_KINDS)
			return job_bad_parameter(run, "proofs");
	*files = run->input_count - count;
	return STATUS_OK;
}

static enum status
add_proofs(struct job_run *run, struct policy *p)
{
	const json_t *proofs = json_object_get(run->params, "proofs"), *name;
	size_t i, files;
	enum status st = seal_inputs(run, &files);

	if (st == STATUS_OK)
		json_array_foreach(proofs, i, name)
			if (proof_kinds[proof_kind(name)].add(p, run->inputs[files + i]) == STATUS_NO_MEMORY)
				st = STATUS_NO_MEMORY; /* what cannot be read proves nothing */
	return st;
}

/* The folder counts as it is now: a new CRL or anchor from the next document on. */
enum status
seal_policy(struct job_run *run, clock_us at, struct policy **out)
{
	struct policy_folder *folder = jobs_trust(run->jobs);
	struct policy *p = folder == NULL ? policy_new(at) : NULL;
	enum status st = folder != NULL ? policy_folder_policy(folder, at, &p) : p != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	if (st != STATUS_OK) {
		diag_error(run->diag, "worker.trust", jobs_folders(run->jobs)->trust, status_code(st), NULL);
		return st == STATUS_NO_MEMORY ? st : STATUS_UNAVAILABLE;
	}
	st = add_proofs(run, p);
	if (st == STATUS_OK)
		*out = p;
	else
		policy_free(p);
	return st;
}

enum status
seal_tell(struct job_run *run, const struct seal_report *report)
{
	run->value = seal_report_json(report);
	return run->value != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
seal_judge(struct job_run *run, const struct seal_kind *kind, struct span file,
	struct span detached, const struct policy *policy, struct seal_report **report)
{
	enum status st = kind->verify(file, detached, policy, report, run->diag);

	return st == STATUS_OK ? seal_tell(run, *report) : st;
}

enum status
seal_prepared_json(struct job_run *run, const struct seal_prepared *prepared)
{
	struct digest base_digest =
		prepared->base_known ? prepared->base : digest_of(run->inputs[0].data, run->inputs[0].len);
	char digest[DIGEST_HEX], base[DIGEST_HEX], imprint[IMPRINT_HEX];

	digest_hex(&prepared->digest, digest);
	digest_hex(&base_digest, base);
	imprint_hex(&prepared->imprint, imprint);
	run->value = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "digest", digest, "algorithm",
		imprint_name(prepared->imprint.kind), "imprint", imprint, "base_sha256", base, "base_size",
		(json_int_t)run->inputs[0].len, "hole_at", (json_int_t)prepared->hole_at, "hole_size",
		(json_int_t)prepared->hole_size);
	return run->value != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
seal_prepared_read(struct job_run *run, struct span base, struct span tail, struct seal_prepared *out)
{
	const char *base_hex = "", *digest_hex_text = "";
	unsigned char wanted[DIGEST_BYTES];
	struct imprint_stream *alone;
	struct imprint found;
	int64_t hole_at = 0, hole_size = 0;

	if (!job_text(run, "base_sha256", &base_hex) ||
		!job_text(run, "digest", &digest_hex_text) ||
		!job_number(run, "hole_at", 0, INT64_MAX, &hole_at) ||
		!job_number(run, "hole_size", 0, INT64_MAX, &hole_size))
		return STATUS_MALFORMED;
	if (!hex_decode(digest_hex_text, out->digest.bytes, DIGEST_BYTES))
		return job_bad_parameter(run, "digest");
	if (!hex_decode(base_hex, wanted, DIGEST_BYTES))
		return job_bad_parameter(run, "base_sha256");
	out->over_base = imprint_begin(IMPRINT_SHA256);
	if (out->over_base == NULL)
		return STATUS_NO_MEMORY;
	imprint_put(out->over_base, base.data, base.len);
	if ((alone = imprint_fork(out->over_base)) == NULL)
		return STATUS_NO_MEMORY;
	found = imprint_end(alone);
	if (memcmp(wanted, found.bytes, DIGEST_BYTES) != 0) {
		diag_error(run->diag, "worker.base", "base", NULL,
			base_hex); /* signed was another version than this one */
		return STATUS_CONFLICT;
	}
	buf_init(&out->tail, tail.len + ROOM_MOST);
	buf_put(&out->tail, tail.data, tail.len);
	out->base_size = base.len;
	out->hole_at = (uint64_t)hole_at;
	out->hole_size = (uint64_t)hole_size;
	return buf_status(&out->tail);
}

enum status
seal_confirm(struct job_run *run, const struct seal_kind *kind, struct span file, struct span detached,
	const struct policy *policy, const struct seal_report *report)
{
	enum status st = seal_second(kind, file, detached, policy, report, run->diag);

	return st == STATUS_UNSUPPORTED ? STATUS_OK : st;
}
