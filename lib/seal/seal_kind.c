/* seal_kind: which container a file is, by its content alone. See seal.h. */
#include "lib/seal/seal.h"

#include <string.h>

#include "lib/base/magic.h"
#include "lib/doc/asic.h"

/* Text that begins with a tag: no other container does. */
static bool
is_xml(struct span file)
{
	size_t i = file.len >= 3 && memcmp(file.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < file.len && strchr(" \t\r\n", file.data[i]) != NULL && file.data[i] != '\0')
		i++;
	return i < file.len && file.data[i] == '<';
}

const struct seal_kind *
seal_kind_for(struct span file, bool detached)
{
	if (detached || magic_is_signed_data(file.data, file.len)) /* a CMS around a PDF has the PDF's header within the first 1024 bytes too */
		return &seal_cms;
	if (file.len > 5 && memmem(file.data, file.len < 1024 ? file.len : 1024, "%PDF-", 5) != NULL)
		return &seal_pdf;
	if (is_xml(file))
		return &seal_xml;
	return asic_is(file) ? &seal_asic : &seal_cms;
}
