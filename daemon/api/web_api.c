/*
 * web_api: the pages, served as they are from a folder that is read once at the start: a fixed list of small files, so that no path of a request
 * reaches the file system. They call nothing but the public API; the policy below forbids anything else.
 */
#include "daemon/api/web_api.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/routes.h"
#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "lib/base/log.h"

#define WEB_FILE_MOST (1u << 20)
#define POLICY "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; "           \
	"base-uri 'none'; frame-ancestors 'none'"
#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"

struct web_file {
	const char *name, *type;
	struct buf bytes;
	char etag[24];
};

struct web {
	struct web_file files[24];
};

static const struct {
	const char *name, *type;
} list[] = {
	{"index.html", HTML}, {"style.css", "text/css; charset=utf-8"}, {"api.js", SCRIPT}, {"app.js", SCRIPT}, {"batch.js", SCRIPT}, {"check.js", SCRIPT}, {"cms.js", SCRIPT},
	{"content.js", SCRIPT}, {"document.js", SCRIPT}, {"dom.js", SCRIPT}, {"draft.js", SCRIPT}, {"hpke.js", SCRIPT}, {"levels.js", SCRIPT}, {"lists.js", SCRIPT},
	{"mandates.js", SCRIPT}, {"moves.js", SCRIPT}, {"outbox.js", SCRIPT}, {"pages.js", SCRIPT}, {"sign.js", SCRIPT},
	{"text.js", SCRIPT}, {"verdict.js", SCRIPT}, {"icon.svg", "image/svg+xml"},
};
#define FILES (sizeof(list) / sizeof(list[0]))

static bool
read_file(const char *dir, const char *name, struct buf *to)
{
	char path[4096], block[8192];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while ((n = read(fd, block, sizeof(block))) > 0)
		buf_put(to, block, (size_t)n);
	close(fd);
	return n == 0 && buf_status(to) == STATUS_OK;
}

enum status
web_open(const char *dir, struct web **out)
{
	struct web *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < FILES; i++) {
		struct web_file *f = &w->files[i];
		struct digest d;
		char hex[DIGEST_HEX];

		f->name = list[i].name;
		f->type = list[i].type;
		buf_init(&f->bytes, WEB_FILE_MOST);
		if (!read_file(dir, f->name, &f->bytes)) {
			log_error("web", "event=cannot-read file=%s", f->name);
			web_free(w);
			return STATUS_NOT_FOUND;
		}
		d = digest_of(f->bytes.data, f->bytes.len);
		digest_hex(&d, hex);
		snprintf(f->etag, sizeof(f->etag), "\"%.16s\"", hex);
	}
	*out = w;
	return STATUS_OK;
}

void
web_free(struct web *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < FILES; i++)
		buf_free(&w->files[i].bytes);
	free(w);
}

static void
answer(struct http_call *call, const char *name)
{
	const struct web *w = api_of(call)->web;

	for (size_t i = 0; w != NULL && i < FILES; i++) {
		const struct web_file *f = &w->files[i];

		if (strcmp(f->name, name) != 0)
			continue;
		http_answer_header(call, "ETag", f->etag);
		http_answer_header(call, "Cache-Control", "no-cache");
		http_answer_header(call, "Content-Security-Policy", POLICY);
		http_answer_header(call, "Referrer-Policy", "no-referrer");
		if (http_call_if_none_match(call, f->etag))
			http_answer_empty(call, 304);
		else
			http_answer_bytes(call, 200, f->type, f->bytes.data, f->bytes.len);
		return;
	}
	http_answer_problem(call, STATUS_NOT_FOUND, NULL, NULL);
}

static void
front(struct http_call *call)
{
	answer(call, "index.html");
}

static void
file(struct http_call *call)
{
	answer(call, http_call_param(call, "file"));
}

const struct http_route web_routes[] = {
	{"GET", "/", HTTP_BODY_NONE, 0, front},
	{"GET", "/web/{file}", HTTP_BODY_NONE, 0, file},
};
const size_t web_route_count = sizeof(web_routes) / sizeof(web_routes[0]);
