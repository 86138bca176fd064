/*
 * edxml_json: struct edxml as JSON and back, the form in which packets cross process borders and
 * reach the database. Names are edXML's in English; absent fields are left out; days are
 * "YYYY-MM-DD" and moments RFC 3339 when they are real, else the text as sent stands under NAME_raw
 * (numbers that are none too).
 *
 * clang-format off
 * {"packet":"document"|"status",
 *  "business":{"type":0..3,"reason","document_id","paper":int,
 *    "document_info":bool,"document_receiver":bool,"receivers":[{"organ_id","type"}],
 *    "replacements":[{"document_id","organ_ids":[]}],
 *    "staff":{"department","staff","email","mobile","department_id","staff_id"}},
 *  "from":{"organ_id","organ_name","in_charge","address","email","telephone","fax","website"},
 *  "to":[...],"document_id","code_number","code_notation","place","promulgation_date",
 *  "type":int,"type_detail":int,"type_name","subject","content",
 *  "signer":{"competence","position","full_name"},"due_date","priority":int,"sphere",
 *  "typer_notation","promulgation_amount":int,"page_amount":int,"direction","appendixes":[],
 *  "response_for":[{"organ_id","code","promulgation_date","document_id"}],"steering_type":int,
 *  "response_for_task","application_type","to_places":[],"trace":[{"organ_id","timestamp"}],
 *  "attachments":[{"content_id","name","content_type","description","size","sha256",
 *    "sniffed","mime","state":"good"|"damaged","unwrapped":bool,"index":k}],
 *  "signature":"none"|"dummy"|"real",   (the worker adds "signature_report" for a real one: lib/seal/seal_edxml.h)
 *  "status_code","description","timestamp","staff":{...}}        (this line: status messages)
 * clang-format on
 */
#ifndef CONGVAN_DOC_EDXML_JSON_H
#define CONGVAN_DOC_EDXML_JSON_H

#include <jansson.h>

#include "lib/doc/edxml.h"

/* A new object, NULL without memory. "index" of an attachment is its place in e->attachments. */
json_t *edxml_to_json(const struct edxml *e);

/*
 * A packet to write from such an object. "index" of an attachment names its content in files (each
 * is duplicated). Keys that say what was found on reading (size, sha256, state …) are ignored,
 * unknown keys too. STATUS_INVALID with findings edxml.json when a value has the wrong type, an
 * index is out of range or a text is not valid.
 */
enum status edxml_from_json(const json_t *json, const int *files, size_t file_count,
	struct diag *diag, struct edxml **out);

#endif
