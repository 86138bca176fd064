/* place: see place.h. Run once at start, before the loop turns. */
#include "daemon/db/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/digest.h"

#define VERSION_LEAST 15

static enum status
refuse(struct diag *diag, enum status st, const char *code, const char *where, const char *got)
{
	diag_error(diag, code, where, got, NULL);
	return st;
}

/* Joins; false when the path is too long. */
static bool
join(char to[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(to, PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < PATH_MAX;
}

/* ---- the user ---- */

static enum status
choose_user(struct place *p, const char *wanted, struct diag *diag)
{
	static const char *const usual[] = {"congvan-db", "postgres", "nobody"};
	const struct passwd *pw = NULL;
	struct stat st;

	if (geteuid() != 0) {
		p->user = (struct child_user){false, geteuid(), getegid()};
		return STATUS_OK;
	}
	if (wanted != NULL && (pw = getpwnam(wanted)) == NULL)
		return refuse(diag, STATUS_INVALID, "db.user.unknown", "database.service_user", wanted);
	/* Data made earlier stays with its owner. */
	if (stat(p->data, &st) == 0 && st.st_uid != 0)
		pw = getpwuid(st.st_uid);
	for (size_t i = 0; pw == NULL && i < sizeof(usual) / sizeof(usual[0]); i++)
		pw = getpwnam(usual[i]);
	if (pw == NULL || pw->pw_uid == 0)
		return refuse(diag, STATUS_INVALID, "db.user.unknown", "database.service_user", wanted);
	p->user = (struct child_user){true, pw->pw_uid, pw->pw_gid};
	return STATUS_OK;
}

static bool
may_pass(const struct stat *st, const struct child_user *user)
{
	if (st->st_uid == user->uid)
		return st->st_mode & S_IXUSR;
	if (st->st_gid == user->gid)
		return st->st_mode & S_IXGRP;
	return st->st_mode & S_IXOTH;
}

/* The service user must be able to walk to its folders. */
static enum status
check_way(const char *path, const struct child_user *user, struct diag *diag)
{
	char part[PATH_MAX];
	struct stat st;

	for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (stat(part, &st) != 0)
			return refuse(diag, STATUS_IO, "db.data-dir.unusable", part, strerror(errno));
		if (!may_pass(&st, user))
			return refuse(diag, STATUS_INVALID, "db.data-dir.closed", part, NULL);
	}
	return STATUS_OK;
}

/* ---- folders ---- */

/* Makes a folder, or accepts one that is there, with this owner and mode. Never follows a link. */
static enum status
own_dir(const char *path, uid_t uid, gid_t gid, mode_t mode, struct diag *diag)
{
	enum status result = STATUS_OK;
	struct stat st;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return refuse(diag, STATUS_IO, "db.data-dir.unusable", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		result = refuse(diag, STATUS_IO, "db.data-dir.unusable", path, strerror(errno));
	else if (st.st_uid != uid && st.st_uid != geteuid())
		result = refuse(diag, STATUS_INVALID, "db.data-dir.owner", path, NULL);
	else if ((st.st_uid != uid && fchown(fd, uid, gid) != 0) || fchmod(fd, mode) != 0)
		result = refuse(diag, STATUS_IO, "db.data-dir.unusable", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}

/*
 * A socket address holds 107 bytes. Where the data directory's path is too long, a short one in /tmp: its name follows from the data
 * directory so that it is found again, and if somebody else has taken it, any free name.
 */
static enum status
short_socket_dir(struct place *p, struct diag *diag)
{
	struct digest d = digest_of(p->root, strlen(p->root));
	char hex[DIGEST_HEX];

	digest_hex(&d, hex);
	snprintf(p->socket_dir, sizeof(p->socket_dir), "/tmp/congvan-%u-%.12s", (unsigned)p->user.uid, hex);
	if (own_dir(p->socket_dir, p->user.uid, p->user.gid, 0700, NULL) == STATUS_OK)
		return STATUS_OK;
	snprintf(p->socket_dir, sizeof(p->socket_dir), "/tmp/congvan-XXXXXX");
	if (mkdtemp(p->socket_dir) == NULL)
		return refuse(diag, STATUS_IO, "db.data-dir.unusable", p->socket_dir, strerror(errno));
	return own_dir(p->socket_dir, p->user.uid, p->user.gid, 0700, diag);
}

static enum status
make_socket_dir(struct place *p, struct diag *diag)
{
	if (join(p->socket_dir, p->root, "run") && strlen(p->socket_dir) <= PLACE_SOCKET_DIR_MOST &&
		strpbrk(p->socket_dir, ",\"") == NULL) /* unix_socket_directories is a list */
		return own_dir(p->socket_dir, p->user.uid, p->user.gid, 0700, diag);
	return short_socket_dir(p, diag);
}

static enum status
make_root(const char *data_dir, struct place *p, struct diag *diag)
{
	mode_t mode = geteuid() == 0 ? 0711 : 0700;
	char real[PATH_MAX];

	if (mkdir(data_dir, mode) != 0 && errno != EEXIST)
		return refuse(diag, STATUS_IO, "db.data-dir.unusable", data_dir, strerror(errno));
	if (realpath(data_dir, real) == NULL)
		return refuse(diag, STATUS_IO, "db.data-dir.unusable", data_dir, strerror(errno));
	if (!join(p->root, real, "postgresql") || !join(p->data, p->root, "data") || !join(p->fresh, p->root, "data.new") ||
		!join(p->hba, p->root, "hba.conf") || !join(p->ident, p->root, "ident.conf"))
		return refuse(diag, STATUS_INVALID, "db.data-dir.unusable", data_dir, "path too long");
	return own_dir(p->root, geteuid(), getegid(), mode, diag);
}

/* ---- lock, programs, access files ---- */

static enum status
take_lock(struct place *p, struct diag *diag)
{
	char path[PATH_MAX];

	if (!join(path, p->root, "lock"))
		return STATUS_INVALID;
	p->lock_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (p->lock_fd < 0)
		return refuse(diag, STATUS_IO, "db.data-dir.unusable", path, strerror(errno));
	if (flock(p->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return refuse(diag, STATUS_CONFLICT, "db.data-dir.in-use", p->root, NULL);
	return STATUS_OK;
}

/* The version of the data, or 0 when there is none. */
static int
data_version(const struct place *p)
{
	char path[PATH_MAX], text[16] = "";
	FILE *f;

	if (!join(path, p->data, "PG_VERSION") || (f = fopen(path, "re")) == NULL)
		return 0;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	fclose(f);
	return atoi(text);
}

static bool
has_programs(const char *dir)
{
	char path[PATH_MAX];

	return join(path, dir, "postgres") && access(path, X_OK) == 0 && join(path, dir, "initdb") &&
		access(path, X_OK) == 0;
}

/* Debian keeps each major version in a folder: that of the data, or for new data the newest. */
static enum status
find_programs(struct place *p, struct diag *diag)
{
	int wanted = data_version(p), best = 0, version;
	char dir[PATH_MAX], text[16];
	struct dirent *entry;
	DIR *d = opendir("/usr/lib/postgresql");

	while (d != NULL && (entry = readdir(d)) != NULL) {
		version = atoi(entry->d_name);
		snprintf(dir, sizeof(dir), "/usr/lib/postgresql/%d/bin", version);
		if (version >= VERSION_LEAST && version > best && (wanted == 0 || version == wanted) && has_programs(dir))
			best = version;
	}
	if (d != NULL)
		closedir(d);
	if (best == 0) {
		snprintf(text, sizeof(text), "PostgreSQL %d", wanted != 0 ? wanted : VERSION_LEAST);
		diag_error(diag, "db.postgres.missing", "/usr/lib/postgresql", NULL, text);
		return STATUS_NOT_FOUND;
	}
	snprintf(p->bin, sizeof(p->bin), "/usr/lib/postgresql/%d/bin", best);
	return STATUS_OK;
}

static enum status
write_file(const struct place *p, const char *path, const char *text, struct diag *diag)
{
	size_t n = strlen(text);
	ssize_t written = -1;
	int fd;

	/* A new file each time: nothing left in its place is followed or kept open by anyone. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && (!p->user.change || fchown(fd, p->user.uid, p->user.gid) == 0))
		written = write(fd, text, n);
	if (fd >= 0)
		close(fd);
	if (written != (ssize_t)n)
		return refuse(diag, STATUS_IO, "db.data-dir.unusable", path, strerror(errno));
	return STATUS_OK;
}

/* Only our own system user, and the service user for an administrator's psql, may be one of the two roles; over the socket only. */
static enum status
write_access(const struct place *p, struct diag *diag)
{
	const struct passwd *pw;
	char ident[1024], me[200], service[200];
	enum status st;

	pw = getpwuid(geteuid());
	if (pw == NULL)
		return refuse(diag, STATUS_INVALID, "db.user.unknown", "uid", NULL);
	snprintf(me, sizeof(me), "%s", pw->pw_name);
	pw = getpwuid(p->user.uid);
	snprintf(service, sizeof(service), "%s", pw != NULL ? pw->pw_name : me);
	snprintf(ident, sizeof(ident), "congvan \"%s\" congvan\ncongvan \"%s\" congvan\ncongvan \"%s\" " PLACE_ROLE "\ncongvan \"%s\" " PLACE_ROLE "\n", me,
		service, me, service);
	st = write_file(p, p->hba, "local all all peer map=congvan\n", diag);
	return st == STATUS_OK ? write_file(p, p->ident, ident, diag) : st;
}

/* ---- all of it ---- */

enum status
place_prepare(const char *data_dir, const char *service_user, struct diag *diag, struct place *out)
{
	struct place *p = out;
	enum status st;

	*p = (struct place){.lock_fd = -1};
	st = make_root(data_dir, p, diag);
	if (st == STATUS_OK)
		st = take_lock(p, diag);
	if (st == STATUS_OK)
		st = choose_user(p, service_user, diag);
	if (st == STATUS_OK)
		st = check_way(p->data, &p->user, diag);
	if (st == STATUS_OK)
		st = make_socket_dir(p, diag);
	if (st == STATUS_OK)
		st = find_programs(p, diag);
	if (st == STATUS_OK)
		st = write_access(p, diag);
	if (st == STATUS_OK && !place_has_data(p))
		st = own_dir(p->fresh, p->user.uid, p->user.gid, 0700, diag);
	if (st != STATUS_OK)
		place_close(p);
	return st;
}

void
place_close(struct place *p)
{
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	p->lock_fd = -1;
}

bool
place_has_data(const struct place *p)
{
	return data_version(p) != 0;
}

enum status
place_adopt_fresh(const struct place *p)
{
	int fd;
	bool fine;

	if (rename(p->fresh, p->data) != 0)
		return STATUS_IO;
	fd = open(p->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fine = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return fine ? STATUS_OK : STATUS_IO;
}
