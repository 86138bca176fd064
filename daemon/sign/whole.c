/* whole: see whole.h. */
#include "daemon/sign/whole.h"

#include <string.h>

#include "daemon/store/store.h"

size_t
sign_whole_size(const json_t *signings, size_t i)
{
	return (size_t)store_number(json_array_get(signings, i), "whole_count");
}

/* How many rows from i on are one document's, each attachment once. */
static size_t
run_at(const json_t *signings, size_t i, const char *whole)
{
	json_int_t last = 0;
	size_t n = 1;

	for (; i + n < json_array_size(signings); n++) {
		const json_t *s = json_array_get(signings, i + n);

		if (strcmp(store_text(s, "whole"), whole) != 0 || store_number(s, "attachment") <= last)
			break;
		last = store_number(s, "attachment");
	}
	return n;
}

void
sign_whole_check(const json_t *signings, struct diag *diag)
{
	for (size_t i = 0; i < json_array_size(signings); i += sign_whole_size(signings, i)) {
		const json_t *first = json_array_get(signings, i);
		const char *whole = store_text(first, "whole");

		if (whole[0] == '\0' || (strcmp(store_text(first, "id"), whole) == 0 && run_at(signings, i, whole) == sign_whole_size(signings, i)))
			continue;
		diag_error(diag, "signing.whole", store_text(first, "id"), store_text(first, "title"), whole);
		return;
	}
}
