/* sign_log: see sign_log.h. */
#include "signer/sign_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/hex.h"
#include "lib/base/order.h"
#include "lib/wire/frame.h"

#define NAME 64
#define MEMBERS 32 /* of one record, without the texts */
#define NAME_FORMAT "sign-%016" PRIu64 ".log"
#define RECENT (30 * 60) /* seconds: longer than any activation in them can still be used */

struct sign_log {
	int dir, file;
	uint64_t size, file_bytes;
	struct sign_log_head head;
	bool broken; /* the file may hold bytes that the chain does not know of */
};

/* First numbers of the files, oldest first. */
struct file_list {
	uint64_t *first;
	size_t count, cap;
};

struct verifier {
	struct sign_log_head head;
	bool hash_known; /* false until the first line when the files before it are not looked at */
	sign_log_fn seen;
	void *arg;
	struct diag *diag;
};

/* What the end of a file showed. */
struct tail {
	uint64_t good; /* bytes up to and with the last newline */
	uint64_t size;
};

static bool
parse_name(const char *name, uint64_t *first)
{
	char again[NAME];

	if (strncmp(name, "sign-", 5) != 0)
		return false;
	*first = strtoull(name + 5, NULL, 10);
	snprintf(again, sizeof(again), NAME_FORMAT, *first);
	return strcmp(name, again) == 0 && *first > 0;
}

static bool
list_add(struct file_list *l, uint64_t first)
{
	if (l->count == l->cap) {
		size_t cap = l->cap > 0 ? 2 * l->cap : 16;
		uint64_t *p = reallocarray(l->first, cap, sizeof(*p));

		if (p == NULL)
			return false;
		l->first = p;
		l->cap = cap;
	}
	l->first[l->count++] = first;
	return true;
}

static enum status
list_files(int dir, struct file_list *out)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	enum status st = STATUS_OK;
	struct dirent *e;
	uint64_t first;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return STATUS_IO;
	}
	while (st == STATUS_OK && (e = readdir(d)) != NULL)
		if (parse_name(e->d_name, &first) && !list_add(out, first))
			st = STATUS_NO_MEMORY;
	closedir(d);
	if (out->count > 0)
		qsort(out->first, out->count, sizeof(*out->first), order_u64);
	return st;
}

static bool
broken_at(struct verifier *v, const char *name, uint64_t line, const char *code, const char *got,
	const char *want)
{
	char where[NAME + 32];

	snprintf(where, sizeof(where), "%s:%" PRIu64, name, line);
	diag_error(v->diag, code, where, got, want);
	return false;
}

static bool
check_line(struct verifier *v, const char *name, uint64_t number, struct span line)
{
	json_t *record =
		json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *prev = json_string_value(json_object_get(record, "prev"));
	json_int_t seq = json_integer_value(json_object_get(record, "seq"));
	char want[DIGEST_HEX];
	bool good = true;

	digest_hex(&v->head.hash, want);
	if (!json_is_object(record) || prev == NULL)
		good = broken_at(
			v, name, number, "sign_log.line", NULL, "{\"at\",\"prev\",\"seq\",…}");
	else if (v->hash_known && strcmp(prev, want) != 0)
		good = broken_at(v, name, number, "sign_log.chain", prev, want);
	else if (seq <= 0 || (uint64_t)seq != v->head.seq + 1)
		good = broken_at(v, name, number, "sign_log.number", NULL, NULL);
	if (good) {
		v->hash_known = true;
		v->head.seq++;
		v->head.hash = digest_of(line.data, line.len);
		if (v->seen != NULL)
			v->seen(v->arg, record);
	}
	json_decref(record);
	return good;
}

static bool
check_lines(struct verifier *v, const char *name, struct span text, struct tail *tail)
{
	uint64_t number = 0;

	tail->size = text.len;
	tail->good = 0;
	while (text.len > 0) {
		const unsigned char *end = memchr(text.data, '\n', text.len);
		struct span line;

		if (end == NULL)
			break;
		line = (struct span){text.data, (size_t)(end - text.data)};
		text = (struct span){end + 1, text.len - line.len - 1};
		if (!check_line(v, name, ++number, line))
			return false;
		tail->good += line.len + 1;
	}
	return true;
}

static enum status
check_file(struct verifier *v, int dir, uint64_t first, struct tail *tail)
{
	struct span text = {NULL, 0};
	char name[NAME];
	enum status st;
	int fd;

	snprintf(name, sizeof(name), NAME_FORMAT, first);
	if (first != v->head.seq + 1) {
		broken_at(v, name, 0, "sign_log.missing", NULL, NULL);
		return STATUS_INVALID;
	}
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return STATUS_IO;
	st = frame_map(fd, &text);
	if (st == STATUS_OK && !check_lines(v, name, text, tail))
		st = STATUS_INVALID;
	frame_unmap(&text);
	close(fd);
	return st;
}

/* The files from number `from` of the list on. Only the last one may end in a torn line. */
static enum status
check_files(
	struct verifier *v, int dir, const struct file_list *files, size_t from, struct tail *tail)
{
	if (files->count == 0)
		return STATUS_OK;
	v->head.seq =
		files->first[from] - 1; /* what is older may have been moved to another place */
	v->hash_known = v->head.seq == 0;
	for (size_t i = from; i < files->count; i++) {
		enum status st = check_file(v, dir, files->first[i], tail);

		if (st != STATUS_OK)
			return st;
		if (i + 1 < files->count && tail->good != tail->size) {
			diag_error(v->diag, "sign_log.line", NULL, NULL, NULL);
			return STATUS_INVALID;
		}
	}
	if (v->hash_known)
		return STATUS_OK;
	diag_error(v->diag, "sign_log.missing", NULL, NULL, NULL);
	return STATUS_INVALID;
}

/* Where verifying begins at a start: the last two files, and all that were written to lately. */
static size_t
first_recent(int dir, const struct file_list *files)
{
	size_t from = files->count > 2 ? files->count - 2 : 0;
	char name[NAME];
	struct stat sb;

	while (from > 0) {
		snprintf(name, sizeof(name), NAME_FORMAT, files->first[from - 1]);
		if (fstatat(dir, name, &sb, AT_SYMLINK_NOFOLLOW) == 0 &&
			sb.st_mtim.tv_sec < clock_now() / CLOCK_SECOND - RECENT)
			break;
		from--;
	}
	return from;
}

enum status
sign_log_verify(
	const char *dir, sign_log_fn seen, void *arg, struct diag *diag, struct sign_log_head *out)
{
	struct verifier v = {.seen = seen, .arg = arg, .diag = diag};
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct file_list files = {NULL, 0, 0};
	struct tail tail = {0, 0};
	enum status st;

	if (fd < 0)
		return STATUS_NOT_FOUND;
	st = list_files(fd, &files);
	if (st == STATUS_OK)
		st = check_files(&v, fd, &files, 0, &tail);
	if (st == STATUS_OK && tail.good != tail.size)
		diag_warn(diag, "sign_log.torn", dir, NULL, NULL);
	if (st == STATUS_OK)
		*out = v.head;
	free(files.first);
	close(fd);
	return st;
}

struct sign_log_head
sign_log_head(const struct sign_log *l)
{
	return l->head;
}

void
sign_log_close(struct sign_log *l)
{
	if (l == NULL)
		return;
	if (l->file >= 0)
		close(l->file);
	if (l->dir >= 0)
		close(l->dir);
	free(l);
}

static int
open_file(const struct sign_log *l, uint64_t first, int flags)
{
	char name[NAME];

	snprintf(name, sizeof(name), NAME_FORMAT, first);
	return openat(l->dir, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

/* A new file for the next line; its name is on the disk before anything is written to it. */
static enum status
start_file(struct sign_log *l)
{
	int fd = open_file(l, l->head.seq + 1, O_CREAT | O_EXCL);

	if (fd < 0)
		return errno == ENOSPC || errno == EDQUOT ? STATUS_NO_SPACE : STATUS_IO;
	if (fsync(l->dir) != 0) {
		close(fd);
		l->broken = true;
		return STATUS_IO;
	}
	if (l->file >= 0)
		close(l->file);
	l->file = fd;
	l->size = 0;
	return STATUS_OK;
}

/* Copies the torn bytes to a file of their own, then cuts them off. */
static enum status
set_aside(struct sign_log *l, const struct tail *tail)
{
	char name[NAME + 32], bytes[4096];
	uint64_t at = tail->good;
	enum status st = STATUS_OK;
	int fd;

	snprintf(name, sizeof(name), "torn-%016" PRIu64 "-%" PRId64, l->head.seq + 1,
		clock_now() / CLOCK_SECOND);
	fd = openat(l->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return STATUS_IO;
	while (st == STATUS_OK && at < tail->size) {
		ssize_t n = pread(l->file, bytes, sizeof(bytes), (off_t)at);

		if (n <= 0 || write(fd, bytes, (size_t)n) != n)
			st = STATUS_IO;
		else
			at += (uint64_t)n;
	}
	if (st == STATUS_OK &&
		(fsync(fd) != 0 || ftruncate(l->file, (off_t)tail->good) != 0 ||
			fsync(l->file) != 0 || fsync(l->dir) != 0))
		st = STATUS_IO;
	close(fd);
	return st;
}

static enum status
record_torn(struct sign_log *l, const struct tail *tail)
{
	json_t *r = json_pack(
		"{s:s, s:I}", "event", "torn", "bytes", (json_int_t)(tail->size - tail->good));
	enum status st = r != NULL ? sign_log_append(l, r) : STATUS_NO_MEMORY;

	json_decref(r);
	return st;
}

static enum status
take_up(struct sign_log *l, const struct file_list *files, const struct tail *tail,
	struct diag *diag)
{
	enum status st = STATUS_OK;

	if (files->count == 0)
		return start_file(l);
	l->file = open_file(l, files->first[files->count - 1], 0);
	if (l->file < 0)
		return STATUS_IO;
	l->size = tail->good;
	if (tail->good != tail->size) {
		diag_warn(diag, "sign_log.torn", NULL, NULL, NULL);
		st = set_aside(l, tail);
		if (st == STATUS_OK)
			st = record_torn(l, tail);
	}
	return st;
}

enum status
sign_log_open(const char *dir, uint64_t file_bytes, sign_log_fn seen, void *arg, struct diag *diag,
	struct sign_log **out)
{
	struct verifier v = {.seen = seen, .arg = arg, .diag = diag};
	struct file_list files = {NULL, 0, 0};
	struct tail tail = {0, 0};
	struct sign_log *l = calloc(1, sizeof(*l));
	enum status st;

	if (l == NULL)
		return STATUS_NO_MEMORY;
	l->file = -1;
	l->file_bytes = file_bytes;
	l->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	st = l->dir >= 0 ? list_files(l->dir, &files) : STATUS_NOT_FOUND;
	if (st == STATUS_OK)
		st = check_files(&v, l->dir, &files, first_recent(l->dir, &files), &tail);
	if (st == STATUS_OK) {
		l->head = v.head;
		st = take_up(l, &files, &tail, diag);
	}
	free(files.first);
	if (st != STATUS_OK) {
		sign_log_close(l);
		return st;
	}
	*out = l;
	return STATUS_OK;
}

static int
put_part(const char *p, size_t n, void *arg)
{
	buf_put(arg, p, n);
	return buf_status(arg) == STATUS_OK ? 0 : -1;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_member(struct buf *line, const char *name, const json_t *value, struct span text)
{
	buf_printf(line, "%s\"%s\":", line->len > 1 ? "," : "", name);
	if (text.data != NULL)
		buf_put(line, text.data, text.len);
	else if (json_dump_callback(value, put_part, line, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) != 0 &&
		line->failed == STATUS_OK)
		line->failed = STATUS_INTERNAL;
}

/* Members in the order of their names, those of record and the texts (in order themselves) together. */
static enum status
put_members(json_t *record, const struct sign_log_text *texts, size_t count, struct buf *line)
{
	static const struct span none = {NULL, 0};
	const char *names[MEMBERS], *name;
	size_t n = 0, t = 0;
	json_t *value;

	if (json_object_size(record) > MEMBERS)
		return STATUS_INTERNAL;
	json_object_foreach(record, name, value)
		names[n++] = name;
	qsort(names, n, sizeof(names[0]), compare_names);
	buf_put_byte(line, '{');
	for (size_t i = 0; i <= n; i++) {
		for (; t < count && (i == n || strcmp(texts[t].name, names[i]) < 0); t++)
			if (texts[t].json.data != NULL)
				put_member(line, texts[t].name, NULL, texts[t].json);
		if (i < n)
			put_member(line, names[i], json_object_get(record, names[i]), none);
	}
	buf_put_str(line, "}\n");
	return buf_status(line);
}

static enum status
compose(const struct sign_log *l, json_t *record, const struct sign_log_text *texts, size_t count, struct buf *line)
{
	char prev[DIGEST_HEX], at[CLOCK_TEXT];

	digest_hex(&l->head.hash, prev);
	clock_format_utc(clock_now(), at);
	if (json_object_set_new(record, "at", json_string(at)) != 0 ||
		json_object_set_new(record, "prev", json_string(prev)) != 0 ||
		json_object_set_new(record, "seq", json_integer((json_int_t)(l->head.seq + 1))) !=
			0)
		return STATUS_NO_MEMORY;
	return put_members(record, texts, count, line);
}

/* One write; what came of a partial one is cut off again, so that the file ends where the chain
 * does. */
static enum status
write_line(struct sign_log *l, const struct buf *line)
{
	ssize_t n;
	int err;

	do
		n = write(l->file, line->data, line->len);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)line->len) {
		if (fdatasync(l->file) == 0)
			return STATUS_OK;
		l->broken = true; /* whether it will be there after a crash is not known: the next
				     start decides */
		return STATUS_IO;
	}
	err = n < 0 ? errno : ENOSPC;
	if (n > 0 && (ftruncate(l->file, (off_t)l->size) != 0 || fsync(l->file) != 0))
		l->broken = true;
	return err == ENOSPC || err == EDQUOT || err == EFBIG ? STATUS_NO_SPACE : STATUS_IO;
}

enum status
sign_log_append(struct sign_log *l, json_t *record)
{
	return sign_log_append_with(l, record, NULL, 0);
}

enum status
sign_log_append_with(struct sign_log *l, json_t *record, const struct sign_log_text *texts, size_t count)
{
	struct buf line;
	enum status st;

	if (l->broken)
		return STATUS_IO;
	buf_init(&line, SIGN_LOG_LINE);
	st = compose(l, record, texts, count, &line);
	if (st == STATUS_OK && l->size > 0 && l->size + line.len > l->file_bytes)
		st = start_file(l);
	if (st == STATUS_OK)
		st = write_line(l, &line);
	if (st == STATUS_OK) {
		l->size += line.len;
		l->head.seq++;
		l->head.hash = digest_of(line.data, line.len - 1);
	}
	buf_free(&line);
	return st;
}
