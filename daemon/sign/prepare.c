/*
 * prepare: see sign.h. document -> rules -> signer (which digest the key signs, with which certificates) -> room (how large the hole) -> base and picture from the content store -> worker
 * (field, appearance, hole, digest) -> one act: tail to the content store, signing row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/flow/move.h"
#include "daemon/io/pool.h"
#include "daemon/sign/container.h"
#include "daemon/sign/level.h"
#include "daemon/sign/objects.h"
#include "daemon/sign/prepare_private.h"
#include "daemon/sign/room.h"
#include "daemon/sign/sign.h"
#include "daemon/sign/signer_link.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "daemon/store/holder.h"
#include "daemon/store/signing.h"
#include "lib/base/clock.h"
#include "lib/base/hex.h"
#include "lib/base/imprints.h"
#include "lib/base/text.h"
#include "lib/base/uuid.h"
#include "lib/wire/activation.h"

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
	content_new_free(p->stored);
	diag_free(p->diag);
	free(p);
}

static void
run_insert(struct act *act, void *arg)
{
	struct prepare *p = arg;

	if (p->stored != NULL)
		content_new_put(act, p->stored);
	signing_insert(act, p->row, NULL, NULL);
	act_end(act, STATUS_OK);
}

static void
on_inserted(void *arg, enum status st)
{
	struct prepare *p = arg;
	json_t *answer = NULL;

	if (st == STATUS_OK)
		answer = json_pack("{s:s,s:s,s:O,s:O,s:O,s:s,s:O,s:O,s:s}", "base_version", store_text(p->file, "id"), "id", p->id, "digest", json_object_get(p->plan, "imprint"),
			"algorithm", json_object_get(p->plan, "algorithm"), "title", json_object_get(p->row, "title"), "document", p->document.id, "move",
			json_object_get(p->row, "move"), "level", json_object_get(p->row, "wanted_level"), "container",
			p->form.container->name);
	if (answer != NULL && p->form.counter)
		json_object_set_new(answer, "counter", json_true());
	if (answer != NULL && prepare_is_attachment(p))
		json_object_set_new(answer, "attachment", json_integer(p->whole->attachment));
	if (answer != NULL && p->extract != NULL)
		json_object_set_new(answer, "extract", json_string(p->extract));
	if (answer != NULL && json_object_get(p->plan, "objects") != NULL)
		json_object_set_new(answer, "objects", container_objects(&p->document, json_object_get(p->plan, "objects")));
	finish(p, st, answer);
	json_decref(answer);
}

/* Nothing is signed yet: what a crash takes is prepared again. */
static const struct act_kind insert_act = {.run = run_insert, .done = on_inserted, .unflushed = true};

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

/* What an approval takes as a title (lib/wire/activation.h): one line of so many bytes. A subject may be longer and of several lines: its beginning; an attachment's name is kept. */
static json_t *
title_of(const struct prepare *p)
{
	const char *notation = p->document.notation;
	char line[ACTIVATION_TITLE + 1], name[ACTIVATION_TITLE / 2] = "";
	json_t *value, *whole = json_sprintf("%s%s%s: %s", notation, notation[0] != '\0' ? " " : "", p->document.kind_name, p->document.subject);

	if (whole == NULL)
		return NULL;
	if (prepare_is_attachment(p))
		text_line(name, sizeof(name) - strlen(" · "), store_text(p->file, "name"), strlen(store_text(p->file, "name")));
	text_line(line, name[0] != '\0' ? sizeof(line) - strlen(" · ") - strlen(name) : sizeof(line), json_string_value(whole), json_string_length(whole));
	value = json_sprintf("%s%s%s", line, name[0] != '\0' ? " · " : "", name);
	json_decref(whole);
	return value;
}

static void
insert_row(struct prepare *p, const char *tail)
{
	const char *level = prepare_level(p);
	bool attached = prepare_is_attachment(p);
	json_t *title = title_of(p);

	if (attached)
		json_object_set_new(p->plan, "attachment", json_integer(p->whole->attachment));
	json_object_set_new(p->plan, "wish", json_copy((json_t *)p->wish)); /* for preparing it once more with more room: complete.c */
	keep_certificate(p);
	if (p->whole != NULL && !attached)
		snprintf(p->id, sizeof(p->id), "%s", p->whole->id);
	else
		uuid_new(p->id);
	p->row = json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:O,s:s?,s:O,s:o}", "id", p->id, "document",
		p->document.id, "base_version", store_text(p->file, "id"), "document_revision",
		(json_int_t)p->document.revision, "move", store_text(p->wish, "move"), "role", p->role, "container",
		p->form.container->name, "account", p->person->id, "key_id", store_text(p->wish, "key"), "wanted_level", level,
		"digest", json_object_get(p->plan, "digest"), "tail", tail, "plan", p->plan, "title", title);
	if (p->extract != NULL)
		json_object_set_new(p->row, "extract", json_string(p->extract));
	if (p->whole != NULL) {
		json_object_set_new(p->row, "whole", json_string(p->whole->id));
		json_object_set_new(p->row, "whole_count", json_integer(p->whole->count));
	}
	if (p->row == NULL)
		finish(p, STATUS_NO_MEMORY, NULL);
	else
		db_act(p->office->db, &insert_act, p);
}

static void
on_tail(void *arg, enum status st, struct content_new *tail)
{
	struct prepare *p = arg;
	char hex[DIGEST_HEX];

	if (st != STATUS_OK) {
		finish(p, st, NULL);
		return;
	}
	p->stored = tail;
	digest_hex(content_new_digest(tail), hex);
	insert_row(p, hex);
}

/* The office's signature is on every file issued with the document (Decree 30/2020 App. I): sealing the main file alone is said, not forgotten. */
static bool
check_appendices(struct prepare *p)
{
	const char *want = strcmp(p->form.container->name, "pdf") == 0 ? "attachments, main_only" : "asic-e, main_only";
	json_t *left, *name;
	size_t i;

	if (strcmp(p->move->name, "seal") != 0 || p->whole != NULL || store_flag(p->wish, "main_only"))
		return true;
	left = container_left_out(&p->document, json_object_get(p->plan, "objects"));
	json_array_foreach(left, i, name)
		diag_add(p->diag, SEVERITY_ERROR, "signing.appendix", "attachments", json_string_value(name), want, "Decree 30/2020 App. I");
	json_decref(left);
	return i == 0;
}

/* The record goes along to completion, which need not read the file once more. */
static void
keep_record(struct prepare *p)
{
	unsigned char record[IMPRINTS_RECORD];
	ssize_t n = pread(p->base, record, sizeof(record), 0);
	char *text = n > 0 ? base64_encode(record, (size_t)n) : NULL;

	json_object_set_new(p->plan, "imprints", json_string(text != NULL ? text : ""));
	free(text);
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
	if (p->digested)
		keep_record(p);
	if (p->form.counter) {
		json_object_set_new(p->plan, "counter", json_true());
		json_object_set_new(p->plan, "objects", json_pack("[{s:s,s:s}]", "name", p->document.main_name, "sha256", p->document.main_sha256));
	}
	if (!container_holds(json_object_get(p->plan, "objects"), store_text(p->own, "sha256"))) {
		diag_error(p->diag, "signing.container-file", "container", p->form.grown != NULL ? store_text(p->file, "name") : "", store_text(p->own, "name"));
		finish(p, STATUS_CONFLICT, NULL);
		return;
	}
	if (!check_appendices(p)) {
		finish(p, STATUS_INVALID, NULL);
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
	content_new_fd(p->office->db, p->tail, NULL, 0, on_tail, p);
}

static void
submit(struct prepare *p)
{
	const json_t *rect = json_object_get(p->wish, "rect");
	const char *anchor = store_text(p->wish, "anchor"), *reason = store_text(p->wish, "reason");
	struct job job = {.type = JOB_SEAL_PREPARE};
	const char *kind = p->form.counter ? "counter" : p->digested ? "digests" : p->form.container->kind;
	json_t *notation = prepare_notation(p);
	char now[CLOCK_TEXT];
	enum status st;

	clock_format_vietnam(clock_now(), now);
	if (anchor[0] == '\0')
		anchor = prepare_anchor(p);
	job.params = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:o,s:o}", "kind", kind, "algorithm", p->algorithm, "signer",
		prepare_signer(p), "time", now, "role", p->role,
		"page", (json_int_t)store_number(p->wish, "page"), "lines", prepare_lines(p, now), "fields", prepare_fields(p));
	if (job.params == NULL) {
		json_decref(notation);
		finish(p, STATUS_NO_MEMORY, NULL);
		return;
	}
	if (anchor[0] != '\0')
		json_object_set_new(job.params, "anchor", json_string(anchor));
	if (reason[0] != '\0')
		json_object_set_new(job.params, "reason", json_string(reason));
	if (notation != NULL)
		json_object_set_new(job.params, "notation", notation);
	if (strcmp(p->role, "copy") == 0)
		json_object_set_new(job.params, "copy", json_string(prepare_copy(p)));
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

static void on_base(void *arg, enum status st, int fd);

/* Larger than what a worker maps: beside it a signature needs the digest alone. */
static bool
take_digests(struct prepare *p)
{
	struct digest base;

	if (p->digested || p->form.counter || strcmp(p->form.container->name, "cms") != 0 || !hex_decode(p->base_sha256, base.bytes, DIGEST_BYTES))
		return false;
	p->digested = true;
	content_get_imprints(p->office->db, &base, on_base, p);
	return true;
}

static void
on_base_size(void *arg, enum status st, uint64_t size)
{
	struct prepare *p = arg;

	if (st == STATUS_OK)
		content_say_large(p->diag, size, SIGN_FILE_MOST);
	finish(p, STATUS_TOO_LARGE, NULL);
}

static void
on_base(void *arg, enum status st, int fd)
{
	struct prepare *p = arg;
	const char *png = store_text(json_object_get(p->wish, "png"), "sha256");
	struct digest picture, base;

	if (st == STATUS_TOO_LARGE && take_digests(p))
		return;
	if (st == STATUS_TOO_LARGE && hex_decode(p->base_sha256, base.bytes, DIGEST_BYTES)) {
		content_stat(p->office->db, &base, on_base_size, p);
		return;
	}
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
		.stamped = level_rank(prepare_level(p)) >= level_rank("B-T"), .least = p->least};

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
	if (st == STATUS_OK)
		st = prepare_choose(p);
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
	if (store_flag(wish, "attachments") || json_object_get(wish, "attachment_container") != NULL)
		sign_prepare_whole(o, person, wish, least, cb, arg);
	else
		sign_prepare_file(o, person, wish, NULL, least, cb, arg);
}

void
sign_prepare_file(const struct sign_office *o, const struct person *person, const json_t *wish, const struct sign_whole *whole, size_t least,
	sign_cb cb, void *arg)
{
	struct prepare *p = calloc(1, sizeof(*p));

	if (p == NULL || (p->diag = diag_new()) == NULL)
		abort(); /* a kilobyte: nothing would work any more */
	p->office = o;
	p->person = person;
	p->wish = wish;
	p->whole = whole;
	p->least = least;
	p->cb = cb;
	p->arg = arg;
	p->base = p->png = p->tail = -1;
	document_load_to_act(o->db, person, store_text(wish, "document"), on_document, p);
}
