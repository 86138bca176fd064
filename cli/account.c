/* account: see account.h. Passwords come from a file or the terminal, never from the command line, where others could read them. */
#include "cli/account.h"

#include <stdio.h>
#include <string.h>

#include "cli/session.h"
#include "cli/state.h"
#include "cli/view.h"
#include "lib/base/secret.h"

int
account_login(struct cli *cli, const struct cli_args *args)
{
	char *password = session_secret(cli, args, "password-file", "cli.prompt.password");
	struct client_answer a = {0};
	const char *token;
	json_t *body;
	int rc = CLI_OK;

	if (password == NULL)
		return CLI_DENIED;
	body = json_pack("{s:s,s:s}", "login", cli_arg(args, 0), "password", password);
	secret_free(password);
	if (body == NULL)
		return CLI_REFUSED;
	client_call(session_client(cli), "POST", "/v1/sessions", body, NULL, NULL, &a);
	json_decref(body);
	token = json_string_value(json_object_get(a.json, "token"));
	if (a.code != 201 || token == NULL) {
		rc = session_problem(cli, &a);
	} else if (!state_write("session", session_server(cli), token)) {
		cli_error(cli, "cli.state", NULL);
		rc = CLI_FAULT;
	} else if (!session_globals(cli)->quiet) {
		printf("%s: %s\n", cli_say(cli, "cli.signed-in"), cli_arg(args, 0));
	}
	client_answer_clear(&a);
	return rc;
}

int
account_logout(struct cli *cli, const struct cli_args *args)
{
	struct client_answer a;
	int rc;

	(void)args;
	client_call(session_client(cli), "DELETE", "/v1/sessions/current", NULL, NULL, NULL, &a);
	rc = a.code == 204 || a.code == 401 ? CLI_OK : session_problem(cli, &a);
	client_answer_clear(&a);
	state_write("session", session_server(cli), NULL);
	return rc;
}

int
account_write(struct cli *cli, const struct cli_args *args)
{
	const struct cli_command *c = cli_command(args);
	const char *id = cli_arg(args, 0);
	struct client_answer a = {0};
	json_t *body = NULL;
	char path[200];
	int rc = cli_body(cli, args, &body);

	if (rc != CLI_OK)
		return rc;
	if (cli_option(args, "password-file") != NULL) {
		char *password = session_secret(cli, args, "password-file", "cli.prompt.password");

		if (password == NULL || json_object_set_new(body, "password", json_string(password)) != 0)
			rc = CLI_REFUSED;
		secret_free(password);
	}
	if (rc == CLI_OK) {
		snprintf(path, sizeof(path), "%s%s", c->path, id != NULL ? id : "");
		client_call(session_client(cli), c->method, path, body, NULL, NULL, &a);
		rc = a.code >= 200 && a.code < 300 ? view_answer(cli, NULL, &a) : session_problem(cli, &a);
	}
	json_decref(body);
	client_answer_clear(&a);
	return rc;
}

int
account_completion(struct cli *cli, const struct cli_args *args)
{
	(void)cli;
	return args_completion(cli_arg(args, 0));
}
