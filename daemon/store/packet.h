/*
 * packet: packets that came and went, statuses heard, and the outbox (tables of schemas/sql/030_exchange.sql). Packets are written once; an
 * outbox row moves from queued to sent, failed or cancelled.
 */
#ifndef CONGVAN_STORE_PACKET_H
#define CONGVAN_STORE_PACKET_H

#include "daemon/store/store.h"

struct person;

/*
 * What is known about a packet before it is taken in. question: {"sha256":hex,"to":[codes],"from":code,"document_id","earlier","answered"} (members may be
 * missing) ->
 * {"own":{"id","code","regime","name"} or null (our organ among those addressed),
 *  "same":{"packet","document"} or null (the same bytes were accepted before),
 *  "existing":{"id","state"} or null (an incoming document of that sender with that DocumentId, not rejected),
 *  "earlier":{"id","state"} or null (the incoming document that an update, recall or replacement is about),
 *  "ours":{"id","state"} or null (our outgoing document that a status message is about),
 *  "receiver": true when the sender is one that this document of ours was sent to,
 *  "theirs":{"id","state"} or null (their incoming document that a status message 13 is about)}
 */
void packet_context(struct db *db, const json_t *question, store_cb cb, void *arg);

/* row: {"id","way","transport","source","sha256","size","state","kind","findings","body","document"}. */
void packet_insert(struct act *act, const json_t *row, store_cb cb, void *arg);

/* {"document","organ_code","code","description","staff","said_at"}: heard from the other side. */
void status_hear(struct act *act, const json_t *row, store_cb cb, void *arg);

/*
 * Outgoing documents whose receivers have all answered, with the move that follows from it: complete (all have accepted) or withdraw (all give it
 * back) -> [{"document","move"}], at most 100. document: only this one; NULL: any.
 */
void delivery_settled(struct db *db, const char *document, store_cb cb, void *arg);

/* A page of packets: filter {"organ","way","state","cursor","limit"} -> {"items":[…],"next"}. Only of the person's organ's documents, or bound to none. */
void packet_list(struct db *db, const json_t *filter, store_cb cb, void *arg);
/* -> {"id",…,"findings","body","sha256","size"} */
void packet_show(struct db *db, const char *id, const char *organ, store_cb cb, void *arg);

/* --- outbox --- */
/* Due rows, oldest first, at most 20 -> [{"id","document","receiver_code","kind","business","status_code","body","packet" (hex or null),"attempts","transport","address","organ_code" (ours),"receiver_organ"}] */
void outbox_due(struct db *db, store_cb cb, void *arg);
/* The packet's bytes are built once: later tries send the same. */
void outbox_built(struct db *db, const char *id, const char *sha256, store_cb cb, void *arg);
/* STATUS_NOT_FOUND: it is no longer to be sent. */
void outbox_waits(struct db *db, const char *id, store_cb cb, void *arg);
/* In an act with packet_insert and the leaf: it is there, also when it was cancelled on its way. */
void outbox_sent(struct act *act, const char *id, store_cb cb, void *arg);
/* Again after `seconds`, or failed when 0. */
void outbox_again(struct db *db, const char *id, int seconds, const char *error, store_cb cb, void *arg);
/* Its packet is built; it waits, without a time, for somebody who carries it to the other office. */
void outbox_hold(struct db *db, const char *id, store_cb cb, void *arg);
/* The packet of a row that waits so -> {"id","sha256","size"}; NOT_FOUND otherwise. */
void outbox_to_carry(struct db *db, const char *id, const char *organ, store_cb cb, void *arg);
/* It is on the medium: the row is sent, and the packet row is written -> the row. NOT_FOUND when it does not wait so. */
void outbox_carried(struct act *act, const char *id, const char *organ, store_cb cb, void *arg);
/* filter {"organ","state","cursor","limit"} -> {"items":[…],"next"} */
void outbox_list(struct db *db, const json_t *filter, store_cb cb, void *arg);
/* A person's "now" or "not at all" -> the row; NOT_FOUND when it is sent already. */
void outbox_retry(struct act *act, const char *id, const char *organ, store_cb cb, void *arg);
void outbox_cancel(struct act *act, const char *id, const char *organ, store_cb cb, void *arg);

#endif
