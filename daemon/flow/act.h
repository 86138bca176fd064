/*
 * act: changing documents. Every change, a move above all, is one transaction with everything that belongs to it: the optimistic check of the
 * revision, the move row, the state, the register number and its line, versions, assignments, notes, messages to the other side, notifications, the leaf of the
 * evidence log and the answer kept for the request's Idempotency-Key. What must stand in the same transaction besides (a signing's row, a packet's) goes in
 * by `also`.
 *
 * The API moves for people; exchange (person NULL) and sign (with the new version) call the same functions. Everything a request points to must live until its
 * callback. The callback fires once, never inside the call.
 */
#ifndef CONGVAN_FLOW_ACT_H
#define CONGVAN_FLOW_ACT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/person.h"
#include "daemon/store/repeat.h"
#include "daemon/store/store.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

/* A file to become a version; its content is uploaded already, or stored by `before` of the request. */
struct flow_version {
	const char *part;        /* main, attachment, packet, signature */
	int part_number;         /* which attachment; -1: the next one (main: 0) */
	const char *sha256;      /* hex */
	int64_t size;            /* of a content that the caller has just stored, or stores by `before`; 0: the database is asked */
	const char *name, *mime; /* mime by the bytes, its parameters are dropped; NULL: by the name */
	const char *cause;       /* received, drafted, signed, numbered, sealed, timestamped, repaired */
	const json_t *verdict;   /* our report when it holds signatures, or NULL */
	const json_t *findings;  /* codes of what is odd about it (sniff.disagrees …), or NULL */
};

/*
 * moved: {"document","revision","state","from","move","leaf","versions":[{"id","part","sha256","size","name"}],
 * "register":{"register","name","period","number","notation","code_number","code_notation","date"} when a number was taken}.
 */
struct flow_result {
	enum status status;      /* OK; CONFLICT, DENIED, INVALID, STALE, NOT_FOUND with findings; DUPLICATE: the Idempotency-Key was used meanwhile
	                          * (ask repeat_find again); what db_act gives: UNAVAILABLE, UNCERTAIN … */
	const struct diag *diag; /* never NULL */
	const json_t *moved;     /* NULL unless OK */
};
typedef void (*flow_cb)(void *arg, const struct flow_result *result);

struct flow_request {
	struct db *db;
	const struct person *person;   /* NULL: the exchange */
	bool certified;                /* state secrets may have content here */
	const char *document;
	int64_t revision;              /* the one the person has seen (If-Match); 0: whichever it is now */
	const char *move;              /* flow_move only */
	const json_t *params;          /* of the move, or the members to change; may be NULL */
	const struct flow_version *versions;
	size_t version_count;
	/* What the form says already, as flow_next_number answered it: a number that would be written otherwise (another day, another mark) is not taken. NULL: nothing. */
	const json_t *printed;
	json_t *signing;               /* what sign knows of a signature: goes into the leaf's details under this name; or NULL */
	const struct repeat *repeat;   /* or NULL */
	int repeat_code;               /* HTTP code kept with it */
	/* Further statements of the same act, after ours: through the functions of daemon/store. A failing one fails the act. May be called again. */
	void (*also)(struct act *act, const json_t *moved, void *arg);
	void *also_arg;
	/* The same before ours: contents that the versions are of. Also with also_arg. */
	void (*before)(struct act *act, void *arg);
};

/* A move of the tables (daemon/flow/move.h). */
void flow_move(const struct flow_request *r, flow_cb cb, void *arg);

/* Changed metadata while the asker holds it: params are the members (null clears). History shows it as "change". */
void flow_change(const struct flow_request *r, flow_cb cb, void *arg);

/*
 * New versions without a change of state. As "version" by its holder (person), or, when `move` is set, under that name without asking who holds it: for
 * sign ("timestamp", "repair") and exchange ("update"), which have checked by other means.
 */
void flow_add_versions(const struct flow_request *r, flow_cb cb, void *arg);

/*
 * A new document, in state draft (outgoing, internal) or arrived (incoming). From a person: params as POST /v1/documents, "main" and "attachments" in them.
 * From the exchange: params has the columns it knows ("direction":"incoming", "subject", "issuer_code", "external_id", "metadata", "response_for", …; kind_name as
 * the packet says it), organ names ours that was addressed, versions the files; status 01 is told when tell is set. r->document may
 * name the id to use; NULL makes one.
 */
struct flow_creation {
	struct flow_request request;
	const char *organ, *organ_code, *regime; /* exchange only; otherwise the person's */
	bool tell;
	const json_t *staff;
};
/* STATUS_DUPLICATE from the exchange: the document came by another packet meanwhile (schemas/sql/126_once.sql). */
#define FLOW_ONCE "document_once"
void flow_create(const struct flow_creation *c, flow_cb cb, void *arg);

/*
 * The number the document would get now, without taking it -> result.moved {"register","name","period","number","notation","printed","code_number",
 * "code_notation","date"}. For the signing that fills the number into the form: it then moves with params {"expect":number} and `printed`, and begins again on
 * register.number-taken (STATUS_CONFLICT).
 */
void flow_next_number(const struct flow_request *r, flow_cb cb, void *arg);

#endif
