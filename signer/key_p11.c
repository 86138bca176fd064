/*
 * key_p11: keys in PKCS#11 tokens. ID.p11 says which, in the language of the configuration:
 *
 *   token { module = "/usr/lib/….so"; label = "…"; serial = "…"; slot = -1; pin_pad = false; last_try = false }
 *
 * module: one of tokens.modules of the signer's configuration. label, serial, slot: which token of it, as far as needed. pin_pad: the PIN is
 * entered at the reader, and activations have none. last_try: try also when the token says that one more wrong PIN locks it.
 */
#include "signer/keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/conf.h"
#include "lib/base/diag.h"
#include "lib/base/log.h"
#include "lib/token/token.h"
#include "signer/modules.h"

struct p11_session {
	struct token *token;
	struct token_key *key;
};

static const struct conf_key lines[] = {
	{"token", "module", CONF_STRING, "", 0, 0, "path of the module, as in tokens.modules"},
	{"token", "label", CONF_STRING, "", 0, 0, "label of the token; empty: any"},
	{"token", "serial", CONF_STRING, "", 0, 0, "serial number of the token; empty: any"},
	{"token", "slot", CONF_NUMBER, "-1", -1, INT32_MAX, "slot id; -1: any"},
	{"token", "pin_pad", CONF_BOOL, "false", 0, 0, "the PIN is entered at the reader"},
	{"token", "last_try", CONF_BOOL, "false", 0, 0, "try also when a wrong PIN would lock the token"},
};

static enum status
read_lines(const struct keyring *r, const struct key *k, struct conf **out)
{
	struct diag *diag = diag_new();
	char path[KEYRING_PATH + 80];
	enum status st = diag != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	snprintf(path, sizeof(path), "%s/%s.p11", keyring_path(r), k->id);
	if (st == STATUS_OK)
		st = conf_read(path, lines, sizeof(lines) / sizeof(lines[0]), diag, out);
	diag_free(diag);
	return st;
}

static enum status
load(const struct keyring *r, struct key *k)
{
	struct conf *c = NULL;
	enum status st = read_lines(r, k, &c);

	if (st != STATUS_OK)
		return st;
	k->pin_pad = conf_bool(c, "token", "pin_pad");
	if (modules_find(keyring_modules(r), conf_string(c, "token", "module")) == NULL)
		log_warn(k->id, "module=\"%s\" problem=\"not in tokens.modules\"", conf_string(c, "token", "module"));
	conf_free(c);
	return STATUS_OK;
}

static const char *
or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

static void
lock(struct key_session *s)
{
	struct p11_session *p = s->more;

	if (p == NULL)
		return;
	token_key_free(p->key);
	token_close(p->token);
	free(p);
}

static enum status
open_token(const struct keyring *r, const struct conf *c, struct p11_session *p, const char **why)
{
	struct token_choice choice = {or_null(conf_string(c, "token", "label")), or_null(conf_string(c, "token", "serial")),
		(long)conf_number(c, "token", "slot")};
	struct token_module *m = modules_find(keyring_modules(r), conf_string(c, "token", "module"));
	enum status st;

	*why = "token.module";
	if (m == NULL)
		return STATUS_UNSUPPORTED;
	st = token_open(m, &choice, &p->token);
	*why = st == STATUS_CONFLICT ? "token.several" : st == STATUS_NOT_FOUND ? "token.absent" : "token.failed";
	return st == STATUS_OK || st == STATUS_NO_MEMORY ? st : STATUS_UNAVAILABLE;
}

static enum status
unlock(const struct keyring *r, struct key *k, const char *pin, struct key_session *out)
{
	struct p11_session *p = calloc(1, sizeof(*p));
	struct conf *c = NULL;
	enum status st = p != NULL ? read_lines(r, k, &c) : STATUS_NO_MEMORY;

	if (st != STATUS_OK) {
		free(p);
		return st == STATUS_NO_MEMORY ? st : STATUS_UNSUPPORTED;
	}
	out->more = p;
	st = open_token(r, c, p, &out->why);
	if (st == STATUS_OK)
		st = token_login(p->token, k->pin_pad ? NULL : pin, conf_bool(c, "token", "last_try"), &out->why);
	if (st == STATUS_OK) {
		st = token_key_open(p->token, k->cert, &p->key);
		out->why = "token.no-key";
	}
	conf_free(c);
	if (st != STATUS_OK) {
		lock(out);
		out->more = NULL;
		return st;
	}
	out->sign = token_key_sign;
	out->sign_arg = p->key;
	return STATUS_OK;
}

static const char *
trouble(const struct key_session *s)
{
	const struct p11_session *p = s->more;

	return token_key_why(p->key);
}

const struct key_store key_p11 = {"p11", load, unlock, trouble, lock};
