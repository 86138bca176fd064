/* offline: what the commands that need no daemon share. */
#ifndef CONGVAN_CLI_OFFLINE_H
#define CONGVAN_CLI_OFFLINE_H

#include "cli/cli.h"
#include "lib/base/buf.h"
#include "lib/base/diag.h"

/* A file as read-only bytes (frame_unmap them); says why when it cannot be read. */
enum status offline_map(struct cli *cli, const char *path, struct span *out);

/* All findings to stderr, in the user's language. */
void offline_findings(struct cli *cli, const struct diag *diag);

#endif
