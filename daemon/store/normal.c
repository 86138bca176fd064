/* normal: see normal.h. */
#include "daemon/store/normal.h"

#include <stdlib.h>

#include "lib/base/text.h"

/* PostgreSQL writes 1e300 as an integer of 301 digits, and no row that holds one could be read again: jansson's integers have 64 bits. */
#define NUMBER_MOST 9e18

/* A copy with text in NFC, or NULL with *st set. The depth is bounded, so recursion is. */
static json_t *
normal(const json_t *v, int depth, bool integers, enum status *st)
{
	json_t *copy = NULL, *child;
	const char *key;
	json_t *e;
	size_t i;
	char *text;

	if (depth > NORMAL_DEPTH || (integers && json_is_real(v))) {
		*st = STATUS_INVALID;
		return NULL;
	}
	if (json_is_real(v) && (json_real_value(v) >= NUMBER_MOST || json_real_value(v) <= -NUMBER_MOST)) {
		*st = STATUS_TOO_LARGE;
		return NULL;
	}
	switch (json_typeof(v)) {
	case JSON_STRING:
		*st = text_nfc(json_string_value(v), json_string_length(v), &text);
		if (*st == STATUS_OK) {
			copy = json_string(text);
			free(text);
		}
		return copy;
	case JSON_ARRAY:
		copy = json_array();
		json_array_foreach(v, i, e) {
			child = normal(e, depth + 1, integers, st);
			if (child == NULL || json_array_append_new(copy, child) != 0)
				goto fail;
		}
		return copy;
	case JSON_OBJECT:
		copy = json_object();
		json_object_foreach((json_t *)v, key, e) {
			child = normal(e, depth + 1, integers, st);
			if (child == NULL || json_object_set_new(copy, key, child) != 0)
				goto fail;
		}
		return copy;
	default:
		return json_incref((json_t *)v);
	}
fail:
	json_decref(copy);
	if (*st == STATUS_OK)
		*st = STATUS_NO_MEMORY;
	return NULL;
}

enum status
normal_json(const json_t *value, bool integers, json_t **out)
{
	enum status st = STATUS_OK;
	json_t *copy = normal(value, 0, integers, &st);

	if (copy == NULL)
		return st != STATUS_OK ? st : STATUS_NO_MEMORY;
	*out = copy;
	return STATUS_OK;
}
