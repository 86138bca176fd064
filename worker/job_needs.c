/*
 * job_needs: what the signatures of a file still lack to be judged to the end: issuers and revocation data, with the places to ask. congvand
 * fetches; it has no parser for what it carries.
 */
#include "config.h"

#include <stdlib.h>

#include "lib/base/hex.h"
#include "lib/pki/cert.h"
#include "lib/pki/needs.h"
#include "worker/job_table.h"
#include "worker/seal_kinds.h"

static json_t *
base64_json(const unsigned char *p, size_t n)
{
	char *text = base64_encode(p, n);
	json_t *out = text != NULL ? json_string(text) : NULL;

	free(text);
	return out;
}

static json_t *
cert_json(X509 *cert)
{
	unsigned char *der = NULL;
	int len = cert != NULL ? i2d_X509(cert, &der) : -1;
	json_t *out = len > 0 ? base64_json(der, (size_t)len) : NULL;

	OPENSSL_free(der);
	return out;
}

static json_t *
urls_json(const struct needs_urls *urls)
{
	json_t *out = json_array();

	for (size_t i = 0; i < urls->count; i++)
		json_array_append_new(out, json_string(urls->at[i]));
	return out;
}

static json_t *
hex_json(const X509 *cert)
{
	char hex[DIGEST_HEX];
	struct digest d = cert_digest(cert);

	digest_hex(&d, hex);
	return json_string(hex);
}

static json_t *
missing_json(const struct needs_cert *c)
{
	bool issuer = needs_issuer(c);
	char subject[256];
	json_t *out;
	struct buf request = {0};

	cert_name_text(X509_get_subject_name(c->cert), subject, sizeof(subject));
	out = json_pack("{s:o, s:s, s:s, s:o}", "cert", hex_json(c->cert), "what", issuer ? "issuer" : "revocation",
		"subject", subject, "of", cert_json(c->cert));
	if (out == NULL || issuer) {
		json_object_set_new(out, "urls", urls_json(&c->issuers));
		return out;
	}
	json_object_set_new(out, "issuer", cert_json(c->issuer));
	json_object_set_new(out, "ocsp", urls_json(&c->ocsp));
	json_object_set_new(out, "crl", urls_json(&c->crl));
	if (needs_ocsp_request(c, &request) == STATUS_OK)
		json_object_set_new(out, "request", base64_json(request.data, request.len));
	buf_free(&request);
	return out;
}

enum status
seal_needs_json(const struct needs *n, json_t **out)
{
	json_t *missing = json_array(), *certs = json_array();
	char until[CLOCK_TEXT] = "", stands[CLOCK_TEXT] = "";
	clock_us last = needs_timestamps_until(n);
	bool revoked = false;

	for (size_t i = 0; i < needs_count(n); i++) {
		const struct needs_cert *c = needs_at(n, i);

		json_array_append_new(certs, hex_json(c->cert));
		revoked |= c->state >= REVOCATION_HELD;
		if (needs_issuer(c) || needs_revocation(c))
			json_array_append_new(missing, missing_json(c));
	}
	if (last != 0)
		clock_format_utc(last, until);
	if (needs_stand_until(n) != 0)
		clock_format_utc(needs_stand_until(n), stands);
	*out = json_pack("{s:o, s:o, s:b, s:s, s:s}", "missing", missing, "certs", certs, "revoked", (int)revoked,
		"timestamps_until", until, "stands_until", stands);
	return *out != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
seal_pieces_keep(void *arg, enum seal_piece kind, struct span der)
{
	struct seal_pieces *p = arg;
	struct seal_piece_kept *piece;

	if (p->count == p->room) {
		size_t room = p->room ? 2 * p->room : 8;
		struct seal_piece_kept *bigger = realloc(p->at, room * sizeof(*bigger));

		if (bigger == NULL)
			return STATUS_NO_MEMORY;
		p->at = bigger;
		p->room = room;
	}
	piece = &p->at[p->count];
	piece->kind = kind;
	buf_init(&piece->der, der.len + 1);
	buf_put(&piece->der, der.data, der.len);
	p->count++;
	return buf_status(&piece->der);
}

void
seal_pieces_free(struct seal_pieces *p)
{
	for (size_t i = 0; i < p->count; i++)
		buf_free(&p->at[i].der);
	free(p->at);
	*p = (struct seal_pieces){0};
}

static struct span
der_of(const struct seal_piece_kept *piece)
{
	return (struct span){piece->der.data, piece->der.len};
}

/* What cannot be read proves nothing. */
static enum status
add_kept(struct policy *policy, const struct seal_piece_kept *piece)
{
	enum status st = STATUS_OK;

	if (piece->kind == SEAL_PIECE_CERT)
		st = policy_add_intermediates(policy, der_of(piece));
	else if (piece->kind == SEAL_PIECE_CRL)
		st = policy_add_crls(policy, der_of(piece));
	else if (piece->kind == SEAL_PIECE_OCSP)
		st = policy_add_ocsp(policy, der_of(piece));
	return st == STATUS_NO_MEMORY ? st : STATUS_OK;
}

/* The signatures after all the rest: what stands beside them counts as at hand, and must be known before paths are built. */
enum status
seal_needs_of(const struct seal_pieces *pieces, struct policy *policy, struct needs **out)
{
	struct needs *needs = needs_new(policy);
	enum status st = needs != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	for (size_t i = 0; i < pieces->count && st == STATUS_OK; i++)
		st = add_kept(policy, &pieces->at[i]);
	for (size_t i = 0; i < pieces->count && st == STATUS_OK; i++)
		if (pieces->at[i].kind == SEAL_PIECE_CMS)
			st = needs_add(needs, der_of(&pieces->at[i]));
	if (st == STATUS_TOO_LARGE)
		st = STATUS_OK; /* the first NEEDS_CERTS_MAX are worked on */
	if (st == STATUS_OK)
		st = needs_ask(needs);
	if (st == STATUS_OK)
		*out = needs;
	else
		needs_free(needs);
	return st;
}

enum status
seal_needs(struct job_run *run, const struct seal_kind *kind, struct policy *policy, struct span file, struct span detached,
	struct needs **out)
{
	struct seal_pieces pieces = {0};
	enum status st = kind->pieces == NULL ? STATUS_UNSUPPORTED : kind->pieces(file, detached, seal_pieces_keep, &pieces, run->diag);

	if (st == STATUS_OK)
		st = seal_needs_of(&pieces, policy, out);
	seal_pieces_free(&pieces);
	return st;
}

enum status
job_needs(struct job_run *run)
{
	struct span detached = {NULL, 0};
	const struct seal_kind *kind;
	struct policy *policy = NULL;
	struct needs *needs = NULL;
	size_t files = 0;
	enum status st = seal_kind_of(run, &kind);

	if (st == STATUS_OK)
		st = seal_inputs(run, &files);
	if (st == STATUS_OK)
		st = seal_policy(run, 0, &policy);
	if (st == STATUS_OK && files > 1)
		detached = run->inputs[1];
	if (st == STATUS_OK)
		st = seal_needs(run, kind, policy, run->inputs[0], detached, &needs);
	if (st == STATUS_OK)
		st = seal_needs_json(needs, &run->value);
	needs_free(needs);
	policy_free(policy);
	return st;
}
