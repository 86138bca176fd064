/* tables: see tables.h. */
#include "cli/tables.h"

#include <stddef.h>

const struct cli_command *const cli_tables[] = {
	document_commands, office_commands, signing_commands, offline_commands, asic_commands, NULL};
