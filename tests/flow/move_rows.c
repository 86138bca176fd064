/* move_rows: the flow table as it is compiled in, one JSON object a row, for test_office.py: what may be done follows from it, everything else is to be refused. */
#include <stdio.h>

#include "daemon/flow/move.h"

static json_t *
states_of(uint32_t from)
{
	json_t *list = json_array();

	for (int s = 0; s < FLOW_STATE_COUNT_; s++)
		if ((from & UINT32_C(1) << s) != 0)
			json_array_append_new(list, json_string(flow_state_name((enum flow_state)s)));
	return list;
}

static json_t *
directions_of(unsigned directions)
{
	json_t *list = json_array();

	if ((directions & FLOW_INCOMING) != 0)
		json_array_append_new(list, json_string("incoming"));
	if ((directions & FLOW_OUTGOING) != 0)
		json_array_append_new(list, json_string("outgoing"));
	if ((directions & FLOW_INTERNAL) != 0)
		json_array_append_new(list, json_string("internal"));
	return list;
}

static json_t *
params_of(const struct flow_move *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < FLOW_PARAMS && m->params[i].name != NULL; i++)
		json_array_append_new(list, json_string(m->params[i].name));
	return list;
}

int
main(void)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < flow_move_count; i++) {
		const struct flow_move *m = &flow_moves[i];
		char who[200];

		flow_who_names(m->who, who, sizeof(who));
		json_array_append_new(rows, json_pack("{s:s,s:o,s:o,s:s,s:s,s:o}", "name", m->name, "directions", directions_of(m->directions), "from",
			states_of(m->from), "to", m->to == FLOW_SAME ? "" : flow_state_name((enum flow_state)m->to), "who", who, "params", params_of(m)));
	}
	json_dumpf(rows, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(rows);
	return 0;
}
