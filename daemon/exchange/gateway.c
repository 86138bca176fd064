/* gateway: see gateway.h. The tokens are read from their file for each packet: a new one works at once, and none stays in memory. */
#include "daemon/exchange/gateway.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/fetch.h"
#include "daemon/io/loop.h"
#include "lib/wire/frame.h"

#define GATEWAY_MOST (512ull << 20)
#define GATEWAY_MS 120000u
#define TOKENS_MOST 65536
#define TOKEN_MOST 400

struct gateway {
	gateway_cb cb;
	void *arg;
	const char *early; /* why nothing was sent, or NULL */
};

const char *
gateway_token(const char *text, const char *organ_code, char *to, size_t size)
{
	char code[64], token[TOKEN_MOST];

	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
		if (line[0] != '#' && sscanf(line, "%63s %399s", code, token) == 2 && strcmp(code, organ_code) == 0 && strlen(token) < size) {
			snprintf(to, size, "%s", token);
			return to;
		}
	return NULL;
}

/* "Bearer TOKEN", or "" without one for that organ. */
static void
authorization(const char *path, const char *organ_code, char *to, size_t size)
{
	char text[TOKENS_MOST], token[TOKEN_MOST];
	ssize_t n;
	int fd;

	to[0] = '\0';
	if (path[0] == '\0' || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (gateway_token(text, organ_code, token, sizeof(token)) != NULL)
		snprintf(to, size, "Bearer %s", token);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(token, sizeof(token));
}

/* The codes of the findings that the other side answered, as far as there is room. */
static void
add_codes(struct span body, char *why, size_t size)
{
	json_t *problem = json_loadb((const char *)body.data, body.len, 0, NULL), *f;
	const json_t *findings = json_object_get(problem, "findings");
	size_t used = strlen(why), i;

	json_array_foreach(findings, i, f) {
		const char *code = json_string_value(json_object_get(f, "code"));

		if (code != NULL && used + strlen(code) + 2 < size)
			used += (size_t)snprintf(why + used, size - used, " %s", code);
	}
	json_decref(problem);
}

static void
on_answer(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct gateway *g = arg;
	char text[300];

	if (st == STATUS_OK && http >= 200 && http < 300) {
		g->cb(g->arg, STATUS_OK, false, "");
	} else if (st != STATUS_OK) {
		snprintf(text, sizeof(text), "%s %.200s", status_full_code(st), why);
		g->cb(g->arg, st, st == STATUS_DENIED || st == STATUS_MALFORMED, text);
	} else {
		bool later = http < 400 || http >= 500 || http == 401 || http == 403 || http == 408 || http == 429;

		snprintf(text, sizeof(text), "fetch.http %ld", http);
		add_codes(body, text, sizeof(text));
		g->cb(g->arg, STATUS_UNAVAILABLE, !later, text);
	}
	free(g);
}

static void
tell_early(void *arg)
{
	struct gateway *g = arg;

	g->cb(g->arg, STATUS_INVALID, true, g->early);
	free(g);
}

void
gateway_send(const struct exchange_office *o, const char *organ_code, const char *url, int fd, uint64_t size, gateway_cb cb, void *arg)
{
	struct gateway *g = malloc(sizeof(*g));
	char bearer[TOKEN_MOST + 10];
	struct fetch_request r = {.method = "POST", .url = url, .type = "application/xml", .accept = "application/json", .ms = GATEWAY_MS};
	struct span bytes = {0};

	if (g == NULL)
		abort();
	*g = (struct gateway){cb, arg, NULL};
	if (size > GATEWAY_MOST || frame_map(fd, &bytes) != STATUS_OK) {
		g->early = "outbox.gateway-size";
		loop_soon(o->loop, tell_early, g);
		return;
	}
	authorization(o->tokens, organ_code, bearer, sizeof(bearer));
	r.authorization = bearer[0] != '\0' ? bearer : NULL;
	r.body = bytes;
	fetch_start(o->fetch, &r, on_answer, g);
	frame_unmap(&bytes);
	explicit_bzero(bearer, sizeof(bearer));
}
