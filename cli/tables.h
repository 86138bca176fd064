/* tables: the tables of commands, one per group of nouns. */
#ifndef CONGVAN_CLI_TABLES_H
#define CONGVAN_CLI_TABLES_H

#include "cli/cli.h"

extern const struct cli_command document_commands[], office_commands[], signing_commands[], offline_commands[], asic_commands[];

#endif
