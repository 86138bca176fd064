/*
 * pdf_diff_parts: the comparison under way, shared by pdf_diff.c (objects, catalog),
 * pdf_diff_dss.c (validation data), pdf_diff_form.c (form) and pdf_diff_page.c (pages).
 */
#ifndef CONGVAN_DOC_PDF_DIFF_PARTS_H
#define CONGVAN_DOC_PDF_DIFF_PARTS_H

#include "lib/doc/pdf_diff.h"
#include "lib/doc/pdf_file.h"

/* Objects that only one place may name if they are to change: how often each is named. */
#define SOLES_MAX 16

struct comparison {
	const struct pdf_scan *before, *after;
	qpdf_data a, b;           /* of before and after */
	int certified;            /* DocMDP of the older revision */
	size_t later;             /* sections that only `after` has */
	size_t numbers;           /* size of the bit sets */
	unsigned char *touched;   /* objects that those sections write */
	unsigned char *explained; /* objects of `before` whose change has been looked at in full */
	unsigned char *tables;    /* objects of `before` that are its cross-reference streams */
	bool table_named;         /* an object of `before` names one of these: it is more than a table */
	struct {
		int number;
		size_t count;
	} soles[SOLES_MAX];
	size_t sole_count;
	struct arena *arena;
	bool full; /* it is: what is forbidden already is not compared any more */
	struct pdf_diff *out;
};

/*
 * How many references to this object the older revision's objects have (the trailer's do not
 * count); it must have been watched before. SIZE_MAX: it was not.
 */
size_t references_to(const struct comparison *c, int number);

bool bit_is(const struct comparison *c, const unsigned char *set, int number);

/*
 * Notes that an object of the older revision has a part of its own and that this part has been
 * compared.
 */
void explain(struct comparison *c, int number);

/*
 * A finding under the rules of a certification: PDF_CHANGE_PERMITTED only for what DocMDP lets
 * through.
 */
void found(struct comparison *c, enum pdf_change change, const char *code, const char *argument);

/* What may happen to a key of a dictionary. */
enum key_rule {
	KEY_SAME,     /* nothing (the default) */
	KEY_FREE,     /* anything harmless (is_harmless); for the rest a person must look */
	KEY_ADDED,    /* it may be added, if harmless */
	KEY_DOUBT,    /* anything, but a person must look */
	KEY_ELSEWHERE /* it is compared elsewhere */
};

struct key_rule_row {
	const char *key;
	enum key_rule rule;
};

/*
 * Compares two dictionaries key by key, references as references. `what` is the argument of
 * findings ("page 3"). Changes outside the rules are forbidden with this code.
 */
void compare_keys(struct comparison *c, qpdf_oh a, qpdf_oh b, const struct key_rule_row *rules,
	const char *code, const char *what);

/*
 * The text of a value, resolved or as a reference; lives in the comparison's arena. "" without
 * memory.
 */
const char *value_text(struct comparison *c, qpdf_data q, qpdf_oh v, bool resolved);
bool key_differs(struct comparison *c, qpdf_oh a, qpdf_oh b, const char *key);

/*
 * True when every item of array a stands in b in the same order; for each further item of b calls
 * `added`.
 */
bool array_grew(struct comparison *c, qpdf_oh a, qpdf_oh b,
	void (*added)(struct comparison *, qpdf_oh item, void *arg), void *arg);

/*
 * True when a value of this key can be nothing but what the key is for. The dictionary that it stands in may be named in a second
 * role, as a page's resources: then a stream, a font or a colour space in it would be shown, under whatever key.
 */
bool is_harmless(qpdf_data q, qpdf_oh v, const char *key);

/* The dictionary has no keys but these (ended by NULL). */
bool has_only_keys(qpdf_data q, qpdf_oh dict, const char *const *keys);

/* The object is written again, and its place in the older revision is not the only one that names it. */
bool is_shared(const struct comparison *c, int number);

/* A document timestamp by all that says so (EN 319 142-1 5.4.3): /Type alone would let a signature with a picture through. */
bool is_document_timestamp(qpdf_data q, qpdf_oh value);

void compare_form(struct comparison *c, qpdf_oh a, qpdf_oh b);
void compare_fields(struct comparison *c);
void compare_pages(struct comparison *c);

/* The document security store; `watch` names its parts before the references are counted. */
void watch_dss(struct comparison *c, qpdf_oh root);
void watch_form(struct comparison *c, qpdf_oh root);
void compare_dss(struct comparison *c, qpdf_oh ra, qpdf_oh rb);
void watch(struct comparison *c, int number);

#endif
