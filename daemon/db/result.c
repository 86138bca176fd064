/* result: see result.h; the accessors of db.h. */
#include "daemon/db/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"

#define OID_BYTEA 17

void
result_init(struct db_result *r)
{
	*r = (struct db_result){0};
	buf_init(&r->data, RESULT_MAX);
}

void
result_free(struct db_result *r)
{
	buf_free(&r->data);
	free(r->cells);
	result_init(r);
}

static enum status
grow_cells(struct db_result *r, size_t more)
{
	struct result_cell *cells;
	size_t room = r->cell_room == 0 ? 32 : r->cell_room;

	while (room - r->cell_count < more)
		room *= 2;
	if (room == r->cell_room)
		return STATUS_OK;
	if (room > RESULT_MAX / sizeof(*cells))
		return STATUS_TOO_LARGE;
	cells = realloc(r->cells, room * sizeof(*cells));
	if (cells == NULL)
		return STATUS_NO_MEMORY;
	r->cells = cells;
	r->cell_room = room;
	return STATUS_OK;
}

static enum status
add_bytea_text(struct buf *data, const char *text, size_t len, size_t *len_out)
{
	unsigned char *to;
	size_t n;

	if (len < 2 || len % 2 != 0 || text[0] != '\\' || text[1] != 'x')
		return STATUS_INTERNAL; /* bytea_output is set to hex for every connection */
	n = (len - 2) / 2;
	to = buf_reserve(data, n + 1);
	if (to == NULL)
		return buf_status(data);
	if (!hex_decode(text + 2, to, n))
		return STATUS_INTERNAL;
	to[n] = '\0';
	*len_out = n;
	return STATUS_OK;
}

static enum status
add_cell(struct db_result *r, const PGresult *from, int row, int col)
{
	struct result_cell *cell = &r->cells[r->cell_count];
	const char *value = PQgetvalue(from, row, col);
	size_t len = (size_t)PQgetlength(from, row, col);
	enum status st;

	cell->at = r->data.len;
	cell->len = RESULT_NULL;
	if (PQgetisnull(from, row, col)) {
		buf_put_byte(&r->data, '\0');
	} else if (PQftype(from, col) == OID_BYTEA && PQfformat(from, col) == 0) {
		st = add_bytea_text(&r->data, value, len, &cell->len);
		if (st != STATUS_OK)
			return st;
	} else {
		buf_put(&r->data, value, len);
		buf_put_byte(&r->data, '\0');
		cell->len = len;
	}
	r->cell_count++;
	return buf_status(&r->data);
}

enum status
result_add(struct db_result *r, const PGresult *from)
{
	int cols = PQnfields(from), rows = PQntuples(from);
	enum status st;

	r->cols = (size_t)cols;
	r->binary = cols > 0 && PQfformat(from, 0) == 1;
	for (int row = 0; row < rows; row++) {
		st = grow_cells(r, (size_t)cols);
		for (int col = 0; st == STATUS_OK && col < cols; col++)
			st = add_cell(r, from, row, col);
		if (st != STATUS_OK)
			return st;
		r->rows++;
	}
	return STATUS_OK;
}

void
result_end(struct db_result *r, PGresult *from)
{
	const char *tag = PQcmdStatus(from);

	r->touched = (size_t)strtoull(PQcmdTuples(from), NULL, 10);
	snprintf(r->tag, sizeof(r->tag), "%.*s", (int)strcspn(tag, " "), tag);
}

bool
result_is_commit(const struct db_result *r)
{
	return strcmp(r->tag, "COMMIT") == 0;
}

/* Exact codes first, then classes (their first two characters). PostgreSQL manual, appendix A. */
static const struct {
	const char *prefix;
	enum status status;
} by_sqlstate[] = {
	{"23505", STATUS_DUPLICATE},   /* unique_violation */
	{"23P01", STATUS_DUPLICATE},   /* exclusion_violation */
	{"40001", STATUS_CONFLICT},    /* serialization_failure */
	{"40P01", STATUS_CONFLICT},    /* deadlock_detected */
	{"55P03", STATUS_TIMEOUT},     /* lock_not_available, also lock_timeout */
	{"57014", STATUS_TIMEOUT},     /* query_canceled: statement_timeout */
	{"53100", STATUS_NO_SPACE},    /* disk_full */
	{"53200", STATUS_NO_MEMORY},   /* out_of_memory */
	{"53300", STATUS_UNAVAILABLE}, /* too_many_connections */
	{"25006", STATUS_UNAVAILABLE}, /* read_only_sql_transaction: a standby, after a failover */
	{"54000", STATUS_TOO_LARGE},   /* program_limit_exceeded */
	{"P0001", STATUS_INVALID},     /* raise_exception of our triggers */
	{"22", STATUS_INVALID},        /* data exception */
	{"23", STATUS_INVALID},        /* the other constraints */
	{"57P", STATUS_UNAVAILABLE},   /* shut down, starting up */
};

enum status
result_status(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof(by_sqlstate) / sizeof(by_sqlstate[0]); i++)
		if (strncmp(sqlstate, by_sqlstate[i].prefix, strlen(by_sqlstate[i].prefix)) == 0)
			return by_sqlstate[i].status;
	return STATUS_INTERNAL;
}

bool
result_is_fatal(const PGresult *from)
{
	const char *severity = PQresultErrorField(from, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

static const char *
field(const PGresult *from, int code)
{
	const char *text = PQresultErrorField(from, code);

	return text != NULL ? text : "";
}

void
result_error(const PGresult *from, struct db_error *error)
{
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", field(from, PG_DIAG_SQLSTATE));
	error->constraint = field(from, PG_DIAG_CONSTRAINT_NAME);
	error->message = field(from, PG_DIAG_MESSAGE_PRIMARY);
}

/* ---- accessors (db.h) ---- */

size_t
db_rows(const struct db_result *r)
{
	return r->rows;
}

static const struct result_cell *
cell_at(const struct db_result *r, size_t row, size_t col)
{
	return row < r->rows && col < r->cols ? &r->cells[row * r->cols + col] : NULL;
}

bool
db_is_null(const struct db_result *r, size_t row, size_t col)
{
	const struct result_cell *cell = cell_at(r, row, col);

	return cell == NULL || cell->len == RESULT_NULL;
}

struct span
db_bytes(const struct db_result *r, size_t row, size_t col)
{
	const struct result_cell *cell = cell_at(r, row, col);

	if (cell == NULL || cell->len == RESULT_NULL)
		return (struct span){(const unsigned char *)"", 0};
	return (struct span){r->data.data + cell->at, cell->len};
}

const char *
db_text(const struct db_result *r, size_t row, size_t col)
{
	return (const char *)db_bytes(r, row, col).data;
}

/* Binary integers (int2, int4, int8) are big-endian two's complement of their length. */
static int64_t
binary_number(struct span s)
{
	uint64_t v = s.len > 0 && (s.data[0] & 0x80) ? UINT64_MAX : 0;

	for (size_t i = 0; i < s.len && i < 8; i++)
		v = v << 8 | s.data[i];
	return (int64_t)v;
}

int64_t
db_number(const struct db_result *r, size_t row, size_t col)
{
	if (r->binary)
		return binary_number(db_bytes(r, row, col));
	return strtoll(db_text(r, row, col), NULL, 10);
}

bool
db_flag(const struct db_result *r, size_t row, size_t col)
{
	const char *text = db_text(r, row, col);

	return r->binary ? text[0] != 0 : text[0] == 't';
}

size_t
db_touched(const struct db_result *r)
{
	return r->touched;
}
