/* seal_report_json: a verification report as JSON, the form that the API, the worker and the command line hand out. */
#ifndef CONGVAN_SEAL_SEAL_REPORT_JSON_H
#define CONGVAN_SEAL_SEAL_REPORT_JSON_H

#include <jansson.h>

#include "lib/seal/seal.h"

/*
 * {"signatures": […], "indication": the worst of them, or null without any}. A new reference, NULL without memory. Each signature:
 * "field", "sub_filter", "is_timestamp", "indication", "sub_indication" (null when passed), "level", "intact",
 * "covers_whole_file", "revision_end", "changes", "change_list" [{"code", "arguments", "text": {"vi", "en"}}],
 * "signer": {"subject", "organ", "issuer", "serial", "not_before", "not_after", "digest"} or null,
 * "claimed_time", "proven_time", "tsa", "weak_algorithm", "revocation_checked", "digest", "algorithm", "why", "text": {"vi", "en"}.
 * Further: "judged_at", "process" ("Basic", "LTVM" or "LTA": EN 319 102-1 5.3, 5.5, 5.6), "anchor", "signature_policy", "revoked_at",
 * "timestamps" [{"kind", "time", "valid", "sub_indication", "tsa"}], "needs" [{"kind", "who", "url", "at", "text"}]: what would make it
 * valid, "objects" [{"kind", "sha256", "name", "inside", "proven"}]: what was used, and since when it is proven to exist.
 * For the other forms of the report (seal_report_read): "value_digest", "content_digest" or null, "weak_name", "weak_until".
 * Times are RFC 3339 in Vietnamese time; what is not known is null.
 */
json_t *seal_report_json(const struct seal_report *r);

#endif
