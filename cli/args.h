/* args: the words of a command line sorted into the command's arguments and options, and the global settings. */
#ifndef CONGVAN_CLI_ARGS_H
#define CONGVAN_CLI_ARGS_H

#include "cli/cli.h"

#define ARGS_MAX 256

struct cli_given {
	const char *name, *value;
};

struct cli_args {
	const struct cli_command *command;
	const char *words[ARGS_MAX];
	size_t word_count;
	struct cli_given options[ARGS_MAX];
	size_t option_count;
};

/* Global options, allowed anywhere on the line. */
struct cli_globals {
	const char *socket, *url, *ca, *cert, *key, *token_file, *language, *trust, *schemas, *signer_key, *field;
	const char *revision;
	bool json, no_colour, help, version, quiet;
};

/*
 * Sorts argv. On a mistake writes what is wrong to stderr and returns CLI_USAGE. The command is NULL when only global options were given.
 */
int args_parse(int argc, char **argv, struct cli_globals *globals, struct cli_args *out);

/* Commands by noun and verb; NULL when there is none. */
const struct cli_command *args_find(const char *noun, const char *verb);

/* Prints the nouns, a noun's verbs, or one command's usage. */
void args_help(enum language lang, const char *noun, const char *verb);

/* Prints a completion script: "bash", "zsh" or "fish". CLI_USAGE for another shell. */
int args_completion(const char *shell);

#endif
