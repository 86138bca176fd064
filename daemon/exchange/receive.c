/*
 * receive: see exchange.h. same bytes before? -> worker reads and checks the packet -> what do we know of its document? -> attachments to the content store ->
 * one act: document, versions, packet row, leaf, status 01. A packet that is refused is kept with its findings, because the sender will ask why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/exchange/receive_private.h"
#include "daemon/io/pool.h"
#include "daemon/store/content.h"
#include "daemon/store/leaf.h"
#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/wire/job.h"

#define RECEIVE_MOST (2ull << 30) /* bytes of a packet or of a file in it */

void
receive_finish(struct receive *r, enum status st)
{
	json_t *value = NULL;

	if (st == STATUS_OK || st == STATUS_INVALID)
		value = json_pack("{s:s,s:s?,s:s,s:I,s:b,s:o}", "packet", r->id, "document",
			r->document[0] != '\0' ? r->document : NULL, "kind", store_text(r->body, "packet"), "business",
			(json_int_t)r->business, "again", (int)r->again, "findings", job_findings_json(r->diag));
	log_info(r->id, "event=packet status=%s transport=%s kind=%s document=%s again=%d", status_code(st), r->transport,
		store_text(r->body, "packet"), r->document, r->again);
	r->cb(r->arg, st, r->diag, value);
	json_decref(value);
	for (size_t i = 0; i < r->file_count; i++)
		if (r->files[i] >= 0)
			close(r->files[i]);
	if (r->packet_fd >= 0)
		close(r->packet_fd);
	json_decref(r->body);
	json_decref(r->context);
	json_decref(r->params);
	json_decref(r->senders);
	diag_free(r->diag);
	arena_free(r->arena);
	free(r);
}

json_t *
receive_packet_row(const struct receive *r, const char *state)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:o,s:O*,s:s*}", "id", r->id, "way", "in", "transport",
		r->transport, "source", r->source, "sha256", r->sha256, "size", (json_int_t)r->size, "state", state, "kind",
		store_text(r->body, "packet"), "findings", job_findings_json(r->diag), "body", r->body, "document",
		r->document[0] != '\0' ? r->document : NULL);
}

/* --- an act without a change of a document: refused packets, statuses, packets about documents unknown here --- */

static void
run_note(struct act *act, void *arg)
{
	struct receive *r = arg;
	json_t *row = receive_packet_row(r, r->refused ? "refused" : "accepted"), *fields;
	struct leaf leaf = {0};
	enum status st;

	packet_insert(act, row, NULL, NULL);
	fields = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s*}", "packet", r->id, "sha256", r->sha256, "transport", r->transport,
		"source", r->source, "status", store_text(r->body, "status_code"), "document",
		r->document[0] != '\0' ? r->document : NULL);
	st = leaf_make(r->refused ? "packet.refused" : r->heard ? "status.heard" : "packet.accepted", r->person,
		store_text(json_object_get(r->context, "own"), "code"), fields, &leaf);
	if (st == STATUS_OK)
		leaf_insert(act, &leaf, r->document[0] != '\0' ? r->document : NULL, NULL, NULL);
	if (r->heard && !r->refused)
		receive_hear(r, act);
	leaf_free(&leaf);
	json_decref(fields);
	json_decref(row);
	act_end(act, st);
}

static void
noted(void *arg, enum status st)
{
	struct receive *r = arg;

	if (st == STATUS_DUPLICATE)
		receive_late(r);
	else if (st == STATUS_OK && r->heard && !r->refused)
		receive_settle(r);
	else
		receive_finish(r, st == STATUS_OK && r->refused ? STATUS_INVALID : st);
}

static const struct act_kind note_act = {.run = run_note, .done = noted};

void
receive_note(struct receive *r)
{
	db_act(r->office->db, &note_act, r);
}

void
receive_refuse(struct receive *r)
{
	r->refused = true;
	receive_note(r);
}

/* --- attachments --- */

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct receive *r = arg;

	if (st != STATUS_OK) {
		receive_finish(r, st);
		return;
	}
	digest_hex(&stored->sha256, r->digests[r->stored++]);
	receive_store(r);
}

/* One after the other: they are large, and the sender is not waiting. */
void
receive_store(struct receive *r)
{
	if (r->stored < r->file_count)
		content_put_fd(r->office->db, r->files[r->stored], RECEIVE_MOST, on_stored, r);
	else
		receive_apply(r);
}

/* --- reading --- */

/* The packet of the same bytes that was taken before. */
static void
answer_again(struct receive *r, const json_t *same)
{
	snprintf(r->id, sizeof(r->id), "%s", store_text(same, "packet"));
	snprintf(r->document, sizeof(r->document), "%s", store_text(same, "document"));
	r->again = true;
	if (r->document[0] != '\0') /* killed between the two acts of a status, last time? */
		receive_settle(r);
	else
		receive_finish(r, STATUS_OK);
}

static void
on_context(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct receive *r = arg;

	(void)constraint;
	if (st != STATUS_OK) {
		receive_finish(r, st);
		return;
	}
	if (json_is_object(json_object_get(value, "same"))) { /* taken while this one was read */
		answer_again(r, json_object_get(value, "same"));
		return;
	}
	r->context = json_incref(value);
	receive_decide(r);
}

/* The document that an update or a replacement is about. */
static const char *
earlier(const json_t *business)
{
	const json_t *replaced = json_array_get(json_object_get(business, "replacements"), 0);

	return replaced != NULL ? store_text(replaced, "document_id") : store_text(business, "document_id");
}

static json_t *
question(const struct receive *r)
{
	const json_t *to = json_object_get(r->body, "to"), *organ, *about;
	json_t *codes = json_array(), *q;
	size_t i;

	json_array_foreach(to, i, organ)
		json_array_append_new(codes, json_string(store_text(organ, "organ_id")));
	about = json_array_get(json_object_get(r->body, "response_for"), 0);
	q = json_pack("{s:s,s:o,s:s,s:s,s:s}", "sha256", r->sha256, "to", codes, "from",
		store_text(json_object_get(r->body, "from"), "organ_id"), "document_id",
		store_text(r->body, "document_id"), "earlier",
		earlier(json_object_get(r->body, "business")));
	if (strcmp(store_text(r->body, "packet"), "status") == 0)
		json_object_set_new(q, "answered", json_string(store_text(about, "document_id")));
	return q;
}

static void
on_read(void *arg, struct job_result *result)
{
	struct receive *r = arg;
	json_t *q;

	diag_join(r->diag, result->diag);
	r->body = json_is_object(result->value) ? json_incref(result->value) : json_object();
	for (size_t i = 0; i < result->file_count && i < JOB_FILES; i++) {
		r->files[r->file_count++] = result->files[i];
		result->files[i] = -1;
	}
	switch (result->status) {
	case STATUS_OK:
		q = question(r);
		packet_context(r->office->db, q, on_context, r);
		json_decref(q);
		break;
	case STATUS_INVALID:
	case STATUS_TOO_LARGE:
	case STATUS_UNSUPPORTED:
	case STATUS_CRASHED: /* that one document is refused, with the finding that says so */
	case STATUS_TIMEOUT:
	case STATUS_NO_MEMORY:
		receive_refuse(r);
		break;
	default:
		receive_finish(r, result->status);
	}
}

static void
on_bytes(void *arg, enum status st, int fd)
{
	struct receive *r = arg;
	struct job job = {.type = JOB_EDXML_READ, .params = json_object(), .file_count = 1};

	r->packet_fd = fd;
	job.files[0] = fd;
	if (st == STATUS_OK && r->office->pool == NULL)
		st = STATUS_UNAVAILABLE;
	if (st == STATUS_OK)
		st = pool_submit(r->office->pool, &job, r->person != NULL ? POOL_URGENT : POOL_NORMAL, on_read, r);
	json_decref(job.params);
	if (st != STATUS_OK)
		receive_finish(r, st);
}

static void
on_late(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct receive *r = arg;
	const json_t *same = json_object_get(value, "same");

	(void)constraint;
	r->document[0] = '\0';
	if (st != STATUS_OK) {
		receive_finish(r, st);
	} else if (json_is_object(same)) {
		answer_again(r, same);
	} else {
		diag_error(r->diag, "exchange.duplicate", "DocumentId", store_text(r->body, "document_id"), NULL);
		receive_refuse(r);
	}
}

void
receive_late(struct receive *r)
{
	json_t *q = json_pack("{s:s}", "sha256", r->sha256);

	packet_context(r->office->db, q, on_late, r);
	json_decref(q);
}

static void
on_same(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct receive *r = arg;
	const json_t *same = json_object_get(value, "same");
	struct digest sha256;

	(void)constraint;
	if (st != STATUS_OK) {
		receive_finish(r, st);
	} else if (json_is_object(same)) {
		answer_again(r, same);
	} else if (!hex_decode(r->sha256, sha256.bytes, DIGEST_BYTES)) {
		receive_finish(r, STATUS_INTERNAL);
	} else {
		content_get_fd(r->office->db, &sha256, RECEIVE_MOST, on_bytes, r);
	}
}

void
exchange_receive(const struct exchange_office *o, const struct exchange_packet *packet, exchange_cb cb, void *arg)
{
	struct receive *r = calloc(1, sizeof(*r));
	json_t *q;

	if (r == NULL || (r->diag = diag_new()) == NULL || (r->arena = arena_new(1 << 20)) == NULL)
		abort();
	r->office = o;
	r->person = packet->person;
	r->cb = cb;
	r->arg = arg;
	r->senders = json_incref((json_t *)packet->senders);
	r->packet_fd = -1;
	r->size = packet->size;
	uuid_new(r->id);
	snprintf(r->sha256, sizeof(r->sha256), "%s", packet->sha256);
	snprintf(r->transport, sizeof(r->transport), "%s", packet->transport);
	text_excerpt(r->source, sizeof(r->source), packet->source, strlen(packet->source));
	q = json_pack("{s:s}", "sha256", r->sha256);
	packet_context(o->db, q, on_same, r);
	json_decref(q);
}
