/* room: see room.h. */
#include "daemon/sign/room.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "daemon/io/loop.h"
#include "daemon/io/pool.h"
#include "daemon/sign/memfile.h"
#include "daemon/sign/tsa.h"
#include "daemon/store/store.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/pki/cms_room.h"
#include "lib/wire/frame.h"

#define SIGNATURE_UNKNOWN 8192u /* a client's CMS that nothing is known of: three RSA-4096 certificates have about 5,000 bytes */
#define ASK_AGAIN (60 * CLOCK_SECOND)
#define CHAIN_MOST 17

/* --- the dry run --- */

struct dry {
	const struct sign_office *office;
	char digest[DIGEST_HEX];
	json_t *request; /* what TSP_REQUEST answered */
	void (*cb)(void *arg);
	void *arg;
};

static void
dry_end(void *arg)
{
	struct dry *d = arg;

	d->cb(d->arg);
	json_decref(d->request);
	free(d);
}

static void
on_measured(void *arg, struct job_result *result)
{
	struct dry *d = arg;

	if (result->status == STATUS_OK)
		sign_room_seen(d->office, (size_t)store_number(result->value, "token_size"));
	else
		log_warn("tsa", "event=dry-run-refused status=%s why=%s", status_code(result->status),
			diag_count(result->diag) > 0 ? diag_at(result->diag, 0)->code : "");
	dry_end(d);
}

static void
on_token(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct dry *d = arg;
	struct job job = {.type = JOB_TSP_ATTACH};
	int fd;

	(void)http, (void)why; /* tsa_ask has said it */
	if (st != STATUS_OK) {
		dry_end(d);
		return;
	}
	fd = memfile_of(body);
	job.params = json_pack("{s:s,s:s}", "digest", d->digest, "nonce", store_text(d->request, "nonce"));
	job.files[job.file_count++] = fd;
	st = fd >= 0 ? pool_submit(d->office->pool, &job, POOL_URGENT, on_measured, d) : STATUS_IO;
	json_decref(job.params);
	if (fd >= 0)
		close(fd);
	if (st != STATUS_OK)
		dry_end(d);
}

static void
on_request(void *arg, struct job_result *result)
{
	struct dry *d = arg;
	struct span query;

	if (result->status != STATUS_OK || result->file_count < 1 || frame_map(result->files[0], &query) != STATUS_OK) {
		dry_end(d);
		return;
	}
	d->request = json_incref(result->value);
	tsa_ask(d->office, query, on_token, d);
	frame_unmap(&query);
}

static bool
is_due(const struct sign_office *o)
{
	clock_us now = clock_monotonic();

	if (o->tsa_url[0] == '\0' || o->tokens->last != 0 || (o->tokens->asked != 0 && now - o->tokens->asked < ASK_AGAIN))
		return false;
	o->tokens->asked = now;
	return true;
}

void
sign_room_learn(const struct sign_office *o, void (*cb)(void *arg), void *arg)
{
	struct dry *d = calloc(1, sizeof(*d));
	struct job job = {.type = JOB_TSP_REQUEST};
	struct digest random;
	enum status st = STATUS_UNAVAILABLE;

	if (d == NULL)
		abort();
	d->office = o;
	d->cb = cb;
	d->arg = arg;
	if (is_due(o) && RAND_bytes(random.bytes, DIGEST_BYTES) == 1) {
		digest_hex(&random, d->digest);
		job.params = json_pack("{s:s}", "digest", d->digest);
		st = pool_submit(o->pool, &job, POOL_URGENT, on_request, d);
		json_decref(job.params);
	}
	if (st != STATUS_OK)
		loop_soon(o->loop, dry_end, d);
}

void
sign_room_seen(const struct sign_office *o, size_t token)
{
	if (token != o->tokens->last)
		log_info("tsa", "event=token-size bytes=%zu", token);
	o->tokens->last = token;
}

/* --- sizes --- */

static size_t
token_of(const struct sign_office *o)
{
	return o->tokens->last != 0 ? o->tokens->last : CMS_ROOM_TOKEN;
}

static X509 *
read_cert(const char *base64)
{
	unsigned char *der = NULL;
	size_t len = 0;
	const unsigned char *at;
	X509 *cert = NULL;

	if (base64 != NULL && base64_decode(base64, strlen(base64), &der, &len) && len <= INT_MAX) {
		at = der;
		cert = d2i_X509(NULL, &at, (long)len);
	}
	free(der);
	return cert;
}

static size_t
of_chain(const struct room_wish *wish, size_t token)
{
	struct cms_options options = {.digest_name = wish->digest, .signing_time = true};
	STACK_OF(X509) *issuers = sk_X509_new_null();
	X509 *cert = read_cert(json_string_value(json_array_get(wish->chain, 0))), *issuer;
	size_t room = 0;

	for (size_t i = 1; issuers != NULL && i < json_array_size(wish->chain) && i < CHAIN_MOST; i++)
		if ((issuer = read_cert(json_string_value(json_array_get(wish->chain, i)))) != NULL && sk_X509_push(issuers, issuer) <= 0)
			X509_free(issuer);
	if (cert == NULL || issuers == NULL || cms_room(cert, issuers, &options, token, &room) != STATUS_OK)
		room = 0;
	sk_X509_pop_free(issuers, X509_free);
	X509_free(cert);
	ERR_clear_error();
	return room;
}

static struct digest
print_of(const struct room_wish *wish, size_t token)
{
	struct digest_stream *s = digest_begin();
	const json_t *cert;
	size_t i;

	if (s == NULL)
		abort();
	digest_put(s, &token, sizeof(token));
	digest_put(s, wish->digest, strlen(wish->digest) + 1);
	json_array_foreach(wish->chain, i, cert)
		if (json_is_string(cert))
			digest_put(s, json_string_value(cert), json_string_length(cert) + 1);
	return digest_end(s);
}

/* The same key signs one document after the other. */
static size_t
of_known_chain(const struct sign_office *o, const struct room_wish *wish, size_t token)
{
	struct digest of = print_of(wish, token);
	struct sign_tokens *t = o->tokens;
	size_t room;

	for (size_t i = 0; i < SIGN_ROOMS; i++)
		if (t->rooms[i].room != 0 && memcmp(&t->rooms[i].of, &of, sizeof(of)) == 0)
			return t->rooms[i].room;
	room = of_chain(wish, token);
	t->rooms[t->next].of = of;
	t->rooms[t->next].room = room;
	t->next = (t->next + 1) % SIGN_ROOMS;
	return room;
}

size_t
sign_room(const struct sign_office *o, const struct room_wish *wish)
{
	size_t token = wish->stamped && o->tsa_url[0] != '\0' ? token_of(o) : 0;
	size_t room = wish->chain != NULL ? of_known_chain(o, wish, token) :
		cms_room_for(wish->signature != 0 ? wish->signature : SIGNATURE_UNKNOWN, token);

	return room == 0 || room >= wish->least ? room : wish->least;
}

size_t
sign_room_stamp(const struct sign_office *o)
{
	return cms_room_for(0, token_of(o));
}

size_t
sign_room_larger(const struct diag *diag)
{
	for (size_t i = 0; i < diag_count(diag); i++) {
		const struct finding *f = diag_at(diag, i);

		if (strcmp(f->code, "seal.hole") == 0 && f->got != NULL && f->want != NULL)
			return cms_room_larger(strtoul(f->want, NULL, 10), strtoul(f->got, NULL, 10));
	}
	return 0;
}
