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
void signing_insert(struct db *db, const json_t *row, store_cb cb, void *arg);

/*
 * The account's signings with these ids, in their order -> [{"id","document","revision","move","role","container","key_id","wanted_level","state","digest","tail",
 * "plan","base_version","base_sha256","base_name","title","stale":bool,"age":seconds}]; ids not his, or not there, are left out.
 */
void signing_load(struct db *db, const char *account, const json_t *ids, store_cb cb, void *arg);

/* One of the account's signings as the API shows it. */
void signing_show(struct db *db, const char *account, const char *id, store_cb cb, void *arg);

/* In the act that stored the version. */
void signing_done(struct act *act, const char *id, const char *version, const char *level, store_cb cb, void *arg);

/* Ended without a signature; the reason is for people. cb may be NULL. */
void signing_failed(struct db *db, const char *id, const char *why, store_cb cb, void *arg);

#endif
