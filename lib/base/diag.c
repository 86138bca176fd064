/* diag: see diag.h. */
#include "lib/base/diag.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"

#define DIAG_KEEP 200u
#define DIAG_TEXT 400u
#define DIAG_BYTES (DIAG_KEEP * 5u * (DIAG_TEXT + 32u))

struct diag {
	struct arena *arena;
	struct finding findings[DIAG_KEEP];
	size_t count, added, errors;
};

struct diag *
diag_new(void)
{
	struct diag *d = calloc(1, sizeof(*d));

	if (d != NULL && (d->arena = arena_new(DIAG_BYTES)) == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

void
diag_free(struct diag *d)
{
	if (d == NULL)
		return;
	arena_free(d->arena);
	free(d);
}

/* A copy cut at a character border, with bytes that are not UTF-8 shown as U+FFFD. */
static const char *
keep(struct diag *d, const char *s)
{
	char cut[DIAG_TEXT + 1];

	if (s == NULL)
		return NULL;
	text_excerpt(cut, sizeof(cut), s, strlen(s));
	return arena_strdup(d->arena, cut);
}

void
diag_add(struct diag *d, enum severity severity, const char *code, const char *where,
	const char *got, const char *want, const char *clause)
{
	struct finding *f;

	if (d == NULL)
		return;
	d->added++;
	if (severity == SEVERITY_ERROR)
		d->errors++;
	if (d->count == DIAG_KEEP)
		return;
	f = &d->findings[d->count++];
	f->severity = severity;
	f->code = keep(d, code);
	f->where = keep(d, where);
	f->got = keep(d, got);
	f->want = keep(d, want);
	f->clause = keep(d, clause);
}

void
diag_error(struct diag *d, const char *code, const char *where, const char *got, const char *want)
{
	diag_add(d, SEVERITY_ERROR, code, where, got, want, NULL);
}

void
diag_warn(struct diag *d, const char *code, const char *where, const char *got, const char *want)
{
	diag_add(d, SEVERITY_WARNING, code, where, got, want, NULL);
}

size_t
diag_count(const struct diag *d)
{
	return d != NULL ? d->count : 0;
}

const struct finding *
diag_at(const struct diag *d, size_t i)
{
	return &d->findings[i];
}

bool
diag_has_error(const struct diag *d)
{
	return d != NULL && d->errors > 0;
}

bool
diag_has(const struct diag *d, const char *code)
{
	for (size_t i = 0; i < diag_count(d); i++)
		if (d->findings[i].code != NULL && strcmp(d->findings[i].code, code) == 0)
			return true;
	return false;
}

const char *
severity_name(enum severity s)
{
	static const char *const names[] = {"error", "warning", "note"};

	return names[s];
}

void
diag_join(struct diag *d, const struct diag *from)
{
	for (size_t i = 0; i < diag_count(from); i++) {
		const struct finding *f = diag_at(from, i);

		diag_add(d, f->severity, f->code, f->where, f->got, f->want, f->clause);
	}
}
