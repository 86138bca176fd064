/* signer_format: see signer_format.h. */
#include "lib/wire/signer_format.h"

#include <string.h>

static const char *const names[SIGNER_FORMATS] = {"pades", "cades", "counter"};

const char *
signer_format_name(enum signer_format f)
{
	return names[f];
}

bool
signer_format_find(const char *name, enum signer_format *out)
{
	for (int i = 0; i < SIGNER_FORMATS; i++)
		if (strcmp(name, names[i]) == 0) {
			*out = (enum signer_format)i;
			return true;
		}
	return false;
}

enum signer_format
signer_format_of(const char *container, bool counter)
{
	if (counter)
		return SIGNER_FORMAT_COUNTER;
	return strcmp(container, "pdf") == 0 ? SIGNER_FORMAT_PADES : SIGNER_FORMAT_CADES;
}

bool
signer_format_is_one(const enum signer_format *formats, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (formats[i] != formats[0])
			return false;
	return true;
}
