/* migration_files: see migration_files.h. */
#include "daemon/db/migration_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "NNN_name.sql" */
static bool
is_name(const char *name)
{
	size_t n = strlen(name);

	if (n < 9 || n >= MIGRATION_NAME || strcmp(name + n - 4, ".sql") != 0 || name[3] != '_')
		return false;
	for (size_t i = 0; i < n - 4; i++)
		if (i < 3 ? !isdigit((unsigned char)name[i])
				  : !islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '_')
			return false;
	return true;
}

static enum status
read_text(int dir_fd, const char *name, struct diag *diag, char **out)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;
	ssize_t n = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size <= (off_t)MIGRATION_BYTES)
		text = malloc((size_t)st.st_size + 1);
	if (text != NULL)
		n = read(fd, text, (size_t)st.st_size);
	if (fd >= 0)
		close(fd);
	if (n < 0 || n != st.st_size || memchr(text, '\0', (size_t)n) != NULL) {
		diag_error(diag, "db.migration.unreadable", name, NULL, "a text of at most 1 MiB");
		free(text);
		return STATUS_INVALID;
	}
	text[n] = '\0';
	*out = text;
	return STATUS_OK;
}

static int
by_number(const void *a, const void *b)
{
	const struct migration_file *x = a, *y = b;

	return x->number - y->number;
}

static enum status
add(struct migration_files *f, int dir_fd, const char *name, struct diag *diag)
{
	struct migration_file *file;
	enum status st;

	if (!is_name(name) || f->count == MIGRATIONS_MOST) {
		diag_error(diag, "db.migration.name", name, name, "NNN_name.sql");
		return STATUS_INVALID;
	}
	file = realloc(f->list, (f->count + 1) * sizeof(*file));
	if (file == NULL)
		return STATUS_NO_MEMORY;
	f->list = file;
	file += f->count;
	*file = (struct migration_file){.number = atoi(name)};
	memcpy(file->name, name, strlen(name) + 1); /* is_name: it fits */
	st = read_text(dir_fd, name, diag, &file->text);
	if (st != STATUS_OK)
		return st;
	f->count++;
	file->sha256 = digest_of(file->text, strlen(file->text));
	return STATUS_OK;
}

enum status
migration_files_read(const char *dir, struct diag *diag, struct migration_files *out)
{
	struct migration_files f = {NULL, 0};
	enum status st = STATUS_OK;
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (d == NULL) {
		diag_error(diag, "db.migration.folder", dir, strerror(errno), NULL);
		return STATUS_INVALID;
	}
	while (st == STATUS_OK && (entry = readdir(d)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n > 4 && strcmp(entry->d_name + n - 4, ".sql") == 0)
			st = add(&f, dirfd(d), entry->d_name, diag);
	}
	closedir(d);
	if (st == STATUS_OK && f.count > 1)
		qsort(f.list, f.count, sizeof(*f.list), by_number);
	for (size_t i = 1; st == STATUS_OK && i < f.count; i++) {
		if (f.list[i].number == f.list[i - 1].number) {
			diag_error(diag, "db.migration.name", f.list[i].name, f.list[i - 1].name,
				"a number of its own");
			st = STATUS_INVALID;
		}
	}
	if (st != STATUS_OK)
		migration_files_free(&f);
	else
		*out = f;
	return st;
}

void
migration_files_free(struct migration_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->list[i].text);
	free(f->list);
	*f = (struct migration_files){NULL, 0};
}
