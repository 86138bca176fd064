/* normal: JSON from outside with its text in NFC (TCVN 6909), as everything is stored. */
#ifndef CONGVAN_STORE_NORMAL_H
#define CONGVAN_STORE_NORMAL_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/status.h"

#define NORMAL_DEPTH 8

/*
 * A copy, new reference. STATUS_INVALID: text that is not clean UTF-8 (control characters), deeper than NORMAL_DEPTH, or, when integers is set, a
 * number that is none. STATUS_TOO_LARGE: a number beyond those that come back from the database as they went in.
 */
enum status normal_json(const json_t *value, bool integers, json_t **out);

#endif
