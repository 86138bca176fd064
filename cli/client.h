/*
 * client: HTTP to congvand by libcurl: JSON calls, uploads and downloads with progress. Writes carry an Idempotency-Key and are
 * repeated with the same key when the connection breaks or the daemon says "uncertain", so that a command does its work once.
 */
#ifndef CONGVAN_CLI_CLIENT_H
#define CONGVAN_CLI_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "lib/base/message.h"

struct client;

struct client_config {
	const char *socket;     /* Unix socket path, or NULL */
	const char *url;        /* https://host:port, when socket is NULL */
	const char *ca;         /* PEM of the server's CA, or NULL for the system's */
	const char *cert, *key; /* client certificate, or NULL */
	const char *token;      /* bearer, or NULL */
	const char *proxy;      /* "http://host:port", or NULL: none, whatever the environment says */
	enum language language;
	bool progress;          /* draw a bar on stderr for long transfers */
	unsigned tries;         /* for writes; 0: 5 */
};

struct client_answer {
	long code;              /* HTTP status; 0: no answer, see error */
	json_t *json;           /* parsed when the answer is JSON, else NULL */
	char *text;             /* body otherwise; NULL for downloads */
	size_t length;
	char etag[80];
	char error[256];
};

struct client *client_new(const struct client_config *config);
void client_free(struct client *c);

/* A JSON call. body may be NULL (borrowed). if_match: revision text or NULL. */
void client_call(struct client *c, const char *method, const char *path, json_t *body, const char *if_match,
	const char *accept, struct client_answer *out);

/* Uploads a file as the body of a POST. */
void client_upload(struct client *c, const char *path, const char *file, const char *type,
	struct client_answer *out);

/* Downloads into a file already open. */
void client_download(struct client *c, const char *path, FILE *to, struct client_answer *out);

/* Server-sent events: line() is called for each line until it returns false or the stream ends. */
void client_events(struct client *c, const char *path, bool (*line)(void *arg, const char *text), void *arg,
	struct client_answer *out);

void client_answer_clear(struct client_answer *a);

/* Percent-encodes one query value or path segment; free() it. */
char *client_escape(struct client *c, const char *s);

#endif
