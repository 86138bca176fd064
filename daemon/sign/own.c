/*
 * own: see sign.h. A CMS made with the person's own token, over what was prepared for it: the same completion as for the signer's, plus one question: is it the
 * certificate that the account has (complete.c).
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/sign/complete.h"
#include "daemon/store/signing.h"
#include "lib/base/digest.h"

struct own {
	const struct sign_office *office;
	const struct person *person;
	sign_cb cb;
	void *arg;
	struct diag *diag;
	json_t *ids, *signings;
	struct buf cms;
};

bool
sign_key_is_own(const char *key)
{
	return strlen(key) == DIGEST_HEX - 1 && strspn(key, "0123456789abcdef") == DIGEST_HEX - 1;
}

static void
finish(struct own *o, enum status st, json_t *value)
{
	o->cb(o->arg, st, o->diag, value);
	json_decref(o->ids);
	json_decref(o->signings);
	buf_free(&o->cms);
	diag_free(o->diag);
	free(o);
}

static void
on_completed(void *arg, json_t *outcome)
{
	struct own *o = arg;
	json_t *answer = json_pack("{s:[o]}", "signings", outcome);

	finish(o, STATUS_OK, answer);
	json_decref(answer);
}

static enum status
check(struct own *o, const json_t *s)
{
	if (s == NULL) {
		diag_error(o->diag, "signing.unknown", "id", NULL, NULL);
		return STATUS_NOT_FOUND;
	}
	if (strcmp(store_text(s, "state"), "prepared") != 0)
		diag_error(o->diag, "signing.state", store_text(s, "id"), store_text(s, "state"), "prepared");
	else if (store_flag(s, "stale"))
		diag_error(o->diag, "signing.stale", store_text(s, "id"), store_text(s, "title"), NULL);
	/* also when the administrator gave the account another key meanwhile */
	if (!sign_key_is_own(store_text(s, "key_id")) || strcmp(store_text(s, "key_id"), o->person->key_id) != 0)
		diag_error(o->diag, "signing.key", "key", store_text(s, "key_id"), o->person->key_id);
	return diag_has_error(o->diag) ? STATUS_CONFLICT : STATUS_OK;
}

/* A repeated request, whose first answer was lost. */
static json_t *
done_before(const json_t *s)
{
	if (strcmp(store_text(s, "state"), "done") != 0)
		return NULL;
	return json_pack("{s:[{s:O,s:O,s:s,s:O,s:O,s:O,s:s}]}", "signings", "id", json_object_get(s, "id"), "document",
		json_object_get(s, "document"), "state", "done", "wanted_level", json_object_get(s, "wanted_level"), "level",
		json_object_get(s, "held_level"), "version", json_object_get(s, "version"), "error", "");
}

static void
on_loaded(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct own *o = arg;
	json_t *s, *answer = NULL, *evidence;

	(void)constraint;
	if (st == STATUS_OK) {
		o->signings = json_deep_copy(value);
		s = json_array_get(o->signings, 0);
		answer = s != NULL ? done_before(s) : NULL;
		st = answer != NULL ? STATUS_OK : check(o, s);
	}
	if (st != STATUS_OK || answer != NULL) {
		finish(o, st, answer);
		json_decref(answer);
		return;
	}
	evidence = json_pack("{s:O,s:O,s:O,s:i,s:i}", "key", json_object_get(s, "key_id"), "algorithm", json_object_get(s, "algorithm"),
		"digest", json_object_get(s, "digest"), "count", 1, "position", 1);
	sign_complete(o->office, o->person, s, (struct span){o->cms.data, o->cms.len}, evidence, on_completed, o);
	json_decref(evidence);
}

void
sign_own(const struct sign_office *office, const struct person *person, const char *id, struct span cms, sign_cb cb, void *arg)
{
	struct own *o = calloc(1, sizeof(*o));

	if (o == NULL || (o->diag = diag_new()) == NULL || (o->ids = json_pack("[s]", id)) == NULL)
		abort();
	o->office = office;
	o->person = person;
	o->cb = cb;
	o->arg = arg;
	buf_init(&o->cms, SIGN_CMS_MOST);
	buf_put(&o->cms, cms.data, cms.len);
	signing_load(office->db, person->id, o->ids, on_loaded, o);
}
