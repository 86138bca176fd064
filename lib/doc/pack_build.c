/*
 * pack_build: writing archives; see pack.h. libzip wants to own a named file; a source of our own
 * lets it write to a descriptor instead, so that nothing depends on paths.
 */
#include "lib/doc/pack.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "lib/doc/pack_name.h"

#define DOS_DATE 0x21 /* 1980-01-01, the first day it can say */

/* A file behind a descriptor, as libzip's source: read (fd of a member) or written (the archive).
 */
struct file {
	int fd;
	zip_int64_t read_at, write_at;
	zip_error_t error;
	bool writable;
};

static zip_int64_t
fail(struct file *f, int code)
{
	zip_error_set(&f->error, code, errno);
	return -1;
}

static zip_int64_t
file_read(struct file *f, void *data, zip_uint64_t len)
{
	ssize_t n;

	do
		n = pread(f->fd, data, len < SSIZE_MAX ? (size_t)len : SSIZE_MAX, f->read_at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(f, ZIP_ER_READ);
	f->read_at += n;
	return n;
}

static zip_int64_t
file_write(struct file *f, const void *data, zip_uint64_t len)
{
	const char *from = data;
	zip_uint64_t left = len;

	while (left > 0) {
		ssize_t n = pwrite(f->fd, from, (size_t)left, f->write_at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(f, ZIP_ER_WRITE);
		f->write_at += n;
		from += n;
		left -= (zip_uint64_t)n;
	}
	return (zip_int64_t)len;
}

static zip_int64_t
file_seek(struct file *f, zip_int64_t *at, void *data, zip_uint64_t len)
{
	struct stat st;
	zip_int64_t to;

	if (fstat(f->fd, &st) < 0)
		return fail(f, ZIP_ER_SEEK);
	to = zip_source_seek_compute_offset(
		(zip_uint64_t)*at, (zip_uint64_t)st.st_size, data, len, &f->error);
	if (to < 0)
		return -1;
	*at = to;
	return 0;
}

static zip_int64_t
file_stat(struct file *f, void *data, zip_uint64_t len)
{
	struct stat st;
	zip_stat_t *z = data;

	if (len < sizeof(*z) || fstat(f->fd, &st) < 0)
		return fail(f, ZIP_ER_READ);
	zip_stat_init(z);
	z->size = (zip_uint64_t)st.st_size;
	z->valid = ZIP_STAT_SIZE;
	return sizeof(*z);
}

static zip_int64_t
file_supports(const struct file *f)
{
	zip_int64_t commands = zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ,
		ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
		ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);

	if (f->writable)
		commands |= zip_source_make_command_bitmap(ZIP_SOURCE_BEGIN_WRITE,
			ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_WRITE,
			ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_REMOVE, -1);
	return commands;
}

static zip_int64_t
file_command(void *arg, void *data, zip_uint64_t len, zip_source_cmd_t command)
{
	struct file *f = arg;

	switch (command) {
	case ZIP_SOURCE_OPEN:
	case ZIP_SOURCE_BEGIN_WRITE:
		*(command == ZIP_SOURCE_OPEN ? &f->read_at : &f->write_at) = 0;
		return 0;
	case ZIP_SOURCE_READ:
		return file_read(f, data, len);
	case ZIP_SOURCE_WRITE:
		return file_write(f, data, len);
	case ZIP_SOURCE_SEEK:
		return file_seek(f, &f->read_at, data, len);
	case ZIP_SOURCE_SEEK_WRITE:
		return file_seek(f, &f->write_at, data, len);
	case ZIP_SOURCE_TELL:
		return f->read_at;
	case ZIP_SOURCE_TELL_WRITE:
		return f->write_at;
	case ZIP_SOURCE_STAT:
		return file_stat(f, data, len);
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&f->error, data, len);
	case ZIP_SOURCE_SUPPORTS:
		return file_supports(f);
	case ZIP_SOURCE_CLOSE:
	case ZIP_SOURCE_COMMIT_WRITE:
	case ZIP_SOURCE_ROLLBACK_WRITE:
	case ZIP_SOURCE_REMOVE:
		return 0;
	case ZIP_SOURCE_FREE:
		free(f);
		return 0;
	default:
		zip_error_set(&f->error, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

static zip_source_t *
file_source(int fd, bool writable)
{
	struct file *f = calloc(1, sizeof(*f));
	zip_source_t *source;

	if (f == NULL)
		return NULL;
	f->fd = fd;
	f->writable = writable;
	zip_error_init(&f->error);
	source = zip_source_function_create(file_command, f, NULL);
	if (source == NULL)
		free(f);
	return source;
}

static enum status
add_member(zip_t *z, const struct pack_member *m)
{
	zip_source_t *source = m->fd >= 0 ? file_source(m->fd, false)
					  : zip_source_buffer(z, m->bytes.data, m->bytes.len, 0);
	zip_int64_t i;

	if (source == NULL)
		return STATUS_NO_MEMORY;
	i = zip_file_add(z, m->name, source, ZIP_FL_ENC_UTF_8);
	if (i < 0) {
		zip_source_free(source);
		return zip_get_error(z)->zip_err == ZIP_ER_EXISTS ? STATUS_DUPLICATE
								  : STATUS_INTERNAL;
	}
	if (zip_set_file_compression(
		    z, (zip_uint64_t)i, m->stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0) < 0 ||
		zip_file_set_dostime(z, (zip_uint64_t)i, 0, DOS_DATE, 0) < 0)
		return STATUS_INTERNAL;
	return STATUS_OK;
}

static enum status
add_members(zip_t *z, const struct pack_member *members, size_t count, struct diag *diag)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < count && st == STATUS_OK; i++) {
		if (!pack_name_is_safe(members[i].name)) {
			diag_error(diag, "pack.name", "zip", members[i].name, "a/b.txt");
			return STATUS_INVALID;
		}
		st = add_member(z, &members[i]);
		if (st == STATUS_DUPLICATE) {
			diag_error(diag, "pack.duplicate", "zip", members[i].name, NULL);
			return STATUS_INVALID;
		}
	}
	return st;
}

enum status
pack_build(int fd, const struct pack_member *members, size_t count, struct diag *diag)
{
	zip_source_t *source = file_source(fd, true);
	zip_t *z;
	enum status st;

	if (source == NULL)
		return STATUS_NO_MEMORY;
	z = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, NULL);
	if (z == NULL) {
		zip_source_free(source);
		return STATUS_IO;
	}
	st = add_members(z, members, count, diag);
	if (st == STATUS_OK && zip_close(z) < 0) {
		errno = zip_error_system_type(zip_get_error(z)) == ZIP_ET_SYS
			? zip_error_code_system(zip_get_error(z))
			: 0;
		st = errno == ENOSPC ? STATUS_NO_SPACE : STATUS_IO;
	} else if (st == STATUS_OK) {
		return STATUS_OK;
	}
	zip_discard(z);
	return st;
}
