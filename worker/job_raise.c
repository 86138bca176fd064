/*
 * job_raise: raising the level of signatures that are there already (EN 319 102-1 table 1, EN 319 122-1 5.4 and 5.5, EN 319 142-1 5.4): the proofs into the
 * file, archive timestamps over it. Every result is judged before it leaves, and must not be worse than what came in.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/pki/cms_build.h"
#include "lib/pki/needs.h"
#include "lib/pki/tsp.h"
#include "worker/job_table.h"
#include "worker/seal_kinds.h"

#define TSP_DIGEST "SHA256"
#define ROOM_MOST (1 << 20)

/* File and detached signature: the first two inputs; an empty second one is none. */
static enum status
read_files(struct job_run *run, size_t want, const struct seal_kind **kind, struct span *detached)
{
	size_t files = 0;
	enum status st = seal_kind_of(run, kind);

	if (st == STATUS_OK)
		st = seal_inputs(run, &files);
	if (st == STATUS_OK && files != want)
		st = job_bad_parameter(run, "files");
	if (st == STATUS_OK)
		*detached = run->inputs[1];
	return st;
}

/* A container whose new parts are appended to the file; the others give the whole of the file that holds the signature. */
static bool
appends(const struct seal_kind *kind)
{
	return kind == &seal_pdf;
}

/*
 * The signatures that were good must be good still. Proofs put in for another archive timestamp ("renew") are not covered by one yet: until it is there the level is B-LT.
 */
static enum status
compare(struct job_run *run, const struct seal_report *before, const struct seal_report *after)
{
	size_t n = seal_report_count(before);
	bool renew = json_is_true(json_object_get(run->params, "renew"));

	for (size_t i = 0; i < n; i++) {
		const struct verdict *was = seal_report_at(before, i)->verdict, *is = NULL;

		for (size_t k = 0; k < seal_report_count(after) && is == NULL; k++)
			if (seal_report_at(after, k)->field == NULL || seal_report_at(before, i)->field == NULL ||
				strcmp(seal_report_at(after, k)->field, seal_report_at(before, i)->field) == 0)
				is = seal_report_at(after, k)->verdict;
		if (is != NULL && is->intact >= was->intact && is->indication <= was->indication && (is->level >= was->level || (renew && is->level >= LEVEL_B_LT)))
			continue;
		diag_error(run->diag, "worker.raise", seal_report_at(before, i)->field, is != NULL ? sub_indication_name(is->sub) : NULL,
			level_name(was->level));
		return STATUS_INVALID;
	}
	return STATUS_OK;
}

/* The new file as output 0, judged; the report is the result. */
static enum status
finish(struct job_run *run, const struct seal_kind *kind, const struct buf *made)
{
	struct span file = run->inputs[0], detached = run->inputs[1], old = detached.len > 0 ? detached : file, out;
	struct seal_report *before = NULL, *after = NULL;
	struct policy *policy = NULL;
	struct buf whole;
	enum status st;

	buf_init(&whole, file.len + detached.len + made->len + 1);
	if (appends(kind))
		buf_put(&whole, file.data, file.len);
	if (made->len > 0)
		buf_put(&whole, made->data, made->len);
	else if (!appends(kind)) /* nothing was to be put in: what there is stays as it is */
		buf_put(&whole, old.data, old.len);
	st = buf_status(&whole);
	out = (struct span){whole.data, whole.len};
	if (st == STATUS_OK)
		st = seal_policy(run, 0, &policy);
	if (st == STATUS_OK)
		st = seal_judge(run, kind, file, detached, policy, &before);
	json_decref(run->value);
	run->value = NULL;
	if (st == STATUS_OK)
		st = seal_judge(run, kind, detached.len > 0 ? file : out, detached.len > 0 ? out : (struct span){NULL, 0}, policy, &after);
	if (st == STATUS_OK)
		st = compare(run, before, after);
	if (st == STATUS_OK)
		st = seal_confirm(run, kind, detached.len > 0 ? file : out, detached.len > 0 ? out : (struct span){NULL, 0}, policy, after);
	if (st == STATUS_OK)
		st = job_output_bytes(run, out);
	seal_report_free(before);
	seal_report_free(after);
	policy_free(policy);
	buf_free(&whole);
	return st;
}

/* --- B-LT --- */

struct collected {
	struct seal_proof proofs[2 * NEEDS_CERTS_MAX];
	struct buf certs[NEEDS_CERTS_MAX];
	size_t count, cert_count;
};

static enum status
collect(const struct needs *needs, struct collected *c)
{
	for (size_t i = 0; i < needs_count(needs); i++) {
		const struct needs_cert *n = needs_at(needs, i);
		struct buf *der = &c->certs[c->cert_count++];
		unsigned char *p = NULL;
		int len = i2d_X509(n->cert, &p);

		buf_init(der, len > 0 ? (size_t)len : 1);
		if (len > 0)
			buf_put(der, p, (size_t)len);
		OPENSSL_free(p);
		if (len <= 0 || buf_status(der) != STATUS_OK)
			return STATUS_NO_MEMORY;
		c->proofs[c->count++] = (struct seal_proof){SEAL_PROOF_CERT, {der->data, der->len}};
		if (n->proof.len > 0)
			c->proofs[c->count++] = (struct seal_proof){n->proof_is_ocsp ? SEAL_PROOF_OCSP : SEAL_PROOF_CRL, n->proof};
	}
	return STATUS_OK;
}

static void
collected_free(struct collected *c)
{
	for (size_t i = 0; c != NULL && i < c->cert_count; i++)
		buf_free(&c->certs[i]);
	free(c);
}

enum status
job_seal_proofs(struct job_run *run)
{
	struct collected *collected = calloc(1, sizeof(*collected));
	const struct seal_kind *kind;
	struct policy *policy = NULL;
	struct needs *needs = NULL;
	struct span detached;
	struct buf made;
	enum status st = collected != NULL ? read_files(run, 2, &kind, &detached) : STATUS_NO_MEMORY;

	buf_init(&made, run->inputs[0].len + run->inputs[1].len + (64u << 20));
	if (st == STATUS_OK && kind->add_proofs == NULL)
		st = STATUS_UNSUPPORTED;
	if (st == STATUS_OK)
		st = seal_policy(run, 0, &policy);
	if (st == STATUS_OK)
		st = seal_needs(run, kind, policy, run->inputs[0], detached, &needs);
	if (st == STATUS_OK)
		st = collect(needs, collected);
	if (st == STATUS_OK)
		st = kind->add_proofs(run->inputs[0], detached, collected->proofs, collected->count, &made, run->diag);
	if (st == STATUS_OK)
		st = finish(run, kind, &made);
	buf_free(&made);
	collected_free(collected);
	needs_free(needs);
	policy_free(policy);
	return st;
}

/* --- timestamps over what is there: B-LTA, and B-T of a PDF --- */

enum status
job_seal_archive(struct job_run *run)
{
	struct seal_prepared prepared = {0};
	struct tsp_request *request = NULL;
	char nonce[2 * TSP_NONCE_BYTES + 1];
	const struct seal_kind *kind;
	struct span detached;
	int64_t room = 0;
	enum status st = read_files(run, 2, &kind, &detached);

	if (st == STATUS_OK && !job_number(run, "room", 0, ROOM_MOST, &room))
		st = STATUS_MALFORMED;
	if (st == STATUS_OK && kind->prepare_archive == NULL)
		st = STATUS_UNSUPPORTED;
	if (st == STATUS_OK)
		st = kind->prepare_archive(run->inputs[0], detached, (size_t)room, &prepared, run->diag);
	if (st == STATUS_OK)
		st = tsp_request_new(TSP_DIGEST, (struct span){prepared.digest.bytes, DIGEST_BYTES}, NULL, &request);
	if (st == STATUS_OK)
		st = seal_prepared_json(run, &prepared);
	if (st == STATUS_OK) {
		hex_encode(tsp_request_nonce(request).data, TSP_NONCE_BYTES, nonce);
		st = job_set(run, "nonce", json_string(nonce));
	}
	if (st == STATUS_OK)
		st = job_output_bytes(run, (struct span){prepared.tail.data, prepared.tail.len});
	if (st == STATUS_OK)
		st = job_output_bytes(run, tsp_request_der(request));
	tsp_request_free(request);
	seal_prepared_free(&prepared);
	return st;
}

/* The token out of the TSA's answer to that request. */
static enum status
read_token(struct job_run *run, const struct digest *digest, struct span response, struct buf *token)
{
	struct tsp_request *request = NULL;
	unsigned char nonce[TSP_NONCE_BYTES];
	const char *hex = "";
	enum status st;

	if (!job_text(run, "nonce", &hex))
		return STATUS_MALFORMED;
	if (!hex_decode(hex, nonce, sizeof(nonce)))
		return job_bad_parameter(run, "nonce");
	st = tsp_request_again(TSP_DIGEST, (struct span){digest->bytes, DIGEST_BYTES}, NULL, (struct span){nonce, sizeof(nonce)},
		&request);
	if (st == STATUS_OK)
		st = tsp_response_read(request, response, token, run->diag);
	tsp_request_free(request);
	return st;
}

enum status
job_seal_archived(struct job_run *run)
{
	struct seal_prepared prepared = {0};
	const struct seal_kind *kind;
	struct span detached;
	struct buf token;
	enum status st = read_files(run, 4, &kind, &detached);

	buf_init(&token, CMS_MAX);
	if (st == STATUS_OK && kind->embed_archive == NULL)
		st = STATUS_UNSUPPORTED;
	if (st == STATUS_OK)
		st = seal_prepared_read(run, run->inputs[0], run->inputs[2], &prepared);
	if (st == STATUS_OK)
		st = read_token(run, &prepared.digest, run->inputs[3], &token);
	if (st == STATUS_OK)
		st = kind->embed_archive(run->inputs[0], detached, &prepared, (struct span){token.data, token.len}, run->diag);
	if (st == STATUS_OK)
		st = finish(run, kind, &prepared.tail);
	buf_free(&token);
	seal_prepared_free(&prepared);
	return st;
}
