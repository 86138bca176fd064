/* pdf_second: see pdf_second.h. */
#include "lib/doc/pdf_second.h"

#include <dlfcn.h>
#include <poppler.h>
#include <stdio.h>
#include <string.h>

/*
 * poppler-glib checks a signature as a GTask: in a thread of its own, for which it waits. A worker's sandbox lets no thread begin, and one begun before would be outside of it. So
 * the ten functions that it calls are defined here and stand before GLib's own (the program's symbols come first): the same task, done at once where it is. Nothing else in a worker
 * uses GTask. A task is a plain GObject with what belongs to it.
 */
GType
g_task_get_type(void)
{
	return G_TYPE_OBJECT;
}

gboolean
g_task_is_valid(gpointer result, gpointer source)
{
	return result != NULL && g_object_get_data(result, "source") == source;
}

GTask *
g_task_new(gpointer source, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
	GObject *task = g_object_new(G_TYPE_OBJECT, NULL);

	(void)cancellable;
	(void)callback;
	(void)data;
	g_object_set_data(task, "source", source); /* who asks has it and waits */
	return (GTask *)task;
}

void
g_task_set_task_data(GTask *task, gpointer data, GDestroyNotify destroy)
{
	g_object_set_data_full(G_OBJECT(task), "data", data, destroy);
}

gboolean
g_task_set_return_on_cancel(GTask *task, gboolean on)
{
	(void)task;
	(void)on;
	return TRUE;
}

void
g_task_return_pointer(GTask *task, gpointer result, GDestroyNotify destroy)
{
	g_object_set_data_full(G_OBJECT(task), "result", result, destroy);
}

void
g_task_return_error(GTask *task, GError *error)
{
	(void)task; /* no result: what asked sees NULL */
	g_error_free(error);
}

gpointer
g_task_propagate_pointer(GTask *task, GError **error)
{
	(void)error;
	return g_object_steal_data(G_OBJECT(task), "result");
}

void
g_task_run_in_thread_sync(GTask *task, GTaskThreadFunc work)
{
	work(task, g_object_get_data(G_OBJECT(task), "source"), g_object_get_data(G_OBJECT(task), "data"), NULL);
}

void
g_task_run_in_thread(GTask *task, GTaskThreadFunc work)
{
	g_task_run_in_thread_sync(task, work);
}

void
pdf_second_warm_up(void)
{
	/* opened once and kept: NSS finds them loaded when it asks for them by name in the sandbox */
	static const char *const modules[] = {"libsoftokn3.so", "libfreebl3.so", "libfreeblpriv3.so"};

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		(void)dlopen(modules[i], RTLD_NOW | RTLD_GLOBAL);
}

static const char *
words_of(PopplerSignatureStatus s)
{
	switch (s) {
	case POPPLER_SIGNATURE_VALID:
		return "valid";
	case POPPLER_SIGNATURE_INVALID:
		return "invalid";
	case POPPLER_SIGNATURE_DIGEST_MISMATCH:
		return "digest mismatch";
	case POPPLER_SIGNATURE_DECODING_ERROR:
		return "decoding error";
	case POPPLER_SIGNATURE_NOT_FOUND:
		return "not found";
	case POPPLER_SIGNATURE_NOT_VERIFIED:
		return "not verified";
	case POPPLER_SIGNATURE_GENERIC_ERROR:
		break;
	}
	return "generic error";
}

static void
look_at(PopplerFormField *field, struct pdf_second *out)
{
	gchar *name = poppler_form_field_get_name(field);
	PopplerSignatureInfo *info =
		poppler_form_field_signature_validate_sync(field, (PopplerSignatureValidationFlags)0, NULL, NULL);
	PopplerSignatureStatus s =
		info != NULL ? poppler_signature_info_get_signature_status(info) : POPPLER_SIGNATURE_NOT_FOUND;

	snprintf(out->field, sizeof(out->field), "%s", name != NULL ? name : "");
	snprintf(out->said, sizeof(out->said), "%s", words_of(s));
	out->state = s == POPPLER_SIGNATURE_VALID ? PDF_SECOND_VALID :
		s == POPPLER_SIGNATURE_NOT_VERIFIED || s == POPPLER_SIGNATURE_NOT_FOUND ? PDF_SECOND_UNKNOWN : PDF_SECOND_INVALID;
	if (info != NULL)
		poppler_signature_info_free(info);
	g_free(name);
}

enum status
pdf_second_look(struct span file, struct pdf_second *list, size_t *count)
{
	GBytes *bytes = g_bytes_new_static(file.data, file.len);
	PopplerDocument *doc = poppler_document_new_from_bytes(bytes, NULL, NULL);
	GList *fields = doc != NULL ? poppler_document_get_signature_fields(doc) : NULL;
	enum status st = doc != NULL ? STATUS_OK : STATUS_INVALID;

	*count = 0;
	for (GList *at = fields; at != NULL && st == STATUS_OK; at = at->next) {
		if (*count == PDF_SECOND_MOST)
			st = STATUS_TOO_LARGE;
		else
			look_at(POPPLER_FORM_FIELD(at->data), &list[(*count)++]);
	}
	g_list_free_full(fields, g_object_unref);
	if (doc != NULL)
		g_object_unref(doc);
	g_bytes_unref(bytes);
	return st;
}
