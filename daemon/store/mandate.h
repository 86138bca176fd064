/*
 * mandate: who may sign for whom (schemas/sql/100_mandate.sql). A mandate in the API: {"id","document","document_state","organ","kind","grantor":{"id","name","title"},
 * "holder":{…},"kinds":[…],"from","until","basis","signed_at","in_force":bool,"revoked_from","revoked_at","revoked_by","revoke_reason","created_at"}.
 */
#ifndef CONGVAN_STORE_MANDATE_H
#define CONGVAN_STORE_MANDATE_H

#include "daemon/store/person.h"
#include "daemon/store/store.h"

/* For the columns of a document (daemon/store/document.c): its mandate, or NULL; and those in force for the account `me`. */
#define MANDATE_JSON(m)                                                                            \
	"json_build_object('id', " m ".id, 'document', " m ".document, 'document_state', " m ".document_state, "        \
	"'organ', " m ".organ, 'kind', " m ".kind, 'grantor', (SELECT json_build_object('id', p.id, 'name', p.name, 'title', p.title) " \
	"FROM account p WHERE p.id = " m ".grantor), 'holder', (SELECT json_build_object('id', p.id, 'name', p.name, 'title', p.title) " \
	"FROM account p WHERE p.id = " m ".holder), 'kinds', to_json(" m ".kinds), 'from', utc(" m ".valid_from), "     \
	"'until', utc(" m ".valid_until), 'basis', " m ".basis, 'signed_at', utc(" m ".signed_at), 'in_force', " m ".in_force, "        \
	"'revoked_from', utc(" m ".revoked_from), 'revoked_at', utc(" m ".revoked_at), 'revoked_by', " m ".revoked_by, "                \
	"'revoke_reason', " m ".revoke_reason, 'created_at', utc(" m ".created_at))"
#define MANDATE_OF_DOCUMENT "(SELECT " MANDATE_JSON("q") " FROM mandate_state q WHERE q.document = d.id)"
#define MANDATES_IN_FORCE                                                                          \
	"coalesce((SELECT json_agg(" MANDATE_JSON("q") " ORDER BY q.valid_until DESC) FROM mandate_state q "            \
	"WHERE q.holder = me.id AND q.organ = d.organ AND q.in_force), '[]')"

/*
 * The two people of a new mandate, by id or login, both of the organ and able to sign in: {"grantor":{"id","login","name","title","leader":bool,"key":bool} or null,"holder": the same,
 * "unknown": [codes of kinds that are no kinds],"organ":{"code","name","regime"},"now"}.
 */
void mandate_people(struct db *db, const char *organ, const char *grantor, const char *holder, const json_t *kinds, store_cb cb, void *arg);

/* In the act that makes its document. row: {"id","document","organ","kind","grantor","holder","kinds","from","until","basis"}. */
void mandate_insert(struct act *act, const json_t *row, store_cb cb, void *arg);

/* The organ's, newest first after `cursor` (an id, "" for the first page). person: "" or grantor or holder, by id or login. in_force: only those. */
void mandate_list(struct db *db, const struct person *who, const char *person, bool in_force, const char *cursor, int limit, store_cb cb, void *arg);
void mandate_show(struct db *db, const struct person *who, const char *id, store_cb cb, void *arg);

/* from: RFC 3339 not later than now, or "" for now. STATUS_NOT_FOUND: none, or revoked already, or the person neither gave it nor is an administrator. */
void mandate_revoke(struct act *act, const struct person *who, const char *id, const char *from, const char *reason, store_cb cb, void *arg);

/* The leaders' signatures in the file with this version id, as flow_mandate_judge takes them; an empty list for a document of others. */
void mandate_uses(struct db *db, const char *version, store_cb cb, void *arg);

#endif
