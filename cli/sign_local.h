/* sign_local: signing a file on this machine, without the office: PAdES into a PDF, CAdES beside or around anything else. */
#ifndef CONGVAN_CLI_SIGN_LOCAL_H
#define CONGVAN_CLI_SIGN_LOCAL_H

#include "cli/cli.h"

/* congvan sign FILE --p12 … | --module … --out FILE [--attached | --counter SIGNATURE]. */
int sign_local(struct cli *cli, const struct cli_args *args);

#endif
