/* modules: see modules.h. */
#include "signer/modules.h"

#include <stdlib.h>
#include <string.h>

struct modules {
	size_t count;
	char *paths[MODULES_MAX];
	struct token_module *open[MODULES_MAX];
};

static enum status
add(struct modules *m, const char *path, struct diag *diag)
{
	enum status st = m->count < MODULES_MAX && path[0] == '/' ? token_module_open(path, &m->open[m->count]) : STATUS_INVALID;

	if (st == STATUS_OK && (m->paths[m->count] = strdup(path)) == NULL) {
		token_module_close(m->open[m->count]);
		return STATUS_NO_MEMORY;
	}
	if (st != STATUS_OK) {
		diag_error(diag, "token.module", "tokens.modules", path, NULL);
		return STATUS_INVALID;
	}
	m->count++;
	return STATUS_OK;
}

enum status
modules_open(const char *list, struct diag *diag, struct modules **out)
{
	struct modules *m = calloc(1, sizeof(*m));
	char *copy = strdup(list), *save = NULL;
	enum status st = m != NULL && copy != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	for (char *w = st == STATUS_OK ? strtok_r(copy, " ,", &save) : NULL; w != NULL && st == STATUS_OK;
		w = strtok_r(NULL, " ,", &save))
		st = add(m, w, diag);
	free(copy);
	if (st != STATUS_OK)
		modules_close(m);
	else
		*out = m;
	return st;
}

void
modules_close(struct modules *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->count; i++) {
		token_module_close(m->open[i]);
		free(m->paths[i]);
	}
	free(m);
}

bool
modules_any(const struct modules *m)
{
	return m != NULL && m->count > 0;
}

struct token_module *
modules_find(const struct modules *m, const char *path)
{
	for (size_t i = 0; m != NULL && i < m->count; i++)
		if (strcmp(m->paths[i], path) == 0)
			return m->open[i];
	return NULL;
}
