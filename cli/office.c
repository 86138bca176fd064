/* office: commands on what surrounds documents: inbox, packets, outbox, registers, directory, accounts, tokens, log. Rows only. */
#include "cli/account.h"
#include "cli/transfer.h"
#include "cli/tables.h"

#define END {NULL, NULL, 0}

static const struct cli_option page_options[] = {{"limit", "limit", CLI_QUERY}, {"cursor", "cursor", CLI_QUERY}, END};
static const struct cli_option packet_options[] = {{"way", "way", CLI_QUERY}, {"state", "state", CLI_QUERY},
	{"limit", "limit", CLI_QUERY}, {"cursor", "cursor", CLI_QUERY}, END};
static const struct cli_option get_options[] = {{"output", NULL, CLI_LOCAL}, END};
static const struct cli_option entries_options[] = {{"period", "period", CLI_QUERY}, {"from", "from", CLI_QUERY},
	{"to", "to", CLI_QUERY}, {"limit", "limit", CLI_QUERY}, {"cursor", "cursor", CLI_QUERY}, END};
static const struct cli_option void_options[] = {{"period", "period", CLI_TEXT}, {"reason", "reason", CLI_TEXT}, END};
static const struct cli_option register_options[] = {{"organ", "organ", CLI_TEXT}, {"direction", "direction", CLI_TEXT},
	{"group", "kind_group", CLI_TEXT}, {"kind", "kinds", CLI_LIST}, {"name", "name", CLI_TEXT},
	{"period", "period", CLI_TEXT}, END};
static const struct cli_option period_options[] = {{"label", "label", CLI_TEXT}, {"starts", "starts", CLI_TEXT},
	{"ends", "ends", CLI_TEXT}, END};
static const struct cli_option organ_options[] = {{"code", "code", CLI_TEXT}, {"name", "name", CLI_TEXT},
	{"mark", "mark", CLI_TEXT}, {"regime", "regime", CLI_TEXT}, {"old-code", "old_code", CLI_TEXT},
	{"transport", "transport", CLI_TEXT}, {"address", "address", CLI_TEXT}, {"email", "email", CLI_TEXT}, END};
static const struct cli_option unit_options[] = {{"organ", "organ", CLI_TEXT}, {"name", "name", CLI_TEXT},
	{"mark", "mark", CLI_TEXT}, END};
static const struct cli_option token_options[] = {{"days", "days", CLI_NUMBER}, {"name", "name", CLI_TEXT}, END};
static const struct cli_option login_options[] = {{"password-file", NULL, CLI_LOCAL}, END};
static const struct cli_option account_options[] = {{"login", "login", CLI_TEXT}, {"name", "name", CLI_TEXT},
	{"title", "title", CLI_TEXT}, {"organ", "organ", CLI_TEXT}, {"unit", "unit", CLI_TEXT},
	{"role", "roles", CLI_LIST}, {"os-uid", "os_uid", CLI_NUMBER}, {"cert-sha256", "cert_sha256", CLI_TEXT},
	{"key", "key_id", CLI_TEXT}, {"disabled", "disabled", CLI_FLAG}, {"password-file", NULL, CLI_LOCAL}, END};
static const struct cli_option mandate_list_options[] = {{"person", "person", CLI_QUERY}, {"in-force", "in_force", CLI_QUERY}, {"limit", "limit", CLI_QUERY},
	{"cursor", "cursor", CLI_QUERY}, END};
static const struct cli_option mandate_options[] = {{"grantor", "grantor", CLI_TEXT}, {"holder", "holder", CLI_TEXT}, {"kind", "kind", CLI_TEXT},
	{"for", "kinds", CLI_LIST}, {"from", "from", CLI_TEXT}, {"until", "until", CLI_TEXT}, {"basis", "basis", CLI_TEXT},
	{"document-kind", "document_kind", CLI_TEXT}, END};
static const struct cli_option mandate_revoke_options[] = {{"reason", "reason", CLI_TEXT}, {"from", "from", CLI_TEXT}, END};
static const struct cli_option leaf_options[] = {{"start", "start", CLI_QUERY}, {"count", "count", CLI_QUERY}, END};

const struct cli_command office_commands[] = {
	{"inbox", "", "", page_options, cli_call, "GET", "/v1/inbox", NULL, "inbox"},
	{"events", "", "", NULL, transfer_events, NULL, NULL, NULL, NULL},
	{"packet", "send", "FILE", NULL, transfer_packet, NULL, NULL, NULL, "packet"},
	{"packet", "import", "FOLDER", NULL, transfer_import, NULL, NULL, NULL, NULL},
	{"packet", "list", "", packet_options, cli_call, "GET", "/v1/packets", NULL, "packets"},
	{"packet", "show", "PACKET", NULL, cli_call, "GET", "/v1/packets/{1}", NULL, "packet"},
	{"packet", "get", "PACKET", get_options, transfer_packet_get, NULL, NULL, NULL, NULL},
	{"outbox", "list", "", packet_options, cli_call, "GET", "/v1/outbox", NULL, "outbox"},
	{"outbox", "export", "FOLDER", NULL, transfer_export, NULL, NULL, NULL, NULL},
	{"outbox", "retry", "MESSAGE", NULL, cli_call, "POST", "/v1/outbox/{1}/retry", NULL, NULL},
	{"outbox", "cancel", "MESSAGE", NULL, cli_call, "POST", "/v1/outbox/{1}/cancel", NULL, NULL},
	{"register", "list", "", NULL, cli_call, "GET", "/v1/registers", NULL, "registers"},
	{"register", "create", "", register_options, cli_call, "POST", "/v1/registers", NULL, NULL},
	{"register", "period", "REGISTER", period_options, cli_call, "POST", "/v1/registers/{1}/periods", NULL, NULL},
	{"register", "entries", "REGISTER", entries_options, cli_call, "GET", "/v1/registers/{1}/entries", NULL, "entries"},
	{"register", "print", "REGISTER", entries_options, cli_call, "GET", "/v1/registers/{1}/entries", NULL, "text"},
	{"register", "void", "REGISTER NUMBER", void_options, cli_call, "POST", "/v1/registers/{1}/entries/{2}/void", NULL, NULL},
	{"organ", "list", "", NULL, cli_call, "GET", "/v1/organs", NULL, "organs"},
	{"organ", "create", "", organ_options, cli_call, "POST", "/v1/organs", NULL, NULL},
	{"organ", "edit", "ORGAN", organ_options, cli_call, "PATCH", "/v1/organs/{1}", NULL, NULL},
	{"unit", "list", "", NULL, cli_call, "GET", "/v1/units", NULL, "units"},
	{"unit", "create", "", unit_options, cli_call, "POST", "/v1/units", NULL, NULL},
	{"account", "list", "", NULL, cli_call, "GET", "/v1/accounts", NULL, "accounts"},
	{"account", "create", "", account_options, account_write, "POST", "/v1/accounts", NULL, NULL},
	{"account", "edit", "ACCOUNT", account_options, account_write, "PATCH", "/v1/accounts/", NULL, NULL},
	{"session", "login", "LOGIN", login_options, account_login, NULL, NULL, NULL, NULL},
	{"session", "logout", "", NULL, account_logout, NULL, NULL, NULL, NULL},
	{"session", "me", "", NULL, cli_call, "GET", "/v1/me", NULL, NULL},
	{"token", "list", "", NULL, cli_call, "GET", "/v1/tokens", NULL, "tokens"},
	{"token", "create", "", token_options, cli_call, "POST", "/v1/tokens", NULL, NULL},
	{"token", "revoke", "TOKEN", NULL, cli_call, "DELETE", "/v1/tokens/{1}", NULL, NULL},
	{"kind", "list", "", NULL, cli_call, "GET", "/v1/kinds", NULL, "kinds"},
	{"key", "list", "", NULL, cli_call, "GET", "/v1/keys", NULL, "keys"},
	{"mandate", "list", "", mandate_list_options, cli_call, "GET", "/v1/mandates", NULL, "mandates"},
	{"mandate", "show", "MANDATE", NULL, cli_call, "GET", "/v1/mandates/{1}", NULL, NULL},
	{"mandate", "create", "", mandate_options, cli_call, "POST", "/v1/mandates", NULL, "document"},
	{"mandate", "revoke", "MANDATE", mandate_revoke_options, cli_call, "POST", "/v1/mandates/{1}/revoke", NULL, NULL},
	{"log", "checkpoint", "", NULL, cli_call, "GET", "/v1/log/checkpoint", NULL, "text"},
	{"log", "leaves", "", leaf_options, cli_call, "GET", "/v1/log/leaves", NULL, "leaves"},
	{"completion", "", "SHELL", NULL, account_completion, NULL, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
