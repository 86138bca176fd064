/* packet_kind: see packet_kind.h. */
#include "daemon/flow/packet_kind.h"

#include <stddef.h>
#include <string.h>

int
packet_kind_number(const char *kind)
{
	static const struct {
		const char *kind;
		int number;
	} rows[] = {
		{"NQ", 1}, {"QD", 2}, {"CT", 3}, {"QC", 4}, {"QUYDINH", 5}, {"TC", 6}, {"TB", 7}, {"HD", 8}, {"CTR", 9},
		{"KH", 10}, {"PA", 11}, {"DEAN", 12}, {"DUAN", 13}, {"BC", 14}, {"BB", 15}, {"TTR", 16}, {"HOPDONG", 17},
		{"CV", 18}, {"CONGDIEN", 19}, {"BGN", 20}, {"BTT", 22}, {"GUQ", 24}, {"GM", 25}, {"GGT", 26},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].kind, kind) == 0)
			return rows[i].number;
	return 0;
}
