/*
 * facts: what the rules look at. The store fills them from the database (daemon/store/document), tests from literals; the rules
 * themselves (move, draft, notation, register_choice) are pure functions of these.
 */
#ifndef CONGVAN_FLOW_FACTS_H
#define CONGVAN_FLOW_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/person.h"

/* Directions (văn bản đến, đi, nội bộ): bits, because a row of the move table may serve two. */
#define FLOW_DIRECTION_TABLE(X)                                                                    \
	X(INCOMING, "incoming", 1)                                                                 \
	X(OUTGOING, "outgoing", 2)                                                                 \
	X(INTERNAL, "internal", 4)

enum flow_direction {
#define FLOW_DIRECTION_ENUM(name, text, bit) FLOW_##name = bit,
	FLOW_DIRECTION_TABLE(FLOW_DIRECTION_ENUM)
#undef FLOW_DIRECTION_ENUM
};

/* States of a document: name in code, in the API and the database, what holds in it. */
#define FLOW_STATE_TABLE(X)                                                                        \
	X(ARRIVED, "arrived", "came, nobody has decided on it")                                    \
	X(REJECTED, "rejected", "refused with a reason; final")                                    \
	X(REGISTERED, "registered", "has its number of arrival, waits for a leader's direction")   \
	X(ASSIGNED, "assigned", "a lead is named, who has not yet accepted")                       \
	X(IN_PROGRESS, "in_progress", "the lead works on it")                                      \
	X(COMPLETED, "completed", "dealt with")                                                    \
	X(WITHDRAWN, "withdrawn", "taken back by its sender; final")                               \
	X(RECALLED, "recalled", "recalled by whoever issued it; frozen; final")                    \
	X(DRAFT, "draft", "being written by its author")                                           \
	X(UNDER_REVIEW, "under_review", "with a reviewer")                                         \
	X(RETURNED, "returned", "back with its author, with a reason")                             \
	X(SUBMITTED, "submitted", "waits for the signature of the leader asked")                   \
	X(SIGNED, "signed", "signed by the leader, no number yet")                                 \
	X(NUMBERED, "numbered", "number and date taken from the register")                         \
	X(SEALED, "sealed", "signed by the office")                                                \
	X(DISPATCHED, "dispatched", "queued for its receivers")                                    \
	X(DELIVERED, "delivered", "a receiver has registered it")                                  \
	X(ISSUED, "issued", "internal document in force")                                          \
	X(FILED, "filed", "in a work file; with the archivist; final")                             \
	X(CANCELLED, "cancelled", "given up before it was signed; final")                          \
	X(VOIDED, "voided", "given up after it had a number, which stays in the register; final")

enum flow_state {
#define FLOW_STATE_ENUM(name, text, what) FLOW_STATE_##name,
	FLOW_STATE_TABLE(FLOW_STATE_ENUM)
#undef FLOW_STATE_ENUM
	FLOW_STATE_COUNT_
};

struct flow_document {
	const char *id;
	enum flow_direction direction;
	enum flow_state state;
	int64_t revision;
	const char *organ, *organ_code, *organ_name, *organ_mark, *regime;
	const char *unit_mark;          /* of the drafting unit */
	const char *kind, *kind_name;
	const char *created_by;         /* account, "" when it came by exchange */
	const char *reviewer, *leader;  /* accounts asked, or "" */
	json_t *cosigners;              /* ids of the accounts who sign besides leader and have not yet; borrowed, may be NULL */
	bool parallel;                  /* they sign in any order; otherwise in this one, after leader */
	const char *code_number, *code_notation, *notation, *issued_date;
	const char *issuer_code, *issuer_name, *subject, *summary, *place;
	const char *signer_name, *signer_position, *signer_competence;
	const char *external_id;        /* edXML DocumentId, "" for what did not come by exchange */
	const char *due_date;
	int priority;
	bool secret;                    /* Mật, Tối mật, Tuyệt mật */
	bool lead;                      /* the asker holds a current lead assignment, himself or through his unit */
	bool asked_back;                /* the sender's take-back (13) is unanswered */
	bool asking_back;               /* our own take-back (13) is unanswered by a receiver */
	const char *main_mime;          /* of the newest main file; "" without one */
	const char *main_name, *main_version, *main_sha256;
	const char *main_cause;         /* "signed": it holds a signature of ours, and the form fields made under it */
	json_t *unsealed;               /* of a sealed one the attachments without the office's signature: [{"part_number","name"}]; borrowed, may be NULL */
	json_t *receivers;              /* [{"organ_id","organ_name"}], borrowed */
	json_t *from, *answered;        /* our organ, and the document answered, in the shape of edXML; borrowed, may be NULL */
	json_t *replaced;               /* the document it replaces: {"document_id","receivers":[codes it was sent to]}; borrowed, may be NULL */
	const char *organ_place;
	json_t *mandates;               /* in force for the asker, in the shape of daemon/store/mandate.h; borrowed, may be NULL */
	json_t *view;                   /* what the API shows, borrowed; without "moves" */
};

/*
 * Fills the facts from what document_load answered; all strings are borrowed from it. view is made anew inside it ("view" member). False when
 * it is not such an answer.
 */
bool flow_document_from_json(json_t *loaded, struct flow_document *out);

const char *flow_state_name(enum flow_state s);
bool flow_state_from_name(const char *name, enum flow_state *out);
const char *flow_direction_name(enum flow_direction d);
bool flow_direction_from_name(const char *name, enum flow_direction *out);

#endif
