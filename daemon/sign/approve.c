/*
 * approve: see sign.h. signings -> signer (activation and digests) -> each completed, some at once so that no worker waits for the database, those of one
 * document in their order. Once the signer has signed, every document is tried, whatever happens to its neighbours. Those after a token that was pulled out are
 * said to be skipped, and stay prepared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/loop.h"
#include "daemon/io/pool.h"
#include "daemon/sign/complete.h"
#include "daemon/sign/signer_link.h"
#include "daemon/sign/whole.h"
#include "daemon/store/signing.h"
#include "lib/base/clock.h"
#include "lib/base/hex.h"
#include "lib/wire/signer_msg.h"

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

#define AT_ONCE_LEAST 4u
#define AT_ONCE_MOST 16u /* completed at once of one approval: its files are in memory, and other people's jobs wait behind them */

struct approve {
	const struct sign_office *office;
	const struct person *person;
	const char *activation;
	const json_t *ids;
	sign_cb cb;
	void *arg;
	struct diag *diag;
	json_t *signings; /* rows of signing_load */
	json_t *cms;      /* base64, as the signer answered */
	json_t *record;   /* where the decision stands in the signing record: {"seq","head"} */
	char skipped[80]; /* why the signer stopped; "" when it did not */
	json_t *outcomes; /* in the order of the list; null: not yet */
	size_t signed_whole; /* how many of the list the signer has signed, up to the last document that has all its files' signatures */
	size_t begun, ended;
	struct one *flying;
	bool pumping;
};

/* A document that is being completed. */
struct one {
	struct one *next;
	struct approve *approve;
	size_t place, count; /* of its files in the list */
};

static void pump(struct approve *a);

static void
finish(struct approve *a, enum status st)
{
	json_t *answer = st == STATUS_OK ? json_pack("{s:O}", "signings", a->outcomes) : NULL;

	a->cb(a->arg, st, a->diag, answer);
	json_decref(answer);
	json_decref(a->signings);
	json_decref(a->cms);
	json_decref(a->record);
	json_decref(a->outcomes);
	diag_free(a->diag);
	free(a);
}

static void
on_completed(void *arg, json_t *outcomes)
{
	struct one *o = arg, **p;
	struct approve *a = o->approve;

	for (p = &a->flying; *p != o;)
		p = &(*p)->next;
	*p = o->next;
	for (size_t k = 0; k < o->count; k++)
		json_array_set(a->outcomes, o->place + k, json_array_get(outcomes, k));
	json_decref(outcomes);
	a->ended += o->count;
	free(o);
	pump(a);
}

/* Of a document that nothing was tried with. */
static json_t *
outcome_without(const struct approve *a, size_t i, const char *state, const char *error)
{
	const json_t *s = json_array_get(a->signings, i);

	return json_pack("{s:O,s:O,s:s,s:O,s:s,s:n,s:s}", "id", json_object_get(s, "id"), "document", json_object_get(s, "document"),
		"state", state, "wanted_level", json_object_get(s, "wanted_level"), "level", "", "version", "error", error);
}

/* The documents that the signer did not come to, or not to all of their files: they stay prepared. */
static void
skip_rest(struct approve *a)
{
	for (size_t i = a->signed_whole; i < json_array_size(a->signings); i++)
		json_array_append_new(a->outcomes, outcome_without(a, i, "skipped", a->skipped));
}

/* What the leaf keeps of the approval: key, digest, place in the list, and the line of the signing record, which has the whole list. */
static json_t *
evidence_of(const struct approve *a, size_t i)
{
	const json_t *s = json_array_get(a->signings, i);

	return json_pack("{s:O,s:O,s:O,s:I,s:I,s:O}", "key", json_object_get(s, "key_id"), "algorithm", json_object_get(s, "algorithm"),
		"digest", json_object_get(s, "digest"), "count", (json_int_t)json_array_size(a->signings), "position", (json_int_t)(i + 1),
		"record", a->record);
}

/* May the next of the list be begun? One of the same document under way decides first, as if they came one by one. */
static bool
may_begin(const struct approve *a)
{
	unsigned room = 2 * pool_counters(a->office->pool).workers, count = 0;
	const char *document = store_text(json_array_get(a->signings, a->begun), "document");

	room = room < AT_ONCE_LEAST ? AT_ONCE_LEAST : room > AT_ONCE_MOST ? AT_ONCE_MOST : room;
	for (const struct one *o = a->flying; o != NULL; o = o->next, count++)
		if (strcmp(store_text(json_array_get(a->signings, o->place), "document"), document) == 0)
			return false;
	return count < room;
}

/* What the signer sent may be no base64 for all we know: its document fails, and no other. */
static bool
decode_all(const struct approve *a, size_t from, struct complete_file *files, unsigned char **der, size_t count)
{
	for (size_t k = 0; k < count; k++) {
		const char *base64 = json_string_value(json_array_get(a->cms, from + k));
		size_t len = 0;

		if (base64 == NULL || !base64_decode(base64, strlen(base64), &der[k], &len))
			return false;
		files[k] = (struct complete_file){json_array_get(a->signings, from + k), {der[k], len}, evidence_of(a, from + k)};
	}
	return true;
}

/* The next document of the list: one file, or those prepared together. */
static void
begin(struct approve *a)
{
	size_t i = a->begun, n = sign_whole_size(a->signings, i);
	struct complete_file *files = calloc(n, sizeof(*files));
	unsigned char **der = calloc(n, sizeof(*der));
	struct one *o = calloc(1, sizeof(*o));

	if (files == NULL || der == NULL || o == NULL)
		abort();
	a->begun += n;
	*o = (struct one){a->flying, a, i, n};
	if (decode_all(a, i, files, der, n)) {
		a->flying = o;
		sign_complete(a->office, a->person, files, n, on_completed, o);
	} else {
		for (size_t k = 0; k < n; k++)
			json_array_set_new(a->outcomes, i + k, outcome_without(a, i + k, "failed", status_full_code(STATUS_INTERNAL)));
		a->ended += n;
		free(o);
	}
	for (size_t k = 0; k < n; k++) {
		json_decref(files[k].evidence);
		free(der[k]);
	}
	free(files);
	free(der);
}

static void
pump(struct approve *a)
{
	if (a->pumping)
		return;
	a->pumping = true;
	while (a->begun < a->signed_whole && may_begin(a))
		begin(a);
	a->pumping = false;
	if (a->ended < a->signed_whole)
		return;
	skip_rest(a);
	finish(a, STATUS_OK);
}

static void
on_signed(void *arg, enum status st, json_t *reply)
{
	struct approve *a = arg;

	if (st != STATUS_OK) {
		char left[40] = "";

		if (json_is_integer(json_object_get(reply, "attempts_left")))
			snprintf(left, sizeof(left), "attempts_left=%d", (int)store_number(reply, "attempts_left"));
		diag_error(a->diag, "signing.refused", "activation",
			store_text(reply, "why")[0] != '\0' ? store_text(reply, "why") : status_full_code(st), left);
		finish(a, st);
		return;
	}
	a->cms = json_incref(json_object_get(reply, "cms"));
	a->record = json_incref(json_object_get(reply, "record"));
	snprintf(a->skipped, sizeof(a->skipped), "%s", store_text(reply, "skipped"));
	if (json_array_size(a->cms) == 0 || !json_is_object(a->record) ||
		(a->skipped[0] == '\0' ? json_array_size(a->cms) != json_array_size(a->signings) :
			json_array_size(a->cms) >= json_array_size(a->signings))) {
		finish(a, STATUS_INTERNAL);
		return;
	}
	while (a->signed_whole < json_array_size(a->cms) &&
		a->signed_whole + sign_whole_size(a->signings, a->signed_whole) <= json_array_size(a->cms))
		a->signed_whole += sign_whole_size(a->signings, a->signed_whole);
	for (size_t i = 0; i < a->signed_whole; i++)
		json_array_append_new(a->outcomes, json_null());
	pump(a);
}

static bool
is_counter(const json_t *signing)
{
	return store_flag(json_object_get(signing, "plan"), "counter");
}

/* All by one key with one certificate, by the one algorithm that it signs with; counter-signatures, which are of signatures, by themselves. */
static void
check_alike(struct approve *a, const json_t *s)
{
	static const char *const members[] = {"key_id", "algorithm"};
	const json_t *first = json_array_get(a->signings, 0);
	const char *certificate = store_text(json_object_get(s, "plan"), "certificate"), *others = store_text(json_object_get(first, "plan"), "certificate");

	if (is_counter(s) != is_counter(first))
		diag_error(a->diag, "signing.mixed", store_text(s, "id"), "counter", NULL);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(store_text(s, members[i]), store_text(first, members[i])) != 0)
			diag_error(a->diag, "signing.mixed", store_text(s, "id"), store_text(s, members[i]), store_text(first, members[i]));
	if (strcmp(certificate, others) != 0)
		diag_error(a->diag, "signing.mixed", store_text(s, "id"), certificate, others);
}

/* All prepared, none stale, one key: what the person approved is what will be signed, each in its form. */
static enum status
check(struct approve *a)
{
	const json_t *s;
	size_t i;

	if (json_array_size(a->signings) != json_array_size(a->ids) || json_array_size(a->ids) == 0) {
		diag_error(a->diag, "signing.unknown", "signings", NULL, NULL);
		return STATUS_NOT_FOUND;
	}
	json_array_foreach(a->signings, i, s) {
		if (strcmp(store_text(s, "state"), "prepared") != 0)
			diag_error(a->diag, "signing.state", store_text(s, "id"), store_text(s, "state"), "prepared");
		else if (store_flag(s, "stale"))
			diag_error(a->diag, "signing.stale", store_text(s, "id"), store_text(s, "title"), NULL);
		check_alike(a, s);
	}
	sign_whole_check(a->signings, a->diag);
	return diag_has_error(a->diag) ? STATUS_CONFLICT : STATUS_OK;
}

/* A repeated request, whose first answer was lost: everything is done already. */
static bool
is_done(struct approve *a)
{
	const json_t *s;
	size_t i;

	json_array_foreach(a->signings, i, s)
		if (strcmp(store_text(s, "state"), "done") != 0)
			return false;
	json_array_foreach(a->signings, i, s)
		json_array_append_new(a->outcomes, json_pack("{s:O,s:O,s:s,s:O,s:O,s:O,s:s}", "id", json_object_get(s, "id"),
			"document", json_object_get(s, "document"), "state", "done", "wanted_level",
			json_object_get(s, "wanted_level"), "level", json_object_get(s, "held_level"), "version",
			json_object_get(s, "version"), "error", ""));
	return json_array_size(a->signings) == json_array_size(a->ids) && json_array_size(a->ids) > 0;
}

/* What the signer is asked for: the digests in the order of the list, each with the form of its signature. */
static json_t *
request_of(const struct approve *a)
{
	json_t *digests = json_array(), *formats = json_array();
	bool one = true;
	char now[CLOCK_TEXT];
	json_t *s, *request;
	size_t i;

	clock_format_utc(clock_now(), now);
	json_array_foreach(a->signings, i, s) {
		const char *format = signer_format_name(signer_format_of(store_text(s, "container"), is_counter(s)));

		json_array_append(digests, json_object_get(s, "digest"));
		json_array_append_new(formats, json_string(format));
		one = one && strcmp(format, json_string_value(json_array_get(formats, 0))) == 0;
	}
	request = json_pack("{s:s,s:O,s:o,s:O,s:s}", "activation", a->activation, "algorithm", json_object_get(json_array_get(a->signings, 0), "algorithm"), "digests", digests,
		one ? "format" : "formats", one ? json_array_get(formats, 0) : formats, "time", now);
	json_decref(formats);
	return request;
}

static void
on_loaded(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct approve *a = arg;
	json_t *request;

	(void)constraint;
	if (st == STATUS_OK) {
		a->signings = json_deep_copy(value);
		if (is_done(a)) {
			finish(a, STATUS_OK);
			return;
		}
		st = check(a);
	}
	if (st != STATUS_OK) {
		finish(a, st);
		return;
	}
	/* what is no base64 would end the connection to the signer, which answers nothing malformed */
	if (strspn(a->activation, BASE64) != strlen(a->activation) || strlen(a->activation) % 4 != 0) {
		diag_error(a->diag, "activation.unreadable", "activation", NULL, "base64");
		finish(a, STATUS_INVALID);
		return;
	}
	request = request_of(a);
	st = a->office->signer != NULL ?
		signer_link_call(a->office->signer, SIGNER_MSG_SIGN, request, on_signed, a) : STATUS_UNAVAILABLE;
	json_decref(request);
	if (st != STATUS_OK)
		finish(a, st);
}

void
sign_approve(const struct sign_office *o, const struct person *person, const char *activation, const json_t *signings,
	sign_cb cb, void *arg)
{
	struct approve *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->diag = diag_new()) == NULL || (a->outcomes = json_array()) == NULL)
		abort();
	a->office = o;
	a->person = person;
	a->activation = activation;
	a->ids = signings;
	a->cb = cb;
	a->arg = arg;
	signing_load(o->db, person->id, signings, on_loaded, a);
}
