/*
 * notation: numbers and notations of documents (số, ký hiệu). The rules are dated data (table rule_set, schemas/sql/050_seed_kinds.sql):
 * state documents "Số: 15/QĐ-UBND" (Decree 30/2020 App. I, III), Party documents "Số 12-NQ/QU" (36-HD/VPTW until 2026,
 * 05-HD/VPTW after). Partners send anything; for search every spelling becomes one key.
 */
#ifndef CONGVAN_FLOW_NOTATION_H
#define CONGVAN_FLOW_NOTATION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/status.h"

#define NOTATION_TEXT 160 /* room for a number and notation of ours, with NUL */

struct rule_set {
	const char *code;            /* "party-05" */
	const char *prefix;          /* printed before the number: "Số " or "Số: " */
	const char *join;            /* between number and notation: "-" or "/" */
	const char *notation;        /* "{kind}/{organ}" or "{kind}-{organ}" */
	const char *notation_letter; /* for công văn: "{kind}/{organ}" or "{organ}-{unit}" */
	int digits;                  /* least number of digits: 2 gives 01 … 09 */
};

struct notation {
	char number[16];               /* "07" */
	char text[NOTATION_TEXT];      /* "CV/QU": what edXML calls CodeNotation */
	char full[NOTATION_TEXT + 24]; /* "07-CV/QU" */
	char printed[NOTATION_TEXT + 40]; /* "Số 07-CV/QU" */
};

/*
 * The notation of `number` (> 0). kind_mark may be "" (state công văn); unit_mark may be "": then its separator goes too. STATUS_INVALID when
 * the marks do not fit.
 */
enum status notation_make(const struct rule_set *rules, bool letter, int number, const char *kind_mark,
	const char *organ_mark, const char *unit_mark, struct notation *out);

/* "07" and "CV/QU" -> "07-CV/QU"; "15" and "QĐ-UBND" -> "15/QĐ-UBND"; "30" and "2020/NĐ-CP" -> "30/2020/NĐ-CP". Either part may be empty. */
void notation_join(const char *number, const char *text, char *to, size_t size);

/*
 * The search key of any spelling: "15/QĐ-UBND", "15/qd-ubnd", "Số: 015/QĐ-UBND", "so 15 / QD - UBND" -> "15/qd-ubnd"; a bare number "15" -> "15/"; no
 * number -> "/…". Empty when nothing is left. Only letters, digits, '/' and '-' appear in it: a prefix match needs no escaping. New string,
 * free() it; STATUS_INVALID when s is not clean UTF-8.
 */
enum status notation_key(const char *s, char **out);

#endif
