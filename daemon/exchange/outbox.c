/* outbox: see outbox.h. due rows -> (attachments from the content store -> worker writes the packet -> content store) -> transport -> act: sent, packet row, leaf. */
#include "daemon/exchange/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/exchange/gateway.h"
#include "daemon/io/loop.h"
#include "daemon/io/pool.h"
#include "daemon/store/content.h"
#include "daemon/store/leaf.h"
#include "daemon/store/packet.h"
#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/base/uuid.h"
#include "lib/wire/job.h"

#define OUTBOX_MOST (2ull << 30)

/* After how many seconds a failed attempt is repeated (vn-standards section 2); then the clerk decides. */
static const int pauses[] = {60, 300, 1800, 7200, 21600};

struct outbox {
	const struct exchange_office *office;
	const struct folder *folder;
	json_t *rows, *row;     /* of the round; the one at work */
	size_t at;
	int files[JOB_FILES];   /* attachments of the row */
	size_t file_count;
	int packet;             /* the packet's bytes */
	char sha256[65];
	uint64_t size;
	char packet_id[UUID_TEXT];
	bool halted;
	void (*done)(void *arg);
	void *done_arg;
};

static void next(struct outbox *b);

enum status
outbox_open(const struct exchange_office *o, const struct folder *folder, struct outbox **out)
{
	struct outbox *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return STATUS_NO_MEMORY;
	b->office = o;
	b->folder = folder;
	b->packet = -1;
	*out = b;
	return STATUS_OK;
}

void
outbox_close(struct outbox *b)
{
	free(b);
}

void
outbox_halt(struct outbox *b)
{
	b->halted = true;
}

static void
end_round(void *arg)
{
	struct outbox *b = arg;

	json_decref(b->rows);
	b->rows = NULL;
	b->done(b->done_arg);
}

static void
clear_row(struct outbox *b)
{
	for (size_t i = 0; i < b->file_count; i++)
		close(b->files[i]);
	b->file_count = 0;
	if (b->packet >= 0)
		close(b->packet);
	b->packet = -1;
	b->sha256[0] = '\0';
}

static void
on_put_off(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct outbox *b = arg;

	(void)st;
	(void)value;
	(void)constraint;
	clear_row(b);
	b->at++;
	next(b);
}

/* The row is tried again later, or given to the clerk. permanent: trying again cannot help. */
static void
put_off(struct outbox *b, const char *why, bool permanent)
{
	size_t attempt = (size_t)store_number(b->row, "attempts");
	int seconds = permanent || attempt >= sizeof(pauses) / sizeof(pauses[0]) ? 0 : pauses[attempt];

	log_warn(store_text(b->row, "id"), "event=not-sent receiver=%s again=%ds why=\"%s\"",
		store_text(b->row, "receiver_code"), seconds, why);
	outbox_again(b->office->db, store_text(b->row, "id"), seconds, why, on_put_off, b);
}

/* --- sent --- */

static void
run_sent(struct act *act, void *arg)
{
	struct outbox *b = arg;
	const char *document = store_text(b->row, "document");
	json_t *row, *fields;
	struct leaf leaf = {0};
	enum status st;

	uuid_new(b->packet_id);
	row = json_pack("{s:s,s:s,s:O,s:O,s:s,s:I,s:s,s:O,s:O,s:s}", "id", b->packet_id, "way", "out", "transport",
		json_object_get(b->row, "transport"), "source", json_object_get(b->row, "receiver_code"), "sha256", b->sha256,
		"size", (json_int_t)b->size, "state", "accepted", "kind", json_object_get(b->row, "kind"), "body",
		json_object_get(b->row, "body"), "document", document);
	fields = json_pack("{s:s,s:s,s:s,s:O,s:O,s:O,s:O}", "packet", b->packet_id, "sha256", b->sha256, "document", document,
		"receiver", json_object_get(b->row, "receiver_code"), "kind", json_object_get(b->row, "kind"), "business",
		json_object_get(b->row, "business"), "status", json_object_get(b->row, "status_code"));
	outbox_sent(act, store_text(b->row, "id"), NULL, NULL);
	packet_insert(act, row, NULL, NULL);
	st = leaf_make("packet.sent", NULL, store_text(b->row, "organ_code"), fields, &leaf);
	if (st == STATUS_OK)
		leaf_insert(act, &leaf, document, NULL, NULL);
	leaf_free(&leaf);
	json_decref(fields);
	json_decref(row);
	act_end(act, st);
}

static void
sent(void *arg, enum status st)
{
	struct outbox *b = arg;

	log_info(store_text(b->row, "id"), "event=sent receiver=%s kind=%s code=%s status=%s",
		store_text(b->row, "receiver_code"), store_text(b->row, "kind"), store_text(b->row, "status_code"),
		status_code(st));
	clear_row(b);
	b->at++;
	next(b);
}

static const struct act_kind sent_act = {.run = run_sent, .done = sent};

/* --- carrying --- */

static void
on_gateway(void *arg, enum status st, bool permanent, const char *why)
{
	struct outbox *b = arg;

	if (st == STATUS_OK)
		db_act(b->office->db, &sent_act, b);
	else
		put_off(b, why, permanent);
}

static void
carry_now(struct outbox *b)
{
	const char *transport = store_text(b->row, "transport");
	char name[100], why[200] = "";

	if (strcmp(transport, "folder") == 0 && b->folder != NULL) {
		enum status st;

		snprintf(name, sizeof(name), "%s.edxml", store_text(b->row, "id"));
		st = folder_deliver(b->folder, store_text(b->row, "address"), name, b->packet, why, sizeof(why));
		if (st == STATUS_OK)
			db_act(b->office->db, &sent_act, b);
		else
			put_off(b, why, st == STATUS_INVALID);
	} else if (strcmp(transport, "http") == 0 && b->office->fetch != NULL) {
		gateway_send(b->office, store_text(b->row, "receiver_organ"), store_text(b->row, "address"), b->packet, b->size, on_gateway, b);
	} else if (strcmp(transport, "carried") == 0) {
		outbox_hold(b->office->db, store_text(b->row, "id"), on_put_off, b);
	} else {
		snprintf(why, sizeof(why), "outbox.transport %s (%s)", store_text(b->row, "receiver_code"), transport);
		put_off(b, why, true);
	}
}

static void
on_waits(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct outbox *b = arg;

	if (st == STATUS_OK)
		carry_now(b);
	else if (st == STATUS_NOT_FOUND)
		on_put_off(b, STATUS_OK, value, constraint);
	else
		put_off(b, status_full_code(st), false);
}

/* Those before it in the round took their time: is it still to be sent? */
static void
carry(struct outbox *b)
{
	outbox_waits(b->office->db, store_text(b->row, "id"), on_waits, b);
}

/* --- the packet's bytes --- */

static void
fetch_content(struct outbox *b, const char *hex, void (*cb)(void *arg, enum status st, int fd))
{
	struct digest sha256;

	if (hex_decode(hex, sha256.bytes, DIGEST_BYTES))
		content_get_fd(b->office->db, &sha256, OUTBOX_MOST, cb, b);
	else
		put_off(b, "bad digest", true);
}

static void
on_fetched(void *arg, enum status st, int fd)
{
	struct outbox *b = arg;
	off_t end;

	if (st != STATUS_OK) {
		put_off(b, status_full_code(st), false);
		return;
	}
	b->packet = fd;
	end = lseek(fd, 0, SEEK_END);
	b->size = end > 0 ? (uint64_t)end : 0;
	carry(b);
}

static void
on_kept(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct outbox *b = arg;

	(void)value;
	(void)constraint;
	if (st != STATUS_OK)
		put_off(b, status_full_code(st), false);
	else
		fetch_content(b, b->sha256, on_fetched);
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct outbox *b = arg;

	if (st != STATUS_OK) {
		put_off(b, status_full_code(st), false);
		return;
	}
	close(b->packet);
	b->packet = -1;
	b->size = stored->size;
	digest_hex(&stored->sha256, b->sha256);
	outbox_built(b->office->db, store_text(b->row, "id"), b->sha256, on_kept, b);
}

static void
on_written(void *arg, struct job_result *result)
{
	struct outbox *b = arg;

	if (result->status != STATUS_OK || result->file_count < 1) {
		put_off(b, diag_count(result->diag) > 0 ? diag_at(result->diag, 0)->code : status_full_code(result->status),
			result->status == STATUS_INVALID);
		return;
	}
	b->packet = result->files[0];
	result->files[0] = -1;
	content_put_fd(b->office->db, b->packet, OUTBOX_MOST, on_stored, b);
}

static void
write_packet(struct outbox *b)
{
	struct job job = {.type = JOB_EDXML_WRITE, .params = json_object_get(b->row, "body"), .file_count = b->file_count};
	enum status st;

	memcpy(job.files, b->files, sizeof(job.files));
	st = pool_submit(b->office->pool, &job, POOL_NORMAL, on_written, b);
	if (st != STATUS_OK)
		put_off(b, status_full_code(st), false);
}

static void load_attachment(struct outbox *b);

static void
on_attachment(void *arg, enum status st, int fd)
{
	struct outbox *b = arg;

	if (st != STATUS_OK) {
		put_off(b, status_full_code(st), false);
		return;
	}
	b->files[b->file_count++] = fd;
	load_attachment(b);
}

static void
load_attachment(struct outbox *b)
{
	const json_t *list = json_object_get(json_object_get(b->row, "body"), "attachments");

	if (b->file_count < json_array_size(list) && b->file_count < JOB_FILES)
		fetch_content(b, store_text(json_array_get(list, b->file_count), "sha256"), on_attachment);
	else
		write_packet(b);
}

static void
next(struct outbox *b)
{
	const char *packet;

	b->row = json_array_get(b->rows, b->at);
	if (b->row == NULL || b->halted) {
		loop_soon(b->office->loop, end_round, b);
		return;
	}
	packet = store_text(b->row, "packet");
	if (packet[0] == '\0') {
		load_attachment(b);
		return;
	}
	snprintf(b->sha256, sizeof(b->sha256), "%s", packet);
	fetch_content(b, b->sha256, on_fetched);
}

static void
on_due(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct outbox *b = arg;

	(void)constraint;
	b->rows = st == STATUS_OK ? json_deep_copy(value) : json_array();
	b->at = 0;
	next(b);
}

void
outbox_round(struct outbox *b, void (*done)(void *arg), void *arg)
{
	b->halted = false;
	b->done = done;
	b->done_arg = arg;
	outbox_due(b->office->db, on_due, b);
}
