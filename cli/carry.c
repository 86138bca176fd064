/*
 * carry: the carried medium (transport "carried"): what waits in the outbox for it is written to a folder, and what a folder brings is handed in. A packet counts as
 * sent only after its file is durable; doing either twice does no harm, because the same bytes are one packet.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/session.h"
#include "cli/transfer.h"
#include "cli/view.h"

#define NAMES_MOST 10000

static bool
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* The row's packet to FOLDER/ID.edxml, then word to the office. */
static int
export_row(struct cli *cli, const char *folder, const char *id)
{
	char name[PATH_MAX], part[PATH_MAX + 8], path[120];
	struct client_answer a;
	json_t *none;
	FILE *to;
	bool ok;
	int rc;

	snprintf(name, sizeof(name), "%s/%.40s.edxml", folder, id);
	snprintf(part, sizeof(part), "%s.part", name);
	snprintf(path, sizeof(path), "/v1/outbox/%.40s/content", id);
	to = fopen(part, "wb");
	if (to == NULL) {
		cli_error(cli, "cli.cannot-write", part);
		return CLI_REFUSED;
	}
	client_download(session_client(cli), path, to, &a);
	rc = a.code == 200 ? CLI_OK : session_problem(cli, &a);
	client_answer_clear(&a);
	ok = fflush(to) == 0 && fsync(fileno(to)) == 0;
	ok = fclose(to) == 0 && ok;
	if (rc != CLI_OK || !ok || rename(part, name) != 0 || !sync_folder(folder)) {
		unlink(part);
		if (rc == CLI_OK)
			cli_error(cli, "cli.cannot-write", name);
		return rc != CLI_OK ? rc : CLI_FAULT;
	}
	snprintf(path, sizeof(path), "/v1/outbox/%.40s/carried", id);
	none = json_object();
	client_call(session_client(cli), "POST", path, none, NULL, NULL, &a);
	json_decref(none);
	rc = a.code == 200 ? CLI_OK : session_problem(cli, &a);
	client_answer_clear(&a);
	if (rc == CLI_OK)
		printf("%s\n", name);
	return rc;
}

/* The first page always: what was exported is not queued any more; rows that wait for other transports are passed over by the cursor. */
int
transfer_export(struct cli *cli, const struct cli_args *args)
{
	const char *folder = cli_arg(args, 0);
	char path[200] = "/v1/outbox?state=queued&limit=200";
	int rc = CLI_OK;

	for (bool more = true; more && rc == CLI_OK;) {
		struct client_answer a;
		json_t *page = NULL, *row;
		const char *next;
		size_t i;

		client_call(session_client(cli), "GET", path, NULL, NULL, NULL, &a);
		if (a.code == 200)
			page = json_incref(a.json);
		else
			rc = session_problem(cli, &a);
		client_answer_clear(&a);
		json_array_foreach(json_object_get(page, "items"), i, row)
			if (rc == CLI_OK && json_is_true(json_object_get(row, "to_carry")))
				rc = export_row(cli, folder, json_string_value(json_object_get(row, "id")));
		next = json_string_value(json_object_get(page, "next"));
		more = next != NULL;
		if (more)
			snprintf(path, sizeof(path), "/v1/outbox?state=queued&limit=200&cursor=%.60s", next);
		json_decref(page);
	}
	return rc;
}

static int
is_packet(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && ((n > 6 && strcmp(e->d_name + n - 6, ".edxml") == 0) || (n > 4 && strcmp(e->d_name + n - 4, ".xml") == 0));
}

static int
import_file(struct cli *cli, const char *file)
{
	struct client_answer a;
	int rc;

	client_upload(session_client(cli), "/v1/packets", file, "application/xml", &a);
	rc = a.code == 200 || a.code == 201 ? CLI_OK : session_problem(cli, &a);
	client_answer_clear(&a);
	if (rc == CLI_OK)
		printf("%s\n", file);
	return rc;
}

/* Every file is tried; the worst outcome is the command's. */
int
transfer_import(struct cli *cli, const struct cli_args *args)
{
	const char *folder = cli_arg(args, 0);
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_packet, alphasort), rc = CLI_OK;

	if (n < 0) {
		cli_error(cli, "cli.cannot-read", folder);
		return CLI_REFUSED;
	}
	for (int i = 0; i < n; i++) {
		char file[PATH_MAX];
		int one;

		snprintf(file, sizeof(file), "%s/%s", folder, names[i]->d_name);
		one = i < NAMES_MOST ? import_file(cli, file) : CLI_REFUSED;
		if (one > rc)
			rc = one;
		free(names[i]);
	}
	free(names);
	return rc;
}
