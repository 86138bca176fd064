/*
 * signing: signings under way (prepare, approve, complete): what was prepared, for whom, over which version. The row's state moves forward only;
 * `done` is written in the act that stores the signed version.
 */
#ifndef CONGVAN_STORE_SIGNING_H
#define CONGVAN_STORE_SIGNING_H

#include "daemon/store/store.h"

/*
 * row: {"id","document","base_version","document_revision","move","role","container","account","key_id","wanted_level","digest" (hex),"tail" (hex, or
 * absent),"plan"}.
 */
void signing_insert(struct act *act, const json_t *row, store_cb cb, void *arg);

/*
 * The column digest is SHA-256; what is signed, by the key's own algorithm, is imprint and algorithm in the plan, and that is what "digest" and "algorithm"
 * of an answer say.
 *
 * The account's signings with these ids, in their order -> [{"id","document","revision","move","role","container","key_id","wanted_level","state","digest","algorithm","tail",
 * "plan","base_version","base_sha256","base_name","base_part","base_part_number","attachment" (its number, of one signed together with the main file),"title","stale":bool,"age":seconds}]; ids not his, or not there, are left out.
 */
void signing_load(struct db *db, const char *account, const json_t *ids, store_cb cb, void *arg);

/* One of the account's signings as the API shows it. */
void signing_show(struct db *db, const char *account, const char *id, store_cb cb, void *arg);

/*
 * In the act that stored the version: {"id","version","level","field","reason","rules","next_try" (RFC 3339, "" when nothing is left to be done)}.
 */
void signing_done(struct act *act, const json_t *row, store_cb cb, void *arg);

/* Ended without a signature; the reason is for people. cb may be NULL. */
void signing_failed(struct db *db, const char *id, const char *why, store_cb cb, void *arg);

/* --- the level wanted and the level held (schemas/sql/071_level.sql) --- */

/*
 * The next signing whose level is due, claimed for `seconds` -> {"id","document","organ","organ_code","revision","container","field","wanted_level","held_level",
 * "tries","sha256" (the newest file; of a detached signature: what it signs),"signature" (hex of the newest .p7s, or null),"name","part","part_number","mime","overdue":
 * bool}; STATUS_NOT_FOUND: none is. Documents whose next signature is being prepared are left alone: a new version would make that one stale.
 * alarm: seconds after which a level not reached is overdue. rules: digest of the rules of trust as they are, or "". "look": the renewal of this one was computed by others, so that
 * whether it is to be renewed must be found out first; sweep: such archived ones are due too.
 */
void signing_claim(struct db *db, unsigned seconds, unsigned alarm, const char *rules, bool sweep, store_cb cb, void *arg);

/*
 * {"id","level","reason","rules" (optional: those it was computed by),"next_try" ("" nothing more to be done, else a time)}: outcome of a try. In the act that stored the new version, or in one of its own; tries go on
 * counting when failed is set.
 */
void signing_level(struct act *act, const json_t *row, bool failed, store_cb cb, void *arg);

/* People have been told that the level is overdue. */
void signing_alarmed(struct act *act, const char *id, store_cb cb, void *arg);

/* -> {"waiting","overdue"}: signings below their level. */
void signing_waiting(struct db *db, unsigned alarm, store_cb cb, void *arg);

#endif
