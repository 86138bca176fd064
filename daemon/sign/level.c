/* level: see level.h. */
#include "daemon/sign/level.h"

#include <string.h>

#include "daemon/sign/sign.h"
#include "daemon/store/store.h"

int
level_rank(const char *name)
{
	static const char *const names[] = {"CMS", "B-B", "B-T", "B-LT", "B-LTA"};

	for (int i = 0; i < 5; i++)
		if (strcmp(name, names[i]) == 0)
			return i + 1;
	return 0;
}

bool
level_is_wish(const char *name)
{
	return level_rank(name) >= level_rank("B-B");
}

/* Counter-signatures stand inside the one that they are over, and are asked for by name only. */
static const json_t *
find_in(const json_t *list, const char *field)
{
	const json_t *s, *found = NULL;
	size_t i;

	json_array_foreach(list, i, s) {
		const json_t *inside = field != NULL && field[0] != '\0' ? find_in(json_object_get(s, "counter_signatures"), field) : NULL;

		if (inside != NULL)
			found = inside;
		if (store_flag(s, "is_timestamp"))
			continue;
		if (field == NULL || field[0] == '\0' || strcmp(store_text(s, "field"), field) == 0)
			found = s;
	}
	return found;
}

const json_t *
level_find(const json_t *report, const char *field)
{
	return find_in(json_object_get(report, "signatures"), field);
}

#define PAUSE_MOST (6 * 3600) /* seconds */

void
level_next_try(const struct sign_office *o, const char *held, const char *wanted, const char *until, unsigned tries,
	char to[CLOCK_TEXT])
{
	uint64_t pause = (uint64_t)o->level_retry_seconds << (tries < 16 ? tries : 16);
	clock_us end = 0, now = clock_now();

	to[0] = '\0';
	if (level_rank(held) < level_rank(wanted))
		clock_format_utc(now + (clock_us)(pause < PAUSE_MOST ? pause : PAUSE_MOST) * CLOCK_SECOND, to);
	else if (strcmp(held, "B-LTA") == 0 && clock_parse(until, &end)) {
		end -= (clock_us)o->renew_days * CLOCK_DAY;
		clock_format_utc(end > now ? end : now + (clock_us)PAUSE_MOST * CLOCK_SECOND, to);
	}
}
