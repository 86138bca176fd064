/* Archives through pack_open and pack_inspect, strict and lax, with small limits; and the same
 * bytes through sniff. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "lib/doc/pack.h"
#include "lib/doc/pack_name.h"
#include "lib/doc/sniff.h"

const char *const fuzz_corpora[] = {"tests/corpus/hostile/made", NULL};

static void
check(struct span bytes, const struct pack_limits *limits, bool lax)
{
	struct diag *diag = diag_new();
	struct pack *p;

	if (pack_open(bytes, limits, lax, diag, &p) == STATUS_OK) {
		for (size_t i = 0; i < pack_count(p); i++)
			if (!lax && !pack_name_is_safe(pack_at(p, i)->name))
				abort();
		if (pack_inspect(p, diag) == STATUS_OK && diag_has_error(diag))
			abort();
		pack_close(p);
	} else if (!diag_has_error(diag)) {
		abort();
	}
	diag_free(diag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pack_limits limits = pack_limits_default;
	struct span bytes = {data, size};

	limits.entries = 100;
	limits.entry = limits.total = 1 << 20;
	limits.ratio_floor = 1 << 16;
	check(bytes, &limits, false);
	check(bytes, &limits, true);
	(void)sniff_bytes(bytes, "a.docx", NULL);
	return 0;
}
