/* prepare_look: what a signature shows, from the document, the person and the wish (Decree 30/2020 App. I and IV); see prepare_private.h. */
#include <stdio.h>
#include <string.h>

#include "daemon/sign/prepare_private.h"
#include "lib/base/clock.h"

bool
prepare_is_attachment(const struct prepare *p)
{
	return p->whole != NULL && p->whole->attachment > 0;
}

static bool
has_fields(const struct prepare *p)
{
	const char *cause = p->document.main_cause;

	return strcmp(cause, "signed") == 0 || strcmp(cause, "initialled") == 0;
}

/* Of several leaders each is looked for by his own name; a single one, and the first, by the name that the document gives. */
const char *
prepare_anchor(const struct prepare *p)
{
	bool several = json_array_size(p->document.cosigners) > 0 || strcmp(p->document.main_cause, "signed") == 0;

	return several && strcmp(p->role, "leader") == 0 ? p->person->name : p->document.signer_name;
}

json_t *
prepare_fields(const struct prepare *p)
{
	const char *move = store_text(p->wish, "move");

	if ((strcmp(move, "sign") != 0 && strcmp(move, "initial") != 0) || has_fields(p) || prepare_is_attachment(p))
		return json_array();
	return json_pack("[{s:s,s:s},{s:s,s:s},{s:s,s:s}]", "name", SIGN_FIELD_NUMBER, "anchor", "Số", "name",
		SIGN_FIELD_DAY, "anchor", "ngày", "name", SIGN_FIELD_MONTH, "anchor", "tháng");
}

/* Who holds the lead assignment now: whom the document was passed to (Chuyển). */
static const char *
passed_to(const struct prepare *p)
{
	const json_t *a;
	size_t i;

	json_array_foreach(json_object_get(p->document.view, "assignments"), i, a)
		if (strcmp(store_text(a, "role"), "lead") == 0 && (strcmp(store_text(a, "state"), "open") == 0 || strcmp(store_text(a, "state"), "accepted") == 0))
			return store_text(a, store_text(a, "account_name")[0] != '\0' ? "account_name" : "unit_name");
	return "";
}

/* The stamp ĐẾN: số đến, ngày đến, chuyển, số và ký hiệu hồ sơ (Decree 30/2020 App. IV). */
static json_t *
arrival_lines(const struct prepare *p)
{
	const json_t *entry = json_object_get(p->document.view, "register");
	const char *forward = store_text(p->wish, "forward");
	struct clock_date day;
	char date[CLOCK_TEXT] = "";
	clock_us at = 0;

	if (clock_parse(store_text(entry, "taken_at"), &at)) {
		day = clock_date_vietnam(at);
		snprintf(date, sizeof(date), "%02d/%02d/%d", day.day, day.month, day.year);
	}
	return json_pack("[o,s,s,s]", json_sprintf("%lld", (long long)store_number(p->document.view, "arrival_number")), date,
		forward[0] != '\0' ? forward : passed_to(p), store_text(p->document.view, "file_code"));
}

json_t *
prepare_lines(const struct prepare *p, const char *now)
{
	clock_us t = 0;
	char people[CLOCK_TEXT];

	if (strcmp(p->role, "leader") == 0 || strcmp(p->role, "copy") == 0)
		return json_array(); /* Decree 30/2020 Appendix I: the picture alone, name and title are in the layout; of a copy its form, the organ and the time */
	if (strcmp(p->role, "arrival") == 0)
		return arrival_lines(p);
	if (strcmp(p->role, "attachment") == 0 && p->document.notation[0] != '\0')
		return json_array(); /* number and notation of the document, and the time */
	clock_parse(now, &t);
	clock_format_people(t, people);
	return json_pack("[s,s]", p->person->organ_name, people);
}

const char *
prepare_copy(const struct prepare *p)
{
	const char *copy = store_text(p->wish, "copy");

	return copy[0] != '\0' ? copy : "sao-y";
}

json_t *
prepare_notation(const struct prepare *p)
{
	if (strcmp(p->role, "attachment") != 0 || p->document.notation[0] == '\0')
		return NULL;
	return json_sprintf("%s%s", strcmp(p->document.regime, "party") == 0 ? "Số " : "Số: ", p->document.notation);
}

const char *
prepare_signer(const struct prepare *p)
{
	bool office = strcmp(p->role, "office") == 0 || strcmp(p->move->name, "seal") == 0;

	return office || p->move->beside ? p->person->organ_name : p->person->name;
}
