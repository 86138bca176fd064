/* pack_name: see pack_name.h. */
#include "lib/doc/pack_name.h"

#include <string.h>

#include "lib/base/text.h"

static bool
component_is_safe(const char *s, size_t n)
{
	return n > 0 && !(n == 1 && s[0] == '.') && !(n == 2 && s[0] == '.' && s[1] == '.');
}

bool
pack_name_is_safe(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || !text_is_utf8(name, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '\\' ||
			name[i] == ':')
			return false;
	while (*name != '\0') {
		size_t n = strcspn(name, "/");

		if (!component_is_safe(name, n))
			return false;
		name += n;
		if (*name == '/')
			name++;
	}
	return true;
}
