/* args: see args.h. Help and completion are made from the same tables as the commands. */
#include "cli/args.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

struct global_option {
	const char *name;
	size_t offset;
	bool is_flag;
};

#define TEXT(n, f) {n, offsetof(struct cli_globals, f), false}
#define FLAG(n, f) {n, offsetof(struct cli_globals, f), true}
static const struct global_option global_options[] = {
	TEXT("socket", socket), TEXT("url", url), TEXT("ca", ca), TEXT("cert", cert), TEXT("key-file", key),
	TEXT("token-file", token_file), TEXT("lang", language), TEXT("trust", trust),
	TEXT("schemas", schemas), TEXT("signer-key", signer_key), TEXT("revision", revision), TEXT("field", field),
	FLAG("json", json), FLAG("no-colour", no_colour), FLAG("help", help), FLAG("version", version),
	FLAG("quiet", quiet),
};
#define GLOBALS (sizeof(global_options) / sizeof(global_options[0]))

const struct cli_command *
args_find(const char *noun, const char *verb)
{
	for (const struct cli_command *const *t = cli_tables; *t != NULL; t++)
		for (const struct cli_command *c = *t; c->noun != NULL; c++)
			if (strcmp(c->noun, noun) == 0 &&
				(verb == NULL ? c->verb[0] == '\0' : strcmp(c->verb, verb) == 0))
				return c;
	return NULL;
}

static bool
noun_exists(const char *noun)
{
	for (const struct cli_command *const *t = cli_tables; *t != NULL; t++)
		for (const struct cli_command *c = *t; c->noun != NULL; c++)
			if (strcmp(c->noun, noun) == 0)
				return true;
	return false;
}

static const struct global_option *
find_global(const char *name, size_t n)
{
	for (size_t i = 0; i < GLOBALS; i++)
		if (strlen(global_options[i].name) == n && strncmp(global_options[i].name, name, n) == 0)
			return &global_options[i];
	return NULL;
}

static const struct cli_option *
find_option(const struct cli_command *c, const char *name, size_t n)
{
	for (const struct cli_option *o = c != NULL ? c->options : NULL; o != NULL && o->name != NULL; o++)
		if (strlen(o->name) == n && strncmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static void
set_global(struct cli_globals *g, const struct global_option *o, const char *value)
{
	if (o->is_flag)
		*(bool *)((char *)g + o->offset) = true;
	else
		*(const char **)((char *)g + o->offset) = value;
}

static int
mistake(const char *what, const char *word)
{
	fprintf(stderr, "congvan: %s: %s\n", message_text(what, LANGUAGE_VI), word);
	return CLI_USAGE;
}

/* One --option at argv[*i], with its value there or in the next word. */
static int
take_option(int argc, char **argv, int *i, struct cli_globals *globals, struct cli_args *out)
{
	const char *word = argv[*i] + 2, *value = strchr(word, '=');
	size_t n = value != NULL ? (size_t)(value - word) : strlen(word);
	const struct global_option *g = find_global(word, n);
	const struct cli_option *o = find_option(out->command, word, n);
	bool flag = o != NULL ? o->kind == CLI_FLAG : g != NULL && g->is_flag;

	if (o == NULL && g == NULL)
		return mistake("cli.unknown-option", argv[*i]);
	if (value != NULL)
		value++;
	if (flag && value != NULL)
		return mistake("cli.no-value", argv[*i]);
	if (!flag && value == NULL) {
		if (*i + 1 >= argc)
			return mistake("cli.needs-value", argv[*i]);
		value = argv[++*i];
	}
	if (o == NULL) {
		set_global(globals, g, value);
		return CLI_OK;
	}
	if (out->option_count == ARGS_MAX)
		return mistake("cli.too-many-words", argv[*i]);
	out->options[out->option_count++] = (struct cli_given){o->name, value != NULL ? value : ""};
	return CLI_OK;
}

/* Positional words wanted, and whether the last may repeat. */
static size_t
wanted(const struct cli_command *c, bool *repeats, size_t *optional)
{
	size_t n = 0;

	*repeats = strstr(c->args, "…") != NULL;
	*optional = 0;
	for (const char *p = c->args; *p != '\0';) {
		n++;
		if (*p == '[')
			(*optional)++;
		p = strchr(p, ' ');
		if (p == NULL)
			break;
		p++;
	}
	return n;
}

static int
check_count(const struct cli_args *a)
{
	bool repeats;
	size_t optional, n = wanted(a->command, &repeats, &optional);

	if (a->word_count + optional < n || (a->word_count > n && !repeats)) {
		fprintf(stderr, "congvan %s%s%s %s\n", a->command->noun, a->command->verb[0] ? " " : "",
			a->command->verb, a->command->args);
		return CLI_USAGE;
	}
	return CLI_OK;
}

/* noun and verb are the first two words that are not options. */
static int
find_command(int argc, char **argv, struct cli_args *out, int used[2], struct cli_globals *globals)
{
	int found = 0;

	used[0] = used[1] = 0;
	for (int i = 1; i < argc && found < 2; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			const char *word = argv[i] + 2;
			const struct global_option *g = find_global(word, strcspn(word, "="));

			if (g != NULL && !g->is_flag && strchr(word, '=') == NULL)
				i++;
			if (g != NULL && strcmp(g->name, "help") == 0)
				globals->help = true;
			continue;
		}
		used[found++] = i;
		if (found == 1 && args_find(argv[i], NULL) != NULL)
			break;
	}
	if (used[0] == 0)
		return CLI_OK;
	out->command = args_find(argv[used[0]], used[1] ? argv[used[1]] : NULL);
	if (out->command == NULL && used[1] != 0 && (out->command = args_find(argv[used[0]], NULL)) != NULL)
		used[1] = 0;
	if (out->command != NULL)
		return CLI_OK;
	if (!noun_exists(argv[used[0]]))
		return globals->help ? CLI_OK : mistake("cli.unknown-noun", argv[used[0]]);
	args_help(message_language(globals->language), argv[used[0]], NULL);
	return globals->help ? CLI_OK : CLI_USAGE;
}

int
args_parse(int argc, char **argv, struct cli_globals *globals, struct cli_args *out)
{
	int used[2], rc;

	memset(out, 0, sizeof(*out));
	rc = find_command(argc, argv, out, used, globals);
	if (rc != CLI_OK)
		return rc;
	for (int i = 1; i < argc; i++) {
		if (i == used[0] || (used[1] != 0 && i == used[1]))
			continue;
		if (strncmp(argv[i], "--", 2) == 0 && argv[i][2] != '\0') {
			if ((rc = take_option(argc, argv, &i, globals, out)) != CLI_OK)
				return rc;
			continue;
		}
		if (out->word_count == ARGS_MAX)
			return mistake("cli.too-many-words", argv[i]);
		out->words[out->word_count++] = argv[i];
	}
	return out->command != NULL && !globals->help ? check_count(out) : CLI_OK;
}

static void
help_line(enum language lang, const struct cli_command *c)
{
	char code[100], usage[160];

	snprintf(code, sizeof(code), "cli.help.%s%s%s", c->noun, c->verb[0] ? "." : "", c->verb);
	snprintf(usage, sizeof(usage), "%s %s %s", c->noun, c->verb, c->args);
	printf("  %s%*s %s\n", usage, (int)(46 - text_length(usage)), "", message_text(code, lang));
}

void
args_help(enum language lang, const char *noun, const char *verb)
{
	if (noun == NULL)
		printf("%s\n\n", message_text("cli.usage", lang));
	for (const struct cli_command *const *t = cli_tables; *t != NULL; t++)
		for (const struct cli_command *c = *t; c->noun != NULL; c++) {
			if (noun != NULL && strcmp(c->noun, noun) != 0)
				continue;
			if (verb != NULL && strcmp(c->verb, verb) != 0)
				continue;
			help_line(lang, c);
			if (verb == NULL)
				continue;
			for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++)
				printf("      --%s%s\n", o->name, o->kind == CLI_FLAG ? "" : " …");
		}
	if (noun == NULL)
		printf("\n%s\n", message_text("cli.globals", lang));
}

/* "noun verb" lines inside a shell's case statement. */
static void
print_words(const char *noun)
{
	const char *last = "";

	for (const struct cli_command *const *t = cli_tables; *t != NULL; t++)
		for (const struct cli_command *c = *t; c->noun != NULL; c++) {
			if (noun == NULL && strcmp(c->noun, last) != 0)
				printf("%s ", c->noun);
			if (noun != NULL && strcmp(c->noun, noun) == 0)
				printf("%s ", c->verb);
			last = c->noun;
		}
}

/* For each noun: before, noun, middle, its verbs, after. */
static void
print_verb_cases(const char *before, const char *middle, const char *after)
{
	const char *last = "";

	for (const struct cli_command *const *t = cli_tables; *t != NULL; t++)
		for (const struct cli_command *c = *t; c->noun != NULL; c++) {
			if (strcmp(c->noun, last) == 0)
				continue;
			last = c->noun;
			printf("%s%s%s", before, c->noun, middle);
			print_words(c->noun);
			fputs(after, stdout);
		}
}

int
args_completion(const char *shell)
{
	if (strcmp(shell, "bash") == 0 || strcmp(shell, "zsh") == 0) {
		if (shell[0] == 'z')
			puts("#compdef congvan\nautoload -U bashcompinit && bashcompinit");
		puts("_congvan() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=");
		puts("\tcase $COMP_CWORD in");
		fputs("\t1) words=\"", stdout);
		print_words(NULL);
		puts("\" ;;\n\t2) case ${COMP_WORDS[1]} in");
		print_verb_cases("\t\t", ") words=\"", "\" ;;\n");
		puts("\t\tesac ;;\n\tesac");
		puts("\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))");
		puts("\t[ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$cur\"))\n}");
		puts("complete -o filenames -F _congvan congvan");
		return CLI_OK;
	}
	if (strcmp(shell, "fish") == 0) {
		fputs("complete -c congvan -n __fish_use_subcommand -f -a '", stdout);
		print_words(NULL);
		puts("'");
		print_verb_cases("complete -c congvan -n '__fish_seen_subcommand_from ", "' -a '", "'\n");
		return CLI_OK;
	}
	return mistake("cli.unknown-shell", shell);
}
