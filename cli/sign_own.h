/* sign_own: signing documents of the office with the person's own key: prepared by congvand, signed here, completed by congvand. */
#ifndef CONGVAN_CLI_SIGN_OWN_H
#define CONGVAN_CLI_SIGN_OWN_H

#include "cli/cli.h"
#include "lib/base/imprint.h"

/* congvan sign DOCUMENT… --module … | --p12 …. */
int sign_own(struct cli *cli, const struct cli_args *args);

/* "Sign these documents? (n)": CLI_OK or CLI_DENIED. */
int sign_confirm(struct cli *cli, size_t count);

/*
 * Fetches what will be signed (an extract given by --extract is read from its file) and computes its digest here: congvand's word is not taken for it. prepared:
 * the answer of preparing. CLI_OK: it is the digest named there, now in *out.
 */
int sign_check_shown(struct cli *cli, const struct cli_args *args, const json_t *prepared, struct imprint *out);

#endif
