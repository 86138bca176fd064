/* proofs: see proofs.h. find -> (cached content) or fetch -> worker reads -> content store -> keep -> all who wait. */
#include "daemon/sign/proofs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/fetch.h"
#include "daemon/io/loop.h"
#include "daemon/io/pool.h"
#include "daemon/sign/memfile.h"
#include "daemon/store/content.h"
#include "daemon/store/proof.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/log.h"

#define REDIRECTS 3
#define GET_MOST 255 /* base64 characters of an OCSP request in a URL (RFC 5019 5) */

struct waiter {
	struct waiter *next;
	proof_cb cb;
	void *arg;
};

struct proof_fetch {
	struct proofs *proofs;
	struct proof_fetch *next;
	enum proof_kind kind;
	char key[DIGEST_HEX];
	char *url;
	json_t *row;         /* of the table: key, kind, url, about; then what came */
	json_t *of, *issuer; /* base64 */
	unsigned char *request; /* OCSP */
	size_t request_len;
	bool posted;         /* OCSP by POST failed: GET is under way */
	int fd;
	char why[300];
	enum status outcome;
	struct waiter *waiters;
};

struct proofs {
	struct proofs_config config;
	struct proof_fetch *running;
	struct proofs_counters counters;
	bool closing;
};

static const char *const kind_names[] = {[PROOF_CERT] = "cert", [PROOF_CRL] = "crl", [PROOF_OCSP] = "ocsp"};

const char *
proof_kind_name(enum proof_kind k)
{
	return kind_names[k];
}

struct proofs *
proofs_new(const struct proofs_config *config)
{
	struct proofs *p = calloc(1, sizeof(*p));

	if (p != NULL)
		p->config = *config;
	return p;
}

void
proofs_close(struct proofs *p)
{
	if (p != NULL)
		p->closing = true;
}

void
proofs_free(struct proofs *p)
{
	free(p);
}

struct proofs_counters
proofs_counters(const struct proofs *p)
{
	struct proofs_counters c = p->counters;

	for (const struct proof_fetch *f = p->running; f != NULL; f = f->next)
		c.running++;
	return c;
}

/* --- the end --- */

static void
fetch_free(struct proof_fetch *f)
{
	if (f->fd >= 0)
		close(f->fd);
	json_decref(f->row);
	json_decref(f->of);
	json_decref(f->issuer);
	free(f->request);
	free(f->url);
	free(f);
}

static void
answer(struct proof_fetch *f)
{
	struct proofs *p = f->proofs;
	struct waiter *w, *next;

	for (struct proof_fetch **at = &p->running; *at != NULL; at = &(*at)->next)
		if (*at == f) {
			*at = f->next;
			break;
		}
	for (w = f->waiters; w != NULL; w = next) {
		next = w->next;
		w->cb(w->arg, f->outcome, f->outcome == STATUS_OK ? f->fd : -1, f->why);
		free(w);
	}
	fetch_free(f);
}

static void
end(struct proof_fetch *f, enum status st, const char *why)
{
	f->outcome = st;
	if (why != NULL)
		snprintf(f->why, sizeof(f->why), "%s", why);
	answer(f);
}

static void
on_failure_kept(void *arg, enum status st, json_t *value, const char *constraint)
{
	(void)st;
	(void)value;
	(void)constraint;
	answer(arg);
}

/* The place gave nothing usable: remembered, so that it is not asked with every document. */
static void
failed(struct proof_fetch *f, enum status st, const char *why)
{
	f->outcome = st;
	snprintf(f->why, sizeof(f->why), "%s", why[0] != '\0' ? why : status_full_code(st));
	f->proofs->counters.failed++;
	if (st == STATUS_INVALID)
		f->proofs->counters.refused++;
	if (st == STATUS_CANCELLED) {
		answer(f);
		return;
	}
	log_warn("proofs", "event=not-had kind=%s url=%s status=%s why=\"%s\"", kind_names[f->kind], f->url, status_code(st), f->why);
	proof_fail(f->proofs->config.db, f->row, f->why, f->proofs->config.retry_seconds, on_failure_kept, f);
}

/* --- what came --- */

static void
on_kept(void *arg, enum status st, json_t *value, const char *constraint)
{
	(void)value;
	(void)constraint;
	if (st != STATUS_OK) /* it can be used all the same, only not again */
		log_warn("proofs", "event=not-kept status=%s", status_code(st));
	end(arg, STATUS_OK, "");
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct proof_fetch *f = arg;
	char hex[DIGEST_HEX];

	if (st != STATUS_OK) {
		on_kept(f, st, NULL, "");
		return;
	}
	digest_hex(&stored->sha256, hex);
	json_object_set_new(f->row, "sha256", json_string(hex));
	json_object_set_new(f->row, "size", json_integer((json_int_t)stored->size));
	proof_keep(f->proofs->config.db, f->row, f->proofs->config.max_age_seconds, f->proofs->config.most_bytes, on_kept, f);
}

static void
on_read(void *arg, struct job_result *result)
{
	struct proof_fetch *f = arg;

	if (result->status != STATUS_OK || result->file_count < 1) {
		const struct finding *why = diag_count(result->diag) > 0 ? diag_at(result->diag, 0) : NULL;

		failed(f, result->status != STATUS_OK ? result->status : STATUS_INTERNAL, why != NULL && why->got != NULL ? why->got : "");
		return;
	}
	f->proofs->counters.fetched++;
	close(f->fd);
	f->fd = result->files[0];
	result->files[0] = -1;
	json_object_update_missing(f->row, result->value);
	log_info("proofs", "event=fetched kind=%s url=%s state=%s next_update=%s", kind_names[f->kind], f->url,
		store_text(f->row, "state"), store_text(f->row, "next_update"));
	content_put_fd(f->proofs->config.db, f->fd, CONTENT_NO_LIMIT, on_stored, f);
}

static void
read_answer(struct proof_fetch *f, struct span body)
{
	struct job job = {.type = JOB_PROOF_READ};
	enum status st;

	f->fd = memfile_of(body);
	job.params = json_pack("{s:s,s:O}", "kind", kind_names[f->kind], "of", f->of);
	if (f->issuer != NULL)
		json_object_set(job.params, "issuer", f->issuer);
	job.files[job.file_count++] = f->fd;
	st = f->fd >= 0 ? pool_submit(f->proofs->config.pool, &job, POOL_URGENT, on_read, f) : STATUS_IO;
	json_decref(job.params);
	if (st != STATUS_OK)
		failed(f, st, "");
}

static void ask(struct proof_fetch *f);

static void
on_answer(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct proof_fetch *f = arg;
	char text[200];

	if (st == STATUS_OK && http == 200 && body.len > 0) {
		read_answer(f, body);
	} else if (st == STATUS_OK && f->kind == PROOF_OCSP && !f->posted && http >= 400) {
		f->posted = true; /* responders behind caches may know GET only (RFC 5019) */
		ask(f);
	} else {
		snprintf(text, sizeof(text), "fetch.http %ld", http);
		failed(f, st != STATUS_OK ? st : STATUS_UNAVAILABLE, st != STATUS_OK ? why : text);
	}
}

/* The request in the URL: base64, with +, / and = escaped (RFC 6960 A.1). NULL: too long, or without memory. */
static char *
get_url(const struct proof_fetch *f)
{
	char *text = base64_encode(f->request, f->request_len), *url = NULL;
	size_t n = strlen(f->url), at;

	if (text != NULL && strlen(text) <= GET_MOST && (url = malloc(n + 2 + 3 * strlen(text))) != NULL) {
		memcpy(url, f->url, n);
		at = n;
		if (n > 0 && url[n - 1] != '/')
			url[at++] = '/';
		for (const char *c = text; *c != '\0'; c++) {
			if (strchr("+/=", *c) != NULL) {
				memcpy(url + at, *c == '+' ? "%2B" : *c == '/' ? "%2F" : "%3D", 3);
				at += 3;
			} else {
				url[at++] = *c;
			}
		}
		url[at] = '\0';
	}
	free(text);
	return url;
}

static void
ask(struct proof_fetch *f)
{
	struct fetch_request r = {.method = "GET", .url = f->url, .most = f->proofs->config.answer_bytes, .ms = f->proofs->config.ms,
		.redirects = REDIRECTS};
	char *url = NULL;

	if (f->proofs->closing) { /* the network may be gone already */
		end(f, STATUS_CANCELLED, "congvand is stopping");
		return;
	}
	if (f->kind == PROOF_OCSP) {
		r.accept = "application/ocsp-response";
		if (f->posted && (url = get_url(f)) == NULL) {
			failed(f, STATUS_UNAVAILABLE, "the responder does not take the request");
			return;
		}
		if (!f->posted) {
			r.method = "POST";
			r.type = "application/ocsp-request";
			r.body = (struct span){f->request, f->request_len};
		} else {
			r.url = url;
		}
	}
	fetch_start(f->proofs->config.fetch, &r, on_answer, f);
	free(url);
}

/* --- what is there --- */

static void
on_content(void *arg, enum status st, int fd)
{
	struct proof_fetch *f = arg;

	if (st != STATUS_OK) {
		ask(f);
		return;
	}
	f->fd = fd;
	f->proofs->counters.hits++;
	end(f, STATUS_OK, "");
}

static void
on_found(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct proof_fetch *f = arg;
	struct digest sha256;

	(void)constraint;
	if (st == STATUS_OK && store_flag(value, "fresh") && hex_decode(store_text(value, "sha256"), sha256.bytes, DIGEST_BYTES))
		content_get_fd(f->proofs->config.db, &sha256, CONTENT_NO_LIMIT, on_content, f);
	else if (st == STATUS_OK && store_flag(value, "wait"))
		end(f, STATUS_UNAVAILABLE, store_text(value, "last_error"));
	else if (st == STATUS_OK || st == STATUS_NOT_FOUND)
		ask(f);
	else
		end(f, st, status_full_code(st));
}

/* --- asking --- */

static void
put_part(struct buf *b, const char *text)
{
	buf_put_u32(b, (uint32_t)strlen(text));
	buf_put_str(b, text);
}

/* One row for a responder's answer about a certificate, one for a list of an issuer whoever asks. False without memory. */
static bool
make_row(struct proof_fetch *f, const json_t *missing)
{
	const char *of = json_string_value(f->of), *issuer = f->issuer != NULL ? json_string_value(f->issuer) : "";
	char about[DIGEST_HEX];
	unsigned char *der = NULL;
	size_t len = 0;
	struct digest d;
	struct buf b;

	if (f->kind == PROOF_CRL) {
		if (issuer[0] == '\0' || !base64_decode(issuer, strlen(issuer), &der, &len))
			return false;
		d = digest_of(der, len);
		digest_hex(&d, about);
		free(der);
	} else {
		snprintf(about, sizeof(about), "%s", store_text(missing, "cert"));
	}
	buf_init(&b, 1u << 20);
	put_part(&b, kind_names[f->kind]);
	put_part(&b, f->url);
	put_part(&b, f->kind == PROOF_CRL ? "" : of);
	put_part(&b, issuer);
	d = digest_of(b.data, b.len);
	digest_hex(&d, f->key);
	f->row = json_pack("{s:s,s:s,s:s,s:s}", "key", f->key, "kind", kind_names[f->kind], "url", f->url, "about", about);
	of = buf_status(&b) == STATUS_OK ? of : NULL;
	buf_free(&b);
	return f->row != NULL && of != NULL;
}

static struct proof_fetch *
fetch_new(struct proofs *p, enum proof_kind kind, const char *url, const json_t *missing)
{
	const char *request = store_text(missing, "request");
	struct proof_fetch *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort();
	f->proofs = p;
	f->kind = kind;
	f->fd = -1;
	f->url = strdup(url);
	f->of = json_incref(json_object_get(missing, "of"));
	f->issuer = json_incref(json_object_get(missing, "issuer"));
	if (f->url == NULL || !json_is_string(f->of) || !make_row(f, missing) ||
		(kind == PROOF_OCSP && !base64_decode(request, strlen(request), &f->request, &f->request_len)))
		f->outcome = STATUS_MALFORMED;
	return f;
}

static void
refuse(void *arg)
{
	answer(arg);
}

void
proofs_get(struct proofs *p, enum proof_kind kind, const char *url, const json_t *missing, proof_cb cb, void *arg)
{
	struct proof_fetch *f = fetch_new(p, kind, url, missing), *same;
	struct waiter *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	*w = (struct waiter){.cb = cb, .arg = arg};
	for (same = p->running; same != NULL; same = same->next)
		if (f->outcome == STATUS_OK && same->outcome == STATUS_OK && strcmp(same->key, f->key) == 0)
			break;
	if (same != NULL) {
		w->next = same->waiters;
		same->waiters = w;
		fetch_free(f);
		return;
	}
	f->waiters = w;
	f->next = p->running;
	p->running = f;
	if (f->outcome == STATUS_OK && p->closing)
		f->outcome = STATUS_CANCELLED;
	if (f->outcome == STATUS_OK && !fetch_allows(p->config.fetch, url)) {
		f->outcome = STATUS_DENIED; /* not kept: it counts as soon as the administrator lists the host */
		snprintf(f->why, sizeof(f->why), "net.allow");
	}
	if (f->outcome != STATUS_OK)
		loop_soon(p->config.loop, refuse, f);
	else
		proof_find(p->config.db, f->key, on_found, f);
}
