/*
 * diag: what a person is told about bad input: a list of findings, each saying what is wrong (a stable
 * code), where, what was found and what is wanted, and by which clause. A check adds all its findings,
 * not the first. Texts come from one catalogue keyed by the code (lib/base/message); diag holds facts.
 */
#ifndef CONGVAN_BASE_DIAG_H
#define CONGVAN_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

enum severity {
	SEVERITY_ERROR,   /* the input is refused */
	SEVERITY_WARNING, /* accepted, but a person must see it */
	SEVERITY_NOTE
};

struct finding {
	enum severity severity;
	const char *code;   /* stable, lower case with dots: "edxml.subject.missing" */
	const char *where;  /* path, line:column, byte offset or field name */
	const char *got;    /* what was found, cut to a readable length; may be NULL */
	const char *want;   /* what is wanted; may be NULL */
	const char *clause; /* the standard's clause, or NULL */
};

struct diag;

/* An empty list that keeps at most 200 findings (further ones are counted only). NULL without memory. */
struct diag *diag_new(void);
void diag_free(struct diag *d);

/*
 * Adds a finding; all strings are copied, made valid UTF-8 and cut to 400 bytes. d may be NULL: then nothing
 * is kept. `code` must be one of the catalogue (lib/base/message.c).
 */
void diag_add(struct diag *d, enum severity severity, const char *code, const char *where,
	const char *got, const char *want, const char *clause);

/* Short forms of the same. */
void diag_error(struct diag *d, const char *code, const char *where, const char *got,
	const char *want);
void diag_warn(struct diag *d, const char *code, const char *where, const char *got,
	const char *want);

/* Findings kept, and the i-th of them (i < diag_count), owned by d. */
size_t diag_count(const struct diag *d);
const struct finding *diag_at(const struct diag *d, size_t i);

/* True when a finding of severity ERROR was added. */
bool diag_has_error(const struct diag *d);

/* True when a finding with this code was added. */
bool diag_has(const struct diag *d, const char *code);

/* "error", "warning", "note". */
const char *severity_name(enum severity s);

/* Appends copies of all findings of from. */
void diag_join(struct diag *d, const struct diag *from);

#endif
