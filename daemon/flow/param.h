/* param: the parameters of a move, and the members of any request object, held against a table. */
#ifndef CONGVAN_FLOW_PARAM_H
#define CONGVAN_FLOW_PARAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/flow/move.h"
#include "lib/base/diag.h"

/*
 * Every member must be in the table (rows after the first without a name are ignored) and of its type, every required one present. params may
 * be NULL. Findings: param.missing, param.unknown, param.type, param.length, param.date, param.id, param.count,
 * param.number, param.organ, param.digest.
 */
void flow_params_check(const struct flow_param *table, size_t count, const json_t *params, struct diag *diag);

/* The text of a member, "" when absent. */
const char *flow_param_text(const json_t *params, const char *name);

/* The id, login or name in a PARAM_TARGET value, whichever form it has; "" when it has none. */
const char *flow_target_text(const json_t *target);

/* True for 64 lower-case hex digits. */
bool flow_is_digest(const char *s);

#endif
