/*
 * sign: prepare, show, approve (docs/architecture.md "Signing"). The person sees the list of titles and digests; what is approved is exactly that list,
 * sealed to the signer's pinned key together with the PIN, so that the daemon in between can neither read the PIN nor sign anything else.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/session.h"
#include "cli/sign_key.h"
#include "cli/sign_local.h"
#include "cli/sign_own.h"
#include "cli/sign_shown.h"
#include "cli/state.h"
#include "cli/tables.h"
#include "cli/view.h"
#include "lib/base/clock.h"
#include "lib/base/hex.h"
#include "lib/base/secret.h"
#include "lib/wire/activation.h"

#define ROUNDS 3 /* of approving: each keeps twice the room of the one before */
#define APPROVAL_LIFE (5 * 60 * CLOCK_SECOND)

/* What has been prepared and is to be approved in one act. */
struct batch {
	json_t *ids;      /* of signings */
	struct activation activation;
};

static int
batch_open(struct batch *b, const char *key)
{
	memset(b, 0, sizeof(*b));
	if (strlen(key) >= sizeof(b->activation.key))
		return CLI_USAGE;
	snprintf(b->activation.key, sizeof(b->activation.key), "%s", key);
	b->ids = json_array();
	b->activation.digests = calloc(ACTIVATION_DIGESTS, sizeof(struct imprint));
	b->activation.formats = calloc(ACTIVATION_DIGESTS, sizeof(enum signer_format));
	b->activation.titles = calloc(ACTIVATION_DIGESTS + 1, sizeof(char *));
	return b->ids && b->activation.digests && b->activation.formats && b->activation.titles ? CLI_OK : CLI_FAULT;
}

static void
batch_close(struct batch *b)
{
	json_decref(b->ids);
	for (size_t i = 0; b->activation.titles != NULL && i < b->activation.count; i++)
		free(b->activation.titles[i]);
	free(b->activation.titles);
	free(b->activation.digests);
	free(b->activation.formats);
	secret_free(b->activation.pin);
}

static int
batch_add(struct cli *cli, const struct cli_args *args, struct batch *b, const json_t *prepared)
{
	struct activation *a = &b->activation;
	const char *digest = json_string_value(json_object_get(prepared, "digest")),
		   *algorithm = json_string_value(json_object_get(prepared, "algorithm")),
		   *id = json_string_value(json_object_get(prepared, "id"));
	enum imprint_kind kind;
	char title[SIGN_TITLE];
	int rc;

	if (a->count == ACTIVATION_DIGESTS)
		return CLI_USAGE;
	/* one key, one algorithm */
	if (id == NULL || !imprint_kind_find(algorithm, &kind) || (a->count > 0 && kind != a->algorithm)) {
		cli_error(cli, "cli.bad-answer", digest);
		return CLI_FAULT;
	}
	/* the approval binds what is shown: its digest is computed here, and the form is said */
	if ((rc = sign_check_shown(cli, args, prepared, &a->digests[a->count])) != CLI_OK)
		return rc;
	a->formats[a->count] = sign_format_of(prepared);
	a->algorithm = kind;
	sign_title(prepared, title);
	a->titles[a->count] = strdup(title);
	if (a->titles[a->count] == NULL || json_array_append_new(b->ids, json_string(id)) != 0)
		return CLI_FAULT;
	a->count++;
	sign_say_file(cli, a->count, prepared);
	return CLI_OK;
}

/* A document with the attachments prepared with it: all of them, or it is taken out of the list again. */
static int
batch_take(struct cli *cli, const struct cli_args *args, struct batch *b, const json_t *prepared)
{
	const json_t *attachments = json_object_get(prepared, "attachments"), *one;
	size_t before = b->activation.count, i;
	int rc = batch_add(cli, args, b, prepared);

	json_array_foreach(attachments, i, one)
		if (rc == CLI_OK)
			rc = batch_add(cli, args, b, one);
	while (rc != CLI_OK && b->activation.count > before) {
		free(b->activation.titles[--b->activation.count]);
		b->activation.titles[b->activation.count] = NULL;
		json_array_remove(b->ids, json_array_size(b->ids) - 1);
	}
	return rc;
}

static int
prepare(struct cli *cli, const struct cli_args *args, const char *document, struct batch *b)
{
	struct client_answer a;
	json_t *body = NULL;
	char id[40];
	int rc;

	if ((rc = cli_document(cli, document, id)) != CLI_OK || (rc = cli_body(cli, args, &body)) != CLI_OK)
		return rc;
	json_object_set_new(body, "document", json_string(id));
	client_call(session_client(cli), "POST", "/v1/signings", body, NULL, NULL, &a);
	json_decref(body);
	rc = a.code == 201 ? batch_take(cli, args, b, a.json) : session_problem(cli, &a);
	client_answer_clear(&a);
	return rc;
}

/*
 * The signer's key: the one seen at the first use and remembered. Another one stops everything, somebody may stand in between, until the
 * person says by --signer-key what the administrator told him: that one is remembered from then on. What is offered is not shown: it would
 * only be repeated.
 */
static int
pinned_key(struct cli *cli, unsigned char key[65])
{
	const char *given = session_globals(cli)->signer_key, *server = session_server(cli), *offered;
	char known[160] = "";
	bool remembered = state_read("signer", server, known, sizeof(known));
	struct client_answer a;
	int rc;

	client_call(session_client(cli), "GET", "/v1/signer", NULL, NULL, NULL, &a);
	offered = json_string_value(json_object_get(a.json, "activation_key"));
	if (a.code != 200 || offered == NULL || !hex_decode(offered, key, 65)) {
		rc = a.code != 200 ? session_problem(cli, &a) : CLI_FAULT;
	} else if (given != NULL ? !activation_key_is(given, key) : remembered && strcmp(known, offered) != 0) {
		cli_error(cli, given != NULL ? "cli.signer-other" : "cli.signer-changed", given != NULL ? given : server);
		rc = CLI_DENIED;
	} else if (remembered && strcmp(known, offered) == 0) {
		rc = CLI_OK;
	} else if (!state_write("signer", server, offered)) {
		cli_error(cli, "cli.state", strerror(errno));
		rc = CLI_FAULT;
	} else {
		fprintf(stderr, "%s: %s\n", cli_say(cli, "cli.signer-pinned"), offered);
		rc = CLI_OK;
	}
	client_answer_clear(&a);
	return rc;
}

static int
seal_approval(struct cli *cli, struct batch *b, char **base64_out)
{
	unsigned char key[65], nonce[16];
	struct buf sealed;
	int rc = pinned_key(cli, key);

	if (rc != CLI_OK)
		return rc;
	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return CLI_FAULT;
	hex_encode(nonce, sizeof(nonce), b->activation.nonce);
	b->activation.expires = clock_now() + APPROVAL_LIFE;
	buf_init(&sealed, 1 << 20);
	if (activation_seal(&b->activation, key, &sealed) == STATUS_OK)
		*base64_out = base64_encode(sealed.data, sealed.len);
	else
		rc = CLI_FAULT;
	buf_free(&sealed);
	return rc == CLI_OK && *base64_out == NULL ? CLI_FAULT : rc;
}

/*
 * The answer is 200 when the approval was taken; what became of each document stands in its state. All done, or it was not done; what was prepared once more
 * for another approval goes to `again`. An answer that leaves one out says nothing.
 */
static int
all_done(struct cli *cli, const json_t *ids, const json_t *answer, json_t *again)
{
	const json_t *list = json_object_get(answer, "signings"), *one, *renewed = NULL;
	int rc = CLI_OK;
	size_t i;

	if (json_array_size(list) != json_array_size(ids)) {
		cli_error(cli, "cli.bad-answer", "signings");
		return CLI_FAULT;
	}
	json_array_foreach(list, i, one) {
		const char *state = json_string_value(json_object_get(one, "state"));

		if (state != NULL && strcmp(state, "done") == 0)
			continue;
		cli_error(cli, "cli.not-signed", json_string_value(json_object_get(one, "error")));
		if (json_is_object(json_object_get(one, "again"))) {
			json_array_append(again, json_object_get(one, "again"));
			renewed = json_object_get(one, "document");
		} else if (renewed == NULL || !json_equal(renewed, json_object_get(one, "document"))) { /* its attachments come again with it */
			rc = CLI_REFUSED;
		}
	}
	return rc;
}

static int
approve(struct cli *cli, struct batch *b, json_t *again)
{
	struct client_answer a = {0};
	char *sealed = NULL;
	json_t *body;
	int rc = seal_approval(cli, b, &sealed);

	if (rc != CLI_OK)
		return rc;
	body = json_pack("{s:s,s:O}", "activation", sealed, "signings", b->ids);
	free(sealed);
	client_call(session_client(cli), "POST", "/v1/signings/approve", body, NULL, NULL, &a);
	json_decref(body);
	rc = a.code == 200 ? view_answer(cli, "signings", &a) : session_problem(cli, &a);
	if (rc == CLI_OK)
		rc = all_done(cli, b->ids, a.json, again);
	client_answer_clear(&a);
	return rc;
}

/* The list becomes the one that was prepared once more. */
static int
renew(struct cli *cli, const struct cli_args *args, struct batch *b, const json_t *again)
{
	int rc = CLI_OK;
	json_t *one;
	size_t i;

	for (i = 0; i < b->activation.count; i++) {
		free(b->activation.titles[i]);
		b->activation.titles[i] = NULL;
	}
	b->activation.count = 0;
	json_array_clear(b->ids);
	cli_error(cli, "cli.approve-again", NULL);
	json_array_foreach(again, i, one)
		if (rc == CLI_OK)
			rc = batch_take(cli, args, b, one);
	return rc;
}

/* Does the key's PIN belong to its reader? Then none may travel: the signer refuses an activation that has one. */
static int
find_pin_pad(struct cli *cli, const char *key, bool *out)
{
	const json_t *items, *k;
	struct client_answer a;
	size_t i;
	int rc;

	client_call(session_client(cli), "GET", "/v1/keys", NULL, NULL, NULL, &a);
	rc = a.code == 200 ? CLI_OK : session_problem(cli, &a);
	items = json_object_get(a.json, "items");
	json_array_foreach(items, i, k) {
		const char *id = json_string_value(json_object_get(k, "id"));

		if (rc == CLI_OK && id != NULL && strcmp(id, key) == 0)
			*out = json_is_true(json_object_get(k, "pin_pad"));
	}
	client_answer_clear(&a);
	return rc;
}

static int
take_pin(struct cli *cli, const struct cli_args *args, struct batch *b)
{
	bool pad = false;
	int rc = find_pin_pad(cli, b->activation.key, &pad);

	if (rc != CLI_OK)
		return rc;
	if (pad)
		fprintf(stderr, "%s\n", cli_say(cli, "cli.pin-pad"));
	b->activation.pin = pad ? secret_alloc(1) : session_secret(cli, args, "pin-file", "cli.prompt.pin");
	return b->activation.pin != NULL ? CLI_OK : CLI_DENIED;
}

/* Shown, confirmed, approved; and what needed more room than was kept for it once more, because its digest is another. */
static int
approve_all(struct cli *cli, const struct cli_args *args, struct batch *b)
{
	json_t *again = json_array();
	int rc = CLI_OK, worst = CLI_OK;

	for (unsigned round = 0; round < ROUNDS && rc == CLI_OK; round++) {
		json_array_clear(again);
		if (cli_option(args, "yes") == NULL)
			rc = sign_confirm(cli, b->activation.count);
		if (rc == CLI_OK && b->activation.pin == NULL)
			rc = take_pin(cli, args, b);
		if (rc == CLI_OK)
			rc = approve(cli, b, again);
		if (rc == CLI_REFUSED)
			worst = rc;
		if (json_array_size(again) == 0)
			break;
		rc = round + 1 < ROUNDS ? renew(cli, args, b, again) : CLI_REFUSED;
	}
	json_decref(again);
	return rc != CLI_OK ? rc : worst;
}

static int
sign(struct cli *cli, const struct cli_args *args)
{
	const char *key = cli_option(args, "key");
	struct batch b;
	int rc, skipped = CLI_OK;

	if (cli_option(args, "out") != NULL)
		return sign_local(cli, args);
	if (sign_key_given(args))
		return sign_own(cli, args);
	if (key == NULL) {
		cli_error(cli, "cli.needs-key", NULL);
		return CLI_USAGE;
	}
	rc = batch_open(&b, key);
	/* One that cannot be prepared is said, with its reason, and left out: it does not stop its neighbours. What is approved is the list shown. */
	for (size_t i = 0; rc == CLI_OK && i < cli_arg_count(args); i++) {
		int one = prepare(cli, args, cli_arg(args, i), &b);

		if (one != CLI_OK) {
			cli_error(cli, "cli.skipped", cli_arg(args, i));
			skipped = one;
		}
		if (one == CLI_UNAVAILABLE || one == CLI_FAULT)
			rc = one;
	}
	if (rc == CLI_OK && b.activation.count == 0)
		rc = skipped;
	if (rc == CLI_OK)
		rc = approve_all(cli, args, &b);
	batch_close(&b);
	return rc != CLI_OK ? rc : skipped;
}

#define END {NULL, NULL, 0}
#define PLACE \
	{"key", "key", CLI_TEXT}, {"pin-file", NULL, CLI_LOCAL}, {"yes", NULL, CLI_FLAG}, {"role", "role", CLI_TEXT}, \
	{"png", "png", CLI_UPLOAD}, {"anchor", "anchor", CLI_TEXT}, {"page", "page", CLI_NUMBER}, {"rect", "rect", CLI_BOX}, \
	{"reason", "reason", CLI_TEXT}, {"level", "level", CLI_TEXT}, {"out", NULL, CLI_LOCAL}, {"attached", NULL, CLI_FLAG}, {"counter", "counter", CLI_TEXT}, \
	{"container", "container", CLI_TEXT}, {"main-only", "main_only", CLI_FLAG}, SIGN_KEY_OPTIONS

static const struct cli_option sign_options[] = {PLACE, {"attachments", "attachments", CLI_FLAG}, {"attachment-container", "attachment_container", CLI_TEXT}, END};
static const struct cli_option copy_options[] = {PLACE, {"form", "copy", CLI_TEXT}, {"extract", "extract", CLI_UPLOAD}, END};
static const struct cli_option stamp_options[] = {PLACE, {"forward", "forward", CLI_TEXT}, END};

const struct cli_command signing_commands[] = {
	{"sign", "", "DOCUMENT…", sign_options, sign, NULL, NULL, "{\"move\":\"sign\"}", NULL},
	{"initial", "", "DOCUMENT…", sign_options, sign, NULL, NULL, "{\"move\":\"initial\"}", NULL},
	{"seal", "", "DOCUMENT…", sign_options, sign, NULL, NULL, "{\"move\":\"seal\"}", NULL},
	{"copy", "", "DOCUMENT…", copy_options, sign, NULL, NULL, "{\"move\":\"copy\"}", NULL},
	{"stamp", "", "DOCUMENT…", stamp_options, sign, NULL, NULL, "{\"move\":\"stamp\"}", NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
