/* register: see register.h. */
#include "daemon/flow/register.h"

#include <stdio.h>
#include <string.h>


/* Sổ đăng ký văn bản đi, Appendix IV of Decree 30/2020. */
static const struct register_column outgoing[] = {
	{"notation", "Số, ký hiệu"}, {"issued", "Ngày tháng"}, {"subject", "Tên loại và trích yếu"},
	{"signer", "Người ký"}, {"receivers", "Nơi nhận"}, {"keeper", "Đơn vị, người nhận bản lưu"},
	{"copies", "Số lượng bản"}, {"moved", "Ngày chuyển"}, {"received", "Ký nhận"}, {"note", "Ghi chú"}
};

/* Sổ đăng ký văn bản đến. */
static const struct register_column incoming[] = {
	{"arrived", "Ngày đến"}, {"number", "Số đến"}, {"issuer", "Tác giả"}, {"notation", "Số, ký hiệu"},
	{"issued", "Ngày tháng văn bản"}, {"subject", "Tên loại và trích yếu"},
	{"keeper", "Đơn vị hoặc người nhận"}, {"moved", "Ngày chuyển"}, {"received", "Ký nhận"}, {"note", "Ghi chú"}
};

const struct register_column *
register_columns(enum flow_direction d, size_t *count_out)
{
	bool in = d == FLOW_INCOMING;

	*count_out = in ? sizeof(incoming) / sizeof(incoming[0]) : sizeof(outgoing) / sizeof(outgoing[0]);
	return in ? incoming : outgoing;
}

static bool
takes(const struct register_row *r, const char *kind, bool by_name)
{
	size_t n = json_array_size(r->kinds);

	if (n == 0)
		return !by_name;
	for (size_t i = 0; i < n; i++)
		if (strcmp(json_string_value(json_array_get(r->kinds, i)), kind) == 0)
			return true;
	return false;
}

static int
by_kind(const struct register_row *rows, size_t count, const char *kind)
{
	for (int named = 1; named >= 0; named--)
		for (size_t i = 0; i < count; i++)
			if (takes(&rows[i], kind, named))
				return (int)i;
	return -1;
}

int
register_choose(const struct register_row *rows, size_t count, const char *wanted, const char *kind,
	struct diag *diag)
{
	int found = -1;

	if (wanted[0] == '\0') {
		found = by_kind(rows, count, kind);
	} else {
		for (size_t i = 0; i < count && found < 0; i++)
			if (strcmp(rows[i].id, wanted) == 0)
				found = (int)i;
		if (found >= 0 && !takes(&rows[found], kind, false) && !takes(&rows[found], kind, true)) {
			diag_error(diag, "register.kind", "register", kind, rows[found].name);
			return -1;
		}
	}
	if (found < 0) {
		diag_error(diag, "register.none", "register", wanted[0] ? wanted : kind, NULL);
		return -1;
	}
	if (rows[found].period[0] == '\0' && strcmp(rows[found].period_kind, "term") == 0) {
		diag_add(diag, SEVERITY_ERROR, "register.term", rows[found].name, NULL, NULL, "36-HD/VPTW; 05-HD/VPTW");
		return -1;
	}
	return found;
}

enum status
register_check_void(enum flow_direction d, enum flow_state s, struct diag *diag)
{
	const char *want = "recall, replaces";

	if (d == FLOW_INCOMING && (s == FLOW_STATE_REGISTERED || s == FLOW_STATE_WITHDRAWN || s == FLOW_STATE_RECALLED))
		return STATUS_OK;
	if (d == FLOW_INCOMING)
		want = "registered, withdrawn, recalled";
	else if (s == FLOW_STATE_NUMBERED || s == FLOW_STATE_SEALED)
		want = "move void";
	diag_add(diag, SEVERITY_ERROR, "register.void.state", "state", flow_state_name(s), want, "Decree 30/2020 art. 18");
	return STATUS_CONFLICT;
}

void
register_year(struct clock_date day, char to[8])
{
	snprintf(to, 8, "%04d", day.year % 10000);
}

static void
set(json_t *line, const char *member, const char *value)
{
	json_object_set_new(line, member, json_string(value));
}

/* "24/11/2026": as people write it. */
static void
set_day(json_t *line, const char *member, const char *iso)
{
	struct clock_date d;
	char text[40] = "";

	if (iso[0] != '\0' && clock_parse_date(iso, &d))
		snprintf(text, sizeof(text), "%02d/%02d/%04d", d.day, d.month, d.year);
	set(line, member, text);
}

static void
set_receivers(json_t *line, const json_t *receivers)
{
	struct buf b;

	buf_init(&b, 4000);
	for (size_t i = 0; i < json_array_size(receivers); i++) {
		const json_t *r = json_array_get(receivers, i);
		const char *name = json_string_value(json_object_get(r, "organ_name"));

		if (name == NULL || name[0] == '\0')
			name = json_string_value(json_object_get(r, "organ_id"));
		if (i > 0)
			buf_put_str(&b, "; ");
		buf_put_str(&b, name != NULL ? name : "");
	}
	if (buf_status(&b) == STATUS_TOO_LARGE) {
		char text[64];

		snprintf(text, sizeof(text), "%zu nơi nhận", json_array_size(receivers));
		set(line, "receivers", text);
	} else {
		set(line, "receivers", buf_str(&b));
	}
	buf_free(&b);
}

json_t *
register_line(const struct flow_document *d, int number, const char *notation, struct clock_date day,
	const char *note)
{
	json_t *line = json_object();
	char text[CLOCK_TEXT], subject[2200];

	clock_format_date(day, text);
	snprintf(subject, sizeof(subject), "%s%s%s", d->kind_name, d->kind_name[0] ? ": " : "", d->subject);
	if (d->direction == FLOW_INCOMING) {
		set_day(line, "arrived", text);
		json_object_set_new(line, "number", json_integer(number));
		set(line, "issuer", d->issuer_name[0] ? d->issuer_name : d->issuer_code);
		set(line, "notation", notation);
		set_day(line, "issued", d->issued_date);
	} else {
		set(line, "notation", notation);
		set_day(line, "issued", text);
		set(line, "signer", d->signer_name);
		set_receivers(line, d->receivers);
	}
	set(line, "subject", subject);
	set(line, "note", note);
	return line;
}

void
register_print_head(struct buf *to, enum flow_direction d, const char *organ, const char *name,
	const char *period)
{
	size_t n;
	const struct register_column *columns = register_columns(d, &n);

	buf_printf(to, "%s\n%s — %s\n\n", organ, name, period);
	for (size_t i = 0; i < n; i++)
		buf_printf(to, "%s%s", i ? " | " : "", columns[i].heading);
	buf_put_str(to, "\n");
}

static void
print_cell(struct buf *to, const json_t *v)
{
	if (json_is_integer(v))
		buf_printf(to, "%lld", (long long)json_integer_value(v));
	else if (json_is_string(v))
		for (const char *p = json_string_value(v); *p != '\0'; p++)
			buf_put_byte(to, *p == '\n' || *p == '\t' ? ' ' : (unsigned char)*p);
}

void
register_print_line(struct buf *to, enum flow_direction d, const json_t *line, const char *void_reason)
{
	size_t n;
	const struct register_column *columns = register_columns(d, &n);

	for (size_t i = 0; i < n; i++) {
		buf_put_str(to, i ? " | " : "");
		print_cell(to, json_object_get(line, columns[i].member));
		if (strcmp(columns[i].member, "note") == 0 && void_reason[0] != '\0')
			buf_printf(to, "%sHỦY: %s", json_string_length(json_object_get(line, "note")) ? "; " : "",
				void_reason);
	}
	buf_put_str(to, "\n");
}
