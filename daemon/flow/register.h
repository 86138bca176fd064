/*
 * register: the rules of the registers (sổ): which one a document goes into, which period counts, and the line that is printed
 * (Decree 30/2020 Appendix IV for what comes, Appendix V for what goes; 36-HD/VPTW for the Party's terms). Numbers themselves are taken in the
 * database (daemon/store/register): gap-free by construction.
 */
#ifndef CONGVAN_FLOW_REGISTER_H
#define CONGVAN_FLOW_REGISTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/flow/facts.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

struct register_row {
	const char *id, *name, *period_kind; /* "year" or "term" */
	json_t *kinds;                       /* array of kind codes; empty: all */
	const char *period;                  /* label of the period of today; "" when there is none yet */
};

/*
 * The register for a document of `kind`: the one asked for by id, which must be open to the kind; else one that lists the kind; else
 * one for all kinds. Finding register.none, register.kind or register.term (no term of office running today); -1 then.
 */
int register_choose(const struct register_row *rows, size_t count, const char *wanted, const char *kind,
	struct diag *diag);

/*
 * May the number of a document in this state be struck through in the register, the document staying as it is? STATUS_CONFLICT with finding register.void.state otherwise, which says
 * what is to be done instead. The database holds the same (schemas/sql/137_void.sql).
 */
enum status register_check_void(enum flow_direction d, enum flow_state s, struct diag *diag);

/* The label of the period that counts `day` in a register by years. */
void register_year(struct clock_date day, char to[8]);

/*
 * The line as it is written when the number is taken: a new object whose members are the columns of the appendix. number: the arrival number
 * (incoming) or 0; notation: "07-CV/QU"; note: what the clerk adds.
 */
json_t *register_line(const struct flow_document *d, int number, const char *notation, struct clock_date day,
	const char *note);

/* Column headings in Vietnamese and the members of the lines, in the order of the appendix. */
struct register_column {
	const char *member, *heading;
};
const struct register_column *register_columns(enum flow_direction d, size_t *count_out);

/* One line of the printed register; void_reason "" while it counts. */
void register_print_head(struct buf *to, enum flow_direction d, const char *organ, const char *name,
	const char *period);
void register_print_line(struct buf *to, enum flow_direction d, const json_t *line, const char *void_reason);

#endif
