/* policy_folder: a policy from the administrator's folder of trust (policy.h, policy_read_folder). */
#include "lib/pki/policy_data.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (64u << 20)
#define FILES_MAX 4096

static enum status
read_file(const char *path, struct buf *to)
{
	FILE *f = fopen(path, "rb");
	char chunk[16384];
	size_t n;
	bool bad;

	if (f == NULL)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && buf_status(to) == STATUS_OK)
		buf_put(to, chunk, n);
	bad = ferror(f);
	fclose(f);
	return bad ? STATUS_IO : buf_status(to);
}

/* Files of a place: `path` without its ending, `name` likewise. */
struct entry {
	const char *path, *name;
	struct span bytes;
};

static enum status
add_anchors(struct policy *p, const struct entry *e)
{
	char path[PATH_MAX];
	struct buf rules;
	enum status st;

	if (snprintf(path, sizeof(path), "%s.rules", e->path) >= (int)sizeof(path))
		return STATUS_INVALID;
	buf_init(&rules, 65536);
	st = read_file(path, &rules);
	if (st == STATUS_OK || st == STATUS_NOT_FOUND)
		st = policy_add_ruled_anchors(p, e->bytes, (struct span){rules.data, rules.len});
	buf_free(&rules);
	return st;
}

static enum status
add_intermediates(struct policy *p, const struct entry *e)
{
	return policy_add_intermediates(p, e->bytes);
}

static enum status
add_crls(struct policy *p, const struct entry *e)
{
	return policy_add_crls(p, e->bytes);
}

static enum status
add_ocsp(struct policy *p, const struct entry *e)
{
	return policy_add_ocsp(p, e->bytes);
}

static enum status
add_signature_policy(struct policy *p, const struct entry *e)
{
	return policy_add_signature_policy(p, e->name, e->bytes);
}

static const struct place {
	const char *folder;
	const char *endings[6];
	enum status (*add)(struct policy *, const struct entry *);
} places[] = {
	{"anchors", {".pem", ".crt", ".cer", ".der"}, add_anchors},
	{"intermediates", {".pem", ".crt", ".cer", ".der"}, add_intermediates},
	{"crls", {".pem", ".crl", ".crt", ".cer", ".der"}, add_crls},
	{"ocsp", {".der", ".ors"}, add_ocsp},
	{"signature-policies", {".der", ".txt", ".pdf"}, add_signature_policy},
};

/* The length of a name without the ending that its place wants; 0: another file. */
static size_t
ends_well(const struct place *place, const char *name)
{
	size_t len = strlen(name);

	if (name[0] == '.')
		return 0;
	for (const char *const *e = place->endings; *e != NULL; e++)
		if (len > strlen(*e) && strcmp(name + len - strlen(*e), *e) == 0)
			return len - strlen(*e);
	return 0;
}

static enum status
read_entry(struct policy *p, const char *dir, const struct place *place, const char *file, size_t stem)
{
	char path[PATH_MAX], name[256];
	struct entry e = {path, name, {NULL, 0}};
	struct buf b;
	enum status st;

	if (snprintf(path, sizeof(path), "%s/%s/%s", dir, place->folder, file) >= (int)sizeof(path))
		return STATUS_INVALID;
	buf_init(&b, FILE_MAX);
	st = read_file(path, &b);
	path[strlen(path) - strlen(file) + stem] = '\0';
	snprintf(name, sizeof(name), "%.*s", (int)stem, file);
	e.bytes = (struct span){b.data, b.len};
	if (st == STATUS_OK)
		st = place->add(p, &e);
	buf_free(&b);
	return st;
}

static enum status
read_place(struct policy *p, const char *dir, const struct place *place)
{
	char path[PATH_MAX];
	enum status st = STATUS_OK;
	struct dirent *entry;
	unsigned files = 0;
	DIR *d;

	if (snprintf(path, sizeof(path), "%s/%s", dir, place->folder) >= (int)sizeof(path))
		return STATUS_INVALID;
	d = opendir(path);
	if (d == NULL)
		return errno == ENOENT ? STATUS_OK : STATUS_IO;
	while (st == STATUS_OK && (entry = readdir(d)) != NULL) {
		size_t stem = ends_well(place, entry->d_name);

		if (stem != 0)
			st = ++files > FILES_MAX ? STATUS_TOO_LARGE :
				read_entry(p, dir, place, entry->d_name, stem);
	}
	closedir(d);
	return st;
}

static enum status
read_rules(struct policy *p, const char *dir)
{
	char path[PATH_MAX];
	struct buf rules;
	enum status st;

	if (snprintf(path, sizeof(path), "%s/policy.rules", dir) >= (int)sizeof(path))
		return STATUS_INVALID;
	buf_init(&rules, 65536);
	st = read_file(path, &rules);
	if (st == STATUS_OK)
		st = policy_apply_rules(p, POLICY_RULES_OF_FOLDER, (struct span){rules.data, rules.len});
	buf_free(&rules);
	return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

enum status
policy_read_folder(struct policy *p, const char *dir)
{
	struct stat info;
	enum status st;

	if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode))
		return STATUS_NOT_FOUND;
	st = read_rules(p, dir);
	if (st != STATUS_OK)
		return st;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		st = read_place(p, dir, &places[i]);
		if (st != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}
