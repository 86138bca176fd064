/*
 * trust: what verdicts are judged with, as one fingerprint: the files of the trust folder (name, size, times) and the worker program. Workers read the folder anew for every job;
 * the fingerprint tells kept verdicts from those judged with another folder. Looked at when it starts, every few seconds, and at once on SIGHUP.
 */
#ifndef CONGVAN_SIGN_TRUST_H
#define CONGVAN_SIGN_TRUST_H

#include "lib/base/status.h"

struct loop;
struct offload;
struct trust;

/* folder, program: paths or NULL; copied. */
enum status trust_start(struct loop *loop, struct offload *offload, const char *folder, const char *program, struct trust **out);

/* Legal on NULL. A look that runs ends with the offload. */
void trust_stop(struct trust *t);

/* Looks now. */
void trust_reload(struct trust *t);

/* Digest of the text of the folder's rules (policy.rules): 64 hex digits; "" before the first look has ended, and without such a file. */
const char *trust_rules(const struct trust *t);

/* 64 hex digits; "" before the first look has ended: nothing is kept then. */
const char *trust_print(const struct trust *t);

#endif
