/* sign_shown: what is approved is what was looked at: the digest of a prepared signing computed here, from the bytes that the daemon shows. */
#ifndef CONGVAN_CLI_SIGN_SHOWN_H
#define CONGVAN_CLI_SIGN_SHOWN_H

#include <jansson.h>

#include "cli/cli.h"
#include "lib/base/imprint.h"
#include "lib/wire/activation.h"
#include "lib/wire/signer_format.h"

#define SIGN_TITLE (ACTIVATION_TITLE + 1)

/*
 * `prepared`: the answer of POST /v1/signings; *out: the digest to approve. An extract given by --extract is read from its file. For an ASiC-E container what is signed is a manifest: each file that it names is fetched, its digest
 * compared, and its name told. CLI_DENIED: the digest named by the daemon is not that of what it shows.
 */
int sign_check_shown(struct cli *cli, const struct cli_args *args, const json_t *prepared, struct imprint *out);

/* The form in which it is approved. */
enum signer_format sign_format_of(const json_t *prepared);

/* The title as it is shown and approved: one line without control bytes, which could hide what stands under it, and no longer than an approval's. */
void sign_title(const json_t *prepared, char to[SIGN_TITLE]);

/* One line of the list that is approved: its place, title, digest, and the form of its signature in words. */
void sign_say_file(struct cli *cli, size_t place, const json_t *prepared);

#endif
