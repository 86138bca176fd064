/*
 * prepare: see sign.h. document -> rules -> signer (which digest the key signs, with which certificates) -> room (how large the hole) -> base and picture from the content store -> worker
 * (field, appearance, hole, digest) -> tail to the content
 * store -> signing row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/flow/facts.h"
#include "daemon/flow/move.h"
#include "daemon/io/pool.h"
#include "daemon/sign/level.h"
#include "daemon/sign/room.h"
#include "daemon/sign/sign.h"
#include "daemon/sign/signer_link.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "daemon/store/signing.h"
#include "lib/base/clock.h"
#include "lib/base/hex.h"
#include "lib/base/imprint.h"
#include "lib/base/uuid.h"

struct prepare {
	const struct sign_office *office;
	const struct person *person;
	const json_t *wish;
	sign_cb cb;
	void *arg;
	struct diag *diag;
	json_t *loaded;               /* what document_load answered; facts borrow from it */
	struct flow_document document;
	json_t *plan;                 /* what the worker answered, kept for completion */
	json_t *row;
	json_t *chain;                /* of the signer's key; NULL for the person's own */
	size_t room, least;           /* of the hole; 0: none */
	int base, png, tail;
	const char *role, *container;
	char algorithm[16];           /* of the digest, as the signer says for the key */
	char id[UUID_TEXT];
};

static void
finish(struct prepare *p, enum status st, json_t *value)
{
	p->cb(p->arg, st, p->diag, value);
	if (p->base >= 0)
		close(p->base);
	if (p->png >= 0)
		close(p->png);
	if (p->tail >= 0)
		close(p->tail);
	json_decref(p->loaded);
	json_decref(p->plan);
	json_decref(p->row);
	json_decref(p->chain);
	diag_free(p->diag);
	free(p);
}

static void
on_inserted(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct prepare *p = arg;
	json_t *answer = NULL;

	(void)value;
	(void)constraint;
	if (st == STATUS_OK)
		answer = json_pack("{s:s,s:s,s:O,s:O,s:O,s:s,s:O,s:O,s:s}", "base_version", p->document.main_version, "id", p->id, "digest", json_object_get(p->plan, "imprint"),
			"algorithm", json_object_get(p->plan, "algorithm"), "title", json_object_get(p->row, "title"), "document", p->document.id, "move",
			json_object_get(p->row, "move"), "level", json_object_get(p->row, "wanted_level"), "container",
			p->container);
	finish(p, st, answer);
	json_decref(answer);
}

static const char *
wanted_level(const struct prepare *p)
{
	const char *level = store_text(p->wish, "level");

	if (level[0] == '\0')
		level = p->office->level;
	return level[0] != '\0' ? level : p->office->tsa_url[0] != '\0' ? "B-T" : "B-B";
}

/* For preparing it once more with more room: complete.c. */
static json_t *
kept_wish(const struct prepare *p)
{
	static const char *const members[] = {"document", "move", "key", "algorithm", "cms_size", "role", "page", "rect", "anchor", "png", "reason", "level"};
	json_t *wish = json_object();

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(p->wish, members[i]) != NULL)
			json_object_set(wish, members[i], json_object_get(p->wish, members[i]));
	return wish;
}

static void
insert_row(struct prepare *p, const char *tail)
{
	const char *level = wanted_level(p), *notation = p->document.notation;
	json_t *title = json_sprintf("%s%s%s: %s", notation, notation[0] != '\0' ? " " : "", p->document.kind_name,
		p->document.subject);

	json_object_set_new(p->plan, "wish", kept_wish(p));
	uuid_new(p->id);
	p->row = json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:O,s:s?,s:O,s:o}", "id", p->id, "document",
		p->document.id, "base_version", p->document.main_version, "document_revision",
		(json_int_t)p->document.revision, "move", store_text(p->wish, "move"), "role", p->role, "container",
		p->container, "account", p->person->id, "key_id", store_text(p->wish, "key"), "wanted_level", level,
		"digest", json_object_get(p->plan, "digest"), "tail", tail, "plan", p->plan, "title", title);
	if (p->row == NULL)
		finish(p, STATUS_NO_MEMORY, NULL);
	else
		signing_insert(p->office->db, p->row, on_inserted, p);
}

static void
on_tail_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct prepare *p = arg;
	char hex[DIGEST_HEX];

	if (st != STATUS_OK) {
		finish(p, st, NULL);
		return;
	}
	digest_hex(&stored->sha256, hex);
	insert_row(p, hex);
}

static void
on_prepared(void *arg, struct job_result *result)
{
	struct prepare *p = arg;

	diag_join(p->diag, result->diag);
	if (result->status != STATUS_OK) {
		finish(p, result->status, NULL);
		return;
	}
	p->plan = json_copy(result->value);
	if (strcmp(p->container, "pdf") != 0) {
		insert_row(p, NULL);
		return;
	}
	if (result->file_count < 1) {
		finish(p, STATUS_INTERNAL, NULL);
		return;
	}
	p->tail = result->files[0];
	result->files[0] = -1;
	content_put_fd(p->office->db, p->tail, CONTENT_NO_LIMIT, on_tail_stored, p);
}

static bool
has_fields(const struct prepare *p)
{
	const char *cause = p->document.main_cause;

	return strcmp(cause, "signed") == 0 || strcmp(cause, "initialled") == 0;
}

/* Of several leaders each is looked for by his own name; a single one, and the first, by the name that the document gives. */
static const char *
anchor_of(const struct prepare *p)
{
	bool several = json_array_size(p->document.cosigners) > 0 || strcmp(p->document.main_cause, "signed") == 0;

	return several && strcmp(p->role, "leader") == 0 ? p->person->name : p->document.signer_name;
}

/* Form fields for number and date, made under the first signature of the document so that filling them in later is a permitted change. */
static json_t *
fields_of(const struct prepare *p)
{
	const char *move = store_text(p->wish, "move");

	if ((strcmp(move, "sign") != 0 && strcmp(move, "initial") != 0) || has_fields(p))
		return json_array();
	return json_pack("[{s:s,s:s},{s:s,s:s},{s:s,s:s}]", "name", SIGN_FIELD_NUMBER, "anchor", "Số", "name",
		SIGN_FIELD_DAY, "anchor", "ngày", "name", SIGN_FIELD_MONTH, "anchor", "tháng");
}

static json_t *
lines_of(const struct prepare *p, const char *now)
{
	clock_us t = 0;
	char people[CLOCK_TEXT];

	if (strcmp(p->role, "leader") == 0)
		return json_array(); /* Decree 30/2020 Appendix I: the picture alone; name and title are in the layout */
	clock_parse(now, &t);
	clock_format_people(t, people);
	return json_pack("[s,s]", p->person->organ_name, people);
}

static void
submit(struct prepare *p)
{
	const json_t *rect = json_object_get(p->wish, "rect");
	const char *anchor = store_text(p->wish, "anchor"), *reason = store_text(p->wish, "reason");
	struct job job = {.type = JOB_SEAL_PREPARE};
	char now[CLOCK_TEXT];
	enum status st;

	clock_format_vietnam(clock_now(), now);
	if (anchor[0] == '\0')
		anchor = anchor_of(p);
	job.params = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:o,s:o}", "kind", p->container, "algorithm", p->algorithm, "signer",
		strcmp(p->role, "office") == 0 ? p->person->organ_name : p->person->name, "time", now, "role", p->role,
		"page", (json_int_t)store_number(p->wish, "page"), "lines", lines_of(p, now), "fields", fields_of(p));
	if (job.params == NULL) {
		finish(p, STATUS_NO_MEMORY, NULL);
		return;
	}
	if (anchor[0] != '\0')
		json_object_set_new(job.params, "anchor", json_string(anchor));
	if (reason[0] != '\0')
		json_object_set_new(job.params, "reason", json_string(reason));
	if (p->room != 0)
		json_object_set_new(job.params, "room", json_integer((json_int_t)p->room));
	if (json_is_array(rect))
		json_object_set(job.params, "rect", (json_t *)rect);
	job.files[job.file_count++] = p->base;
	if (p->png >= 0)
		job.files[job.file_count++] = p->png;
	st = pool_submit(p->office->pool, &job, POOL_URGENT, on_prepared, p);
	json_decref(job.params);
	if (st != STATUS_OK)
		finish(p, st, NULL);
}

static void
on_png(void *arg, enum status st, int fd)
{
	struct prepare *p = arg;

	if (st != STATUS_OK) {
		diag_error(p->diag, "signing.png", "png.sha256", store_text(json_object_get(p->wish, "png"), "sha256"), NULL);
		finish(p, st, NULL);
		return;
	}
	p->png = fd;
	submit(p);
}

static void
on_base(void *arg, enum status st, int fd)
{
	struct prepare *p = arg;
	const char *png = store_text(json_object_get(p->wish, "png"), "sha256");
	struct digest picture;

	if (st != STATUS_OK) {
		finish(p, st, NULL);
		return;
	}
	p->base = fd;
	if (png[0] == '\0' || strcmp(p->container, "pdf") != 0)
		submit(p);
	else if (hex_decode(png, picture.bytes, DIGEST_BYTES))
		content_get_fd(p->office->db, &picture, SIGN_PICTURE_MOST, on_png, p);
	else
		on_png(p, STATUS_INVALID, -1);
}

/* leader for the move "sign", office for "seal", nothing to see for "initial" (ký nháy), unless the wish says otherwise. */
static enum status
choose_role(struct prepare *p)
{
	static const char *const roles[] = {"leader", "office", "attachment", "invisible"};
	const char *role = store_text(p->wish, "role"), *move = store_text(p->wish, "move");

	if (role[0] == '\0')
		role = strcmp(move, "seal") == 0 ? "office" : strcmp(move, "initial") == 0 ? "invisible" : "leader";
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(role, roles[i]) == 0) {
			p->role = roles[i];
			return STATUS_OK;
		}
	diag_error(p->diag, "signing.role", "role", role, "leader, office, attachment, invisible");
	return STATUS_INVALID;
}

static enum status
check_level(struct prepare *p)
{
	const char *level = store_text(p->wish, "level");

	if (level[0] == '\0' || level_is_wish(level))
		return STATUS_OK;
	diag_error(p->diag, "signing.level", "level", level, "B-B, B-T, B-LT, B-LTA");
	return STATUS_INVALID;
}

static enum status
check_size(struct prepare *p)
{
	const json_t *size = json_object_get(p->wish, "cms_size");
	char want[40];

	if (size == NULL || (json_is_integer(size) && json_integer_value(size) > 0 && json_integer_value(size) <= SIGN_CMS_MOST / 2))
		return STATUS_OK;
	snprintf(want, sizeof(want), "1-%u", SIGN_CMS_MOST / 2);
	diag_error(p->diag, "param.number", "cms_size", NULL, want);
	return STATUS_INVALID;
}

/* A key may be used by the account it was given to: one key per leader, the office's by its clerk. */
static enum status
check_key(struct prepare *p)
{
	const char *key = store_text(p->wish, "key");

	if (key[0] != '\0' && strcmp(key, p->person->key_id) == 0)
		return STATUS_OK;
	diag_error(p->diag, "signing.key", "key", key, p->person->key_id);
	return key[0] == '\0' ? STATUS_INVALID : STATUS_DENIED;
}

static void
load_base(struct prepare *p)
{
	struct digest base;

	if (hex_decode(p->document.main_sha256, base.bytes, DIGEST_BYTES))
		content_get_fd(p->office->db, &base, SIGN_FILE_MOST, on_base, p);
	else
		finish(p, STATUS_INTERNAL, NULL);
}

static void
on_learnt(void *arg)
{
	struct prepare *p = arg;
	struct room_wish wish = {.chain = p->chain, .digest = p->algorithm, .signature = (size_t)store_number(p->wish, "cms_size"),
		.stamped = level_rank(wanted_level(p)) >= level_rank("B-T"), .least = p->least};

	p->room = sign_room(p->office, &wish);
	if (p->room != 0) {
		load_base(p);
		return;
	}
	diag_error(p->diag, "signing.room", "key", store_text(p->wish, "key"), NULL);
	finish(p, STATUS_TOO_LARGE, NULL);
}

/* Only a PDF has a hole. */
static void
measure(struct prepare *p)
{
	if (strcmp(p->container, "pdf") == 0)
		sign_room_learn(p->office, on_learnt, p);
	else
		load_base(p);
}

static void
on_key(void *arg, enum status st, json_t *reply)
{
	struct prepare *p = arg;
	const json_t *key = json_array_get(json_object_get(reply, "keys"), 0);
	const char *algorithm = store_text(key, "digest");

	if (st == STATUS_OK && algorithm[0] == '\0') {
		diag_error(p->diag, "signing_key.unknown", "key", store_text(p->wish, "key"), NULL);
		st = STATUS_NOT_FOUND;
	}
	if (st != STATUS_OK) {
		finish(p, st, NULL);
		return;
	}
	snprintf(p->algorithm, sizeof(p->algorithm), "%s", algorithm);
	p->chain = json_incref(json_object_get(key, "chain"));
	measure(p);
}

/* Of a key that the signer does not have, its owner says it. */
static void
own_key(struct prepare *p)
{
	const char *algorithm = store_text(p->wish, "algorithm");
	enum imprint_kind kind = IMPRINT_SHA256;

	if (algorithm[0] != '\0' && !imprint_kind_find(algorithm, &kind)) {
		diag_error(p->diag, "signing_key.digest", "algorithm", algorithm, "SHA256, SHA384, SHA512");
		finish(p, STATUS_INVALID, NULL);
		return;
	}
	snprintf(p->algorithm, sizeof(p->algorithm), "%s", imprint_name(kind));
	measure(p);
}

/* The digest must be by the algorithm that the key signs with, and only the signer knows it. */
static void
ask_key(struct prepare *p)
{
	json_t *request = json_pack("{s:s}", "key", store_text(p->wish, "key"));
	enum status st;

	if (sign_key_is_own(store_text(p->wish, "key"))) {
		json_decref(request);
		own_key(p);
		return;
	}
	st = p->office->signer != NULL ?
		signer_link_call(p->office->signer, SIGNER_MSG_KEYS, request, on_key, p) : STATUS_UNAVAILABLE;
	json_decref(request);
	if (st != STATUS_OK)
		finish(p, st, NULL);
}

static void
on_document(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct prepare *p = arg;
	const char *move = store_text(p->wish, "move");
	const struct flow_move *row;

	(void)constraint;
	if (st == STATUS_OK && (p->loaded = json_deep_copy(value)) == NULL)
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK && !flow_document_from_json(p->loaded, &p->document))
		st = STATUS_INTERNAL;
	if (st == STATUS_OK)
		st = flow_check(&p->document, p->person, move, NULL, 1, p->diag, &row);
	if (st == STATUS_OK)
		st = choose_role(p);
	if (st == STATUS_OK)
		st = check_level(p);
	if (st == STATUS_OK)
		st = check_size(p);
	if (st == STATUS_OK)
		st = check_key(p);
	if (st != STATUS_OK) {
		finish(p, st, NULL);
		return;
	}
	p->container = strcmp(p->document.main_mime, "application/pdf") == 0 ? "pdf" : "cms";
	ask_key(p);
}

void
sign_prepare(const struct sign_office *o, const struct person *person, const json_t *wish, sign_cb cb, void *arg)
{
	sign_prepare_again(o, person, wish, 0, cb, arg);
}

void
sign_prepare_again(const struct sign_office *o, const struct person *person, const json_t *wish, size_t least, sign_cb cb, void *arg)
{
	struct prepare *p = calloc(1, sizeof(*p));

	if (p == NULL || (p->diag = diag_new()) == NULL)
		abort(); /* a kilobyte: nothing would work any more */
	p->office = o;
	p->person = person;
	p->wish = wish;
	p->least = least;
	p->cb = cb;
	p->arg = arg;
	p->base = p->png = p->tail = -1;
	document_load(o->db, person, store_text(wish, "document"), on_document, p);
}
