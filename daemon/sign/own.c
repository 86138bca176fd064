/*
 * own: see sign.h. A CMS made with the person's own token, over what was prepared for it: the same completion as for the signer's, plus one question: is it the
 * certificate that the account has (complete.c).
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/sign/complete.h"
#include "daemon/sign/whole.h"
#include "daemon/store/signing.h"
#include "lib/base/digest.h"

struct own {
	const struct sign_office *office;
	const struct person *person;
	sign_cb cb;
	void *arg;
	struct diag *diag;
	json_t *ids, *signings;
	struct buf *cms; /* in the order of the ids */
	size_t count;
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
	for (size_t i = 0; i < o->count; i++)
		buf_free(&o->cms[i]);
	free(o->cms);
	diag_free(o->diag);
	free(o);
}

static void
on_completed(void *arg, json_t *outcomes)
{
	struct own *o = arg;
	json_t *answer = json_pack("{s:o}", "signings", outcomes);

	finish(o, STATUS_OK, answer);
	json_decref(answer);
}

static enum status
check(struct own *o)
{
	const json_t *s;
	size_t i;

	if (json_array_size(o->signings) != o->count) {
		diag_error(o->diag, "signing.unknown", "id", NULL, NULL);
		return STATUS_NOT_FOUND;
	}
	json_array_foreach(o->signings, i, s) {
		if (strcmp(store_text(s, "state"), "prepared") != 0)
			diag_error(o->diag, "signing.state", store_text(s, "id"), store_text(s, "state"), "prepared");
		else if (store_flag(s, "stale"))
			diag_error(o->diag, "signing.stale", store_text(s, "id"), store_text(s, "title"), NULL);
		/* also when the administrator gave the account another key meanwhile */
		if (!sign_key_is_own(store_text(s, "key_id")) || strcmp(store_text(s, "key_id"), o->person->key_id) != 0)
			diag_error(o->diag, "signing.key", "key", store_text(s, "key_id"), o->person->key_id);
	}
	sign_whole_check(o->signings, o->diag);
	if (!diag_has_error(o->diag) && sign_whole_size(o->signings, 0) != o->count)
		diag_error(o->diag, "signing.whole", store_text(json_array_get(o->signings, 0), "id"), NULL, NULL);
	return diag_has_error(o->diag) ? STATUS_CONFLICT : STATUS_OK;
}

/* A repeated request, whose first answer was lost. */
static json_t *
done_before(const struct own *o)
{
	json_t *list = json_array(), *s;
	size_t i;

	json_array_foreach(o->signings, i, s)
		if (strcmp(store_text(s, "state"), "done") == 0)
			json_array_append_new(list, json_pack("{s:O,s:O,s:s,s:O,s:O,s:O,s:s}", "id", json_object_get(s, "id"), "document",
				json_object_get(s, "document"), "state", "done", "wanted_level", json_object_get(s, "wanted_level"), "level",
				json_object_get(s, "held_level"), "version", json_object_get(s, "version"), "error", ""));
	if (json_array_size(list) > 0 && json_array_size(list) == o->count)
		return json_pack("{s:o}", "signings", list);
	json_decref(list);
	return NULL;
}

static json_t *
evidence_of(const struct own *o, size_t i)
{
	const json_t *s = json_array_get(o->signings, i);

	return json_pack("{s:O,s:O,s:O,s:I,s:I}", "key", json_object_get(s, "key_id"), "algorithm", json_object_get(s, "algorithm"), "digest",
		json_object_get(s, "digest"), "count", (json_int_t)o->count, "position", (json_int_t)(i + 1));
}

static void
complete(struct own *o)
{
	struct complete_file *files = calloc(o->count, sizeof(*files));

	if (files == NULL)
		abort();
	for (size_t i = 0; i < o->count; i++)
		files[i] = (struct complete_file){json_array_get(o->signings, i), {o->cms[i].data, o->cms[i].len}, evidence_of(o, i)};
	sign_complete(o->office, o->person, files, o->count, on_completed, o);
	for (size_t i = 0; i < o->count; i++)
		json_decref(files[i].evidence);
	free(files);
}

static void
on_loaded(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct own *o = arg;
	json_t *answer = NULL;

	(void)constraint;
	if (st == STATUS_OK) {
		o->signings = json_deep_copy(value);
		answer = done_before(o);
		st = answer != NULL ? STATUS_OK : check(o);
	}
	if (st == STATUS_OK && answer == NULL) {
		complete(o);
		return;
	}
	finish(o, st, answer);
	json_decref(answer);
}

void
sign_own(const struct sign_office *office, const struct person *person, const json_t *ids, const struct span *cms, sign_cb cb, void *arg)
{
	struct own *o = calloc(1, sizeof(*o));

	if (o == NULL || (o->diag = diag_new()) == NULL || (o->ids = json_deep_copy(ids)) == NULL)
		abort();
	o->office = office;
	o->person = person;
	o->cb = cb;
	o->arg = arg;
	o->count = json_array_size(ids);
	if ((o->cms = calloc(o->count, sizeof(*o->cms))) == NULL)
		abort();
	for (size_t i = 0; i < o->count; i++) {
		buf_init(&o->cms[i], SIGN_CMS_MOST);
		buf_put(&o->cms[i], cms[i].data, cms[i].len);
	}
	signing_load(office->db, person->id, o->ids, on_loaded, o);
}
