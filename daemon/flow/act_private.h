/* act_private: one change of a document on its way, shared by act.c (the machine), plan_*.c (the rows) and number.c. */
#ifndef CONGVAN_FLOW_ACT_PRIVATE_H
#define CONGVAN_FLOW_ACT_PRIVATE_H

#include "daemon/flow/act.h"
#include "daemon/flow/move.h"
#include "daemon/flow/notation.h"
#include "daemon/flow/register.h"
#include "daemon/store/leaf.h"
#include "lib/base/arena.h"
#include "lib/base/uuid.h"

enum flow_what { DO_MOVE, DO_CHANGE, DO_VERSIONS, DO_CREATE, DO_NEXT_NUMBER };

struct flow_act {
	struct flow_request r;
	const struct flow_creation *creation; /* DO_CREATE */
	enum flow_what what;
	flow_cb cb;
	void *arg;
	struct arena *arena;
	struct diag *diag;

	/* after loading */
	json_t *loaded;                 /* what the store answered; d points into it */
	struct flow_document d;
	const struct flow_move *row;    /* DO_MOVE */
	enum flow_state to;
	const char *name;               /* of the move row: the move, "create", "change", "version" */
	json_t *context;
	struct clock_date day;          /* today in Vietnam */
	char id[UUID_TEXT];             /* of the document */

	/* what will be written; NULL: nothing of the kind */
	json_t *insert, *set, *versions, *assignments, *note, *told /* rows */, *packets, *notice, *details;
	int reg;                        /* register chosen, or -1 */

	/* while the act runs */
	json_t *number;                 /* what the register gave */
	struct leaf leaf;
	json_t *moved;
	enum status refused;            /* DO_CREATE: by the checks before anything was asked */
	enum status failed;             /* first failure, and the constraint it broke */
	char constraint[64];
};

/* plan_*.c: fill the rows from request, facts and context; findings and a status when it cannot be. */
enum status plan_move(struct flow_act *a);
enum status plan_document(struct flow_act *a); /* create, change, versions */
/* Targets, contents and documents to ask the store about. NULL members: none. */
struct document_question;
void plan_question(struct flow_act *a, struct document_question *q);

/* The answer of the context to what was asked by this name, or NULL. type: "account", "unit" or NULL for either. */
const json_t *plan_target(const struct flow_act *a, const char *asked, const char *type);
/* Rows of version_insert from files; the rows go into the moved object and the leaf too. STATUS_INVALID: content.missing. */
enum status plan_versions(struct flow_act *a, const struct flow_version *files, size_t count);
/* The status message of the move to the sender of an incoming document (QCVN 102:2016), as rows of status_tell; NULL: nobody to tell. */
json_t *plan_status(const struct flow_act *a, const char *code, const char *description, const json_t *staff);
/* plan_exchange.c: what goes to the receivers of ours: the packets of a dispatch, recall, update or replacement; the take-back. */
enum status plan_send(struct flow_act *a, int business);
enum status plan_update(struct flow_act *a);
void plan_ask_back(struct flow_act *a, const json_t *staff);

/* packet_body.c: the edXML bodies (shape of lib/doc/edxml_json.h). */
json_t *body_status(const struct flow_document *d, const char *code, const char *description, const json_t *staff);
/* more: further members of "business" (what an update or a replacement is about), or NULL. */
json_t *body_document(const struct flow_document *d, const json_t *receiver, int business, const char *reason, json_t *more);

/* number.c: the register and the number. choose sets a->reg from the context; STATUS_INVALID with a finding. */
enum status number_choose(struct flow_act *a, const char *asked);
/* Columns, entry and description of `number`, taken in the chosen register; sets a->number, adds to a->set. *entry_out: row of register_entry_insert. */
enum status number_use(struct flow_act *a, int number, json_t **entry_out);
const char *number_period(const struct flow_act *a, bool *year_out);
json_t *number_describe(const struct flow_act *a, int number, struct diag *diag);

#endif
