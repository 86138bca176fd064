/* folder: see folder.h. Local files in small steps: the folder is on the office's own disk, and one packet is copied at a time. */
#include "daemon/exchange/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/io/loop.h"
#include "daemon/store/content.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define FOLDER_MOST (2ull << 30) /* bytes of a packet */
#define FOLDER_PAUSE CLOCK_SECOND            /* after the first failure; twice as long after each further one */
#define FOLDER_PAUSE_MOST (300 * CLOCK_SECOND)
#define FOLDER_SEEN 256 /* names remembered from the last look, to see that a file has stopped growing */

struct seen {
	char name[NAME_MAX + 1];
	off_t size;
	struct timespec changed;
	/* A packet that could not be taken for a reason that is not its own (database away, worker away) stays where it is and is tried later. */
	unsigned failures;
	clock_us not_before; /* clock_monotonic */
};

struct folder {
	const struct exchange_office *office;
	int root;
	struct seen seen[FOLDER_SEEN];
	size_t seen_count;
	/* while looking */
	char **names;
	size_t name_count, at;
	int fd;
	bool halted;
	void (*done)(void *arg);
	void *done_arg;
};

static void next(struct folder *f);

clock_us
folder_pause(unsigned failures)
{
	clock_us pause = FOLDER_PAUSE;

	for (unsigned i = 1; i < failures && pause < FOLDER_PAUSE_MOST; i++)
		pause *= 2;
	return pause < FOLDER_PAUSE_MOST ? pause : FOLDER_PAUSE_MOST;
}

static struct seen *
find_seen(struct seen *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

/* The packet at work was not taken, and not by its own fault. */
static void
put_off(struct folder *f, const char *why, enum status st)
{
	const char *name = f->names[f->at];
	struct seen *s = find_seen(f->seen, f->seen_count, name);

	if (s != NULL)
		s->not_before = clock_monotonic() + folder_pause(++s->failures);
	log_warn("folder", "event=%s file=\"%s\" status=%s failures=%u", why, name, status_code(st), s != NULL ? s->failures : 0);
}

static bool
make_path(int root, const char *path)
{
	char part[PATH_MAX];

	for (const char *p = path; p != NULL;) {
		const char *slash = strchr(p, '/');

		snprintf(part, sizeof(part), "%.*s", slash ? (int)(slash - path) : (int)strlen(path), path);
		if (part[0] != '\0' && mkdirat(root, part, 0770) != 0 && errno != EEXIST)
			return false;
		p = slash ? slash + 1 : NULL;
	}
	return true;
}

enum status
folder_open(const struct exchange_office *o, struct folder **out)
{
	static const char *const folders[] = {"in", "done", "refused", "out"};
	struct folder *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return STATUS_NO_MEMORY;
	f->office = o;
	f->fd = -1;
	f->root = make_path(AT_FDCWD, o->root) ? open(o->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	for (size_t i = 0; f->root >= 0 && i < sizeof(folders) / sizeof(folders[0]); i++)
		if (!make_path(f->root, folders[i])) {
			close(f->root);
			f->root = -1;
		}
	if (f->root < 0) {
		log_error("folder", "event=cannot-open errno=\"%s\"", strerror(errno));
		free(f);
		return STATUS_IO;
	}
	*out = f;
	return STATUS_OK;
}

void
folder_close(struct folder *f)
{
	if (f == NULL)
		return;
	close(f->root);
	free(f);
}

/* --- taking in --- */

static void
end_look(void *arg)
{
	struct folder *f = arg;

	for (size_t i = 0; i < f->name_count; i++)
		free(f->names[i]);
	free(f->names);
	f->names = NULL;
	f->name_count = 0;
	f->done(f->done_arg);
}

/* ROOT/in/NAME to ROOT/to/NAME; a name that is taken there gets a number. */
static void
move_away(struct folder *f, const char *name, const char *to, char moved[PATH_MAX])
{
	char from[PATH_MAX];

	snprintf(from, sizeof(from), "in/%s", name);
	for (int i = 0; i < 10000; i++) {
		if (i == 0)
			snprintf(moved, PATH_MAX, "%s/%s", to, name);
		else
			snprintf(moved, PATH_MAX, "%s/%d-%s", to, i, name);
		if (renameat2(f->root, from, f->root, moved, RENAME_NOREPLACE) == 0)
			return;
		if (errno != EEXIST)
			break;
	}
	log_error("folder", "event=cannot-move file=\"%s\" errno=\"%s\"", name, strerror(errno));
}

static void
write_findings(struct folder *f, const char *moved, const json_t *value)
{
	char name[PATH_MAX + 20];
	int fd;

	snprintf(name, sizeof(name), "%s.findings.json", moved);
	fd = openat(f->root, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
	if (fd < 0)
		return;
	json_dumpfd(value, fd, JSON_INDENT(2));
	close(fd);
}

static void
on_received(void *arg, enum status st, const struct diag *diag, json_t *value)
{
	struct folder *f = arg;
	const char *name = f->names[f->at];
	char moved[PATH_MAX] = "";

	(void)diag;
	if (st == STATUS_OK) {
		move_away(f, name, "done", moved);
	} else if (st == STATUS_INVALID) {
		move_away(f, name, "refused", moved);
		write_findings(f, moved, value);
	} else {
		put_off(f, "not-taken", st);
	}
	f->at++;
	next(f);
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct folder *f = arg;
	char sha256[DIGEST_HEX];

	close(f->fd);
	f->fd = -1;
	if (st == STATUS_OK) {
		struct exchange_packet packet = {.transport = "folder", .source = f->names[f->at], .sha256 = sha256,
			.size = stored->size};

		digest_hex(&stored->sha256, sha256);
		exchange_receive(f->office, &packet, on_received, f);
		return;
	}
	put_off(f, "not-stored", st);
	f->at++;
	next(f);
}

static void
next(struct folder *f)
{
	char path[NAME_MAX + 4];

	for (; f->at < f->name_count && !f->halted; f->at++) {
		snprintf(path, sizeof(path), "in/%s", f->names[f->at]);
		f->fd = openat(f->root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (f->fd >= 0) {
			content_put_fd(f->office->db, f->fd, FOLDER_MOST, on_stored, f);
			return;
		}
	}
	loop_soon(f->office->loop, end_look, f);
}

static bool
is_packet_name(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && ((n > 6 && strcmp(name + n - 6, ".edxml") == 0) || (n > 4 && strcmp(name + n - 4, ".xml") == 0));
}

/* True when the file looks as it did at the last look: whoever writes it has stopped. */
static bool
is_quiet(const struct seen *before, const struct seen *now)
{
	return before->size == now->size && before->changed.tv_sec == now->changed.tv_sec && before->changed.tv_nsec == now->changed.tv_nsec;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
list(struct folder *f, DIR *dir)
{
	struct seen *now = calloc(FOLDER_SEEN, sizeof(*now)); /* large for a stack */
	size_t count = 0;
	struct dirent *e;

	f->names = calloc(FOLDER_SEEN, sizeof(char *));
	while (now != NULL && f->names != NULL && count < FOLDER_SEEN && (e = readdir(dir)) != NULL) {
		struct seen *before, *s = &now[count];
		struct stat sb;

		if (!is_packet_name(e->d_name) || fstatat(dirfd(dir), e->d_name, &sb, AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(sb.st_mode))
			continue;
		snprintf(s->name, sizeof(s->name), "%s", e->d_name);
		s->size = sb.st_size;
		s->changed = sb.st_mtim;
		count++;
		before = find_seen(f->seen, f->seen_count, s->name);
		if (before == NULL || !is_quiet(before, s))
			continue; /* new, or still growing: as if it had never failed */
		s->failures = before->failures;
		s->not_before = before->not_before;
		if (s->not_before <= clock_monotonic() && (f->names[f->name_count] = strdup(s->name)) != NULL)
			f->name_count++;
	}
	if (now != NULL) {
		memcpy(f->seen, now, count * sizeof(*now));
		f->seen_count = count;
	}
	free(now);
	if (f->names != NULL)
		qsort(f->names, f->name_count, sizeof(char *), by_name);
}

void
folder_look(struct folder *f, void (*done)(void *arg), void *arg)
{
	int fd = openat(f->root, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	f->done = done;
	f->done_arg = arg;
	f->at = 0;
	f->halted = false;
	if (dir != NULL) {
		list(f, dir);
		closedir(dir);
	}
	next(f);
}

void
folder_halt(struct folder *f)
{
	if (f != NULL)
		f->halted = true;
}

/* --- delivering --- */

static bool
is_safe(const char *address)
{
	return address[0] != '\0' && address[0] != '/' && strstr(address, "..") == NULL && strlen(address) < 200;
}

static bool
copy(int from, int to)
{
	char block[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, block, sizeof(block), at)) > 0) {
		if (write(to, block, (size_t)n) != n)
			return false;
		at += n;
	}
	return n == 0;
}

enum status
folder_deliver(const struct folder *f, const char *address, const char *name, int fd, char *why, size_t size)
{
	char dir[300], part[600], final[600];
	int to = -1, dirfd = -1;
	enum status st = STATUS_IO;

	snprintf(dir, sizeof(dir), "out/%s", address);
	snprintf(part, sizeof(part), "%s/.%s.part", dir, name);
	snprintf(final, sizeof(final), "%s/%s", dir, name);
	if (!is_safe(address)) {
		snprintf(why, size, "outbox.address");
		return STATUS_INVALID;
	}
	if (make_path(f->root, dir) &&
		(to = openat(f->root, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0660)) >= 0 &&
		copy(fd, to) && fsync(to) == 0 && renameat(f->root, part, f->root, final) == 0 &&
		(dirfd = openat(f->root, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0 && fsync(dirfd) == 0)
		st = STATUS_OK;
	else {
		snprintf(why, size, "status.io (errno %d)", errno);
		log_warn("folder", "event=not-put name=\"%s\" %s", name, why);
	}
	if (to >= 0)
		close(to);
	if (dirfd >= 0)
		close(dirfd);
	return st;
}
