/*
 * job_tsp: the two halves of a signature timestamp (level B-T). congvand carries the bytes between
 * them to the TSA and back; the nonce is what ties the answer to the question, so that nothing else
 * must be kept.
 */
#include "config.h"

#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/pki/cms_build.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/tsp.h"
#include "lib/seal/seal_asic_parts.h"
#include "worker/job_table.h"

#define TSP_DIGEST "SHA256"

#define CONTAINER_MOST (UINT64_C(1) << 30)

/* The signature: input 0, or the entry "field" of the ASiC container that input 0 is. `read` holds it then; buf_free it in every case. */
static enum status
find_signature(struct job_run *run, struct buf *read, struct span *cms)
{
	const char *kind = "cms", *field = "";
	enum status st;

	buf_init(read, CMS_READ_MAX);
	*cms = run->inputs[0];
	if (!job_text(run, "kind", &kind) || !job_text(run, "field", &field))
		return STATUS_MALFORMED;
	if (strcmp(kind, "cms") == 0)
		return STATUS_OK;
	if (strcmp(kind, "asic") != 0)
		return job_bad_parameter(run, "kind");
	st = seal_asic_signature(run->inputs[0], field, read, run->diag);
	*cms = (struct span){read->data, read->len};
	return st;
}

/*
 * The digest that the timestamp is about: of the signature value (EN 319 122-1 5.3), or, for a dry run that measures the TSA's tokens, the one that
 * is named.
 */
static enum status
value_digest(struct job_run *run, struct span cms, struct digest *out)
{
	const char *hex = NULL;
	struct span value;

	if (!job_text(run, "digest", &hex))
		return STATUS_MALFORMED;
	if (hex != NULL)
		return hex_decode(hex, out->bytes, DIGEST_BYTES) ? STATUS_OK : job_bad_parameter(run, "digest");
	if (run->input_count == 0)
		return job_bad_parameter(run, "digest");
	if (cms_signature_value(cms, &value) != STATUS_OK) {
		diag_error(run->diag, "worker.cms", "cms", NULL, NULL);
		return STATUS_INVALID;
	}
	*out = digest_of(value.data, value.len);
	return STATUS_OK;
}

enum status
job_tsp_request(struct job_run *run)
{
	struct tsp_request *request = NULL;
	char nonce[2 * TSP_NONCE_BYTES + 1];
	struct digest digest;
	struct span cms;
	struct buf read;
	enum status st = find_signature(run, &read, &cms);

	if (st == STATUS_OK)
		st = value_digest(run, cms, &digest);
	if (st == STATUS_OK)
		st = tsp_request_new(
			TSP_DIGEST, (struct span){digest.bytes, DIGEST_BYTES}, NULL, &request);
	if (st == STATUS_OK) {
		hex_encode(tsp_request_nonce(request).data, TSP_NONCE_BYTES, nonce);
		st = job_set(run, "nonce", json_string(nonce));
	}
	if (st == STATUS_OK)
		st = job_output_bytes(run, tsp_request_der(request));
	tsp_request_free(request);
	buf_free(&read);
	return st;
}

static enum status
set_token(struct job_run *run, struct span token)
{
	struct tsp_token t;
	char text[CLOCK_TEXT];
	const char *why;
	enum status st = tsp_token_read(token, NULL, &t, &why);

	if (st != STATUS_OK)
		return st;
	clock_format_utc(t.gen_time, text);
	tsp_token_free(&t);
	st = job_set(run, "time", json_string(text));
	return st == STATUS_OK ? job_set(run, "token_size", json_integer((json_int_t)token.len)) : st;
}

/* The signature with its token as output: alone, or the whole container around it. */
static enum status
give(struct job_run *run, struct span cms)
{
	const char *kind = "cms", *field = "";
	struct buf container;
	enum status st;

	if (!job_text(run, "kind", &kind) || !job_text(run, "field", &field))
		return STATUS_MALFORMED;
	if (strcmp(kind, "cms") == 0)
		return job_output_bytes(run, cms);
	buf_init(&container, CONTAINER_MOST);
	st = seal_asic_replace(run->inputs[0], field, cms, &container, run->diag);
	if (st == STATUS_OK)
		st = job_output_bytes(run, (struct span){container.data, container.len});
	buf_free(&container);
	return st;
}

enum status
job_tsp_attach(struct job_run *run)
{
	struct tsp_request *request = NULL;
	unsigned char nonce[TSP_NONCE_BYTES];
	const char *hex = "";
	struct buf read, token, out;
	struct digest digest;
	struct span cms;
	enum status st;

	if (!job_text(run, "nonce", &hex))
		return STATUS_MALFORMED;
	if (!hex_decode(hex, nonce, sizeof(nonce)))
		return job_bad_parameter(run, "nonce");
	buf_init(&token, CMS_MAX);
	buf_init(&out, CMS_READ_MAX); /* the content may be inside */
	st = find_signature(run, &read, &cms);
	if (st == STATUS_OK)
		st = value_digest(run, cms, &digest);
	if (st == STATUS_OK)
		st = tsp_request_again(TSP_DIGEST, (struct span){digest.bytes, DIGEST_BYTES}, NULL,
			(struct span){nonce, sizeof(nonce)}, &request);
	if (st == STATUS_OK)
		st = tsp_response_read(request, run->inputs[run->input_count - 1], &token, run->diag);
	if (st == STATUS_OK && run->input_count > 1)
		st = cms_add_timestamp(cms, (struct span){token.data, token.len}, &out);
	if (st == STATUS_OK)
		st = set_token(run, (struct span){token.data, token.len});
	if (st == STATUS_OK && run->input_count > 1)
		st = give(run, (struct span){out.data, out.len});
	buf_free(&read);
	buf_free(&token);
	buf_free(&out);
	tsp_request_free(request);
	return st;
}
