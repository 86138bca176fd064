/*
 * move: the work of the office as data. A move is a row: from which states, to which, who may, what must hold, which parameters,
 * what it causes. flow_check judges one move of one document by one person without touching anything; daemon/flow/act applies what
 * it allows in one transaction. The rows are those of docs/api.md "Moves" (Decree 30/2020; status codes of QCVN 102:2016).
 */
#ifndef CONGVAN_FLOW_MOVE_H
#define CONGVAN_FLOW_MOVE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/flow/facts.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

/* Who may: roles of the account (enum role) or what he is to the document. */
enum flow_who {
	WHO_AUTHOR = 32,
	WHO_REVIEWER = 64,   /* the account asked to review */
	WHO_ASKED = 128,     /* the leader asked to sign */
	WHO_LEAD = 256,      /* holds the lead assignment (chủ trì) */
	WHO_EXCHANGE = 512   /* nobody: the exchange acts on a packet */
};

/* What must hold besides. */
enum flow_guard {
	GUARD_MAIN = 1,           /* there is a main file */
	GUARD_VERSION = 2,        /* a new version comes with the move: only through /v1/signings */
	GUARD_VERSION_OF_PDF = 4, /* the same when the main file is a PDF, into which the number must go */
	GUARD_ASKED_BACK = 8,     /* the sender has asked for it back (13) and was not answered */
	GUARD_NOT_SECRET = 16,    /* state secrets do not travel (Law on State Secrets 2018, QCVN 102 scope) */
	GUARD_RECEIVERS = 32,     /* somebody to send it to */
	GUARD_KIND = 64,          /* its kind is known: the register and the notation follow from it */
	GUARD_MANDATE = 128,      /* the asker holds the mandate that the competence of the signer asks for (daemon/flow/mandate.h) */
	/* Which of two rows of a name counts. */
	GUARD_LAST_SIGNER = 256,  /* nobody else is to sign */
	GUARD_MORE_SIGNERS = 512, /* others are */
	GUARD_OPEN = 2048,        /* no state secret: who may copy those is decided on paper (Law on State Secrets 2018 art. 11) */
	GUARD_APPENDICES = 4096,  /* every attachment has the office's signature, or the asker says that it goes without ("unsealed") */
	GUARD_NOT_ASKING = 1024   /* our own take-back (13) is not waiting for an answer already */
};

/* What it causes; applied by daemon/flow/act. */
enum flow_effect {
	EFFECT_ARRIVAL_NUMBER = 1, /* số đến, register line */
	EFFECT_NUMBER = 2,         /* number, notation and date of an outgoing document, register line */
	EFFECT_VOID_NUMBER = 4,    /* its register entry is struck through */
	EFFECT_ASSIGN = 8,         /* new assignments replace the current ones; bút phê kept as a note */
	EFFECT_ACCEPT = 16,        /* the asker's lead assignment is accepted */
	EFFECT_GIVE_BACK = 32,     /* current assignments end as returned */
	EFFECT_FINISH = 64,        /* current assignments end as done */
	EFFECT_END = 128,          /* current assignments end */
	EFFECT_REOPEN = 256,       /* the last lead assignment is current again */
	EFFECT_REVIEWER = 512,     /* document.reviewer */
	EFFECT_LEADER = 1024,      /* document.leader, cosigners, parallel */
	EFFECT_SEND = 2048,        /* a packet per receiver into the outbox */
	EFFECT_RECALL = 4096,      /* a recall packet (business 1) per receiver it was sent to */
	EFFECT_FILE = 8192,        /* document.file_code */
	EFFECT_SIGNED = 16384,     /* the asker has signed: the next of the leaders is asked */
	EFFECT_ASK_BACK = 32768,   /* status 13 to the receivers */
	EFFECT_UPDATE = 65536      /* an update packet (business 2) per receiver; the document itself to receivers who are new */
};

/* Whom it concerns next. */
enum flow_notify {
	NOTIFY_CLERKS = 1, NOTIFY_LEADERS = 2, NOTIFY_ARCHIVISTS = 4, NOTIFY_ASSIGNED = 8,
	NOTIFY_AUTHOR = 16, NOTIFY_REVIEWER = 32, NOTIFY_ASKED = 64
};

enum flow_param_type {
	PARAM_TEXT,      /* string of 1..most characters; may be empty when not required */
	PARAM_DATE,      /* "YYYY-MM-DD" */
	PARAM_ID,        /* UUID of a document */
	PARAM_TARGET,    /* a unit, account or register by id, login or name; {"unit":…} or {"account":…} too. The store knows which there are */
	PARAM_TARGETS,   /* list of those, at most `most` */
	PARAM_RECEIVERS, /* [{"organ_id","organ_name"}], 1..most */
	PARAM_NUMBER,    /* integer 1..most */
	PARAM_LEVEL,     /* integer 0..most */
	PARAM_FLAG,      /* true or false */
	PARAM_CONTENT,   /* {"sha256","name"} of an uploaded content */
	PARAM_CONTENTS,  /* list of those, at most `most` */
	PARAM_FILE,      /* the same, its name may be missing */
	PARAM_RECT,      /* list of four numbers */
	PARAM_VALUE      /* of any form: judged by who uses it */
};

struct flow_param {
	const char *name;
	enum flow_param_type type;
	bool required;
	size_t most;
};

#define FLOW_PARAMS 8 /* of a move */

struct flow_move {
	const char *name;
	unsigned directions;
	uint32_t from;          /* bit per enum flow_state */
	int to;                 /* enum flow_state, or FLOW_SAME: the state stays */
	unsigned who;           /* enum role and enum flow_who */
	unsigned guards;
	struct flow_param params[FLOW_PARAMS];
	const char *status;     /* edXML status told to the sender, or NULL */
	unsigned effects;
	unsigned notify;
	const char *notice;     /* kind of the notification */
};
#define FLOW_SAME (-1)

extern const struct flow_move flow_moves[];
extern const size_t flow_move_count;

/*
 * May `person` (NULL: the exchange) do this to the document? STATUS_OK and the row; STATUS_CONFLICT (move.state: outside its table),
 * STATUS_DENIED (move.role), STATUS_INVALID (a guard or a parameter); every finding is added, not the first. versions: how many new
 * versions come with it.
 */
enum status flow_check(const struct flow_document *d, const struct person *person, const char *move,
	const json_t *params, size_t versions, struct diag *diag, const struct flow_move **out);

/* The names of the moves the person may try now, as a new JSON array (state and role only; guards are told when tried). */
json_t *flow_moves_allowed(const struct flow_document *d, const struct person *person);

/* Who may change the metadata and add files now: the author of a draft or returned document, its reviewer while he has it, a clerk while
 * an incoming one is undecided. STATUS_CONFLICT or STATUS_DENIED with a finding otherwise. */
enum status flow_check_change(const struct flow_document *d, const struct person *person, struct diag *diag);

/* "lead clerk exchange …" of who bits, for findings. */
void flow_who_names(unsigned who, char *to, size_t size);

#endif
