/* sign_own: signing documents of the office with the person's own key: prepared by congvand, signed here, completed by congvand. */
#ifndef CONGVAN_CLI_SIGN_OWN_H
#define CONGVAN_CLI_SIGN_OWN_H

#include "cli/cli.h"

/* congvan sign DOCUMENT… --module … | --p12 …. */
int sign_own(struct cli *cli, const struct cli_args *args);

/* "Sign these documents? (n)": CLI_OK or CLI_DENIED. */
int sign_confirm(struct cli *cli, size_t count);

#endif
