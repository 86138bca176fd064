/* job_zip: opens an archive into its files, and builds one from files. */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/doc/pack.h"
#include "worker/job_table.h"

/* One entry as output file `index` and a row of the list. */
static enum status
unwrap_entry(struct job_run *run, struct pack *pack, size_t i, json_t *list)
{
	const struct pack_entry *entry = pack_at(pack, i);
	char hex[DIGEST_HEX];
	struct digest digest;
	enum status st;
	struct output to;
	off_t size;
	int fd = frame_memfd("congvan-entry");

	if (fd < 0)
		return STATUS_IO;
	to = output_fd(&fd);
	st = pack_read(pack, i, &to, run->diag);
	if (st == STATUS_OK)
		st = digest_of_fd(fd, &digest);
	size = lseek(fd, 0, SEEK_END);
	if (st != STATUS_OK || size < 0) {
		close(fd);
		return st != STATUS_OK ? st : STATUS_IO;
	}
	digest_hex(&digest, hex);
	if (json_array_append_new(list,
		    json_pack("{s:s, s:I, s:s, s:i}", "name", entry->name, "size", (json_int_t)size,
			    "sha256", hex, "index", (int)*run->output_count)) != 0) {
		close(fd);
		return STATUS_NO_MEMORY;
	}
	return job_output_file(run, fd);
}

enum status
job_zip_unwrap(struct job_run *run)
{
	struct pack_limits limits = pack_limits_default;
	struct pack *pack = NULL;
	json_t *list = json_array();
	enum status st;

	limits.entries = JOB_FILES; /* each file is a descriptor of the answer */
	st = pack_open(run->inputs[0], &limits, false, run->diag, &pack);
	for (size_t i = 0; st == STATUS_OK && i < pack_count(pack); i++)
		if (!pack_at(pack, i)->directory)
			st = unwrap_entry(run, pack, i, list);
	pack_close(pack);
	if (st != STATUS_OK) {
		json_decref(list);
		return st;
	}
	return job_set(run, "entries", list);
}

static bool
read_members(const struct job_run *run, struct pack_member members[JOB_FILES])
{
	const json_t *list = json_object_get(run->params, "entries");

	if (json_array_size(list) != run->input_count)
		return false;
	for (size_t i = 0; i < run->input_count; i++) {
		const json_t *row = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(row, "name"));

		if (name == NULL)
			return false;
		members[i] = (struct pack_member){.name = name,
			.fd = -1,
			.bytes = run->inputs[i],
			.stored = json_is_true(json_object_get(row, "stored"))};
	}
	return true;
}

enum status
job_zip_build(struct job_run *run)
{
	struct pack_member members[JOB_FILES];
	enum status st;
	int fd;

	if (!read_members(run, members))
		return job_bad_parameter(run, "entries");
	if ((fd = frame_memfd("congvan-zip")) < 0)
		return STATUS_IO;
	st = pack_build(fd, members, run->input_count, run->diag);
	if (st == STATUS_OK)
		return job_output_digested(run, fd);
	close(fd);
	return st;
}
