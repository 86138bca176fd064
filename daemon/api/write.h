/*
 * write: the one shape of every write. The route has HTTP_NEED_SESSION | HTTP_NEED_KEY; the handler is
 *
 *	static void handler(struct http_call *call) { api_write(call, ROLE_ADMIN, begin); }
 *
 * api_write checks the role, brings the body's text to NFC, and looks up the Idempotency-Key: a repeated request is answered again from there, another one
 * under the same key is 422. Otherwise begin(w) is called, which checks the body and ends in one of
 *
 *	api_write_refuse(w, st, code)                      findings in w->diag
 *	api_write_act(w, run)                              statements of one act of its own
 *	api_write_move(w, &request, flow_move)             a change of a document (daemon/flow/act.h)
 *
 * run(w) chains store functions on w->act and ends, from the last callback, in api_act_done (writes the leaf and the kept answer, then the
 * client is answered after the commit) or api_act_fail. It may be called again.
 */
#ifndef CONGVAN_API_WRITE_H
#define CONGVAN_API_WRITE_H

#include "daemon/api/api.h"
#include "daemon/flow/act.h"
#include "daemon/store/leaf.h"
#include "daemon/store/repeat.h"

struct api_write {
	struct http_call *call;
	struct api *api;
	const struct person *person;
	json_t *body;           /* in NFC; never NULL (an empty object without one) */
	struct diag *diag;
	struct repeat repeat;
	void *data;             /* the handler's own, in the call's arena */

	/* while an act runs */
	struct act *act;
	void (*begin)(struct api_write *w);
	void (*run)(struct api_write *w);
	int code;               /* of the answer */
	json_t *answer;
	struct leaf leaf;
	enum status failed;
	char constraint[64];
};

/* roles: any of them; 0: any person. */
void api_write(struct http_call *call, unsigned roles, void (*begin)(struct api_write *w));

void api_write_refuse(struct api_write *w, enum status st, const char *code);
/* Done without an act of this shape (daemon/sign has its own): nothing is kept under the key here. Takes the reference to value; or the document as it is now. */
void api_write_answer(struct api_write *w, int code, json_t *value);
void api_write_answer_document(struct api_write *w, int code, const char *id);
void api_write_act(struct api_write *w, void (*run)(struct api_write *w));

/* r's db, person, certified, params (the body), revision (If-Match) and repeat are filled in here; code: 200 or 201 with the document. */
void api_write_move(struct api_write *w, struct flow_request *r, int code, void (*fn)(const struct flow_request *r, flow_cb cb, void *arg));
/* For callers with a flow function of another form: fills r as above; then call it with api_write_moved and w. */
bool api_write_fill(struct api_write *w, struct flow_request *r, int code);
void api_write_moved(void *arg, const struct flow_result *result);

/*
 * Ends the act: a leaf of `type` with "details": details (borrowed; no secrets in it; NULL: no leaf), the kept answer, commit; then `code` with answer (borrowed; NULL: no
 * body). hidden: member that the client sees once and that is not kept (a token), or NULL.
 */
void api_act_done(struct api_write *w, int code, json_t *answer, const char *type, const json_t *details, const char *hidden);
void api_act_fail(struct api_write *w, enum status st, const char *constraint);

/* store_cb for statements in the middle of a run whose result is not needed. arg: w. */
void api_act_step(void *arg, enum status st, json_t *value, const char *constraint);

/* If-Match as a revision; false after it answered 422 match.form. */
bool api_revision(struct http_call *call, int64_t *out);

#endif
