/*
 * seal_report_read: a report back from its JSON form, so that its other forms (TS 119 102-2, HTML, text) say the same: congvand keeps verdicts as JSON, joins those of several files and
 * lays over them what it alone knows (mandates).
 */
#ifndef CONGVAN_SEAL_SEAL_REPORT_READ_H
#define CONGVAN_SEAL_SEAL_REPORT_READ_H

#include <jansson.h>

#include "lib/seal/seal.h"

/*
 * The signatures of seal_report_json's form, each followed by those over it. A sub-indication that is none of the standard's becomes own_sub. STATUS_INVALID: not of that form; members that
 * are missing or null are as if nothing was known. Free with seal_report_free.
 */
enum status seal_report_read(const json_t *json, struct seal_report **out);

#endif
