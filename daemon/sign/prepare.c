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
#include "daemon/flow/param.h"
#include "daemon/sign/container.h"
#include "daemon/sign/level.h"
#include "daemon/sign/objects.h"
#include "daemon/sign/sign_move.h"
#include "daemon/sign/room.h"
#include "daemon/sign/sign.h"
#include "daemon/sign/signer_link.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "daemon/store/holder.h"
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
	const char *base_sha256;      /* what is signed */
	const char *extract;          /* the same of a trích sao, which is no version; else NULL */
	size_t room, least;           /* of the hole; 0: none */
	int base, png, tail;
	const struct sign_move *move;
	const char *role;
	struct container_choice form;
	struct objects more;          /* those besides the main one */
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
	json_decref(p->form.inside);
	objects_close(&p->more);
	diag_free(p->diag);
	free(p);
}

/* Of the version that the signature is put to. */
static const char *
base_of(const struct prepare *p, const char *member, const char *of_main)
{
	return p->form.grown != NULL ? store_text(p->form.grown, member) : of_main;
}

static void
on_inserted(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct prepare *p = arg;
	json_t *answer = NULL;

	(void)value;
	(void)constraint;
	if (st == STATUS_OK)
		answer = json_pack("{s:s,s:s,s:O,s:O,s:O,s:s,s:O,s:O,s:s}", "base_version", base_of(p, "id", p->document.main_version), "id", p->id, "digest", json_object_get(p->plan, "imprint"),
			"algorithm", json_object_get(p->plan, "algorithm"), "title", json_object_get(p->row, "title"), "document", p->document.id, "move",
			json_object_get(p->row, "move"), "level", json_object_get(p->row, "wanted_level"), "container",
			p->form.container->name);
	if (answer != NULL && p->form.counter)
		json_object_set_new(answer, "counter", json_true());
	if (answer != NULL && p->extract != NULL)
		json_object_set_new(answer, "extract", json_string(p->extract));
	if (answer != NULL && json_object_get(p->plan, "objects") != NULL)
		json_object_set_new(answer, "objects", container_objects(&p->document, json_object_get(p->plan, "objects")));
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
	static const char *const members[] = {"document", "move", "key", "algorithm", "cms_size", "role", "page", "rect", "anchor", "png", "reason", "level",
		"copy", "extract", "forward"};
	json_t *wish = json_object();

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(p->wish, members[i]) != NULL)
			json_object_set(wish, members[i], json_object_get(p->wish, members[i]));
	return wish;
}

/* The certificate of the signer's key as it is now: what was prepared for one person's key is not completed by another's, whatever was approved. */
static void
keep_certificate(struct prepare *p)
{
	const char *base64 = json_string_value(json_array_get(p->chain, 0));
	unsigned char *der = NULL;
	char hex[DIGEST_HEX];
	struct digest d;
	size_t len = 0;

	if (base64 == NULL || !base64_decode(base64, strlen(base64), &der, &len))
		return;
	d = digest_of(der, len);
	digest_hex(&d, hex);
	json_object_set_new(p->plan, "certificate", json_string(hex));
	free(der);
}

static void
insert_row(struct prepare *p, const char *tail)
{
	const char *level = wanted_level(p), *notation = p->document.notation;
	json_t *title = json_sprintf("%s%s%s: %s", notation, notation[0] != '\0' ? " " : "", p->document.kind_name,
		p->document.subject);

	json_object_set_new(p->plan, "wish", kept_wish(p));
	keep_certificate(p);
	uuid_new(p->id);
	p->row = json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:O,s:s?,s:O,s:o}", "id", p->id, "document",
		p->document.id, "base_version", base_of(p, "id", p->document.main_version), "document_revision",
		(json_int_t)p->document.revision, "move", store_text(p->wish, "move"), "role", p->role, "container",
		p->form.container->name, "account", p->person->id, "key_id", store_text(p->wish, "key"), "wanted_level", level,
		"digest", json_object_get(p->plan, "digest"), "tail", tail, "plan", p->plan, "title", title);
	if (p->extract != NULL)
		json_object_set_new(p->row, "extract", json_string(p->extract));
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
	if (p->form.counter) {
		json_object_set_new(p->plan, "counter", json_true());
		json_object_set_new(p->plan, "objects", json_pack("[{s:s,s:s}]", "name", p->document.main_name, "sha256", p->document.main_sha256));
	}
	if (!container_holds(json_object_get(p->plan, "objects"), p->document.main_sha256)) {
		diag_error(p->diag, "signing.container-file", "container", base_of(p, "name", ""), p->document.main_name);
		finish(p, STATUS_CONFLICT, NULL);
		return;
	}
	if (strcmp(p->form.container->name, "pdf") != 0 && strcmp(p->form.container->name, "asic-e") != 0) { /* nothing is prepared but the digest */
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

/* Who holds the lead assignment now: whom the document was passed to (Chuyển). */
static const char *
passed_to(const struct prepare *p)
{
	const json_t *a;
	size_t i;

	json_array_foreach(json_object_get(p->document.view, "assignments"), i, a)
		if (strcmp(store_text(a, "role"), "lead") == 0 && (strcmp(store_text(a, "state"), "open") == 0 || strcmp(store_text(a, "state"), "accepted") == 0))
			return store_text(a, store_text(a, "account_name")[0] != '\0' ? "account_name" : "unit_name");
	return "";
}

/* The stamp ĐẾN: số đến, ngày đến, chuyển, số và ký hiệu hồ sơ (Decree 30/2020 App. IV). */
static json_t *
arrival_lines(const struct prepare *p)
{
	const json_t *entry = json_object_get(p->document.view, "register");
	const char *forward = store_text(p->wish, "forward");
	struct clock_date day;
	char date[CLOCK_TEXT] = "";
	clock_us at = 0;

	if (clock_parse(store_text(entry, "taken_at"), &at)) {
		day = clock_date_vietnam(at);
		snprintf(date, sizeof(date), "%02d/%02d/%d", day.day, day.month, day.year);
	}
	return json_pack("[o,s,s,s]", json_sprintf("%lld", (long long)store_number(p->document.view, "arrival_number")), date,
		forward[0] != '\0' ? forward : passed_to(p), store_text(p->document.view, "file_code"));
}

static json_t *
lines_of(const struct prepare *p, const char *now)
{
	clock_us t = 0;
	char people[CLOCK_TEXT];

	if (strcmp(p->role, "leader") == 0 || strcmp(p->role, "copy") == 0)
		return json_array(); /* Decree 30/2020 Appendix I: the picture alone, name and title are in the layout; of a copy its form, the organ and the time */
	if (strcmp(p->role, "arrival") == 0)
		return arrival_lines(p);
	clock_parse(now, &t);
	clock_format_people(t, people);
	return json_pack("[s,s]", p->person->organ_name, people);
}

static const char *
copy_of(const struct prepare *p)
{
	const char *copy = store_text(p->wish, "copy");

	return copy[0] != '\0' ? copy : "sao-y";
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
	job.params = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:o,s:o}", "kind", p->form.counter ? "counter" : p->form.container->kind, "algorithm", p->algorithm, "signer",
		strcmp(p->role, "office") == 0 || p->move->beside ? p->person->organ_name : p->person->name, "time", now, "role", p->role,
		"page", (json_int_t)store_number(p->wish, "page"), "lines", lines_of(p, now), "fields", fields_of(p));
	if (job.params == NULL) {
		finish(p, STATUS_NO_MEMORY, NULL);
		return;
	}
	if (anchor[0] != '\0')
		json_object_set_new(job.params, "anchor", json_string(anchor));
	if (reason[0] != '\0')
		json_object_set_new(job.params, "reason", json_string(reason));
	if (strcmp(p->role, "copy") == 0)
		json_object_set_new(job.params, "copy", json_string(copy_of(p)));
	if (p->room != 0)
		json_object_set_new(job.params, "room", json_integer((json_int_t)p->room));
	if (json_is_array(rect))
		json_object_set(job.params, "rect", (json_t *)rect);
	if (p->form.container->form != NULL && p->form.grown == NULL)
		json_object_set_new(job.params, "form", json_string(p->form.container->form));
	if (p->form.inside != NULL)
		json_object_set_new(job.params, "names", container_names(p->form.inside));
	job.files[job.file_count++] = p->base;
	for (size_t i = 0; i < p->more.count; i++)
		job.files[job.file_count++] = p->more.fds[i];
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

/* A picture named by its digest must be one that the person may name. */
static void
on_png_held(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct prepare *p = arg;
	struct digest picture;

	(void)value;
	(void)constraint;
	if (st == STATUS_OK && hex_decode(store_text(json_object_get(p->wish, "png"), "sha256"), picture.bytes, DIGEST_BYTES))
		content_get_fd(p->office->db, &picture, SIGN_PICTURE_MOST, on_png, p);
	else
		on_png(p, st != STATUS_OK ? st : STATUS_INVALID, -1);
}

static void
on_more(void *arg, enum status st)
{
	struct prepare *p = arg;

	if (st == STATUS_OK) {
		submit(p);
		return;
	}
	if (st == STATUS_TOO_LARGE)
		diag_error(p->diag, "signing.attachments", "attachments", NULL, NULL);
	finish(p, st, NULL);
}

static void
on_base(void *arg, enum status st, int fd)
{
	struct prepare *p = arg;
	const char *png = store_text(json_object_get(p->wish, "png"), "sha256");
	struct digest picture;

	if (st == STATUS_NOT_FOUND && p->extract != NULL) {
		diag_error(p->diag, "content.missing", "extract", p->extract, NULL);
		st = STATUS_INVALID;
	}
	if (st != STATUS_OK) {
		finish(p, st, NULL);
		return;
	}
	p->base = fd;
	if (p->form.inside != NULL)
		objects_load(p->office->db, p->form.inside, 1, SIGN_FILE_MOST, &p->more, on_more, p);
	else if (png[0] == '\0' || strcmp(p->form.container->name, "pdf") != 0)
		submit(p);
	else if (hex_decode(png, picture.bytes, DIGEST_BYTES))
		holder_find_one(p->office->db, p->person, png, on_png_held, p);
	else
		on_png(p, STATUS_INVALID, -1);
}

/* The role of the move, unless the wish says otherwise; a copy and a stamp have the one look that makes them what they are. */
static enum status
choose_role(struct prepare *p)
{
	static const char *const roles[] = {"leader", "office", "attachment", "invisible"};
	const char *role = store_text(p->wish, "role");

	p->role = p->move->role;
	if (role[0] == '\0' || strcmp(role, p->move->role) == 0)
		return STATUS_OK;
	for (size_t i = 0; !p->move->beside && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(role, roles[i]) == 0) {
			p->role = roles[i];
			return STATUS_OK;
		}
	diag_error(p->diag, "signing.role", "role", role, p->move->beside ? p->move->role : "leader, office, attachment, invisible");
	return STATUS_INVALID;
}

/* What is signed: the newest main file; of a trích sao the extract that was uploaded. A copy and a stamp are made of PDF only. */
static enum status
choose_base(struct prepare *p)
{
	const char *copy = store_text(p->wish, "copy"), *extract = store_text(json_object_get(p->wish, "extract"), "sha256");
	bool is_copy = strcmp(p->move->name, "copy") == 0, part = strcmp(copy, "trich-sao") == 0;

	p->base_sha256 = base_of(p, "sha256", p->document.main_sha256);
	if (!p->move->beside)
		return STATUS_OK;
	if (strcmp(p->form.container->name, "pdf") != 0)
		diag_error(p->diag, "signing.pdf", "main", p->document.main_mime, "application/pdf");
	if (is_copy && copy[0] != '\0' && !part && strcmp(copy, "sao-y") != 0 && strcmp(copy, "sao-luc") != 0)
		diag_error(p->diag, "param.value", "copy", copy, "sao-y, sao-luc, trich-sao");
	if (is_copy && part != (extract[0] != '\0'))
		diag_add(p->diag, SEVERITY_ERROR, "signing.extract", "extract", extract, part ? "sha256" : "trich-sao", "Decree 30/2020 art. 25");
	else if (is_copy && part && !flow_is_digest(extract))
		diag_error(p->diag, "param.digest", "extract", extract, NULL);
	if (is_copy && part)
		p->base_sha256 = p->extract = extract;
	return diag_has_error(p->diag) ? STATUS_INVALID : STATUS_OK;
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
on_base_held(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct prepare *p = arg;
	struct digest base;

	(void)value;
	(void)constraint;
	if (st == STATUS_OK && !hex_decode(p->base_sha256, base.bytes, DIGEST_BYTES))
		st = STATUS_INTERNAL;
	if (st == STATUS_OK)
		content_get_fd(p->office->db, &base, SIGN_FILE_MOST, on_base, p);
	else
		on_base(p, st, -1);
}

/* An extract is named by its digest: it must be one that the person may name. */
static void
load_base(struct prepare *p)
{
	if (p->extract != NULL)
		holder_find_one(p->office->db, p->person, p->extract, on_base_held, p);
	else
		on_base_held(p, STATUS_OK, NULL, "");
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
	if (strcmp(p->form.container->name, "pdf") == 0)
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
	if (st == STATUS_OK) {
		p->move = sign_move_find(move);
		st = container_choose(&p->document, p->wish, &p->form, p->diag);
	}
	if (st == STATUS_OK)
		st = choose_role(p);
	if (st == STATUS_OK)
		st = choose_base(p);
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
