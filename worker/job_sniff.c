/* job_sniff: what a file is by its bytes, and whether its name says the same. */
#include "config.h"

#include "lib/doc/sniff.h"
#include "worker/job_table.h"

enum status
job_sniff(struct job_run *run)
{
	const char *name = NULL;
	struct sniff s;

	if (!job_text(run, "name", &name))
		return STATUS_MALFORMED;
	s = sniff_bytes(run->inputs[0], name, run->diag);
	run->value = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b}", "mime", sniff_mime(s.kind),
		"kind", sniff_word(s.kind), "suffix", sniff_suffix(s.kind), "agrees", s.agrees,
		"damaged", s.damaged, "executable", s.executable, "macros", s.macros);
	return run->value != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}
