/* view: see view.h. A view is a list of columns (heading code, JSON path, width); cards print one column a line. */
#include "cli/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"

enum view_form { VIEW_PLAIN, VIEW_TIME, VIEW_NUMBER_NOTATION, VIEW_WORDS /* codes of the catalogue in words */ };

struct view_column {
	const char *heading; /* catalogue code after "cli.col." */
	const char *path;    /* "issuer_name", "account.name" */
	int width;           /* in characters; 0: the rest of the line */
	enum view_form form;
};

#define COLUMNS 12

struct view {
	const char *name;
	bool is_list; /* items[] or a bare array */
	struct view_column columns[COLUMNS];
};

static const struct view views[] = {
	{"documents", true, {{"id", "id", 36, 0}, {"state", "state", 15, 0}, {"number", "notation", 16, 0},
		{"arrival", "arrival_number", 6, 0}, {"date", "issued_date", 10, 0},
		{"issuer", "issuer_name", 24, 0}, {"subject", "subject", 0, 0}}},
	{"document", false, {{"id", "id", 0, 0}, {"direction", "direction", 0, 0}, {"state", "state", 0, 0},
		{"number", "notation", 0, 0}, {"arrival", "arrival_number", 0, 0}, {"date", "issued_date", 0, 0},
		{"issuer", "issuer_name", 0, 0}, {"subject", "subject", 0, 0}, {"signer", "signer_name", 0, 0},
		{"deadline", "deadline", 0, 0}, {"revision", "revision", 0, 0}}},
	{"inbox", true, {{"why", "why", 20, 0}, {"deadline", "deadline", 10, 0}, {"state", "document.state", 15, 0},
		{"number", "document.notation", 16, 0}, {"id", "document.id", 36, 0},
		{"subject", "document.subject", 0, 0}}},
	{"history", true, {{"time", "at", 26, VIEW_TIME}, {"move", "name", 20, 0}, {"from", "from_state", 13, 0},
		{"to", "to_state", 13, 0}, {"actor", "actor.name", 22, 0}, {"note", "note", 0, 0}}},
	{"packets", true, {{"id", "id", 36, 0}, {"way", "way", 5, 0}, {"state", "state", 11, 0},
		{"time", "at", 26, VIEW_TIME}, {"kind", "kind", 11, 0}, {"source", "source", 0, 0}}},
	{"registers", true, {{"id", "id", 36, 0}, {"direction", "direction", 12, 0}, {"period", "period", 9, 0},
		{"name", "name", 0, 0}}},
	{"entries", true, {{"number", "number", 6, 0}, {"time", "taken_at", 26, VIEW_TIME},
		{"void", "void_reason", 20, 0}, {"line", "text", 0, 0}}},
	{"contained", true, {{"entry", "n", 4, 0}, {"size", "size", 12, 0}, {"role", "role", 10, 0}, {"name", "name", 0, 0}}},
	{"organs", true, {{"code", "code", 18, 0}, {"mark", "mark", 8, 0}, {"transport", "transport", 9, 0},
		{"name", "name", 0, 0}}},
	{"units", true, {{"id", "id", 36, 0}, {"name", "name", 0, 0}}},
	{"accounts", true, {{"login", "login", 16, 0}, {"title", "title", 24, 0}, {"id", "id", 36, 0},
		{"name", "name", 0, 0}}},
	{"mandates", true, {{"id", "id", 36, 0}, {"kind", "kind", 4, 0}, {"holder", "holder.name", 24, 0}, {"grantor", "grantor.name", 24, 0},
		{"until", "until", 20, 0}, {"state", "document_state", 10, 0}, {"in-force", "in_force", 8, 0}}},
	{"kinds", true, {{"rules", "rule_set", 14, 0}, {"code", "code", 10, 0}, {"mark", "mark", 8, 0},
		{"name", "name", 0, 0}}},
	{"keys", true, {{"id", "id", 20, 0}, {"kind", "kind", 5, 0}, {"state", "state", 8, 0},
		{"until", "not_after", 26, VIEW_TIME}, {"name", "subject", 0, 0}}},
	{"outbox", true, {{"id", "id", 36, 0}, {"state", "state", 13, 0}, {"receiver", "receiver_code", 18, 0},
		{"kind", "kind", 11, 0}, {"code", "status_code", 4, 0}, {"attempts", "attempts", 3, 0},
		{"error", "last_error", 0, VIEW_WORDS}}},
	{"tokens", true, {{"id", "id", 36, 0}, {"until", "expires_at", 26, VIEW_TIME}, {"name", "name", 0, 0}}},
	{"leaves", true, {{"index", "index", 8, 0}, {"time", "at", 26, VIEW_TIME}, {"move", "type", 20, 0},
		{"hash", "hash", 0, 0}}},
};

/* "a.b.0.c": members of objects, indexes of arrays. */
static const json_t *
at_path(const json_t *o, const char *path)
{
	char name[64];

	while (o != NULL && *path != '\0') {
		size_t n = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		o = json_is_array(o) ? json_array_get(o, strtoul(name, NULL, 10)) : json_object_get(o, name);
		path += n + (path[n] == '.');
	}
	return o;
}

static void
text_of(const json_t *v, enum view_form form, char *to, size_t size)
{
	clock_us t;

	to[0] = '\0';
	if (json_is_string(v)) {
		const char *s = json_string_value(v);

		if (form == VIEW_TIME && clock_parse(s, &t)) {
			char shown[CLOCK_TEXT];

			clock_format_people(t, shown);
			snprintf(to, size, "%s", shown);
		} else {
			text_excerpt(to, size, s, strlen(s)); /* no control bytes reach the terminal */
		}
	} else if (json_is_integer(v)) {
		snprintf(to, size, "%lld", (long long)json_integer_value(v));
	} else if (json_is_boolean(v)) {
		snprintf(to, size, "%s", json_is_true(v) ? "✓" : "");
	}
}

/* Values of fixed lists in the words of the pages (catalogue codes "web.LIST.VALUE"); --json and --field give them as they are. */
static void
cell_of(struct cli *cli, const struct view_column *c, const json_t *v, char *to, size_t size)
{
	static const struct {
		const char *heading, *list;
	} lists[] = {
		{"state", "state"}, {"from", "state"}, {"to", "state"}, {"direction", "direction"}, {"why", "why"}, {"move", "move"}, {"way", "way"},
		{"period", "period"}, {"kind", "packet"},
	};
	char code[100];
	const char *word;

	text_of(v, c->form, to, size);
	if (c->form == VIEW_WORDS) {
		char raw[1200];

		snprintf(raw, sizeof(raw), "%s", to);
		message_words(raw, cli_language(cli), to, size);
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(lists[i].heading, c->heading) != 0 || strlen(to) > 40)
			continue;
		snprintf(code, sizeof(code), "web.%s.%.40s", lists[i].list, to);
		word = cli_say(cli, code);
		if (strcmp(word, code) != 0)
			snprintf(to, size, "%s", word);
		return;
	}
}

/* Prints a cell padded or cut to width characters; width 0: as it is. */
static void
print_cell(const char *s, int width)
{
	size_t n = text_length(s);

	if (width == 0) {
		fputs(s, stdout);
		return;
	}
	for (int i = 0; i < width; i++) {
		if ((size_t)width < n && i == width - 1) {
			fputs("…", stdout);
			break;
		}
		if (*s == '\0') {
			putchar(' ');
			continue;
		}
		do
			putchar(*s++);
		while (((unsigned char)*s & 0xc0) == 0x80);
	}
	fputs("  ", stdout);
}

static void
heading_text(struct cli *cli, const struct view_column *c, char *to, size_t size)
{
	char code[64];

	snprintf(code, sizeof(code), "cli.col.%s", c->heading);
	snprintf(to, size, "%s", cli_say(cli, code));
}

static void
print_list(struct cli *cli, const struct view *v, const json_t *items)
{
	char cell[2048];
	const json_t *item;
	size_t i;

	if (cli_has_colour(cli))
		fputs("\033[1m", stdout);
	for (const struct view_column *c = v->columns; c < v->columns + COLUMNS && c->path != NULL; c++) {
		heading_text(cli, c, cell, sizeof(cell));
		print_cell(cell, c->width);
	}
	puts(cli_has_colour(cli) ? "\033[0m" : "");
	json_array_foreach(items, i, item) {
		for (const struct view_column *c = v->columns; c < v->columns + COLUMNS && c->path != NULL; c++) {
			cell_of(cli, c, at_path(item, c->path), cell, sizeof(cell));
			print_cell(cell, c->width);
		}
		putchar('\n');
	}
	if (json_array_size(items) == 0)
		puts(cli_say(cli, "cli.nothing"));
}

static void
print_card(struct cli *cli, const struct view *v, const json_t *o)
{
	char cell[4096], head[100];

	for (const struct view_column *c = v->columns; c < v->columns + COLUMNS && c->path != NULL; c++) {
		cell_of(cli, c, at_path(o, c->path), cell, sizeof(cell));
		if (cell[0] == '\0')
			continue;
		heading_text(cli, c, head, sizeof(head));
		print_cell(head, 16);
		puts(cell);
	}
}

static void
print_versions(struct cli *cli, const json_t *o)
{
	const json_t *versions = json_object_get(o, "versions"), *v;
	size_t i;

	if (json_array_size(versions) == 0)
		return;
	printf("%s:\n", cli_say(cli, "cli.versions"));
	json_array_foreach(versions, i, v) {
		char name[400];

		text_of(json_object_get(v, "name"), VIEW_PLAIN, name, sizeof(name)); /* another office gave it */
		printf("  %-36s %-10s %2lld  %-10s %9lld  %s\n", json_string_value(json_object_get(v, "id")),
			json_string_value(json_object_get(v, "part")),
			(long long)json_integer_value(json_object_get(v, "ordinal")),
			json_string_value(json_object_get(v, "cause")),
			(long long)json_integer_value(json_object_get(v, "size")), name);
	}
}

/* Level held of each signature made here, and, where it is not the one wanted, why and when it is tried again. */
static void
print_levels(struct cli *cli, const json_t *o)
{
	const json_t *levels = json_object_get(o, "levels"), *l;
	size_t i;

	if (json_array_size(levels) == 0)
		return;
	printf("%s:\n", cli_say(cli, "cli.levels"));
	json_array_foreach(levels, i, l) {
		const char *wanted = json_string_value(json_object_get(l, "level_wanted")), *held = json_string_value(json_object_get(l, "level_held"));
		const char *role = json_string_value(json_object_get(l, "role"));
		char next[CLOCK_TEXT], raw[400], why[800];

		/* the reason may be what an authority's server said */
		text_of(json_object_get(l, "next_try"), VIEW_TIME, next, sizeof(next));
		text_of(json_object_get(l, "reason"), VIEW_PLAIN, raw, sizeof(raw));
		message_words(raw, cli_language(cli), why, sizeof(why));
		printf("  %-10s %-6s", role != NULL ? role : "", held != NULL ? held : "");
		if (held != NULL && wanted != NULL && strcmp(held, wanted) != 0)
			printf("  %s %s; %s %s; %s", cli_say(cli, "cli.level.wanted"), wanted, cli_say(cli, "cli.level.next"), next[0] != '\0' ? next : "-", why);
		putchar('\n');
	}
}

static void
print_moves(struct cli *cli, const json_t *o)
{
	const json_t *moves = json_object_get(o, "moves"), *m;
	size_t i;

	if (json_array_size(moves) == 0)
		return;
	printf("%s:", cli_say(cli, "cli.moves"));
	json_array_foreach(moves, i, m) { /* as the command is called, and what it is */
		char code[100];

		snprintf(code, sizeof(code), "web.move.%.40s", json_string_value(m) ? json_string_value(m) : "");
		printf("%s %s", i > 0 ? "," : "", code + strlen("web.move."));
		if (strcmp(cli_say(cli, code), code) != 0)
			printf(" (%s)", cli_say(cli, code));
	}
	putchar('\n');
}

static int
print_field(struct cli *cli, const json_t *o)
{
	const json_t *v = at_path(o, cli_field(cli));
	char text[4096];

	if (v == NULL) {
		cli_error(cli, "cli.no-field", cli_field(cli));
		return CLI_NOT_FOUND;
	}
	if (json_is_object(v) || json_is_array(v)) {
		json_dumpf(v, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		text_of(v, VIEW_PLAIN, text, sizeof(text));
		puts(text);
	}
	return CLI_OK;
}

int
view_answer(struct cli *cli, const char *name, const struct client_answer *a)
{
	const json_t *items = json_object_get(a->json, "items");

	if (name != NULL && strcmp(name, "text") == 0 && a->text != NULL) {
		fwrite(a->text, 1, a->length, stdout);
		return CLI_OK;
	}
	if (cli_field(cli) != NULL)
		return print_field(cli, a->json);
	if (cli_is_json(cli) && a->json != NULL) {
		json_dumpf(a->json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
		putchar('\n');
		return CLI_OK;
	}
	if (name != NULL && strcmp(name, "report") == 0)
		return view_report(cli, a->json);
	for (size_t i = 0; name != NULL && i < sizeof(views) / sizeof(views[0]); i++) {
		const struct view *v = &views[i];

		if (strcmp(v->name, name) != 0)
			continue;
		if (v->is_list) {
			print_list(cli, v, items != NULL ? items : a->json);
		} else {
			print_card(cli, v, a->json);
			print_versions(cli, a->json);
			print_levels(cli, a->json);
			print_moves(cli, a->json);
		}
		return CLI_OK;
	}
	if (a->json != NULL) {
		json_dumpf(a->json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
		putchar('\n');
	} else {
		puts(cli_say(cli, "status.ok"));
	}
	return CLI_OK;
}

static const char *
string_at(const json_t *o, const char *path)
{
	const char *s = json_string_value(at_path(o, path));

	return s != NULL && s[0] != '\0' ? s : NULL;
}

static void
report_line(struct cli *cli, const char *code, const char *value)
{
	if (value != NULL)
		printf("    %s: %s\n", cli_say(cli, code), value);
}

/* What was done after this signature, a line each. */
static void
print_changes(struct cli *cli, const json_t *list)
{
	bool en = cli_language(cli) == LANGUAGE_EN;
	const json_t *c;
	size_t i;

	json_array_foreach(list, i, c) {
		const char *said = string_at(c, en ? "text.en" : "text.vi");
		char about[400];

		text_of(json_object_get(c, "arguments"), VIEW_PLAIN, about, sizeof(about)); /* names in the file */
		printf("      - %s%s%s\n", said != NULL ? said : "", about[0] != '\0' ? ": " : "", about);
	}
}

static void
print_signature(struct cli *cli, const json_t *s)
{
	const json_t *counter;
	size_t i;
	const char *indication = string_at(s, "indication"), *sub = string_at(s, "sub_indication");
	const char *colour = indication == NULL ? "" : strcmp(indication, "TOTAL-PASSED") == 0 ? "\033[32m" :
		strcmp(indication, "INDETERMINATE") == 0 ? "\033[33m" : "\033[31m";
	bool on = cli_has_colour(cli);

	printf("  %s%s%s%s%s  %s\n", on ? colour : "", indication ? indication : "?", sub ? " / " : "",
		sub ? sub : "", on ? "\033[0m" : "", string_at(s, "level") ? string_at(s, "level") : "");
	report_line(cli, "cli.report.text",
		string_at(s, cli_language(cli) == LANGUAGE_EN ? "text.en" : "text.vi"));
	report_line(cli, "cli.report.signer", string_at(s, "signer.subject"));
	report_line(cli, "cli.report.organ", string_at(s, "signer.organ"));
	report_line(cli, "cli.report.issuer", string_at(s, "signer.issuer"));
	report_line(cli, "cli.report.claimed", string_at(s, "claimed_time"));
	report_line(cli, "cli.report.proven", string_at(s, "proven_time"));
	report_line(cli, "cli.report.changes", string_at(s, "changes"));
	print_changes(cli, json_object_get(s, "change_list"));
	if (json_is_false(json_object_get(s, "revocation_checked")))
		report_line(cli, "cli.report.revocation", cli_say(cli, "cli.report.unchecked"));
	json_array_foreach(json_object_get(s, "counter_signatures"), i, counter) /* at most as deep as they are judged */
		print_signature(cli, counter);
}

int
view_report(struct cli *cli, const json_t *report)
{
	const json_t *list = json_object_get(report, "signatures"), *s;
	size_t i;

	if (cli_is_json(cli)) {
		json_dumpf(report, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		if (json_array_size(list) == 0)
			puts(cli_say(cli, "cli.report.none"));
		json_array_foreach(list, i, s)
			print_signature(cli, s);
	}
	return view_report_code(report);
}

int
view_report_code(const json_t *report)
{
	const char *worst = string_at(report, "indication");

	if (worst == NULL || json_array_size(json_object_get(report, "signatures")) == 0)
		return CLI_INVALID;
	return strcmp(worst, "TOTAL-PASSED") == 0 ? CLI_OK : strcmp(worst, "INDETERMINATE") == 0 ?
		CLI_INDETERMINATE : CLI_INVALID;
}
