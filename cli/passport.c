/* passport: a document passport checked without the daemon, as part of `congvan verify`. */
#include "cli/passport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/offline.h"
#include "cli/view.h"
#include "lib/seal/passport.h"
#include "lib/wire/frame.h"

#define KEY_MAX 1024

/* FAILED over INDETERMINATE over passed. */
static int
worse(int a, int b)
{
	return a == CLI_INVALID || b == CLI_INVALID ? CLI_INVALID : a != CLI_OK ? a : b;
}

/* The verifier key text of a file, without the newline; free() it. NULL after having said why. */
static char *
read_key(struct cli *cli, const char *path)
{
	struct span file = {NULL, 0};
	char *key = NULL;

	if (offline_map(cli, path, &file) == STATUS_OK && file.len <= KEY_MAX) {
		size_t n = 0;

		while (n < file.len && file.data[n] != '\n' && file.data[n] != '\r' && file.data[n] != '\0')
			n++;
		key = strndup((const char *)file.data, n);
	}
	frame_unmap(&file);
	return key;
}

int
passport_judge(struct cli *cli, struct span file, const char *key_file, const struct policy *policy, json_t *report, struct diag *diag)
{
	char *key = key_file != NULL ? read_key(cli, key_file) : NULL;
	struct diag *own = diag_new();
	json_t *passport = NULL;
	int rc = CLI_OK;

	if (key_file != NULL && key == NULL)
		rc = CLI_NOT_FOUND;
	else if (passport_check(file, key, policy, &passport, own) != STATUS_OK || diag_has_error(own))
		rc = CLI_INVALID;
	if (passport != NULL) {
		const json_t *row;
		size_t i;

		json_array_foreach(json_object_get(passport, "files"), i, row)
			if (json_is_object(json_object_get(row, "report")))
				rc = worse(rc, view_report_code(json_object_get(row, "report")));
		json_object_set_new(report, "passport", passport);
	}
	diag_join(diag, own);
	diag_free(own);
	free(key);
	return rc;
}

void
passport_show(struct cli *cli, const json_t *report)
{
	const json_t *passport = json_object_get(report, "passport"), *row;
	size_t i;

	if (passport == NULL || cli_is_json(cli))
		return;
	printf("%s: %s, %s %lld\n", cli_say(cli, "cli.passport"), json_string_value(json_object_get(passport, "origin")),
		cli_say(cli, "cli.passport.leaves"), (long long)json_integer_value(json_object_get(passport, "leaves")));
	json_array_foreach(json_object_get(passport, "files"), i, row) {
		printf("%s: %s\n", json_string_value(json_object_get(row, "name")),
			cli_say(cli, json_is_true(json_object_get(row, "right")) ? "cli.check.good" : "cli.check.bad"));
		if (json_is_object(json_object_get(row, "report")))
			(void)view_report(cli, json_object_get(row, "report"));
	}
}
