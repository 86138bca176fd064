/*
 * document: documents and what hangs on them: versions, moves, assignments, notes, what was told to the other side. Reads are filtered in the
 * query by what the asker may see (organ, unit, assignment, secrecy); writes are the statements an act of daemon/flow/act chains.
 */
#ifndef CONGVAN_STORE_DOCUMENT_H
#define CONGVAN_STORE_DOCUMENT_H

#include "daemon/store/person.h"
#include "daemon/store/store.h"

/*
 * One document -> {"short", "more": together what the API shows, "facts":{…what the rules look at…}}; STATUS_NOT_FOUND when there is none or the person
 * may not see it.
 */
void document_load(struct db *db, const struct person *person, const char *id, store_cb cb, void *arg);

/*
 * The same for an act: of what is shown only the document's own columns, versions, assignments and register, at a third of the cost. person NULL: the
 * exchange sees all.
 */
void document_load_to_act(struct db *db, const struct person *person, const char *id, store_cb cb, void *arg);

/* What a change needs to know besides -> {"targets":[{"asked","id","type","name","roles"}],"registers":[…],"kind":{…},"contents":[{"sha256","size"}],"documents":[id…]}.
 * targets: names, logins or ids asked for; contents: hex digests; documents: ids the person must be able to see. day: "YYYY-MM-DD". */
struct document_question {
	const char *organ, *regime, *direction, *kind, *day;
	const json_t *targets, *contents, *documents; /* arrays of text, or NULL */
};
void document_context(struct db *db, const struct person *person, const struct document_question *q, store_cb cb,
	void *arg);

/* --- statements of an act --- */
/* row: columns by name (id, direction, state, organ, … words, notation_key, issuer_fold). */
void document_insert(struct act *act, const json_t *row, store_cb cb, void *arg);
/* Columns given change, the revision becomes `revision`. */
void document_set(struct act *act, const char *id, int64_t revision, const json_t *columns, store_cb cb, void *arg);
/* One per revision: two changes from the same revision cannot both be written (constraint move_document_revision_key). */
void move_insert(struct act *act, const json_t *row, store_cb cb, void *arg);
/* rows: [{"id","document","part","part_number" (null: the next),"name","mime","sha256" (hex),"cause","verdict","created_by"}]. */
void version_insert(struct act *act, const json_t *rows, store_cb cb, void *arg);
void assignment_insert(struct act *act, const json_t *rows, store_cb cb, void *arg);
/* The document's current assignments (state open or accepted) of `role` ("" all) become `state`; only of the person when given. */
void assignment_end(struct act *act, const char *document, const char *state, store_cb cb, void *arg);
void assignment_accept(struct act *act, const char *document, const struct person *person, store_cb cb, void *arg);
void assignment_reopen(struct act *act, const char *document, store_cb cb, void *arg);
void note_insert(struct act *act, const json_t *row, store_cb cb, void *arg);
/* {"document","receiver_code","status_code","description","staff","body"}: told, and queued to be sent. */
void status_tell(struct act *act, const json_t *row, store_cb cb, void *arg);
/* [{"document","receiver_code","business","description","body"}] */
void packet_queue(struct act *act, const json_t *rows, store_cb cb, void *arg);
/*
 * Notifications and the event for connected people: {"document","organ","kind","actor","roles":[…],"units":[…],"accounts":[…],"revision","state"}. Nobody is told of
 * what he did himself.
 */
void notify(struct act *act, const json_t *row, store_cb cb, void *arg);

/* --- reads --- */
void document_history(struct db *db, const struct person *person, const char *id, store_cb cb, void *arg);
/* {"id","sha256","size","name","mime"} of a version of a document the person may see. version: an id, or "main" for the newest main file. */
void version_find(struct db *db, const struct person *person, const char *document, const char *version, store_cb cb,
	void *arg);

#endif
