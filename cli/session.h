/* session: one run of the command line: its settings, its connection, and how it talks to the person. */
#ifndef CONGVAN_CLI_SESSION_H
#define CONGVAN_CLI_SESSION_H

#include "cli/args.h"
#include "cli/client.h"

/* Prepares everything; makes no connection yet. NULL without memory. globals must outlive it. */
struct cli *session_open(const struct cli_globals *globals);
void session_close(struct cli *cli);

struct client *session_client(struct cli *cli);
const struct cli_globals *session_globals(const struct cli *cli);
const char *session_server(const struct cli *cli); /* what names the server in the state folder */

/*
 * Prints an answer that is not a success (problem+json with its findings, or the transport's error) to stderr, in JSON with --json,
 * and returns the exit code.
 */
int session_problem(struct cli *cli, const struct client_answer *a);

/*
 * Reads a secret: from the file named by option `file_option` ("-": standard input), else from the terminal without echo. Returns secret_alloc'ed
 * text (secret_free it), or NULL after having said why.
 */
char *session_secret(struct cli *cli, const struct cli_args *args, const char *file_option, const char *prompt_code);

#endif
