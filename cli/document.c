/* document: commands on documents: find, show, draft, change, move through their life, read their versions. Rows only. */
#include "cli/transfer.h"
#include "cli/tables.h"

#define END {NULL, NULL, 0}

static const struct cli_option search_options[] = {
	{"number", "number", CLI_QUERY}, {"direction", "direction", CLI_QUERY}, {"state", "state", CLI_QUERY},
	{"kind", "kind", CLI_QUERY}, {"organ", "organ", CLI_QUERY}, {"from", "from", CLI_QUERY},
	{"to", "to", CLI_QUERY}, {"q", "q", CLI_QUERY}, {"limit", "limit", CLI_QUERY},
	{"cursor", "cursor", CLI_QUERY}, END};

#define METADATA \
	{"kind", "kind", CLI_TEXT}, {"subject", "subject", CLI_TEXT}, {"summary", "summary", CLI_TEXT}, \
	{"priority", "priority", CLI_NUMBER}, {"due", "due_date", CLI_TEXT}, {"to", "receivers", CLI_ORGANS}, \
	{"signer", "signer_name", CLI_TEXT}, {"signer-position", "signer_position", CLI_TEXT}, \
	{"signer-competence", "signer_competence", CLI_TEXT}, {"secrecy", "secrecy", CLI_TEXT}, \
	{"unit", "unit", CLI_TEXT}

static const struct cli_option draft_options[] = {METADATA, {"answers", "answers", CLI_TEXT},
	{"main", "main", CLI_UPLOAD}, {"attach", "attachments", CLI_UPLOADS}, END};
static const struct cli_option scan_options[] = {METADATA, {"issuer", "issuer_name", CLI_TEXT},
	{"issuer-code", "issuer_code", CLI_TEXT}, {"number", "code_number", CLI_TEXT},
	{"notation", "code_notation", CLI_TEXT}, {"date", "issued_date", CLI_TEXT},
	{"main", "main", CLI_UPLOAD}, {"attach", "attachments", CLI_UPLOADS}, END};
static const struct cli_option edit_options[] = {METADATA, {"issuer", "issuer_name", CLI_TEXT},
	{"number", "code_number", CLI_TEXT}, {"notation", "code_notation", CLI_TEXT},
	{"date", "issued_date", CLI_TEXT}, END};
static const struct cli_option reason_options[] = {{"reason", "reason", CLI_TEXT}, END};
static const struct cli_option register_options[] = {
	{"register", "register", CLI_TEXT}, {"note", "note", CLI_TEXT}, END};
static const struct cli_option assign_options[] = {{"direction", "direction", CLI_TEXT},
	{"lead", "lead", CLI_TEXT}, {"coordinate", "coordinate", CLI_LIST}, {"inform", "inform", CLI_LIST},
	{"deadline", "deadline", CLI_TEXT}, END};
static const struct cli_option note_options[] = {{"note", "note", CLI_TEXT}, END};
static const struct cli_option complete_options[] = {
	{"note", "note", CLI_TEXT}, {"answer", "answer", CLI_TEXT}, END};
static const struct cli_option file_options[] = {{"file-code", "file_code", CLI_TEXT}, END};
static const struct cli_option submit_options[] = {{"leader", "leader", CLI_TEXT}, {"cosigner", "cosigners", CLI_LIST}, {"order", "order", CLI_TEXT}, {"note", "note", CLI_TEXT}, END};
static const struct cli_option review_options[] = {
	{"reviewer", "reviewer", CLI_TEXT}, {"note", "note", CLI_TEXT}, END};
static const struct cli_option dispatch_options[] = {{"to", "receivers", CLI_ORGANS}, {"unsealed", "unsealed", CLI_FLAG}, END};
static const struct cli_option issue_options[] = {{"unsealed", "unsealed", CLI_FLAG}, {"note", "note", CLI_TEXT}, END};
static const struct cli_option opinion_options[] = {{"kind", "kind", CLI_TEXT}, {"body", "body", CLI_TEXT}, END};
static const struct cli_option get_options[] = {{"output", NULL, CLI_LOCAL}, END};
static const struct cli_option page_options[] = {{"output", NULL, CLI_LOCAL}, {"page", "page", CLI_QUERY},
	{"width", "width", CLI_QUERY}, END};

#define MOVE(verb, options) \
	{"document", verb, "DOCUMENT", options, cli_call, "POST", "/v1/documents/{d}/moves", \
		"{\"move\":\"" verb "\"}", "document"}

const struct cli_command document_commands[] = {
	{"document", "list", "", search_options, cli_call, "GET", "/v1/documents", NULL, "documents"},
	{"document", "search", "WORDS…", search_options, transfer_search, NULL, NULL, NULL, "documents"},
	{"document", "show", "DOCUMENT", NULL, cli_call, "GET", "/v1/documents/{d}", NULL, "document"},
	{"document", "history", "DOCUMENT", NULL, cli_call, "GET", "/v1/documents/{d}/history", NULL, "history"},
	{"document", "draft", "", draft_options, cli_call, "POST", "/v1/documents", "{\"direction\":\"outgoing\"}", "document"},
	{"document", "internal", "", draft_options, cli_call, "POST", "/v1/documents", "{\"direction\":\"internal\"}", "document"},
	{"document", "scan", "", scan_options, cli_call, "POST", "/v1/documents", "{\"direction\":\"incoming\"}", "document"},
	{"document", "edit", "DOCUMENT", edit_options, cli_call, "PATCH", "/v1/documents/{d}", NULL, "document"},
	{"document", "attach", "DOCUMENT FILE", NULL, transfer_attach, NULL, NULL, NULL, "document"},
	{"document", "revise", "DOCUMENT FILE", NULL, transfer_attach, NULL, NULL, NULL, "document"},
	{"document", "get", "DOCUMENT [VERSION]", get_options, transfer_get, NULL, NULL, NULL, NULL},
	{"document", "passport", "DOCUMENT", get_options, transfer_passport, NULL, NULL, NULL, NULL},
	{"document", "entries", "DOCUMENT VERSION", NULL, transfer_entries, NULL, NULL, NULL, "contained"},
	{"document", "take", "DOCUMENT VERSION ENTRY", get_options, transfer_take, NULL, NULL, NULL, NULL},
	{"document", "text", "DOCUMENT VERSION", NULL, cli_call, "GET", "/v1/documents/{d}/versions/{2}/text", NULL, "text"},
	{"document", "preview", "DOCUMENT VERSION", page_options, transfer_preview, NULL, NULL, NULL, NULL},
	{"document", "verdict", "DOCUMENT VERSION", NULL, cli_call, "GET", "/v1/documents/{d}/versions/{2}/verdict", NULL, "report"},
	{"document", "note", "DOCUMENT", opinion_options, cli_call, "POST", "/v1/documents/{d}/notes", NULL, NULL},
	MOVE("reject", reason_options),
	MOVE("register", register_options),
	MOVE("assign", assign_options),
	MOVE("accept", note_options),
	MOVE("return", reason_options),
	MOVE("complete", complete_options),
	MOVE("file", file_options),
	MOVE("reopen", reason_options),
	MOVE("withdraw", reason_options),
	MOVE("keep", reason_options),
	MOVE("recall", reason_options),
	MOVE("review", review_options),
	MOVE("submit", submit_options),
	{"document", "number", "DOCUMENT", register_options, transfer_number, NULL, NULL, NULL, "document"},
	MOVE("dispatch", dispatch_options),
	MOVE("issue", issue_options),
	MOVE("cancel", reason_options),
	MOVE("void", reason_options),
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
