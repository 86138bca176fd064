/* policy_rules: the dated rules beside a trust anchor, and those of the whole folder (policy.h): lines of "name: value". */
#include "lib/pki/policy_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/evp.h>

#include "lib/base/text.h"

static bool
read_day(const char *value, clock_us *to)
{
	struct clock_date d;

	if (clock_parse(value, to))
		return *to > 0;
	if (!clock_parse_date(value, &d))
		return false;
	*to = clock_from_date(d);
	return *to > 0;
}

static bool
set_label(struct policy_anchor *a, const char *value)
{
	text_excerpt(a->label, sizeof(a->label), value, strlen(value));
	return a->label[0] != '\0';
}

static bool
set_from(struct policy_anchor *a, const char *value)
{
	return read_day(value, &a->from);
}

static bool
set_until(struct policy_anchor *a, const char *value)
{
	return read_day(value, &a->until);
}

static bool
set_use(struct policy_anchor *a, const char *value)
{
	static const struct {
		const char *name;
		unsigned use;
	} uses[] = {{"signature", POLICY_USE_SIGNATURE}, {"timestamp", POLICY_USE_TIMESTAMP},
		{"tls-client", POLICY_USE_TLS_CLIENT}};

	a->uses = 0;
	while (*value != '\0') {
		size_t len = strcspn(value, " ,"), i = 0;

		while (i < 3 && (strlen(uses[i].name) != len || strncmp(value, uses[i].name, len) != 0))
			i++;
		if (i == 3)
			return false;
		a->uses |= uses[i].use;
		value += len;
		value += strspn(value, " ,");
	}
	return a->uses != 0;
}

static const struct rule {
	const char *name;
	bool (*set)(struct policy_anchor *, const char *value);
} rules[] = {
	{"label", set_label},
	{"use", set_use},
	{"trusted-from", set_from},
	{"trusted-until", set_until},
};

/* The rules of the whole folder. */
static bool
set_revocation(struct policy *p, const char *value)
{
	p->revocation = strcmp(value, "require") == 0 ? POLICY_REVOCATION_REQUIRE : POLICY_REVOCATION_WARN;
	return p->revocation == POLICY_REVOCATION_REQUIRE || strcmp(value, "warn") == 0;
}

static bool
set_weak(struct policy *p, const char *value)
{
	if (strcmp(value, "label") == 0) {
		p->weak = POLICY_WEAK_LABEL;
		return true;
	}
	/* refuse DAY: good until that day */
	p->weak = POLICY_WEAK_REFUSE;
	return strncmp(value, "refuse ", 7) == 0 && read_day(value + 7 + strspn(value + 7, " \t"), &p->weak_until);
}

/* "90 days", "36 hours" */
static bool
read_span(const char *value, clock_us *to)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);
	clock_us unit = strcmp(end, " days") == 0 ? CLOCK_DAY : strcmp(end, " hours") == 0 ? CLOCK_DAY / 24 : 0;

	if (value[0] < '0' || value[0] > '9' || end == value || n > 100000 || unit == 0)
		return false;
	*to = (clock_us)n * unit;
	return true;
}

static bool
set_max_age(struct policy *p, const char *value)
{
	return read_span(value, &p->max_age);
}

static bool
set_grace(struct policy *p, const char *value)
{
	return read_span(value, &p->grace);
}

/* The name of a digest, or of a kind of key with, perhaps, "under BITS". */
static bool
read_algorithm(char *text, struct policy_ageing *to)
{
	static const char *const keys[] = {"RSA", "EC", "DSA", "ED25519", "ED448"};
	char *under = strstr(text, " under "), *end = NULL;
	unsigned long bits = 0;
	const EVP_MD *md;

	if (under != NULL) {
		*under = '\0';
		bits = strtoul(under + 7, &end, 10);
		if (bits == 0 || bits > 65536 || *end != '\0')
			return false;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcasecmp(text, keys[i]) == 0) {
			*to = (struct policy_ageing){.digest_nid = NID_undef, .under_bits = (int)bits};
			strcpy(to->key, keys[i]);
			return true;
		}
	md = EVP_get_digestbyname(text);
	if (md == NULL || under != NULL)
		return false;
	*to = (struct policy_ageing){.digest_nid = EVP_MD_get_type(md)};
	return to->digest_nid != NID_undef;
}

/* "SHA256 until 2035-01-01", "RSA under 3000 until 2031-01-01" */
static bool
set_algorithm(struct policy *p, const char *value)
{
	struct policy_ageing one;
	const char *until = strstr(value, " until ");
	char text[64];
	clock_us day;

	if (until == NULL || (size_t)(until - value) >= sizeof(text) || p->ageing_count == POLICY_AGEING_MAX)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)(until - value), value);
	if (!read_algorithm(text, &one) || !read_day(until + 7 + strspn(until + 7, " \t"), &day))
		return false;
	one.until = day;
	p->ageing[p->ageing_count++] = one;
	return true;
}

static const struct {
	const char *name;
	bool (*set)(struct policy *, const char *value);
} folder_rules[] = {
	{"algorithm", set_algorithm},
	{"revocation", set_revocation},
	{"weak", set_weak},
	{"max-age", set_max_age},
	{"grace", set_grace},
};

static bool
apply_to_folder(struct policy *p, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(folder_rules) / sizeof(folder_rules[0]); i++)
		if (strcmp(folder_rules[i].name, name) == 0)
			return folder_rules[i].set(p, value);
	return false;
}

/* One line without its comment and outer blanks. `first` over the anchors' count: a rule of the folder. */
static bool
apply_line(struct policy *p, size_t first, char *line)
{
	char *value = strchr(line, ':');

	if (value == NULL)
		return false;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (first == POLICY_RULES_OF_FOLDER)
		return apply_to_folder(p, line, value);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i].name, line) != 0)
			continue;
		for (size_t a = first; a < p->anchor_count; a++)
			if (!rules[i].set(&p->anchors[a], value))
				return false;
		return true;
	}
	return false;
}

enum status
policy_apply_rules(struct policy *p, size_t first, struct span text)
{
	const char *at = (const char *)text.data, *end = at + text.len;

	while (at < end) {
		size_t len = (size_t)(end - at), used;
		const char *newline = memchr(at, '\n', len);
		char line[512];
		char *start = line;

		len = newline != NULL ? (size_t)(newline - at) : len;
		if (len >= sizeof(line) || memchr(at, '\0', len) != NULL)
			return STATUS_INVALID;
		snprintf(line, sizeof(line), "%.*s", (int)len, at);
		at += len + (newline != NULL);
		line[strcspn(line, "#")] = '\0';
		start += strspn(start, " \t\r");
		used = strlen(start);
		while (used > 0 && strchr(" \t\r", start[used - 1]) != NULL)
			start[--used] = '\0';
		if (used != 0 && !apply_line(p, first, start))
			return STATUS_INVALID;
	}
	for (size_t a = first; a < p->anchor_count; a++)
		if (p->anchors[a].until != 0 && p->anchors[a].until <= p->anchors[a].from)
			return STATUS_INVALID;
	return STATUS_OK;
}
