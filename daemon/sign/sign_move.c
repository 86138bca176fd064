/* sign_move: see sign_move.h. */
#include "daemon/sign/sign_move.h"

#include <stddef.h>
#include <string.h>

#include "daemon/sign/sign.h"

static const struct sign_move moves[] = {
	{"initial", "invisible", "initialled", false, NULL, 0, ""}, /* ký nháy */
	{"sign", "leader", "signed", false, NULL, 0, ""},
	{"seal", "office", "sealed", false, NULL, 0, ""},
	{"copy", "copy", "copied", true, "copy", -1, ".ban-sao"},
	{"stamp", "arrival", "stamped", true, "arrival", 0, ".den"},
};

const struct sign_move *
sign_move_find(const char *name)
{
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (strcmp(moves[i].name, name) == 0)
			return &moves[i];
	return NULL;
}

bool
sign_move_is_signature(const char *move)
{
	return sign_move_find(move) != NULL;
}
