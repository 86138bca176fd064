/*
 * verification_api: any file judged for whoever is signed in. The bytes stream into the content store like an upload that nothing refers to: it is
 * swept after a day.
 */
#include <string.h>
#include <unistd.h>

#include "daemon/api/content_receive.h"
#include "daemon/api/version_view.h"
#include "daemon/flow/param.h"
#include "daemon/store/content.h"
#include "lib/base/hex.h"

#define VERIFY_FILE (512ull << 20) /* what a worker can open in its memory */
#define SIGNATURE_FILE (16ull << 20)

struct verification {
	struct http_call *call;
	const char *detached; /* hex digest, "" without */
	struct digest sha256, signature;
	int fd;
};

/* What may hold signatures inside: a PDF, an archive (ASiC), XML. The worker looks closer. */
static bool
may_hold_signatures(const struct content_received *r)
{
	return memmem(r->head, r->head_len, "%PDF-", 5) != NULL || (r->head_len > 4 && memcmp(r->head, "PK\3\4", 4) == 0) ||
		(r->head_len > 0 && r->head[0] == '<') || (r->head_len > 3 && memcmp(r->head, "\xef\xbb\xbf<", 4) == 0);
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
		version_view_judge(v->call, "auto", fd, -1, version_view_report, v->call);
		return;
	}
	v->fd = fd;
	content_get_fd(api_of(v->call)->db, &v->signature, SIGNATURE_FILE, on_signature, v);
}

static void
on_received(struct http_call *call, void *arg, const struct content_received *received)
{
	struct verification *v = arg;

	if (v->detached[0] == '\0' && !may_hold_signatures(received)) {
		api_refuse(call, STATUS_UNSUPPORTED, "verification.kind", "file", NULL, "PDF, ASiC, XML");
	} else {
		v->sha256 = received->sha256;
		content_get_fd(api_of(call)->db, &v->sha256, VERIFY_FILE, on_file, v);
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
	content_receive(call, VERIFY_FILE, on_received, v);
}
