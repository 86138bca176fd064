/* edxml: the packet as a struct; see edxml.h. */
#include "lib/doc/edxml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* All texts of a packet: those of 5,000 receivers, and what their lists waste by doubling. */
#define MEMORY (16u << 20)

struct edxml *
edxml_new(enum edxml_packet packet)
{
	struct arena *arena = arena_new(MEMORY);
	struct edxml *e = arena != NULL ? arena_alloc(arena, sizeof(*e)) : NULL;

	if (e == NULL) {
		arena_free(arena);
		return NULL;
	}
	e->arena = arena;
	e->packet = packet;
	return e;
}

void
edxml_free(struct edxml *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->attachment_count; i++)
		if (e->attachments[i].fd >= 0)
			close(e->attachments[i].fd);
	arena_free(e->arena);
}

void *
edxml_add(struct edxml *e, void *list, size_t *count, size_t size)
{
	char *items, *old;
	size_t room = *count;

	memcpy(&old, list, sizeof(old));
	items = old;
	/* Grows at 0 and at every power of two. */
	if ((room & (room - 1)) == 0) {
		items = arena_alloc(e->arena, (room == 0 ? 1 : 2 * room) * size);
		if (items == NULL)
			return NULL;
		if (room > 0)
			memcpy(items, old, room * size);
		memcpy(list, &items, sizeof(items));
	}
	memset(items + room * size, 0, size);
	(*count)++;
	return items + room * size;
}

int
edxml_business(const struct edxml *e)
{
	if (!e->business.present || e->business.type.raw == NULL)
		return EDXML_NEW;
	if (!e->business.type.valid || e->business.type.value < EDXML_NEW ||
		e->business.type.value > EDXML_REPLACE)
		return -1;
	return e->business.type.value;
}

char *
edxml_content_id(char *s)
{
	size_t n;

	if (s == NULL)
		return NULL;
	n = strlen(s);
	if (strncasecmp(s, "cid:", 4) == 0) {
		s += 4;
		n -= 4;
	}
	if (n >= 2 && s[0] == '<' && s[n - 1] == '>') {
		s[n - 1] = '\0';
		s++;
	}
	return s;
}

/* "dd/MM/yyyy" turned to "yyyy-MM-dd"; anything else, and a time behind the day, left out. */
static bool
parse_day(const char *raw, struct clock_date *out)
{
	char day[11];
	int a, b, c, used = 0;

	if (sscanf(raw, "%4d%*1[/-]%2d%*1[/-]%4d%n", &a, &b, &c, &used) != 3)
		return false;
	if (raw[used] != '\0' && raw[used] != ' ' && raw[used] != 'T')
		return false;
	if (raw[1] == '/' || raw[2] == '/' || raw[1] == '-' || raw[2] == '-') {
		int swap = a;

		a = c;
		c = swap;
	}
	if (a < 1000 || a > 9999 || b < 1 || b > 12 || c < 1 || c > 31)
		return false;
	snprintf(day, sizeof(day), "%04d-%02d-%02d", a, b, c);
	return clock_parse_date(day, out);
}

void
edxml_date_set(struct edxml_date *d, const char *raw)
{
	d->raw = raw;
	d->valid = raw != NULL && parse_day(raw, &d->date);
}

/* The offset at the end of a moment in microseconds; without one it is Vietnamese time. */
static bool
parse_offset(const char *s, clock_us *out)
{
	unsigned hour, minute;
	int used = 0;

	*out = CLOCK_VIETNAM_OFFSET;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	if (*s == '\0')
		return true;
	*out = 0;
	if (strcmp(s, "Z") == 0)
		return true;
	if (*s != '+' && *s != '-')
		return false;
	if (sscanf(s + 1, "%2u:%2u%n", &hour, &minute, &used) != 2 &&
		sscanf(s + 1, "%2u%2u%n", &hour, &minute, &used) != 2)
		return false;
	if (s[1 + used] != '\0' || hour > 14 || minute > 59)
		return false;
	*out = (clock_us)(hour * 60 + minute) * 60 * CLOCK_SECOND * (*s == '-' ? -1 : 1);
	return true;
}

static bool
parse_moment(const char *raw, clock_us *out)
{
	struct clock_date day;
	unsigned hour, minute, second = 0;
	const char *time = strpbrk(raw, " T");
	clock_us offset;
	int used = 0, more = 0;

	if (time == NULL || !parse_day(raw, &day) ||
		sscanf(time + 1, "%2u:%2u%n", &hour, &minute, &used) != 2)
		return false;
	time += 1 + used;
	if (sscanf(time, ":%2u%n", &second, &more) == 1)
		time += more;
	if (hour > 23 || minute > 59 || second > 59 || !parse_offset(time, &offset))
		return false;
	*out = clock_from_date(day) + CLOCK_VIETNAM_OFFSET - offset +
		(clock_us)(hour * 3600 + minute * 60 + second) * CLOCK_SECOND;
	return true;
}

void
edxml_time_set(struct edxml_time *t, const char *raw)
{
	t->raw = raw;
	t->valid = raw != NULL && parse_moment(raw, &t->at);
}

void
edxml_number_set(struct edxml_number *n, const char *raw)
{
	char *end;
	long v;

	n->raw = raw;
	n->valid = false;
	if (raw == NULL)
		return;
	if (strcasecmp(raw, "true") == 0 || strcasecmp(raw, "false") == 0) {
		n->valid = true;
		n->value = strcasecmp(raw, "true") == 0;
		return;
	}
	v = strtol(raw, &end, 10);
	n->valid = end != raw && *end == '\0' && v >= -999999999 && v <= 999999999;
	n->value = n->valid ? (int)v : 0;
}

static enum status
open_memory(void *arg, int *fd_out)
{
	(void)arg;
	*fd_out = output_memfd("attachment");
	return *fd_out >= 0 ? STATUS_OK : STATUS_IO;
}

const struct edxml_sink edxml_sink_memory = {open_memory, NULL};
