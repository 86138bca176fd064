/* job_entries: what is inside a container: the list, or one of its files. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "lib/doc/sniff.h"
#include "lib/seal/seal_entries.h"
#include "worker/job_table.h"

static enum status
say_all(struct job_run *run, const struct seal_entries *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < seal_entries_count(e); i++) {
		struct seal_entry one = seal_entries_at(e, i);

		json_array_append_new(list, json_pack("{s:i,s:s,s:I,s:s}", "n", (int)i, "name", one.name, "size", (json_int_t)one.size, "role", one.role));
	}
	if (json_array_size(list) != seal_entries_count(e)) {
		json_decref(list);
		return STATUS_NO_MEMORY;
	}
	return job_set(run, "items", list);
}

/* A program does not come into an office inside a container either (as for every file that is uploaded). */
static enum status
look(struct job_run *run, int fd, const char *name)
{
	struct span bytes;
	struct sniff s;
	enum status st = frame_map(fd, &bytes);

	if (st != STATUS_OK)
		return st;
	s = sniff_bytes(bytes, name, NULL);
	frame_unmap(&bytes);
	if (s.executable) {
		diag_error(run->diag, "sniff.executable", name, sniff_word(s.kind), NULL);
		return STATUS_INVALID;
	}
	return job_set(run, "mime", json_string(sniff_mime(s.kind)));
}

static enum status
take(struct job_run *run, struct seal_entries *e, size_t n)
{
	struct seal_entry one = seal_entries_at(e, n);
	const char *slash = strrchr(one.name, '/'), *name = slash != NULL ? slash + 1 : one.name;
	int fd = frame_memfd("congvan-entry");
	struct output to = output_fd(&fd);
	enum status st = fd >= 0 ? seal_entries_read(e, n, &to, run->diag) : STATUS_IO;

	if (st == STATUS_OK)
		st = look(run, fd, name);
	if (st == STATUS_OK)
		st = job_set(run, "name", json_string(name));
	if (st == STATUS_OK)
		return job_output_digested(run, fd);
	if (fd >= 0)
		close(fd);
	return st;
}

enum status
job_entries(struct job_run *run)
{
	struct seal_entries *e = NULL;
	const char *name = NULL;
	int64_t n = -1;
	enum status st;

	if (!job_text(run, "name", &name) || !job_number(run, "n", 0, SEAL_ENTRIES_MOST, &n))
		return STATUS_MALFORMED;
	st = seal_entries_open(run->inputs[0], name, run->diag, &e);
	if (st == STATUS_OK && n >= 0 && (size_t)n >= seal_entries_count(e))
		st = STATUS_NOT_FOUND;
	if (st == STATUS_OK)
		st = n < 0 ? say_all(run, e) : take(run, e, (size_t)n);
	seal_entries_close(e);
	return st;
}
