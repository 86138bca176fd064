/* settings: see settings.h. */
#include "signer/settings.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/conf.h"

static const struct conf_key keys[] = {
	{"signer", "name", CONF_STRING, "congvan-signer", 0, 0, "how this signer calls itself"},
	{"signer", "user", CONF_STRING, "", 0, 0, "user to become when started as root"},
	{"signer", "data", CONF_STRING, "/var/lib/congvan-signer", 0, 0,
		"folder of the signing record and the signer's own keys"},
	{"signer", "keys", CONF_STRING, "", 0, 0, "folder of ID.p12 and ID.pem; empty: DATA/keys"},
	{"signer", "socket", CONF_STRING, "/run/congvan-signer/socket", 0, 0, "Unix socket"},
	{"signer", "group", CONF_STRING, "", 0, 0, "group that may connect to the socket"},
	{"signer", "clients", CONF_STRING, "", 0, 0,
		"users (names or numbers) that may ask for signatures: congvand's"},
	{"signer", "log", CONF_STRING, "info", 0, 0, "debug, info, warn, error"},
	{"evidence", "origin", CONF_STRING, "congvan.invalid/log", 0, 0,
		"name of the evidence log whose checkpoints are signed"},
	{"attempts", "free", CONF_NUMBER, "5", 1, 20, "wrong PINs before the delay begins"},
	{"attempts", "delay", CONF_NUMBER, "30", 1, 86400,
		"seconds of the first delay; each further one doubles"},
	{"attempts", "most", CONF_NUMBER, "10", 1, 100, "wrong PINs at which the key is locked"},
	{"tokens", "modules", CONF_STRING, "", 0, 0, "paths of PKCS#11 modules that keys may name; empty: none is loaded"},
	{"tokens", "folders", CONF_STRING, "", 0, 0, "files and folders that these modules read and write"},
	{"record", "file_mib", CONF_NUMBER, "16", 1, 1024,
		"size at which the signing record begins a new file"},
};

static enum status
bad(struct diag *diag, const char *where, const char *got, const char *want)
{
	diag_error(diag, "conf.value", where, got, want);
	return STATUS_INVALID;
}

static bool
parse_id(const char *s, unsigned *out)
{
	char *end;
	unsigned long v;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno != 0 || *end != '\0' || v >= (unsigned)-1)
		return false;
	*out = (unsigned)v;
	return true;
}

static bool
find_user(const char *name, uid_t *uid, gid_t *gid)
{
	unsigned n;
	struct passwd *p = getpwnam(name);

	if (p == NULL && parse_id(name, &n)) {
		*uid = n;
		*gid = n;
		p = getpwuid(n);
		if (p != NULL)
			*gid = p->pw_gid;
		return true;
	}
	if (p == NULL)
		return false;
	*uid = p->pw_uid;
	*gid = p->pw_gid;
	return true;
}

static enum status
read_clients(const char *text, struct diag *diag, struct settings *s)
{
	char copy[1024], *save = NULL;

	if (strlen(text) >= sizeof(copy))
		return bad(diag, "signer.clients", text, NULL);
	strcpy(copy, text);
	for (char *w = strtok_r(copy, " ,", &save); w != NULL; w = strtok_r(NULL, " ,", &save)) {
		gid_t gid;

		if (s->client_count == SETTINGS_CLIENTS ||
			!find_user(w, &s->clients[s->client_count], &gid))
			return bad(diag, "signer.clients", w, "user");
		s->client_count++;
	}
	return STATUS_OK;
}

static enum status
copy_text(char *to, size_t size, const char *from, const char *where, struct diag *diag)
{
	if (strlen(from) >= size || from[0] == '\0')
		return bad(diag, where, from, NULL);
	for (const char *p = from; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			return bad(diag, where, from, NULL);
	strcpy(to, from);
	return STATUS_OK;
}

static enum status
read_texts(const struct conf *c, struct diag *diag, struct settings *s)
{
	const char *keys_dir = conf_string(c, "signer", "keys");
	char fallback[SETTINGS_PATH + 8];
	enum status st;

	snprintf(fallback, sizeof(fallback), "%s/keys", conf_string(c, "signer", "data"));
	st = copy_text(
		s->name, sizeof(s->name), conf_string(c, "signer", "name"), "signer.name", diag);
	if (st == STATUS_OK)
		st = copy_text(s->origin, sizeof(s->origin), conf_string(c, "evidence", "origin"),
			"evidence.origin", diag);
	if (st == STATUS_OK)
		st = copy_text(s->data, sizeof(s->data), conf_string(c, "signer", "data"),
			"signer.data", diag);
	if (st == STATUS_OK)
		st = copy_text(s->keys, sizeof(s->keys), keys_dir[0] != '\0' ? keys_dir : fallback,
			"signer.keys", diag);
	if (st == STATUS_OK)
		st = copy_text(s->socket, sizeof(s->socket), conf_string(c, "signer", "socket"),
			"signer.socket", diag);
	if (st == STATUS_OK && (strlen(conf_string(c, "tokens", "modules")) >= sizeof(s->modules) ||
		strlen(conf_string(c, "tokens", "folders")) >= sizeof(s->module_folders)))
		st = bad(diag, "tokens", NULL, "shorter");
	if (st == STATUS_OK) {
		strcpy(s->modules, conf_string(c, "tokens", "modules"));
		strcpy(s->module_folders, conf_string(c, "tokens", "folders"));
	}
	/* A key name of a signed note has neither spaces nor plus signs (C2SP signed-note). */
	if (st == STATUS_OK && strpbrk(s->origin, " +") != NULL)
		st = bad(diag, "evidence.origin", s->origin, NULL);
	return st;
}

static enum status
read_users(const struct conf *c, struct diag *diag, struct settings *s)
{
	const char *user = conf_string(c, "signer", "user");
	const char *group = conf_string(c, "signer", "group");
	struct group *g;
	unsigned n;

	s->socket_gid = (gid_t)-1;
	if (user[0] != '\0') {
		if (!find_user(user, &s->uid, &s->gid) || s->uid == 0)
			return bad(diag, "signer.user", user, "user other than root");
		s->drop = true;
	}
	if (group[0] != '\0') {
		g = getgrnam(group);
		if (g != NULL)
			s->socket_gid = g->gr_gid;
		else if (parse_id(group, &n))
			s->socket_gid = n;
		else
			return bad(diag, "signer.group", group, "group");
	}
	return read_clients(conf_string(c, "signer", "clients"), diag, s);
}

enum status
settings_read(const char *path, struct diag *diag, struct settings *out)
{
	struct settings s = {0};
	struct conf *c = NULL;
	enum status st = conf_read(path, keys, sizeof(keys) / sizeof(keys[0]), diag, &c);

	if (st != STATUS_OK)
		return st;
	s.pin_free = (unsigned)conf_number(c, "attempts", "free");
	s.pin_most = (unsigned)conf_number(c, "attempts", "most");
	s.pin_delay = conf_number(c, "attempts", "delay") * CLOCK_SECOND;
	s.record_bytes = (uint64_t)conf_number(c, "record", "file_mib") << 20;
	s.log_level = log_level_from_name(conf_string(c, "signer", "log"));
	st = read_texts(c, diag, &s);
	if (st == STATUS_OK)
		st = read_users(c, diag, &s);
	if (st == STATUS_OK && s.pin_most < s.pin_free)
		st = bad(diag, "attempts.most", NULL, "at least attempts.free");
	conf_free(c);
	if (st == STATUS_OK)
		*out = s;
	return st;
}
