/* policy_folder: a policy from the administrator's folder of trust (policy.h, policy_read_folder), read once or again and again. */
#include "lib/pki/policy_data.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Files of a place: `path` without its ending, `name` likewise; `rules` of anchors. */
struct entry {
	const char *path, *name;
	struct span bytes, rules;
};

static enum status
add_anchors(struct policy *p, const struct entry *e)
{
	return policy_add_ruled_anchors(p, e->bytes, e->rules);
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
	bool ruled;
} places[] = {
	{"anchors", {".pem", ".crt", ".cer", ".der"}, add_anchors, true},
	{"intermediates", {".pem", ".crt", ".cer", ".der"}, add_intermediates, false},
	{"crls", {".pem", ".crl", ".crt", ".cer", ".der"}, add_crls, false},
	{"ocsp", {".der", ".ors"}, add_ocsp, false},
	{"signature-policies", {".der", ".txt", ".pdf"}, add_signature_policy, false},
};

/* One walk through the folder: what it parses into (or nothing), and the digest of all that it read. */
struct reading {
	const char *dir;
	struct policy *policy;       /* NULL: only the digest is wanted */
	struct digest_stream *seen;  /* NULL: not wanted */
	uint64_t bytes;
};

/* With its length before it, so that no two folders look the same. */
static void
see(struct reading *r, const void *p, size_t n)
{
	uint64_t length = n;

	r->bytes += n;
	if (r->seen == NULL)
		return;
	digest_put(r->seen, &length, sizeof(length));
	if (n > 0)
		digest_put(r->seen, p, n);
}

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

/* A file that need not be there; STATUS_OK with nothing read then. */
static enum status
read_if_there(const char *path, struct buf *to)
{
	enum status st = read_file(path, to);

	return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

static enum status
take_entry(struct reading *r, const struct place *place, const struct entry *e)
{
	see(r, place->folder, strlen(place->folder));
	see(r, e->name, strlen(e->name));
	see(r, e->bytes.data, e->bytes.len);
	see(r, e->rules.data, e->rules.len);
	return r->policy != NULL ? place->add(r->policy, e) : STATUS_OK;
}

static enum status
read_entry(struct reading *r, const struct place *place, const char *file, size_t stem)
{
	char path[PATH_MAX], name[256];
	struct buf bytes, rules;
	enum status st;

	if (snprintf(path, sizeof(path), "%s/%s/%s", r->dir, place->folder, file) >=
		(int)(sizeof(path) - sizeof(".rules")))
		return STATUS_INVALID;
	buf_init(&bytes, FILE_MAX);
	buf_init(&rules, 65536);
	st = read_file(path, &bytes);
	if (st == STATUS_OK && place->ruled) {
		strcpy(path + strlen(path) - strlen(file) + stem, ".rules");
		st = read_if_there(path, &rules);
	}
	path[strlen(r->dir) + 1 + strlen(place->folder) + 1 + stem] = '\0';
	snprintf(name, sizeof(name), "%.*s", (int)stem, file);
	if (st == STATUS_OK)
		st = take_entry(r, place, &(struct entry){path, name, {bytes.data, bytes.len}, {rules.data, rules.len}});
	buf_free(&bytes);
	buf_free(&rules);
	return st;
}

static enum status
read_place(struct reading *r, const struct place *place)
{
	char path[PATH_MAX];
	enum status st = STATUS_OK;
	struct dirent *entry;
	unsigned files = 0;
	DIR *d;

	if (snprintf(path, sizeof(path), "%s/%s", r->dir, place->folder) >= (int)sizeof(path))
		return STATUS_INVALID;
	d = opendir(path);
	if (d == NULL)
		return errno == ENOENT ? STATUS_OK : STATUS_IO;
	while (st == STATUS_OK && (entry = readdir(d)) != NULL) {
		size_t stem = ends_well(place, entry->d_name);

		if (stem != 0)
			st = ++files > FILES_MAX ? STATUS_TOO_LARGE :
				read_entry(r, place, entry->d_name, stem);
	}
	closedir(d);
	return st;
}

static enum status
read_rules(struct reading *r)
{
	char path[PATH_MAX];
	struct buf rules;
	enum status st;

	if (snprintf(path, sizeof(path), "%s/policy.rules", r->dir) >= (int)sizeof(path))
		return STATUS_INVALID;
	buf_init(&rules, 65536);
	st = read_file(path, &rules);
	see(r, &st, sizeof(st)); /* an empty file is another thing than none */
	see(r, rules.data, rules.len);
	if (st == STATUS_OK && r->policy != NULL)
		st = policy_apply_rules(r->policy, POLICY_RULES_OF_FOLDER, (struct span){rules.data, rules.len});
	buf_free(&rules);
	return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

static enum status
read_folder(struct reading *r)
{
	struct stat info;
	enum status st;

	if (stat(r->dir, &info) != 0 || !S_ISDIR(info.st_mode))
		return STATUS_NOT_FOUND;
	st = read_rules(r);
	for (size_t i = 0; st == STATUS_OK && i < sizeof(places) / sizeof(places[0]); i++)
		st = read_place(r, &places[i]);
	return st;
}

enum status
policy_read_folder(struct policy *p, const char *dir)
{
	return read_folder(&(struct reading){.dir = dir, .policy = p});
}

/* --- read again and again --- */

struct policy_folder {
	char *dir;
	struct policy *kept;  /* NULL: nothing */
	struct cert_kept *known; /* certificates that were in signatures */
	struct digest digest; /* of the files that it was parsed from */
};

struct policy_folder *
policy_folder_new(const char *dir)
{
	struct policy_folder *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->dir = strdup(dir);
	f->known = cert_kept_new();
	if (f->dir != NULL && f->known != NULL)
		return f;
	policy_folder_free(f);
	return NULL;
}

void
policy_folder_forget(struct policy_folder *f)
{
	if (f == NULL)
		return;
	policy_free(f->kept);
	f->kept = NULL;
	cert_kept_clear(f->known);
}

void
policy_folder_free(struct policy_folder *f)
{
	policy_folder_forget(f);
	if (f == NULL)
		return;
	cert_kept_free(f->known);
	free(f->dir);
	free(f);
}

/* The folder as it is now, into `p` when there is one. */
static enum status
look(const struct policy_folder *f, struct policy *p, struct digest *digest, uint64_t *bytes)
{
	struct reading r = {.dir = f->dir, .policy = p, .seen = digest_begin()};
	enum status st = r.seen != NULL ? read_folder(&r) : STATUS_NO_MEMORY;

	if (r.seen != NULL)
		*digest = digest_end(r.seen);
	*bytes = r.bytes;
	return st;
}

/* Parses it; the digest is that of the bytes parsed, whatever was there a moment ago. */
static enum status
parse(struct policy_folder *f, clock_us at, struct policy **out)
{
	struct policy *p = policy_new(at);
	struct digest digest;
	uint64_t bytes = 0;
	enum status st = p != NULL ? look(f, p, &digest, &bytes) : STATUS_NO_MEMORY;

	policy_folder_forget(f);
	if (st != STATUS_OK) {
		policy_free(p);
		return st;
	}
	p->known = f->known;
	if (bytes > POLICY_FOLDER_KEPT) {
		*out = p;
		return STATUS_OK;
	}
	f->kept = p;
	f->digest = digest;
	*out = policy_share(p, at);
	return *out != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
policy_folder_policy(struct policy_folder *f, clock_us at, struct policy **out)
{
	struct digest now;
	uint64_t bytes;
	enum status st;

	if (f->kept == NULL)
		return parse(f, at, out);
	st = look(f, NULL, &now, &bytes);
	if (st != STATUS_OK) {
		policy_folder_forget(f);
		return st;
	}
	if (memcmp(&now, &f->digest, sizeof(now)) != 0)
		return parse(f, at, out);
	*out = policy_share(f->kept, at);
	return *out != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}
