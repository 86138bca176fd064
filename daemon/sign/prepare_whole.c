/*
 * prepare_whole: a document with its attachments, to be signed by one approval: the main file, then each attachment by its number, in the form that fits it, one after the
 * other, all known by the main file's signing. When one of them cannot be prepared none is: what was prepared before it is given up. See prepare_private.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sign/prepare_private.h"
#include "daemon/store/document.h"
#include "daemon/store/signing.h"

struct whole {
	const struct sign_office *office;
	const struct person *person;
	const json_t *wish;
	size_t least;
	sign_cb cb;
	void *arg;
	struct diag *diag;
	json_t *files;    /* attachments: [{"part_number","name","mime"}] */
	json_t *bare;     /* the wish for an attachment: without picture and place; "container" is of the one being prepared */
	json_t *answers;  /* of preparing: main, then files */
	struct sign_whole file; /* being prepared */
	char id[UUID_TEXT];
};

static void next(struct whole *w);

static bool
is_pdf(const json_t *file)
{
	return strcmp(store_text(file, "mime"), "application/pdf") == 0;
}

static void
end(struct whole *w, enum status st, json_t *value)
{
	w->cb(w->arg, st, w->diag, value);
	json_decref(w->files);
	json_decref(w->bare);
	json_decref(w->answers);
	diag_free(w->diag);
	free(w);
}

static void
done(struct whole *w)
{
	json_t *answer = json_copy(json_array_get(w->answers, 0)), *rest = json_array();

	for (size_t i = 1; i < json_array_size(w->answers); i++)
		json_array_append(rest, json_array_get(w->answers, i));
	json_object_set_new(answer, "attachments", rest);
	end(w, STATUS_OK, answer);
	json_decref(answer);
}

/* Those before it are worth nothing without it: an approval takes all of them or none. */
static void
give_up(struct whole *w, enum status st)
{
	const json_t *a;
	size_t i;

	json_array_foreach(w->answers, i, a)
		signing_failed(w->office->db, store_text(a, "id"), "signing.whole", NULL, NULL);
	end(w, st, NULL);
}

static void
on_file(void *arg, enum status st, const struct diag *diag, json_t *value)
{
	struct whole *w = arg;
	const json_t *file = json_array_get(w->files, json_array_size(w->answers) - 1);

	diag_join(w->diag, diag);
	if (st != STATUS_OK) {
		if (json_array_size(w->answers) > 0)
			diag_error(w->diag, "signing.attachment", "attachments", store_text(file, "name"), NULL);
		give_up(w, st);
		return;
	}
	json_array_append(w->answers, value);
	next(w);
}

static void
next(struct whole *w)
{
	size_t i = json_array_size(w->answers);
	const char *container = store_text(w->wish, "attachment_container");

	if (i > json_array_size(w->files)) {
		done(w);
		return;
	}
	json_object_del(w->bare, "container"); /* of the main file; a PDF has no other than its own */
	if (i > 0 && container[0] != '\0' && !is_pdf(json_array_get(w->files, i - 1)))
		json_object_set_new(w->bare, "container", json_string(container));
	w->file = (struct sign_whole){.id = w->id, .count = (int)json_array_size(w->files) + 1,
		.attachment = i > 0 ? (int)store_number(json_array_get(w->files, i - 1), "part_number") : 0};
	sign_prepare_file(w->office, w->person, i > 0 ? w->bare : w->wish, &w->file, w->least, on_file, w);
}

/* The newest version of each attachment, in the order of their numbers (as the view has them). */
static void
list_files(struct whole *w, const struct flow_document *d)
{
	const json_t *versions = json_object_get(d->view, "versions"), *v, *after;
	size_t i;

	json_array_foreach(versions, i, v) {
		after = json_array_get(versions, i + 1);
		if (strcmp(store_text(v, "part"), "attachment") != 0 || (strcmp(store_text(after, "part"), "attachment") == 0 &&
			store_number(after, "part_number") == store_number(v, "part_number")))
			continue;
		json_array_append_new(w->files, json_pack("{s:O,s:O,s:O}", "part_number", json_object_get(v, "part_number"), "name", json_object_get(v, "name"), "mime",
			json_object_get(v, "mime")));
	}
}

static enum status
check_container(struct whole *w)
{
	const char *container = store_text(w->wish, "attachment_container");

	if (container[0] == '\0' || container_is_beside(container))
		return STATUS_OK;
	diag_error(w->diag, "signing.container", "attachment_container", container, "cms, cms-attached, asic-e, asic-s");
	return STATUS_INVALID;
}

static void
on_document(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct whole *w = arg;
	struct flow_document d;
	const struct sign_move *m = sign_move_find(store_text(w->wish, "move"));
	json_t *loaded = st == STATUS_OK ? json_deep_copy(value) : NULL;

	(void)constraint;
	if (st == STATUS_OK && (loaded == NULL || !flow_document_from_json(loaded, &d)))
		st = STATUS_INTERNAL;
	if (st == STATUS_OK && strcmp(d.main_mime, "application/pdf") != 0) {
		diag_error(w->diag, "signing.together", "main", d.main_mime, "application/pdf");
		st = STATUS_INVALID;
	}
	if (st == STATUS_OK && m != NULL && m->beside) {
		diag_error(w->diag, "signing.together", "move", m->name, "initial, sign, seal");
		st = STATUS_INVALID;
	}
	if (st == STATUS_OK)
		st = check_container(w);
	if (st == STATUS_OK)
		list_files(w, &d);
	json_decref(loaded);
	if (st != STATUS_OK)
		end(w, st, NULL);
	else
		next(w);
}

void
sign_prepare_whole(const struct sign_office *o, const struct person *person, const json_t *wish, size_t least, sign_cb cb, void *arg)
{
	static const char *const places[] = {"role", "page", "rect", "anchor", "png", "attachments", "attachment_container"};
	struct whole *w = calloc(1, sizeof(*w));

	if (w == NULL || (w->diag = diag_new()) == NULL || (w->files = json_array()) == NULL || (w->answers = json_array()) == NULL || (w->bare = json_copy((json_t *)wish)) == NULL)
		abort();
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		json_object_del(w->bare, places[i]);
	w->office = o;
	w->person = person;
	w->wish = wish;
	w->least = least;
	w->cb = cb;
	w->arg = arg;
	uuid_new(w->id);
	document_load(o->db, person, store_text(wish, "document"), on_document, w);
}
