/* seal_report_read: see seal_report_read.h. What seal_report_json.c writes, member by member. */
#include "lib/seal/seal_report_read.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/message.h"
#include "lib/base/text.h"
#include "lib/pki/counter.h"
#include "lib/seal/seal_report_words.h"

#define CHANGES_MOST 65536u /* bytes of a change_list: lib/doc/pdf_diff.h */
#define NESTED COUNTER_DEPTH /* no report of ours has deeper ones */

static const char *
text_of(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	return s != NULL ? s : "";
}

static bool
flag(const json_t *o, const char *member)
{
	return json_is_true(json_object_get(o, member));
}

static clock_us
time_of(const json_t *o, const char *member)
{
	clock_us t = 0;

	return clock_parse(text_of(o, member), &t) ? t : 0;
}

static void
copy(char *to, size_t size, const json_t *o, const char *member)
{
	const char *s = text_of(o, member);

	text_excerpt(to, size, s, strlen(s));
}

static void
read_digest(const json_t *o, const char *member, struct digest *to)
{
	if (!hex_decode(text_of(o, member), to->bytes, DIGEST_BYTES))
		memset(to, 0, sizeof(*to));
}

/* The number whose name it is, from `first` up to `last`; last + 1: none. */
#define FIND(name, last, name_of)                              \
	static int find_##name(const char *text)               \
	{                                                      \
		int i = 0;                                     \
		while (i <= (int)(last) && strcmp(name_of, text) != 0) \
			i++;                                   \
		return i;                                      \
	}
FIND(indication, INDICATION_FAILED, indication_name((enum indication)i))
FIND(sub, SUB_SIGNED_DATA_NOT_FOUND, sub_indication_name((enum sub_indication)i))
FIND(level, LEVEL_B_LTA, level_name((enum level)i))
FIND(process, PROCESS_LONG, seal_process_name((enum verdict_process)i))
FIND(stamp, STAMP_DOCUMENT, stamp_kind_name((enum stamp_kind)i))
FIND(object, OBJECT_STAMP, object_kind_name((enum object_kind)i))
FIND(need, NEED_PROOF, verdict_need_name((enum verdict_need_kind)i))
#undef FIND

static bool
read_sub(const json_t *o, enum sub_indication *out)
{
	const char *name = text_of(o, "sub_indication");
	int i = name[0] != '\0' ? find_sub(name) : SUB_NONE;

	*out = i <= SUB_SIGNED_DATA_NOT_FOUND ? (enum sub_indication)i : SUB_SIG_CONSTRAINTS_FAILURE;
	return i <= SUB_SIGNED_DATA_NOT_FOUND;
}

static void
read_lists(const json_t *o, struct verdict *v)
{
	const json_t *e;
	size_t i;

	json_array_foreach(json_object_get(o, "timestamps"), i, e) {
		int kind = find_stamp(text_of(e, "kind"));

		if (kind > STAMP_DOCUMENT || v->stamp_count == VERDICT_STAMPS_MAX)
			continue;
		v->stamps[v->stamp_count] = (struct verdict_stamp_fact){.kind = (enum stamp_kind)kind, .gen_time = time_of(e, "time")};
		(void)read_sub(e, &v->stamps[v->stamp_count].sub);
		copy(v->stamps[v->stamp_count].tsa, sizeof(v->stamps[0].tsa), e, "tsa");
		v->stamp_count++;
	}
	json_array_foreach(json_object_get(o, "objects"), i, e) {
		int kind = find_object(text_of(e, "kind"));

		if (kind > OBJECT_STAMP || v->object_count == VERDICT_OBJECTS_MAX)
			continue;
		v->objects[v->object_count] = (struct verdict_object){.kind = (enum object_kind)kind, .proven = time_of(e, "proven"), .inside = flag(e, "inside")};
		read_digest(e, "sha256", &v->objects[v->object_count].digest);
		copy(v->objects[v->object_count].name, sizeof(v->objects[0].name), e, "name");
		v->object_count++;
	}
	json_array_foreach(json_object_get(o, "needs"), i, e) {
		int kind = find_need(text_of(e, "kind"));

		if (kind > NEED_PROOF || v->need_count == VERDICT_NEEDS_MAX)
			continue;
		v->needs[v->need_count] = (struct verdict_need){.kind = (enum verdict_need_kind)kind, .at = time_of(e, "at")};
		copy(v->needs[v->need_count].who, sizeof(v->needs[0].who), e, "who");
		copy(v->needs[v->need_count].url, sizeof(v->needs[0].url), e, "url");
		v->need_count++;
	}
}

static void
read_texts(const json_t *o, struct verdict *v)
{
	const json_t *signer = json_object_get(o, "signer");
	const struct {
		const json_t *from;
		const char *member;
		char *to;
		size_t size;
	} rows[] = {
		{o, "digest", v->digest_name, sizeof(v->digest_name)}, {o, "algorithm", v->signature_name, sizeof(v->signature_name)},
		{o, "weak_name", v->weak_name, sizeof(v->weak_name)}, {o, "anchor", v->anchor, sizeof(v->anchor)},
		{o, "signature_policy", v->signature_policy, sizeof(v->signature_policy)}, {o, "tsa", v->tsa, sizeof(v->tsa)}, {o, "why", v->why, sizeof(v->why)},
		{signer, "subject", v->subject, sizeof(v->subject)}, {signer, "issuer", v->issuer, sizeof(v->issuer)},
		{signer, "organ", v->organ, sizeof(v->organ)}, {signer, "serial", v->serial, sizeof(v->serial)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		copy(rows[i].to, rows[i].size, rows[i].from, rows[i].member);
	read_digest(signer, "digest", &v->cert_digest);
	v->not_before = time_of(signer, "not_before");
	v->not_after = time_of(signer, "not_after");
}

static bool
read_verdict(const json_t *o, struct verdict *v)
{
	const char *content = text_of(o, "content_digest");
	int indication = find_indication(text_of(o, "indication")), level = find_level(text_of(o, "level")), process = find_process(text_of(o, "process"));

	if (indication > INDICATION_FAILED || level > LEVEL_B_LTA)
		return false;
	v->indication = (enum indication)indication;
	v->level = (enum level)level;
	v->process = process <= PROCESS_LONG ? (enum verdict_process)process : PROCESS_BASIC;
	v->intact = flag(o, "intact");
	v->weak_algorithm = flag(o, "weak_algorithm");
	v->revocation_checked = flag(o, "revocation_checked");
	v->weak_until = time_of(o, "weak_until");
	v->judged_at = time_of(o, "judged_at");
	v->proven_time = time_of(o, "proven_time");
	v->revoked_at = time_of(o, "revoked_at");
	read_digest(o, "value_digest", &v->value_digest);
	if (strlen(content) <= 2 * sizeof(v->content_digest) && hex_decode(content, v->content_digest, strlen(content) / 2))
		v->content_digest_len = strlen(content) / 2;
	read_texts(o, v);
	read_lists(o, v);
	return true;
}

static const char *
keep(struct seal_report *r, const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	return seal_report_keep(r, s);
}

/* Back to lines of "code arguments"; NULL: none. */
static const char *
read_changes(struct seal_report *r, const json_t *list)
{
	const char *kept = NULL;
	const json_t *one;
	struct buf b;
	size_t i;

	buf_init(&b, CHANGES_MOST);
	json_array_foreach(list, i, one)
		buf_printf(&b, "%s%s%s\n", text_of(one, "code"), text_of(one, "arguments")[0] != '\0' ? " " : "", text_of(one, "arguments"));
	if (b.len > 0 && buf_status(&b) == STATUS_OK)
		kept = seal_report_keep(r, buf_str(&b));
	buf_free(&b);
	return kept;
}

static enum status
read_signature(struct seal_report *r, const json_t *o, size_t counter_of, unsigned depth)
{
	struct seal_signature *s = seal_report_add(r);
	const json_t *words = json_object_get(o, "text"), *over;
	size_t number = seal_report_count(r), i;
	enum status st = STATUS_OK;

	if (s == NULL)
		return STATUS_TOO_LARGE;
	s->counter_of = counter_of;
	s->field = keep(r, o, "field");
	s->sub_filter = keep(r, o, "sub_filter");
	s->changes = keep(r, o, "changes");
	s->change_list = read_changes(r, json_object_get(o, "change_list"));
	s->claimed_time = keep(r, o, "claimed_time");
	s->words[LANGUAGE_VI] = keep(r, words, "vi");
	s->words[LANGUAGE_EN] = keep(r, words, "en");
	s->is_timestamp = flag(o, "is_timestamp");
	s->covers_whole_file = flag(o, "covers_whole_file");
	s->revision_end = (uint64_t)json_integer_value(json_object_get(o, "revision_end"));
	if (!read_verdict(o, s->verdict))
		return STATUS_INVALID;
	if (!read_sub(o, &s->verdict->sub))
		s->own_sub = keep(r, o, "sub_indication");
	json_array_foreach(json_object_get(o, "counter_signatures"), i, over)
		if (st == STATUS_OK)
			st = depth < NESTED ? read_signature(r, over, number, depth + 1) : STATUS_TOO_LARGE;
	return st;
}

enum status
seal_report_read(const json_t *json, struct seal_report **out)
{
	const json_t *list = json_object_get(json, "signatures"), *o;
	struct seal_report *r = json_is_array(list) ? seal_report_new() : NULL;
	enum status st = r != NULL ? STATUS_OK : json_is_array(list) ? STATUS_NO_MEMORY : STATUS_INVALID;
	size_t i;

	json_array_foreach(list, i, o)
		if (st == STATUS_OK)
			st = read_signature(r, o, 0, 0);
	if (st == STATUS_OK)
		*out = r;
	else
		seal_report_free(r);
	return st;
}
