/* account: signing in and out, accounts with passwords, and the completion script. Command functions: see cli.h. */
#ifndef CONGVAN_CLI_ACCOUNT_H
#define CONGVAN_CLI_ACCOUNT_H

#include "cli/cli.h"

int account_login(struct cli *cli, const struct cli_args *args);
int account_logout(struct cli *cli, const struct cli_args *args);
int account_write(struct cli *cli, const struct cli_args *args); /* create and edit, with --password-file */
int account_completion(struct cli *cli, const struct cli_args *args);

#endif
