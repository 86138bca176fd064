/* conf: see conf.h. The cfg_opt_t tables of libconfuse are built from ours, one section at a time. */
#include "lib/base/conf.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONF_KEYS 64 /* of one section */
#define CONF_SECTIONS 16

struct conf {
	const struct conf_key *keys;
	size_t count;
	cfg_t *cfg;
	cfg_opt_t sections[CONF_SECTIONS + 1];
	cfg_opt_t opts[CONF_SECTIONS][CONF_KEYS + 1];
};

/* libconfuse's error function has no user pointer: the list travels here, only while a file is read. */
static _Thread_local struct diag *conf_diag;

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char where[300], got[300];

	snprintf(where, sizeof(where), "%s:%d", cfg->filename ? cfg->filename : "-", cfg->line);
	vsnprintf(got, sizeof(got), fmt, ap);
	diag_error(conf_diag, "conf.syntax", where, got, NULL);
}

static cfg_opt_t
option(const struct conf_key *k)
{
	cfg_opt_t str = CFG_STR(k->name, k->fallback, CFGF_NONE);
	cfg_opt_t num = CFG_INT(k->name, 0, CFGF_NONE);
	cfg_opt_t flag = CFG_BOOL(k->name, cfg_false, CFGF_NONE);

	switch (k->type) {
	case CONF_NUMBER:
		num.def.number = strtol(k->fallback, NULL, 10);
		return num;
	case CONF_BOOL:
		flag.def.boolean = strcmp(k->fallback, "true") == 0 ? cfg_true : cfg_false;
		return flag;
	default:
		return str;
	}
}

/* Keys of one section must stand together in the table or not: both work. */
static bool
build_tables(struct conf *c)
{
	cfg_opt_t end = CFG_END();
	size_t used[CONF_SECTIONS] = {0}, sections = 0;

	for (size_t i = 0; i < c->count; i++) {
		size_t s = 0;

		while (s < sections && strcmp(c->sections[s].name, c->keys[i].section) != 0)
			s++;
		if (s == CONF_SECTIONS || used[s] == CONF_KEYS)
			return false;
		if (s == sections) {
			cfg_opt_t sec = CFG_SEC(c->keys[i].section, c->opts[s], CFGF_NONE);

			c->sections[sections++] = sec;
		}
		c->opts[s][used[s]++] = option(&c->keys[i]);
		c->opts[s][used[s]] = end;
	}
	c->sections[sections] = end;
	return true;
}

static void
check_ranges(struct conf *c, struct diag *diag)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct conf_key *k = &c->keys[i];
		char where[128], got[32], want[80];
		int64_t v;

		if (k->type != CONF_NUMBER)
			continue;
		v = conf_number(c, k->section, k->name);
		if (v >= k->least && v <= k->most)
			continue;
		snprintf(where, sizeof(where), "%s.%s", k->section, k->name);
		snprintf(got, sizeof(got), "%lld", (long long)v);
		snprintf(want, sizeof(want), "%lld..%lld", (long long)k->least, (long long)k->most);
		diag_error(diag, "conf.value", where, got, want);
	}
}

enum status
conf_read(const char *path, const struct conf_key *keys, size_t count, struct diag *diag,
	struct conf **out)
{
	struct conf *c = calloc(1, sizeof(*c));
	enum status st = STATUS_OK;
	int rc = CFG_SUCCESS;

	if (c == NULL)
		return STATUS_NO_MEMORY;
	c->keys = keys;
	c->count = count;
	if (!build_tables(c) || (c->cfg = cfg_init(c->sections, CFGF_NONE)) == NULL) {
		conf_free(c);
		return STATUS_INTERNAL;
	}
	cfg_set_error_function(c->cfg, on_error);
	conf_diag = diag;
	if (path != NULL)
		rc = cfg_parse(c->cfg, path);
	conf_diag = NULL;
	if (rc == CFG_FILE_ERROR) {
		diag_error(diag, "conf.file", path, strerror(errno), NULL);
		st = STATUS_NOT_FOUND;
	} else if (rc != CFG_SUCCESS) {
		st = STATUS_INVALID;
	} else {
		struct diag *ranges = diag_new();

		check_ranges(c, ranges);
		if (diag_has_error(ranges))
			st = STATUS_INVALID;
		diag_join(diag, ranges);
		diag_free(ranges);
	}
	if (st != STATUS_OK) {
		conf_free(c);
		return st;
	}
	*out = c;
	return STATUS_OK;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	if (c->cfg != NULL)
		cfg_free(c->cfg);
	free(c);
}

static cfg_t *
section_of(const struct conf *c, const char *section, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->keys[i].section, section) == 0 && strcmp(c->keys[i].name, name) == 0)
			return cfg_getsec(c->cfg, section);
	fprintf(stderr, "conf: %s.%s is not in the table\n", section, name);
	abort();
}

const char *
conf_string(const struct conf *c, const char *section, const char *name)
{
	const char *v = cfg_getstr(section_of(c, section, name), name);

	return v != NULL ? v : "";
}

int64_t
conf_number(const struct conf *c, const char *section, const char *name)
{
	return cfg_getint(section_of(c, section, name), name);
}

bool
conf_bool(const struct conf *c, const char *section, const char *name)
{
	return cfg_getbool(section_of(c, section, name), name) == cfg_true;
}
