/* seal_form: see seal_form.h. */
#include "config.h"

#include "worker/seal_form.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/pki/cms_read.h"
#include "lib/seal/seal_asic.h"
#include "lib/seal/seal_asic_parts.h"
#include "worker/seal_kinds.h"

#define EMBED_FILES 3 /* base, tail, cms */
#define ATTACHED_MOST (CMS_READ_MAX - (2u << 20)) /* bytes of content; certificates, proofs and timestamps need room too */
#define CONTAINER_MOST (UINT64_C(1) << 30)

static const struct {
	const char *name;
	enum seal_form form;
	const struct seal_kind *kind;
} forms[] = {
	{"attached", SEAL_FORM_ATTACHED, &seal_cms},
	{"asic-e", SEAL_FORM_ASIC_E, &seal_asic},
	{"asic-s", SEAL_FORM_ASIC_S, &seal_asic},
};

enum status
seal_form_of(const struct job_run *run, struct seal_forming *out)
{
	const json_t *names = json_object_get(run->params, "names"), *name;
	const char *text = NULL;
	enum status st = seal_kind_of(run, &out->kind);
	size_t i;

	if (st != STATUS_OK)
		return st;
	if (!job_text(run, "form", &text))
		return STATUS_MALFORMED;
	out->form = SEAL_FORM_PLAIN;
	for (i = 0; text != NULL && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, text) == 0 && forms[i].kind == out->kind)
			out->form = forms[i].form;
	if (text != NULL && out->form == SEAL_FORM_PLAIN)
		return job_bad_parameter(run, "form");
	out->names = json_array_size(names);
	json_array_foreach(names, i, name)
		if (!json_is_string(name))
			return job_bad_parameter(run, "names");
	if ((out->form >= SEAL_FORM_ASIC_E) != (out->names > 0) || (out->form == SEAL_FORM_ASIC_S && out->names != 1) || out->names > run->input_count)
		return job_bad_parameter(run, "names");
	return STATUS_OK;
}

/* --- a new container --- */

/* Its files: input 0, and those from `from` on. The container as a file to unmap, without a signature or with the one of ASiC-S. */
static enum status
make_container(struct job_run *run, const struct seal_forming *f, size_t from, struct span signature, int *fd, struct span *out)
{
	const json_t *names = json_object_get(run->params, "names");
	struct pack_member members[JOB_FILES];
	enum status st;

	if (from + f->names - 1 > run->input_count)
		return job_bad_parameter(run, "names");
	for (size_t i = 0; i < f->names; i++)
		members[i] = (struct pack_member){.name = json_string_value(json_array_get(names, i)), .stored = true, /* a text of zeros must not look like a bomb */
			.bytes = run->inputs[i == 0 ? 0 : from + i - 1], .fd = -1};
	if ((*fd = frame_memfd("congvan-container")) < 0)
		return STATUS_IO;
	st = seal_asic_make(*fd, members, f->names, f->form == SEAL_FORM_ASIC_S, signature, (struct span){NULL, 0}, run->diag);
	return st == STATUS_OK ? frame_map(*fd, out) : st;
}

static void
drop_container(int fd, struct span *container)
{
	frame_unmap(container);
	if (fd >= 0)
		close(fd);
}

/* --- prepare --- */

static enum status
add_object(void *arg, const char *name, const struct digest *sha256)
{
	char hex[DIGEST_HEX];

	digest_hex(sha256, hex);
	return json_array_append_new(arg, json_pack("{s:s,s:s}", "name", name, "sha256", hex)) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

/* What the digest to sign is about, in the result. */
static enum status
say(struct job_run *run, const struct seal_forming *f, struct span container)
{
	static const char *const echoed[] = {"form", "names"};
	json_t *objects = json_array();
	enum status st = STATUS_OK;

	if (f->form == SEAL_FORM_ASIC_S) {
		struct digest d = digest_of(container.data, container.len);

		st = add_object(objects, json_string_value(json_array_get(json_object_get(run->params, "names"), 0)), &d);
	} else if (f->kind == &seal_asic)
		st = seal_asic_objects(container, add_object, objects, run->diag);
	for (size_t i = 0; st == STATUS_OK && i < sizeof(echoed) / sizeof(echoed[0]); i++)
		if (json_object_get(run->params, echoed[i]) != NULL)
			st = job_set(run, echoed[i], json_incref(json_object_get(run->params, echoed[i])));
	if (st == STATUS_OK && f->kind == &seal_asic)
		return job_set(run, "objects", objects);
	json_decref(objects);
	return st;
}

static enum status
check_size(struct job_run *run, size_t len)
{
	char got[24], want[32];

	if (len <= ATTACHED_MOST)
		return STATUS_OK;
	snprintf(got, sizeof(got), "%zu", len);
	snprintf(want, sizeof(want), "%u", ATTACHED_MOST);
	diag_error(run->diag, "signing.attached-size", "container", got, want);
	return STATUS_TOO_LARGE;
}

enum status
seal_form_prepare(struct job_run *run, const struct seal_forming *f, const struct seal_request *req, struct seal_prepared *out)
{
	struct seal_request own = *req;
	struct span base = run->inputs[0], container = {NULL, 0};
	int fd = -1;
	enum status st = STATUS_OK;

	own.attached = f->form == SEAL_FORM_ATTACHED;
	if (own.attached)
		st = check_size(run, base.len);
	if (st == STATUS_OK && f->form == SEAL_FORM_ASIC_E) {
		st = make_container(run, f, 1, (struct span){NULL, 0}, &fd, &container);
		base = container;
	}
	if (st == STATUS_OK) /* the signature of ASiC-S is a detached one over its only file */
		st = (f->form == SEAL_FORM_ASIC_S ? &seal_cms : f->kind)->prepare(base, &own, out, run->diag);
	if (st == STATUS_OK)
		st = seal_prepared_json(run, out);
	if (st == STATUS_OK)
		st = say(run, f, base);
	drop_container(fd, &container);
	return st;
}

/* --- embed --- */

static enum status
embed_simple(struct job_run *run, const struct seal_forming *f, struct seal_prepared *prepared, struct span cms)
{
	struct span container = {NULL, 0};
	int fd = -1;
	enum status st = make_container(run, f, EMBED_FILES, cms, &fd, &container);

	if (st == STATUS_OK) {
		buf_free(&prepared->tail);
		buf_init(&prepared->tail, CONTAINER_MOST);
		buf_put(&prepared->tail, container.data, container.len);
		st = buf_status(&prepared->tail);
	}
	drop_container(fd, &container);
	return st;
}

enum status
seal_form_embed(struct job_run *run, const struct seal_forming *f, struct seal_prepared *prepared, struct span cms)
{
	struct span container = {NULL, 0};
	int fd = -1;
	enum status st;

	if (f->form == SEAL_FORM_ASIC_S)
		return embed_simple(run, f, prepared, cms);
	prepared->attached = f->form == SEAL_FORM_ATTACHED;
	if (f->form != SEAL_FORM_ASIC_E)
		return f->kind->embed(run->inputs[0], prepared, cms, run->diag);
	st = make_container(run, f, EMBED_FILES, (struct span){NULL, 0}, &fd, &container);
	prepared->base_size = container.len;
	if (st == STATUS_OK)
		st = f->kind->embed(container, prepared, cms, run->diag);
	drop_container(fd, &container);
	return st;
}
