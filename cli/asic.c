/* asic: containers of signed files made and taken apart without the daemon. Judging is `congvan verify`. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/offline.h"
#include "cli/tables.h"
#include "lib/doc/asic.h"
#include "lib/seal/seal_asic.h"
#include "lib/seal/seal_entries.h"
#include "lib/wire/frame.h"

static int
fail(struct cli *cli, const char *code, const char *path, int rc)
{
	char why[600];

	snprintf(why, sizeof(why), "%s: %s", path, strerror(errno));
	cli_error(cli, code, why);
	return rc;
}

/* --- create --- */

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int
make(struct cli *cli, const struct cli_args *args, int fd, const struct pack_member *members)
{
	const char *names[2] = {cli_option(args, "signature"), cli_option(args, "timestamp")};
	struct span beside[2] = {{NULL, 0}, {NULL, 0}};
	struct diag *diag = diag_new();
	enum status st = STATUS_OK;

	for (size_t i = 0; i < 2 && st == STATUS_OK; i++)
		if (names[i] != NULL)
			st = offline_map(cli, names[i], &beside[i]);
	if (st == STATUS_OK)
		st = seal_asic_make(fd, members, cli_arg_count(args) - 1, names[0] != NULL || names[1] != NULL, beside[0],
			beside[1], diag);
	offline_findings(cli, diag);
	diag_free(diag);
	for (size_t i = 0; i < 2; i++)
		frame_unmap(&beside[i]);
	return st == STATUS_OK ? CLI_OK : st == STATUS_NOT_FOUND ? CLI_NOT_FOUND : CLI_INVALID;
}

static int
create(struct cli *cli, const struct cli_args *args)
{
	size_t count = cli_arg_count(args) - 1;
	struct pack_member *members = calloc(count + 1, sizeof(*members));
	const char *path = cli_arg(args, 0);
	int fd, rc = members != NULL ? CLI_OK : CLI_FAULT;

	for (size_t i = 0; i < count && rc == CLI_OK; i++) {
		const char *file = cli_arg(args, i + 1);

		members[i] = (struct pack_member){.name = last_part(file), .fd = open(file, O_RDONLY | O_CLOEXEC)};
		if (members[i].fd < 0)
			rc = fail(cli, "cli.cannot-read", file, CLI_NOT_FOUND);
	}
	fd = rc == CLI_OK ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
	if (rc == CLI_OK && fd < 0)
		rc = fail(cli, "cli.cannot-write", path, CLI_CONFLICT);
	if (rc == CLI_OK) {
		rc = make(cli, args, fd, members);
		if (rc != CLI_OK)
			(void)unlink(path);
	}
	if (fd >= 0)
		close(fd);
	for (size_t i = 0; members != NULL && i < count; i++)
		if (members[i].name != NULL && members[i].fd >= 0)
			close(members[i].fd);
	free(members);
	return rc;
}

/* --- extract --- */

/* The folder of a name inside `folder`, made as needed; *name becomes its last part. The names of a pack that opened are plain (pack_name). */
static int
open_folder(int folder, const char **name)
{
	int at = dup(folder), next;
	const char *slash;
	char part[1100];

	while (at >= 0 && (slash = strchr(*name, '/')) != NULL) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - *name), *name);
		if (mkdirat(at, part, 0777) < 0 && errno != EEXIST)
			next = -1;
		else
			next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = next;
		*name = slash + 1;
	}
	return at;
}

static enum status
extract_entry(struct pack *p, size_t i, int folder, struct diag *diag)
{
	const char *name = pack_at(p, i)->name;
	int at = open_folder(folder, &name), fd = -1;
	enum status st = at >= 0 ? STATUS_OK : STATUS_IO;
	struct output to;

	if (st == STATUS_OK && *name != '\0') {
		fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		to = output_fd(&fd);
		st = fd >= 0 ? pack_read(p, i, &to, diag) : STATUS_IO;
	}
	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
	return st;
}

static enum status
extract_all(struct span file, int folder, struct diag *diag)
{
	struct pack *p = NULL;
	enum status st = pack_open(file, &pack_limits_default, false, diag, &p);

	for (size_t i = 0; st == STATUS_OK && i < pack_count(p); i++)
		st = extract_entry(p, i, folder, diag);
	pack_close(p);
	return st;
}

/* The content of a CMS (.p7m), under its name without the suffix. */
static enum status
extract_content(struct seal_entries *e, int folder, struct diag *diag)
{
	int fd = openat(folder, seal_entries_at(e, 0).name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	struct output to = output_fd(&fd);
	enum status st = fd >= 0 ? seal_entries_read(e, 0, &to, diag) : STATUS_IO;

	if (fd >= 0)
		close(fd);
	return st;
}

static int
extract(struct cli *cli, const struct cli_args *args)
{
	const char *dir = cli_arg(args, 1);
	struct diag *diag = diag_new();
	struct span file = {NULL, 0};
	struct asic *a = NULL;
	struct seal_entries *cms = NULL;
	int folder = -1, rc = CLI_OK;
	enum status st;

	if (offline_map(cli, cli_arg(args, 0), &file) != STATUS_OK)
		rc = CLI_NOT_FOUND;
	else if ((asic_is(file) ? asic_open(file, diag, &a) : seal_entries_open(file, cli_arg(args, 0), diag, &cms)) != STATUS_OK)
		rc = CLI_INVALID;
	else if (mkdir(dir, 0777) < 0 || (folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		rc = fail(cli, "cli.cannot-write", dir, CLI_CONFLICT);
	else if ((st = cms != NULL ? extract_content(cms, folder, diag) : extract_all(file, folder, diag)) != STATUS_OK)
		rc = st == STATUS_IO ? fail(cli, "cli.cannot-write", dir, CLI_FAULT) : CLI_INVALID;
	offline_findings(cli, diag);
	if (folder >= 0)
		close(folder);
	asic_close(a);
	seal_entries_close(cms);
	frame_unmap(&file);
	diag_free(diag);
	return rc;
}

static const struct cli_option create_options[] = {
	{"signature", NULL, CLI_LOCAL}, {"timestamp", NULL, CLI_LOCAL}, {NULL, NULL, CLI_TEXT}};

const struct cli_command asic_commands[] = {
	{"asic", "create", "CONTAINER FILE…", create_options, create, NULL, NULL, NULL, NULL},
	{"asic", "extract", "CONTAINER FOLDER", NULL, extract, NULL, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
