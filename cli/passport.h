/* passport: a document passport checked without the daemon, as part of `congvan verify`. */
#ifndef CONGVAN_CLI_PASSPORT_H
#define CONGVAN_CLI_PASSPORT_H

#include "cli/cli.h"
#include "lib/seal/seal.h"

/* Adds "passport" (lib/seal/passport.h) to the container's report; what is wrong goes to diag. Returns an exit code. key_file: of a verifier key, or NULL. */
int passport_judge(struct cli *cli, struct span file, const char *key_file, const struct policy *policy, json_t *report, struct diag *diag);

/* Prints that part for people; nothing with --json, where the report has it. */
void passport_show(struct cli *cli, const json_t *report);

#endif
