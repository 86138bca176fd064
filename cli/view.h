/* view: how answers are shown to people: tables and cards described by data, colour only on a terminal, raw JSON with --json. */
#ifndef CONGVAN_CLI_VIEW_H
#define CONGVAN_CLI_VIEW_H

#include "cli/client.h"
#include "cli/cli.h"

/*
 * Prints a successful answer by the named view ("document", "documents", …; NULL: one word "done"; "text": the body as it is).
 * Returns CLI_OK, or CLI_FAULT when the answer is not what the view needs.
 */
int view_answer(struct cli *cli, const char *view, const struct client_answer *a);

/* A verification report (lib/seal report JSON) as people read it. Returns the exit code that the worst verdict means. */
int view_report(struct cli *cli, const json_t *report);

/* The exit code alone. */
int view_report_code(const json_t *report);

#endif
