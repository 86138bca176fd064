/* seal_kind: which container a file is, by its content alone. See seal.h. */
#include "lib/seal/seal.h"

#include <string.h>

#include "lib/doc/asic.h"

const struct seal_kind *
seal_kind_for(struct span file, bool detached)
{
	if (detached)
		return &seal_cms;
	if (file.len > 5 && memmem(file.data, file.len < 1024 ? file.len : 1024, "%PDF-", 5) != NULL)
		return &seal_pdf;
	return asic_is(file) ? &seal_asic : &seal_cms;
}
