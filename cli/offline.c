/* offline: checks that need no daemon, done by the same library code as the worker. */
#include "cli/tables.h"

const struct cli_command offline_commands[] = {
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
