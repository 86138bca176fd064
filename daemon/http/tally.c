/*
 * tally: see tally.h. Only keys with running calls are in it, so that its size is bounded by the
 * number of connections.
 */
#include "daemon/http/tally.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024u

struct tally_entry {
	struct tally_entry *next;
	unsigned count, slot;
	char key[];
};

struct tally {
	struct tally_entry *slots[SLOTS];
};

/* FNV-1a. Keys are ids that the server made, not text of a peer. */
static unsigned
slot_of(const char *key)
{
	uint32_t h = 2166136261u;

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return h % SLOTS;
}

struct tally *
tally_new(void)
{
	return calloc(1, sizeof(struct tally));
}

void
tally_free(struct tally *t)
{
	struct tally_entry *e;

	if (t == NULL)
		return;
	for (unsigned i = 0; i < SLOTS; i++)
		while ((e = t->slots[i]) != NULL) {
			t->slots[i] = e->next;
			free(e);
		}
	free(t);
}

enum status
tally_enter(struct tally *t, const char *key, unsigned most, struct tally_entry **out)
{
	unsigned slot = slot_of(key);
	struct tally_entry *e = t->slots[slot];
	size_t n = strlen(key) + 1;

	while (e != NULL && strcmp(e->key, key) != 0)
		e = e->next;
	if (e == NULL) {
		e = calloc(1, sizeof(*e) + n);
		if (e == NULL)
			return STATUS_NO_MEMORY;
		memcpy(e->key, key, n);
		e->slot = slot;
		e->next = t->slots[slot];
		t->slots[slot] = e;
	} else if (e->count >= most) {
		return STATUS_TOO_MANY;
	}
	e->count++;
	*out = e;
	return STATUS_OK;
}

void
tally_leave(struct tally *t, struct tally_entry *entry)
{
	struct tally_entry **p;

	if (entry == NULL || --entry->count > 0)
		return;
	for (p = &t->slots[entry->slot]; *p != entry; p = &(*p)->next)
		;
	*p = entry->next;
	free(entry);
}
