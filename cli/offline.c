/* offline: checks that need no daemon, done by the same library code as the worker. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/offline.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/view.h"
#include "lib/doc/edxml.h"
#include "lib/doc/edxml_json.h"
#include "lib/seal/seal.h"
#include "lib/seal/seal_report_json.h"
#include "lib/wire/frame.h"
#include "lib/wire/job.h"

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

static int
judge(struct cli *cli, struct span file, struct span detached)
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
		json = seal_report_json(report);
		rc = view_report(cli, json);
		json_decref(json);
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
	const char *signature = cli_option(args, "signature");
	struct span file = {NULL, 0}, detached = {NULL, 0};
	int rc = CLI_NOT_FOUND;

	if (offline_map(cli, cli_arg(args, 0), &file) == STATUS_OK &&
		(signature == NULL || offline_map(cli, signature, &detached) == STATUS_OK))
		rc = judge(cli, file, detached);
	frame_unmap(&file);
	frame_unmap(&detached);
	return rc;
}

static int
check_packet(struct cli *cli, const struct cli_args *args)
{
	struct edxml_schemas *schemas = NULL;
	struct diag *diag = diag_new();
	struct span file = {NULL, 0};
	struct edxml *e = NULL;
	enum status st;
	json_t *json;

	if (edxml_schemas_load(session_globals(cli)->schemas, diag, &schemas) != STATUS_OK) {
		cli_error(cli, "cli.schemas", session_globals(cli)->schemas);
		diag_free(diag);
		return CLI_USAGE;
	}
	st = offline_map(cli, cli_arg(args, 0), &file);
	if (st == STATUS_OK)
		st = edxml_read(file, schemas, &edxml_limits_default, &edxml_sink_memory, diag, &e);
	if (cli_is_json(cli)) {
		json = json_pack("{s:b,s:o,s:o*}", "valid", st == STATUS_OK, "findings", job_findings_json(diag), "packet",
			e != NULL ? edxml_to_json(e) : NULL);
		json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(json);
	} else {
		puts(cli_say(cli, st == STATUS_OK ? "cli.check.good" : "cli.check.bad"));
		offline_findings(cli, diag);
	}
	edxml_free(e);
	edxml_schemas_free(schemas);
	frame_unmap(&file);
	diag_free(diag);
	return st == STATUS_OK ? CLI_OK : st == STATUS_NOT_FOUND ? CLI_NOT_FOUND : CLI_INVALID;
}

static const struct cli_option verify_options[] = {{"signature", NULL, CLI_LOCAL}, {NULL, NULL, CLI_TEXT}};

const struct cli_command offline_commands[] = {
	{"verify", "", "FILE", verify_options, verify, NULL, NULL, NULL, NULL},
	{"check", "packet", "FILE", NULL, check_packet, NULL, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
