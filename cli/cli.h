/*
 * cli: the command line `congvan`: every API operation, and off-line checks with the same library code as the worker. A
 * command is a row of a table (noun, verb, arguments, options, how to run); most rows are plain API calls described by data, the
 * others name a function.
 */
#ifndef CONGVAN_CLI_CLI_H
#define CONGVAN_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/message.h"
#include "lib/base/status.h"

/* Exit codes, documented in docs/congvan.1. */
enum cli_exit {
	CLI_OK = 0,
	CLI_USAGE = 1,
	CLI_REFUSED = 2,       /* the input or the rules forbid it */
	CLI_DENIED = 3,        /* not signed in, or not allowed */
	CLI_NOT_FOUND = 4,
	CLI_CONFLICT = 5,      /* changed meanwhile, or in another state */
	CLI_UNAVAILABLE = 6,   /* not reachable, or outcome uncertain after retries */
	CLI_INVALID = 7,       /* verification: TOTAL-FAILED, or a file that breaks its rules */
	CLI_INDETERMINATE = 8, /* verification: INDETERMINATE */
	CLI_FAULT = 70
};

/* How an option's text becomes a field of the request. */
enum cli_kind {
	CLI_TEXT,
	CLI_NUMBER,
	CLI_BOX,     /* X0,Y0,X1,Y1: array of four numbers */
	CLI_FLAG,    /* takes no value: true */
	CLI_LIST,    /* may be given several times: array of strings */
	CLI_UPLOAD,  /* a file: uploaded first, {"sha256","name"} */
	CLI_UPLOADS, /* the same, several times */
	CLI_ORGANS,  /* CODE[=NAME], several times: [{"organ_id","organ_name"}] */
	CLI_QUERY,   /* goes into the query string */
	CLI_LOCAL    /* for the command's own function */
};

struct cli_option {
	const char *name;   /* without the dashes */
	const char *field;  /* JSON field or query name */
	enum cli_kind kind;
};

struct cli;
struct cli_args;

struct cli_command {
	const char *noun, *verb;
	const char *args;                    /* "DOCUMENT", "FILE…", "" */
	const struct cli_option *options;    /* ends with name NULL; may be NULL */
	int (*run)(struct cli *cli, const struct cli_args *args);
	/* For plain API calls (run is cli_call): */
	const char *method;
	const char *path;                    /* {1}: first argument, {d}: first argument as a document */
	const char *fixed;                   /* JSON object merged into the body, or NULL */
	const char *show;                    /* how to print: name of a view (cli/view.c) */
};

extern const struct cli_command *const cli_tables[]; /* each ends with noun NULL; the list with NULL */

/* --- what a command function may use --- */
const char *cli_arg(const struct cli_args *a, size_t i);          /* NULL when absent */
size_t cli_arg_count(const struct cli_args *a);
const char *cli_option(const struct cli_args *a, const char *name); /* last value, NULL when absent */
const char *cli_option_at(const struct cli_args *a, const char *name, size_t i); /* i-th value */
const struct cli_command *cli_command(const struct cli_args *a);

enum language cli_language(const struct cli *cli);
bool cli_is_json(const struct cli *cli);
const char *cli_field(const struct cli *cli); /* --field PATH: print only that of the answer; NULL without */
bool cli_has_colour(const struct cli *cli);

/* A catalogue text in the user's language, to stdout or stderr. */
const char *cli_say(const struct cli *cli, const char *code);
void cli_error(const struct cli *cli, const char *code, const char *detail);

/* Runs a row that is plain data. */
int cli_call(struct cli *cli, const struct cli_args *args);

/* Builds the request body from the row's fixed fields and the options given; uploads files. CLI_OK, or an exit code after having said why. */
int cli_body(struct cli *cli, const struct cli_args *args, json_t **out);

/* The id of a document named by id, or by number in any spelling (exactly one must match). */
int cli_document(struct cli *cli, const char *name, char id_out[40]);

/* Exit code for an HTTP answer. */
int cli_exit_of(long http);

#endif
