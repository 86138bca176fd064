/* container: see container.h. */
#include "daemon/sign/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/store/store.h"
#include "lib/base/text.h"

static const struct container containers[] = {
	{"pdf", "pdf", NULL, "", "application/pdf", "main", false, true},
	{"cms", "cms", NULL, ".p7s", "application/pkcs7-signature", "signature", true, false},
	{"cms-attached", "cms", "attached", ".p7m", "application/pkcs7-mime", "signature", false, false},
	{"asic-e", "asic", "asic-e", ".asice", "application/vnd.etsi.asic-e+zip", "signature", false, true},
	{"asic-s", "asic", "asic-s", ".asics", "application/vnd.etsi.asic-s+zip", "signature", false, false},
};

#define CONTAINERS (sizeof(containers) / sizeof(containers[0]))

const struct container *
container_find(const char *name)
{
	for (size_t i = 0; i < CONTAINERS; i++)
		if (strcmp(containers[i].name, name) == 0)
			return &containers[i];
	return NULL;
}

bool
container_is_beside(const char *name)
{
	const struct container *c = container_find(name);

	return c != NULL && strcmp(c->part, "signature") == 0;
}

static const struct container *
find_mime(const char *mime)
{
	for (size_t i = 0; i < CONTAINERS; i++)
		if (strcmp(containers[i].mime, mime) == 0)
			return &containers[i];
	return NULL;
}

/* Versions have UUIDv7 for ids: the later one is the greater. */
static bool
is_later(const json_t *v, const char *id)
{
	return strcmp(store_text(v, "id"), id) > 0;
}

/* Beside this file: made after it, and named after it (as the exchange tells it, daemon/store/document.c). */
static bool
is_beside(const json_t *v, const struct container *c, const json_t *file)
{
	const char *name = store_text(v, "name"), *of = store_text(file, "name");
	size_t n = strlen(of);

	return strcmp(store_text(v, "part"), "signature") == 0 && c != NULL && is_later(v, store_text(file, "id")) && strncasecmp(name, of, n) == 0 &&
		strcasecmp(name + n, c->suffix) == 0;
}

/* The file of the newest signature beside it, of this form when `only` is given. */
static const json_t *
find_newest(const struct flow_document *d, const json_t *file, const struct container *only, const struct container **out)
{
	const json_t *v, *newest = NULL;
	size_t i;

	*out = NULL;
	json_array_foreach(json_object_get(d->view, "versions"), i, v) {
		const struct container *c = find_mime(store_text(v, "mime"));

		if (!is_beside(v, c, file) || (only != NULL && c != only) || (newest != NULL && !is_later(v, store_text(newest, "id"))))
			continue;
		newest = v;
		*out = c;
	}
	return newest;
}

static bool
is_newest(const json_t *versions, const json_t *v)
{
	const json_t *w;
	size_t i;

	json_array_foreach(versions, i, w)
		if (strcmp(store_text(w, "part"), "attachment") == 0 && store_number(w, "part_number") == store_number(v, "part_number") &&
			store_number(w, "ordinal") > store_number(v, "ordinal"))
			return false;
	return true;
}

static bool
is_taken(const struct flow_document *d, const json_t *list, const char *name)
{
	const json_t *e;
	size_t i;

	if (strcasecmp(d->main_name, name) == 0)
		return true;
	json_array_foreach(list, i, e)
		if (strcasecmp(store_text(e, "name"), name) == 0)
			return true;
	return false;
}

/* The newest attachments, with names that differ from each other and from the main file's; new. */
static json_t *
attachments_of(const struct flow_document *d)
{
	const json_t *versions = json_object_get(d->view, "versions"), *v;
	json_t *list = json_array();
	size_t i;

	json_array_foreach(versions, i, v) {
		const char *name = store_text(v, "name");
		json_t *own;

		if (strcmp(store_text(v, "part"), "attachment") != 0 || !is_newest(versions, v))
			continue;
		own = is_taken(d, list, name) ? json_sprintf("%d-%s", (int)store_number(v, "part_number"), name) : json_string(name);
		json_array_append_new(list, json_pack("{s:o,s:O}", "name", own, "sha256", json_object_get(v, "sha256")));
	}
	return list;
}

static bool
same_name(const char *a, const char *b)
{
	char *x = NULL, *y = NULL;
	bool same = text_caseless(a, strlen(a), &x) != STATUS_OK || text_caseless(b, strlen(b), &y) != STATUS_OK || strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

const char *
container_name_taken(const struct flow_document *d, const json_t *attachment, const struct container *c)
{
	const json_t *versions = json_object_get(d->view, "versions"), *v;
	const char *name = store_text(attachment, "name");
	char made[600];
	size_t i;

	snprintf(made, sizeof(made), "%s%s", name, c->suffix);
	json_array_foreach(versions, i, v) {
		bool main = strcmp(store_text(v, "id"), d->main_version) == 0, attached = strcmp(store_text(v, "part"), "attachment") == 0 && is_newest(versions, v);
		const char *other = store_text(v, "name");

		if ((main || attached) && strcmp(store_text(v, "id"), store_text(attachment, "id")) != 0 && (same_name(other, name) || same_name(other, made)))
			return other;
	}
	return NULL;
}

json_t *
container_names(const json_t *files)
{
	json_t *names = json_array();
	const json_t *f;
	size_t i;

	json_array_foreach(files, i, f)
		json_array_append(names, json_object_get(f, "name"));
	return names;
}

/* --- choosing --- */

static json_t *
inside_of(const struct flow_document *d, const json_t *file, const json_t *wish, const struct container_choice *c)
{
	json_t *list, *more;

	if (c->grown != NULL || strcmp(c->container->kind, "asic") != 0)
		return NULL;
	list = json_pack("[{s:s,s:s}]", "name", store_text(file, "name"), "sha256", store_text(file, "sha256"));
	if (strcmp(c->container->name, "asic-e") != 0 || strcmp(store_text(file, "part"), "main") != 0 || store_flag(wish, "main_only"))
		return list;
	more = attachments_of(d);
	json_array_extend(list, more);
	json_decref(more);
	return list;
}

/* A CMS over the newest main file, and no newer one stands in its place. */
static bool
may_counter(const struct flow_document *d, const json_t *file, const json_t *v, const struct container *c)
{
	const json_t *w;
	size_t i;

	if (!is_beside(v, c, file) || strcmp(c->kind, "cms") != 0)
		return false;
	json_array_foreach(json_object_get(d->view, "versions"), i, w)
		if (strcmp(store_text(w, "part"), "signature") == 0 && store_number(w, "part_number") == store_number(v, "part_number") &&
			is_later(w, store_text(v, "id")))
			return false;
	return true;
}

static enum status
choose_counter(const struct flow_document *d, const json_t *file, const char *id, struct container_choice *out, struct diag *diag)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(d->view, "versions"), i, v)
		if (strcmp(store_text(v, "id"), id) == 0 && may_counter(d, file, v, find_mime(store_text(v, "mime")))) {
			*out = (struct container_choice){.container = find_mime(store_text(v, "mime")), .grown = v, .counter = true};
			return STATUS_OK;
		}
	diag_error(diag, "signing.counter", "counter", id, NULL);
	return STATUS_INVALID;
}

enum status
container_choose(const struct flow_document *d, const json_t *file, const json_t *wish, const char *usual, struct container_choice *out, struct diag *diag)
{
	const char *name = store_text(wish, "container");
	bool pdf = strcmp(store_text(file, "mime"), "application/pdf") == 0;
	const struct container *before;
	const json_t *made;

	*out = (struct container_choice){.container = container_find(name[0] != '\0' ? name : pdf ? "pdf" : usual)};
	if (out->container == NULL || (strcmp(out->container->name, "pdf") == 0) != pdf) {
		diag_error(diag, "signing.container", "container", name, pdf ? "pdf" : "cms, cms-attached, asic-e, asic-s");
		return STATUS_INVALID;
	}
	if (json_object_get(wish, "counter") != NULL)
		return choose_counter(d, file, store_text(wish, "counter"), out, diag);
	if (pdf)
		return STATUS_OK;
	made = find_newest(d, file, name[0] != '\0' ? out->container : NULL, &before);
	if (made != NULL)
		out->container = before;
	if (made != NULL && before->grows)
		out->grown = made;
	out->inside = inside_of(d, file, wish, out);
	return STATUS_OK;
}

json_t *
container_objects(const struct flow_document *d, const json_t *objects)
{
	json_t *list = json_deep_copy(objects), *o, *v;
	size_t i, k;

	json_array_foreach(list, i, o)
		json_array_foreach(json_object_get(d->view, "versions"), k, v)
			if (strcmp(store_text(v, "sha256"), store_text(o, "sha256")) == 0)
				json_object_set(o, "version", json_object_get(v, "id"));
	return list;
}

json_t *
container_left_out(const struct flow_document *d, const json_t *objects)
{
	const json_t *versions = json_object_get(d->view, "versions"), *v;
	json_t *names = json_array();
	size_t i;

	json_array_foreach(versions, i, v) {
		bool out = objects == NULL || !container_holds(objects, store_text(v, "sha256"));

		if (out && strcmp(store_text(v, "part"), "attachment") == 0 && is_newest(versions, v))
			json_array_append(names, json_object_get(v, "name"));
	}
	return names;
}

bool
container_holds(const json_t *objects, const char *sha256)
{
	const json_t *o;
	size_t i;

	json_array_foreach(objects, i, o)
		if (strcmp(store_text(o, "sha256"), sha256) == 0)
			return true;
	return objects == NULL;
}
