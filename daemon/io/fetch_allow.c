/* fetch_allow: see fetch_allow.h. */
#include "daemon/io/fetch_allow.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct network {
	unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;
};

struct word {
	bool is_network;
	struct network network; /* a single address too */
	char host[256];         /* "" for a network */
	char port[8];           /* "": any */
};

struct fetch_allow {
	struct word *words;
	size_t count;
};

/* IANA's special-purpose registries (RFC 6890 and later): what must not be reached by what a stranger wrote. */
static const char *const inner[] = {
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "::1/128", "100::/64", "2001::/23", "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"};

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool
read_address(const char *text, unsigned char to[16], unsigned *bits)
{
	if (inet_pton(AF_INET, text, to + 12) == 1) {
		memcpy(to, mapped, sizeof(mapped));
		*bits = 32;
		return true;
	}
	*bits = 128;
	return inet_pton(AF_INET6, text, to) == 1;
}

/* "10.0.0.0/8", or an address alone. */
static bool
read_network(const char *text, struct network *out)
{
	char address[64];
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned most, bits;
	char *end = NULL;

	if (n == 0 || n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	if (!read_address(address, out->bytes, &most))
		return false;
	bits = most;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return false;
		bits = (unsigned)strtoul(slash + 1, &end, 10);
		if (*end != '\0' || bits > most)
			return false;
	}
	out->bits = bits + (most == 32 ? 96 : 0);
	return true;
}

static bool
contains(const struct network *n, const unsigned char address[16])
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;

	if (memcmp(n->bytes, address, whole) != 0)
		return false;
	return rest == 0 || ((n->bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

/* --- the list --- */

/* Takes off ":port" and brackets. */
static bool
split_port(const char *text, struct word *w)
{
	const char *close = text[0] == '[' ? strchr(text, ']') : NULL, *colon;
	const char *host = close != NULL ? text + 1 : text;
	size_t n;

	colon = close != NULL ? (close[1] == ':' ? close + 1 : NULL) : strchr(text, ':');
	if (close == NULL && colon != NULL && strchr(colon + 1, ':') != NULL)
		colon = NULL; /* an IPv6 address without brackets */
	n = close != NULL ? (size_t)(close - host) : colon != NULL ? (size_t)(colon - host) : strlen(host);
	if (n == 0 || n >= sizeof(w->host) || (close != NULL && close[1] != '\0' && close[1] != ':'))
		return false;
	memcpy(w->host, host, n);
	w->host[n] = '\0';
	if (colon != NULL) {
		if (strlen(colon + 1) == 0 || strlen(colon + 1) > 5 ||
			strspn(colon + 1, "0123456789") != strlen(colon + 1))
			return false;
		memcpy(w->port, colon + 1, strlen(colon + 1) + 1);
	}
	return true;
}

static bool
read_word(const char *text, struct word *w)
{
	*w = (struct word){.is_network = false};
	if (strchr(text, '/') != NULL) {
		w->is_network = true;
		return read_network(text, &w->network);
	}
	if (!split_port(text, w))
		return false;
	if (read_network(w->host, &w->network))
		w->is_network = true;
	else
		for (const char *c = w->host; *c != '\0'; c++)
			if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *c) == NULL)
				return false;
	return true;
}

enum status
fetch_allow_new(const char *words, struct fetch_allow **out, char wrong[64])
{
	struct fetch_allow *a = calloc(1, sizeof(*a));
	enum status st = STATUS_OK;
	char text[400];

	if (a == NULL || (a->words = calloc(FETCH_ALLOW_WORDS, sizeof(a->words[0]))) == NULL) {
		free(a);
		return STATUS_NO_MEMORY;
	}
	wrong[0] = '\0';
	while (st == STATUS_OK && *(words += strspn(words, " \t\n,")) != '\0') {
		size_t n = strcspn(words, " \t\n,");

		snprintf(text, sizeof(text), "%.*s", (int)(n < sizeof(text) ? n : sizeof(text) - 1), words);
		if (a->count == FETCH_ALLOW_WORDS || n >= sizeof(text) || !read_word(text, &a->words[a->count])) {
			snprintf(wrong, 64, "%.63s", text);
			st = STATUS_INVALID;
		}
		a->count++;
		words += n;
	}
	if (st == STATUS_OK)
		*out = a;
	else
		fetch_allow_free(a);
	return st;
}

void
fetch_allow_free(struct fetch_allow *a)
{
	if (a == NULL)
		return;
	free(a->words);
	free(a);
}

/* --- the questions --- */

bool
fetch_allow_host(const struct fetch_allow *a, const char *host, const char *port)
{
	unsigned char address[16];
	char bare[256];
	size_t n = strlen(host);
	unsigned bits;
	bool literal;

	if (n >= sizeof(bare))
		return false;
	snprintf(bare, sizeof(bare), "%s", host[0] == '[' ? host + 1 : host);
	if (host[0] == '[' && n > 1 && bare[n - 2] == ']')
		bare[n - 2] = '\0';
	literal = read_address(bare, address, &bits);
	for (size_t i = 0; i < a->count; i++) {
		const struct word *w = &a->words[i];

		if (w->port[0] != '\0' && strcmp(w->port, port) != 0)
			continue;
		if (w->is_network ? literal && contains(&w->network, address) : !literal && strcasecmp(w->host, bare) == 0)
			return true;
	}
	return false;
}

static bool
is_inner(const unsigned char address[16])
{
	unsigned char v4[16];
	struct network n;

	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		if (read_network(inner[i], &n) && contains(&n, address))
			return true;
	memcpy(v4, mapped, sizeof(mapped));
	if (memcmp(address, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12) == 0) { /* NAT64, RFC 6052 */
		memcpy(v4 + 12, address + 12, 4);
		return is_inner(v4);
	}
	if (address[0] == 0x20 && address[1] == 0x02) { /* 6to4, RFC 3056 */
		memcpy(v4 + 12, address + 2, 4);
		return is_inner(v4);
	}
	return false;
}

bool
fetch_allow_address(const struct fetch_allow *a, const struct sockaddr *address)
{
	unsigned char bytes[16];

	if (address->sa_family == AF_INET) {
		memcpy(bytes, mapped, sizeof(mapped));
		memcpy(bytes + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	} else {
		return false;
	}
	for (size_t i = 0; i < a->count; i++)
		if (a->words[i].is_network && contains(&a->words[i].network, bytes))
			return true;
	return !is_inner(bytes);
}
