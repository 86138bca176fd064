/* cms_room: see cms_room.h. */
#include "lib/pki/cms_room.h"

#define MARGIN_LEAST 512u
#define STEP 256u
#define ATTRIBUTE 64u /* identifier and headers of the unsigned attribute, and those around it that grow with it */

static size_t
with_margin(size_t n)
{
	size_t margin = n / 8 > MARGIN_LEAST ? n / 8 : MARGIN_LEAST;

	return (n + margin + STEP - 1) / STEP * STEP;
}

enum status
cms_room(X509 *cert, const STACK_OF(X509) *chain, const struct cms_options *options, size_t token, size_t *room_out)
{
	struct cms_template *t = NULL;
	enum status st = cms_template_new(cert, chain, options, &t);
	size_t room;

	if (st != STATUS_OK)
		return st;
	room = cms_room_for(cms_template_room(t), token);
	cms_template_free(t);
	if (room == 0)
		return STATUS_TOO_LARGE;
	*room_out = room;
	return STATUS_OK;
}

size_t
cms_room_for(size_t signature, size_t token)
{
	if (signature > CMS_ROOM_MOST / 2 || token > CMS_ROOM_MOST / 2 - ATTRIBUTE)
		return 0;
	signature += token != 0 ? token + ATTRIBUTE : 0;
	return signature <= CMS_ROOM_MOST / 2 ? with_margin(signature) : 0;
}

size_t
cms_room_larger(size_t room, size_t needed)
{
	size_t wanted = with_margin(needed > room ? needed : room);

	if (room >= CMS_ROOM_MOST / 2 || needed > CMS_ROOM_MOST / 2)
		return 0;
	return wanted < 2 * room ? 2 * room : wanted;
}
