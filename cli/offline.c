/* offline: checks that need no daemon, done by the same library code as the worker. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/offline.h"
#include "cli/passport.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/view.h"
#include "lib/doc/edxml.h"
#include "lib/doc/edxml_json.h"
#include "lib/seal/passport.h"
#include "lib/seal/seal_edxml.h"
#include "lib/seal/seal_report_json.h"
#include "lib/seal/seal_report_page.h"
#include "lib/seal/seal_report_xml.h"
#include "lib/wire/frame.h"
#include "lib/wire/job.h"

#define REPORT_MAX (64u << 20)

enum status
offline_map(struct cli *cli, const char *path, struct span *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum status st = fd >= 0 ? frame_map(fd, out) : STATUS_NOT_FOUND;

	if (fd >= 0)
		close(fd);
	if (st != STATUS_OK) {
		char why[300];

		snprintf(why, sizeof(why), "%s: %s", path, strerror(errno));
		cli_error(cli, "cli.cannot-read", why);
	}
	return st;
}

void
offline_findings(struct cli *cli, const struct diag *diag)
{
	for (size_t i = 0; i < diag_count(diag); i++) {
		const struct finding *f = diag_at(diag, i);

		fprintf(stderr, "  - [%s] %s%s%s%s\n", severity_name(f->severity), cli_say(cli, f->code), f->clause ? " (" : "",
			f->clause ? f->clause : "", f->clause ? ")" : "");
		if (f->where != NULL)
			fprintf(stderr, "      %s: %s\n", cli_say(cli, "cli.where"), f->where);
		if (f->got != NULL)
			fprintf(stderr, "      %s: %s\n", cli_say(cli, "cli.got"), f->got);
		if (f->want != NULL)
			fprintf(stderr, "      %s: %s\n", cli_say(cli, "cli.want"), f->want);
	}
}

static struct policy *
read_policy(struct cli *cli)
{
	const char *dir = session_globals(cli)->trust;
	struct policy *policy = policy_new(0);

	if (policy == NULL || policy_read_folder(policy, dir) == STATUS_OK)
		return policy;
	cli_error(cli, "cli.trust", dir);
	policy_free(policy);
	return NULL;
}

/* The forms of a report that are printed as they are; JSON and the short text are the view's. */
static const char *const report_forms[] = {"text", "html", "xml", "json"};

static bool
known_form(const char *form)
{
	for (size_t i = 0; i < sizeof(report_forms) / sizeof(report_forms[0]); i++)
		if (strcmp(report_forms[i], form) == 0)
			return true;
	return false;
}

static int
print_report(struct cli *cli, const struct seal_report *report, const char *form, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	json_t *json = seal_report_json(report);
	int rc = view_report_code(json);
	enum status st = STATUS_OK;
	struct buf b;

	buf_init(&b, REPORT_MAX);
	if (strcmp(form, "xml") == 0)
		st = seal_report_xml(report, &b);
	else if (strcmp(form, "html") == 0)
		st = seal_report_html(report, name, &b);
	else if (strcmp(form, "text") == 0)
		st = seal_report_text(report, name, cli_language(cli), &b);
	else {
		json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	if (st == STATUS_OK)
		fputs(buf_str(&b), stdout);
	else
		cli_error(cli, "cli.report.form", status_code(st));
	buf_free(&b);
	json_decref(json);
	return st == STATUS_OK ? rc : CLI_INVALID;
}

static int
judge(struct cli *cli, struct span file, struct span detached, const char *form, const char *path, const char *key_file)
{
	const struct seal_kind *kind = seal_kind_for(file, detached.len != 0);
	struct policy *policy = read_policy(cli);
	struct seal_report *report = NULL;
	struct diag *diag = diag_new();
	json_t *json;
	int rc = CLI_INVALID;

	if (policy == NULL) {
		diag_free(diag);
		return CLI_USAGE;
	}
	if (kind->verify(file, detached, policy, &report, diag) == STATUS_OK) {
		if (form != NULL)
			rc = print_report(cli, report, form, path);
		else {
			int more = CLI_OK;

			json = seal_report_json(report);
			if (kind == &seal_asic && passport_is(file))
				more = passport_judge(cli, file, key_file, policy, json, diag);
			rc = view_report(cli, json);
			passport_show(cli, json);
			json_decref(json);
			if (more == CLI_INVALID || rc == CLI_OK)
				rc = more;
		}
	}
	offline_findings(cli, diag);
	seal_report_free(report);
	policy_free(policy);
	diag_free(diag);
	return rc;
}

static int
verify(struct cli *cli, const struct cli_args *args)
{
	const char *signature = cli_option(args, "signature"), *form = cli_option(args, "report");
	struct span file = {NULL, 0}, detached = {NULL, 0};
	int rc = CLI_NOT_FOUND;

	if (form != NULL && !known_form(form)) {
		cli_error(cli, "cli.report.form", form);
		return CLI_USAGE;
	}
	if (offline_map(cli, cli_arg(args, 0), &file) == STATUS_OK &&
		(signature == NULL || offline_map(cli, signature, &detached) == STATUS_OK))
		rc = judge(cli, file, detached, form, cli_arg(args, 0), cli_option(args, "log-key"));
	frame_unmap(&file);
	frame_unmap(&detached);
	return rc;
}

/* The packet's own signature: judged when it is a real one and there is a trust folder, named when it is a dummy. */
static enum status
judge_packet(struct cli *cli, struct span file, const struct edxml *e, json_t **report, struct diag *diag)
{
	struct policy *policy = e->signature == EDXML_SIGNATURE_REAL ? read_policy(cli) : NULL;
	enum status st = seal_edxml_judge(file, e->signature, policy, report, diag);

	policy_free(policy);
	return st;
}

static int
check_packet(struct cli *cli, const struct cli_args *args)
{
	struct edxml_schemas *schemas = NULL;
	struct diag *diag = diag_new();
	struct span file = {NULL, 0};
	struct edxml *e = NULL;
	enum status st;
	json_t *json, *report = NULL;

	if (edxml_schemas_load(session_globals(cli)->schemas, diag, &schemas) != STATUS_OK) {
		cli_error(cli, "cli.schemas", session_globals(cli)->schemas);
		diag_free(diag);
		return CLI_USAGE;
	}
	st = offline_map(cli, cli_arg(args, 0), &file);
	if (st == STATUS_OK)
		st = edxml_read(file, schemas, &edxml_limits_default, &edxml_sink_memory, diag, &e);
	if (st == STATUS_OK)
		st = judge_packet(cli, file, e, &report, diag);
	if (cli_is_json(cli)) {
		json = json_pack("{s:b,s:o,s:o*,s:o*}", "valid", st == STATUS_OK, "findings", job_findings_json(diag), "packet",
			e != NULL ? edxml_to_json(e) : NULL, "signature_report", report);
		json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(json);
	} else {
		puts(cli_say(cli, st == STATUS_OK ? "cli.check.good" : "cli.check.bad"));
		offline_findings(cli, diag);
		json_decref(report);
	}
	edxml_free(e);
	edxml_schemas_free(schemas);
	frame_unmap(&file);
	diag_free(diag);
	return st == STATUS_OK ? CLI_OK : st == STATUS_NOT_FOUND ? CLI_NOT_FOUND : CLI_INVALID;
}

static const struct cli_option verify_options[] = {{"signature", NULL, CLI_LOCAL}, {"report", NULL, CLI_LOCAL}, {"log-key", NULL, CLI_LOCAL},
	{NULL, NULL, CLI_TEXT}};

const struct cli_command offline_commands[] = {
	{"verify", "", "FILE", verify_options, verify, NULL, NULL, NULL, NULL},
	{"check", "packet", "FILE", NULL, check_packet, NULL, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
