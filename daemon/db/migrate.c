/* migrate: see migrate.h. */
#include "daemon/db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/db/migration_files.h"
#include "daemon/io/loop.h"
#include "lib/base/hex.h"
#include "lib/base/log.h"

struct migrate {
	struct loop *loop;
	struct dbconn *conn;
	struct loop_timer *timer;
	struct diag *diag;
	struct migration_files files;
	struct migrate_config config;
	size_t at; /* the next file to apply */
	unsigned applied;
	char last_error[160];
	void (*done)(void *arg, enum status st, unsigned applied);
	void *arg;
};

/* Session settings of a migration: nothing limits it but its own statements. */
static const struct db_stmt stmt_settle = {"migrate_settle",
	"SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '60s', false), "
	"set_config('client_min_messages', 'warning', false), set_config('bytea_output', 'hex', false)",
	0};
/* Held until the connection ends. The number is "congvan" folded into 31 bits; the leaders of tasks use small ones. */
static const struct db_stmt stmt_lock = {"migrate_lock", "SELECT pg_advisory_lock(1668247414)", 0};
/* Looked for first: a role that may make no tables can still find that all has been done. */
static const struct db_stmt stmt_table = {"migrate_table",
	"DO $$ BEGIN IF to_regclass('schema_migration') IS NULL THEN "
	"CREATE TABLE schema_migration (number integer PRIMARY KEY, name text NOT NULL, "
	"sha256 bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()); END IF; END $$",
	0};
static const struct db_stmt stmt_list = {"migrate_list",
	"SELECT number, name, sha256 FROM schema_migration ORDER BY number", 0};

static void apply_next(struct migrate *m);

static void
free_migrate(struct migrate *m)
{
	loop_timer_stop(m->timer);
	dbconn_close(m->conn);
	migration_files_free(&m->files);
	free(m);
}

static void
end(struct migrate *m, enum status st)
{
	void (*done)(void *, enum status, unsigned) = m->done;
	void *arg = m->arg;
	unsigned applied = m->applied;

	m->done = NULL;
	free_migrate(m);
	done(arg, st, applied);
}

/* The statement `what` failed. Its connection may be lost; then the whole begins again when it is back. */
static void
fail(struct migrate *m, const char *what, enum status st, const struct db_error *error)
{
	if (m->done == NULL || st == STATUS_UNCERTAIN || st == STATUS_CANCELLED)
		return;
	diag_error(m->diag, "db.migration.failed", what, error != NULL ? error->message : status_code(st), NULL);
	end(m, STATUS_INVALID);
}

/* ---- applying ---- */

static void
on_applied(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct migrate *m = arg;
	const struct migration_file *file = &m->files.list[m->at];

	(void)result;
	if (st != STATUS_OK) {
		fail(m, file->name, st, error);
		return;
	}
	log_info("db=migrate", "event=applied file=%s", file->name);
	m->at++;
	m->applied++;
	apply_next(m);
}

/* ---- the rights of the role that works ---- */

static void
on_granted(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct migrate *m = arg;

	(void)result;
	if (st == STATUS_OK)
		end(m, STATUS_OK);
	else
		fail(m, m->config.role, st, error);
}

/* The role may have been given more by hand: it is made again what it should be. */
static void
put_role(struct buf *script, const char *role)
{
	buf_printf(script,
		"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%s') THEN CREATE ROLE \"%s\" LOGIN; END IF; END $$;\n"
		"ALTER ROLE \"%s\" LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;\n"
		"DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %%I FROM PUBLIC', current_database()); END $$;\n",
		role, role, role);
}

static void
grant(struct migrate *m)
{
	struct buf script;

	if (m->config.role == NULL) {
		end(m, STATUS_OK);
		return;
	}
	buf_init(&script, 4096);
	buf_put_str(&script, "BEGIN;\n");
	if (m->config.make_role)
		put_role(&script, m->config.role);
	buf_printf(&script, "DO $$ BEGIN PERFORM congvan_grant('%s'); END $$;\nCOMMIT;\n", m->config.role);
	if (buf_status(&script) != STATUS_OK || !dbconn_script(m->conn, buf_str(&script), on_granted, m))
		dbconn_break(m->conn);
	buf_free(&script);
}

/* ---- applying, continued ---- */

/* The record stands in the same text as the file: together in one transaction, which the file must not end itself. */
static void
apply_next(struct migrate *m)
{
	const struct migration_file *file;
	char hex[DIGEST_HEX];
	struct buf script;

	if (m->at == m->files.count) {
		grant(m);
		return;
	}
	file = &m->files.list[m->at];
	digest_hex(&file->sha256, hex);
	buf_init(&script, MIGRATION_BYTES + 4096);
	buf_put_str(&script, "BEGIN;\nSAVEPOINT migration;\n");
	buf_put_str(&script, file->text);
	buf_printf(&script,
		"\n;RELEASE SAVEPOINT migration;\nINSERT INTO schema_migration (number, name, sha256) VALUES (%d, '%s', '\\x%s');\nCOMMIT;\n",
		file->number, file->name, hex);
	if (buf_status(&script) != STATUS_OK ||
		!dbconn_script(m->conn, buf_str(&script), on_applied, m))
		dbconn_break(m->conn);
	buf_free(&script);
}

/* ---- what is there ---- */

static bool
check_record(struct migrate *m, const struct db_result *r, size_t row)
{
	int64_t number = db_number(r, row, 0);
	const char *name = db_text(r, row, 1);
	struct span sha256 = db_bytes(r, row, 2);
	const struct migration_file *file = row < m->files.count ? &m->files.list[row] : NULL;

	if (file == NULL || file->number > number) {
		bool newer = m->files.count == 0 || number > m->files.list[m->files.count - 1].number;

		diag_error(m->diag, newer ? "db.migration.newer" : "db.migration.missing", name, name, NULL);
		return false;
	}
	if (file->number < number) {
		/* A number below those applied: it would run after what was written to follow it. */
		diag_error(m->diag, "db.migration.late", file->name, file->name, "a number after the last one applied");
		return false;
	}
	if (sha256.len != DIGEST_BYTES || memcmp(sha256.data, file->sha256.bytes, DIGEST_BYTES) != 0) {
		diag_error(m->diag, "db.migration.changed", file->name, NULL, NULL);
		return false;
	}
	return true;
}

static void
on_list(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct migrate *m = arg;

	if (st != STATUS_OK) {
		fail(m, "schema_migration", st, error);
		return;
	}
	for (size_t row = 0; row < db_rows(result); row++) {
		if (!check_record(m, result, row)) {
			end(m, STATUS_INVALID);
			return;
		}
	}
	m->at = db_rows(result);
}

/* The border after the list: nothing is outstanding, so that a script may be sent. */
static void
on_border(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	(void)result;
	(void)error;
	if (st == STATUS_OK)
		apply_next(arg);
}

static void
on_step(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	(void)result;
	if (st != STATUS_OK)
		fail(arg, "schema_migration", st, error);
}

/* ---- the connection ---- */

static void
on_up(void *arg)
{
	struct migrate *m = arg;

	dbconn_send(m->conn, &stmt_lock, NULL, false, on_step, m);
	dbconn_sync(m->conn, NULL, NULL);
	dbconn_send(m->conn, &stmt_table, NULL, false, on_step, m);
	dbconn_sync(m->conn, NULL, NULL);
	dbconn_send(m->conn, &stmt_list, NULL, false, on_list, m);
	dbconn_sync(m->conn, on_border, m);
}

static void
on_down(void *arg, bool was_up, const char *why)
{
	struct migrate *m = arg;

	(void)was_up;
	snprintf(m->last_error, sizeof(m->last_error), "%s", why);
}

/* Only for the connection: a migration itself may take as long as it takes. */
static void
on_timeout(void *arg)
{
	struct migrate *m = arg;

	loop_timer_stop(m->timer);
	m->timer = NULL;
	if (dbconn_is_up(m->conn))
		return;
	diag_error(m->diag, "db.unreachable", "database", m->last_error, NULL);
	end(m, STATUS_UNAVAILABLE);
}

enum status
migrate_start(struct loop *loop, const struct migrate_config *config, struct diag *diag,
	void (*done)(void *arg, enum status st, unsigned applied), void *arg, struct migrate **out)
{
	static const struct dbconn_hooks hooks = {on_up, on_down, NULL};
	struct dbconn_target target = {config->url, &stmt_settle, false};
	struct migrate *m = calloc(1, sizeof(*m));
	enum status st;

	if (m == NULL)
		return STATUS_NO_MEMORY;
	m->loop = loop;
	m->config = *config;
	m->diag = diag;
	m->done = done;
	m->arg = arg;
	st = migration_files_read(config->dir, diag, &m->files);
	if (st == STATUS_OK) {
		m->conn = dbconn_new(loop, "db=migrate", &target, &hooks, m);
		st = m->conn != NULL ? loop_timer_start(loop, config->wait_ms, 0, on_timeout, m, &m->timer) : STATUS_NO_MEMORY;
	}
	if (st != STATUS_OK) {
		free_migrate(m);
		return st;
	}
	*out = m;
	return STATUS_OK;
}

void
migrate_cancel(struct migrate *m)
{
	if (m == NULL)
		return;
	m->done = NULL;
	free_migrate(m);
}
