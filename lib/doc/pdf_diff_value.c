/*
 * pdf_diff_value: values that a later revision may write, held against what their key is for (see pdf_diff_parts.h). An object can play
 * two roles, since readers do not ask what a dictionary is: a field that the page also names as its resources. So nothing that can be
 * drawn (streams, fonts, colour spaces, layers) is taken for a date or a flag.
 */
#include <string.h>

#include "lib/doc/pdf_diff_parts.h"

#define ITEMS_MAX 64

/* Names that are a colour space by themselves (ISO 32000-1 8.6.3, 8.9.7). */
static const char *const colours[] = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/Pattern", "/G", "/RGB", "/CMYK"};

static bool
is_plain_name(qpdf_data q, qpdf_oh v)
{
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (pdf_name_is(q, v, colours[i]))
			return false;
	return qpdf_oh_is_name(q, v);
}

static bool
is_text_or_number(qpdf_data q, qpdf_oh v)
{
	return qpdf_oh_is_null(q, v) || qpdf_oh_is_bool(q, v) || qpdf_oh_is_number(q, v) || qpdf_oh_is_string(q, v);
}

/* A text, number or name, or an array of texts and numbers. */
static bool
is_plain(qpdf_data q, qpdf_oh v)
{
	int n = qpdf_oh_is_array(q, v) ? qpdf_oh_get_array_n_items(q, v) : 0;
	bool plain = qpdf_oh_is_array(q, v) ? n <= ITEMS_MAX : is_text_or_number(q, v) || is_plain_name(q, v);

	for (int i = 0; i < n && plain; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(q, v, i);

		plain = is_text_or_number(q, item);
		qpdf_oh_release(q, item);
	}
	return plain;
}

bool
has_only_keys(qpdf_data q, qpdf_oh dict, const char *const *keys)
{
	bool only = qpdf_oh_is_dictionary(q, dict);

	if (!only)
		return false;
	qpdf_oh_begin_dict_key_iter(q, dict);
	while (qpdf_oh_dict_more_keys(q)) {
		const char *key = qpdf_oh_dict_next_key(q);
		bool known = false;

		for (size_t i = 0; keys[i] != NULL && !known; i++)
			known = strcmp(keys[i], key) == 0;
		only &= known;
	}
	return only;
}

static bool
is_plain_at(qpdf_data q, qpdf_oh dict, const char *key)
{
	qpdf_oh v = pdf_get(q, dict, key);
	bool plain = is_plain(q, v);

	qpdf_oh_release(q, v);
	return plain;
}

/* What a developer's extension says of itself (7.12.3; ISO 32000-2 lets several stand in an array). */
static bool
is_extension(qpdf_data q, qpdf_oh v)
{
	static const char *const keys[] = {"/Type", "/BaseVersion", "/ExtensionLevel", "/URL", "/ExtensionRevision", NULL};
	bool plain = has_only_keys(q, v, keys);

	for (size_t i = 0; keys[i] != NULL && plain; i++)
		plain = is_plain_at(q, v, keys[i]);
	return plain;
}

static bool
is_extension_or_list(qpdf_data q, qpdf_oh v)
{
	int n = qpdf_oh_is_array(q, v) ? qpdf_oh_get_array_n_items(q, v) : 0;
	bool right = n > 0 && n <= ITEMS_MAX;

	if (!qpdf_oh_is_array(q, v))
		return is_extension(q, v) || pdf_name_is(q, v, "/Extensions");
	for (int i = 0; i < n && right; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(q, v, i);

		right = is_extension(q, item);
		qpdf_oh_release(q, item);
	}
	return right;
}

static bool
are_extensions(qpdf_data q, qpdf_oh v)
{
	char keys[ITEMS_MAX][64];
	bool right = qpdf_oh_is_dictionary(q, v);
	size_t n = 0;

	if (!right)
		return false;
	qpdf_oh_begin_dict_key_iter(q, v);
	while (right && qpdf_oh_dict_more_keys(q)) {
		const char *key = qpdf_oh_dict_next_key(q);

		right = n < ITEMS_MAX && strlen(key) < sizeof(keys[0]);
		if (right)
			strcpy(keys[n++], key);
	}
	for (size_t i = 0; i < n && right; i++) {
		qpdf_oh one = pdf_get(q, v, keys[i]);

		right = is_extension_or_list(q, one);
		qpdf_oh_release(q, one);
	}
	return right;
}

/* A widget's border and captions (12.5.6.19), without its icons. */
static bool
is_widget_look(qpdf_data q, qpdf_oh v)
{
	static const char *const keys[] = {"/R", "/BC", "/BG", "/CA", "/RC", "/AC", "/TP", NULL};
	bool plain = has_only_keys(q, v, keys);

	for (size_t i = 0; keys[i] != NULL && plain; i++)
		plain = is_plain_at(q, v, keys[i]);
	return plain;
}

bool
is_harmless(qpdf_data q, qpdf_oh v, const char *key)
{
	static const char *const looks[] = {"/N", "/R", "/D", NULL};

	if (qpdf_oh_is_null(q, v))
		return true;
	if (strcmp(key, "/AP") == 0)
		return has_only_keys(q, v, looks);
	if (strcmp(key, "/MK") == 0)
		return is_widget_look(q, v);
	if (strcmp(key, "/Extensions") == 0)
		return are_extensions(q, v);
	if (strcmp(key, "/Metadata") == 0)
		return qpdf_oh_is_stream(q, v) && pdf_key_name_is(q, v, "/Type", "/Metadata") &&
			pdf_key_name_is(q, v, "/Subtype", "/XML");
	/* the value of a signature is judged as one; what only the form's resources name is not the page's (is_shared) */
	if (strcmp(key, "/V") == 0 || strcmp(key, "/Encoding") == 0 || strcmp(key, "/ProcSet") == 0)
		return qpdf_oh_is_dictionary(q, v) || qpdf_oh_is_array(q, v);
	return is_plain(q, v);
}

bool
is_shared(const struct comparison *c, int number)
{
	return bit_is(c, c->touched, number) && references_to(c, number) != 1;
}

bool
is_document_timestamp(qpdf_data q, qpdf_oh value)
{
	return pdf_key_name_is(q, value, "/Type", "/DocTimeStamp") && pdf_key_name_is(q, value, "/SubFilter", "/ETSI.RFC3161");
}
