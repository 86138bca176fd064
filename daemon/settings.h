/* settings: every key of congvand's configuration file, one row each (lib/base/conf). `congvand --print-config` prints the sample from it. */
#ifndef CONGVAN_DAEMON_SETTINGS_H
#define CONGVAN_DAEMON_SETTINGS_H

#include <stddef.h>
#include <stdio.h>

#include "lib/base/conf.h"

extern const struct conf_key settings_keys[];
extern const size_t settings_key_count;

/* The sample file: every key with its default, commented out, and what it is for. */
void settings_print(FILE *to);

/* A path of the configuration: as it is when absolute, else below data.dir; NULL when "". New string, free() it. */
char *settings_path(const struct conf *c, const char *section, const char *name);

#endif
