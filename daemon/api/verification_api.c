/*
 * verification_api: any file judged for whoever is signed in. The bytes stream into the content store like an upload that nothing refers to: it is
 * swept after a day.
 */
#include <string.h>
#include <unistd.h>

#include "daemon/api/version_view.h"
#include "daemon/flow/param.h"
#include "daemon/store/content.h"
#include "lib/base/hex.h"

#define VERIFY_FILE (512ull << 20) /* what a worker can open in its memory */
#define SIGNATURE_FILE (16ull << 20)
#define HEAD 1024 /* "%PDF-" stands within (ISO 32000-1 annex H, note 13) */

struct verification {
	struct http_call *call;
	struct content_put *put;
	const char *detached; /* hex digest, "" without */
	struct digest sha256, signature;
	unsigned char head[HEAD];
	size_t head_len;
	int fd;
};

static bool
is_pdf(const struct verification *v)
{
	return memmem(v->head, v->head_len, "%PDF-", 5) != NULL;
}

static void
on_signature(void *arg, enum status st, int fd)
{
	struct verification *v = arg;

	if (st != STATUS_OK) {
		close(v->fd);
		if (st == STATUS_NOT_FOUND)
			api_refuse(v->call, STATUS_INVALID, "version.missing", "detached", v->detached, NULL);
		else
			http_answer_problem(v->call, st, NULL, NULL);
		return;
	}
	version_view_judge(v->call, "cms", v->fd, fd, version_view_report, v->call);
}

static void
on_file(void *arg, enum status st, int fd)
{
	struct verification *v = arg;

	if (st != STATUS_OK) {
		http_answer_problem(v->call, st, NULL, NULL);
		return;
	}
	if (v->detached[0] == '\0') {
		version_view_judge(v->call, "pdf", fd, -1, version_view_report, v->call);
		return;
	}
	v->fd = fd;
	content_get_fd(api_of(v->call)->db, &v->signature, SIGNATURE_FILE, on_signature, v);
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct verification *v = arg;

	if (st != STATUS_OK) {
		http_answer_problem(v->call, st, NULL, NULL);
	} else if (v->detached[0] == '\0' && !is_pdf(v)) {
		api_refuse(v->call, STATUS_UNSUPPORTED, "verification.kind", "file", NULL, "application/pdf");
	} else {
		v->sha256 = stored->sha256;
		content_get_fd(api_of(v->call)->db, &v->sha256, VERIFY_FILE, on_file, v);
	}
}

static void
on_room(void *arg)
{
	struct verification *v = arg;
	enum status st = content_put_status(v->put);

	if (st == STATUS_OK) {
		http_call_resume(v->call);
		return;
	}
	content_put_abort(v->put);
	v->put = NULL;
	http_answer_problem(v->call, st, NULL, NULL);
}

static void
on_piece(void *arg, enum status st, const unsigned char *data, size_t n)
{
	struct verification *v = arg;

	if (v->put == NULL)
		return;
	if (st != STATUS_OK) { /* client gone or over a limit: the server answers */
		content_put_abort(v->put);
		v->put = NULL;
	} else if (data == NULL) {
		content_put_end(v->put, on_stored, v);
		v->put = NULL;
	} else {
		size_t take = n < HEAD - v->head_len ? n : HEAD - v->head_len;

		memcpy(v->head + v->head_len, data, take);
		v->head_len += take;
		if (!content_put_write(v->put, data, n))
			http_call_pause(v->call);
	}
}

void
verifications_create(struct http_call *call)
{
	struct verification *v = arena_alloc(http_call_arena(call), sizeof(*v));

	if (v == NULL) {
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
		return;
	}
	*v = (struct verification){.call = call, .detached = api_query(call, "detached"), .fd = -1};
	if (v->detached[0] != '\0' && (!flow_is_digest(v->detached) || !hex_decode(v->detached, v->signature.bytes, DIGEST_BYTES))) {
		api_refuse(call, STATUS_INVALID, "param.digest", "detached", v->detached, NULL);
		return;
	}
	v->put = content_put_begin(api_of(call)->db, VERIFY_FILE, on_room, v);
	if (v->put == NULL)
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
	else
		http_call_stream(call, on_piece, v);
}
