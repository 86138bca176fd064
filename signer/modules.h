/*
 * modules: the PKCS#11 modules that the configuration names. They are loaded and initialized before the sandbox closes, because no code can be
 * loaded after it; a key names one of them by its path, and nothing else can be loaded.
 */
#ifndef CONGVAN_SIGNER_MODULES_H
#define CONGVAN_SIGNER_MODULES_H

#include <stdbool.h>

#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/token/token.h"

#define MODULES_MAX 8

struct modules;

/* Loads every path of the list (white space or commas between). STATUS_INVALID with findings; an empty list gives none. */
enum status modules_open(const char *list, struct diag *diag, struct modules **out);
void modules_close(struct modules *m);

bool modules_any(const struct modules *m);

/* NULL: not one of the configured. */
struct token_module *modules_find(const struct modules *m, const char *path);

#endif
