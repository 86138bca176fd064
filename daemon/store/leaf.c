/* leaf: see leaf.h. */
#include "daemon/store/leaf.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/store/normal.h"
#include "lib/base/uuid.h"

#define LEAF_MAX (1u << 20)

static int
put(const char *p, size_t n, void *arg)
{
	buf_put(arg, p, n);
	return 0;
}

enum status
leaf_canonical(const json_t *value, struct buf *to)
{
	json_t *copy;
	enum status st = normal_json(value, true, &copy);

	if (st != STATUS_OK)
		return st;
	if (json_dump_callback(copy, put, to, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		st = STATUS_INVALID;
	json_decref(copy);
	return st != STATUS_OK ? st : buf_status(to);
}

static json_t *
actor_of(const struct person *p)
{
	if (p == NULL)
		return json_null();
	return json_pack("{s:s,s:s,s:s}", "id", p->id, "login", p->login, "name", p->name);
}

static struct digest
leaf_hash(const struct buf *body)
{
	struct digest_stream *s = digest_begin();

	if (s == NULL)
		abort();
	digest_put(s, "", 1); /* the prefix 0x00 */
	digest_put(s, body->data, body->len);
	return digest_end(s);
}

enum status
leaf_make(const char *type, const struct person *person, const char *organ_code, const json_t *fields,
	struct leaf *out)
{
	json_t *all = json_object();
	enum status st;

	memset(out, 0, sizeof(*out));
	buf_init(&out->body, LEAF_MAX);
	out->type = type;
	uuid_new(out->id);
	clock_format_utc(clock_now(), out->at);
	if (all == NULL || (fields != NULL && json_object_update(all, (json_t *)fields) != 0) ||
		json_object_set_new(all, "v", json_integer(1)) != 0 ||
		json_object_set_new(all, "type", json_string(type)) != 0 ||
		json_object_set_new(all, "id", json_string(out->id)) != 0 ||
		json_object_set_new(all, "at", json_string(out->at)) != 0 ||
		json_object_set_new(all, "actor", actor_of(person)) != 0 ||
		json_object_set_new(all, "organ", json_string(organ_code)) != 0)
		st = STATUS_NO_MEMORY;
	else
		st = leaf_canonical(all, &out->body);
	json_decref(all);
	if (st == STATUS_OK)
		out->hash = leaf_hash(&out->body);
	return st;
}

void
leaf_free(struct leaf *leaf)
{
	buf_free(&leaf->body);
}
