/*
 * status: the one result type for control flow. What a person must know about an error stands in a
 * struct diag; status only says which road to take. One table maps each value to a name and an HTTP
 * status code, so that nobody invents a second mapping.
 */
#ifndef CONGVAN_BASE_STATUS_H
#define CONGVAN_BASE_STATUS_H

/* name, stable code for clients, HTTP status, what it means */
#define STATUS_TABLE(X)                                                                            \
	X(OK, "ok", 200, "done")                                                                   \
	X(INVALID, "invalid", 422, "the input breaks a rule; the findings say which")              \
	X(MALFORMED, "malformed", 400, "the request itself cannot be read")                        \
	X(UNAUTHENTICATED, "unauthenticated", 401, "nobody is known to be asking")                 \
	X(DENIED, "denied", 403, "this person may not do this")                                    \
	X(NOT_FOUND, "not-found", 404, "no such object, or not one this person may see")           \
	X(CONFLICT, "conflict", 409, "the object has changed or is in another state")              \
	X(DUPLICATE, "duplicate", 409, "the object is already there")                              \
	X(STALE, "stale", 412, "If-Match names an older revision")                                 \
	X(TOO_LARGE, "too-large", 413, "over a documented limit")                                  \
	X(PRECONDITION, "precondition-required", 428, "If-Match or Idempotency-Key is missing")    \
	X(TOO_MANY, "too-many", 429, "over a rate or concurrency limit")                           \
	X(LOCKED, "locked", 423, "locked after too many failed attempts")                          \
	X(INTERNAL, "internal", 500, "a fault of this program")                                    \
	X(NO_MEMORY, "no-memory", 500, "memory or its limit is used up")                           \
	X(IO, "io", 500, "a system call failed")                                                   \
	X(CRASHED, "crashed", 422, "the worker died on this document; the document is refused")    \
	X(TIMEOUT, "timeout", 504, "not finished in its time")                                     \
	X(UNAVAILABLE, "unavailable", 503, "a part needed for this is not running")                \
	X(UNCERTAIN, "uncertain", 503, "the commit's outcome is unknown; ask again with the same key") \
	X(CANCELLED, "cancelled", 499, "the caller went away")                                     \
	X(UNSUPPORTED, "unsupported", 415, "a form this program does not read")                    \
	X(NO_SPACE, "no-space", 507, "the disk or database is full")

enum status {
#define STATUS_ENUM(name, code, http, text) STATUS_##name,
	STATUS_TABLE(STATUS_ENUM)
#undef STATUS_ENUM
	STATUS_COUNT_
};

/* The stable code, e.g. "not-found". Static; "unknown" for a value outside the table. */
const char *status_code(enum status st);
/* The same as a code of the catalogue, "status.not-found"; "status.internal" outside the table. Static. */
const char *status_full_code(enum status st);

/* The English meaning, static. */
const char *status_text(enum status st);

/* The HTTP status code that answers a request ended by st. */
int status_http(enum status st);

/* The status whose code is `code`, or STATUS_INTERNAL. */
enum status status_from_code(const char *code);

#endif
