/* db_fixture: see db_fixture.h. */
#include "tests/unit/db_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "daemon/io/loop_uv.h"
#include "lib/base/log.h"

static void
must(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "fixture: %s\n", what);
	abort();
}

void
fixture_open(struct fixture *f)
{
	const char *level = getenv("CONGVAN_TEST_LOG");

	*f = (struct fixture){0};
	log_init("test", 2, log_level_from_name(level != NULL ? level : "error"));
	strcpy(f->dir, "/tmp/congvan test XXXXXX");
	must(mkdtemp(f->dir) != NULL, "mkdtemp");
	chmod(f->dir, 0711);
	snprintf(f->data, sizeof(f->data), "%s/data", f->dir);
	snprintf(f->migrations, sizeof(f->migrations), "%s/sql", f->dir);
	must(mkdir(f->migrations, 0700) == 0, "mkdir");
	must(loop_new(&f->loop) == STATUS_OK, "loop");
}

void
fixture_migration(struct fixture *f, const char *name, const char *sql)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->migrations, name);
	file = fopen(path, "w");
	must(file != NULL && fputs(sql, file) >= 0 && fclose(file) == 0, "migration");
}

static void
on_ready(void *arg, enum status st)
{
	struct fixture *f = arg;

	f->ready = st;
	f->started = true;
}

void
fixture_start(struct fixture *f, const char *url)
{
	struct db_config config = {.url = url, .data_dir = f->data, .migrations = f->migrations, .connections = 3, .queue = 2000, .as_owner = true};

	f->started = f->stopped = false;
	f->ready = db_start(f->loop, &config, on_ready, f, &f->db);
	if (f->ready != STATUS_OK) {
		f->db = NULL;
		return;
	}
	must(!f->started, "ready was called inside db_start");
	must(fixture_until(f, &f->started, 60000), "the database does not get ready");
}

static void
on_stopped(void *arg)
{
	struct fixture *f = arg;

	f->stopped = true;
}

void
fixture_stop(struct fixture *f)
{
	if (f->db == NULL)
		return;
	db_stop(f->db, on_stopped, f);
	must(fixture_until(f, &f->stopped, 30000), "the database does not stop");
	f->db = NULL;
}

void
fixture_close(struct fixture *f)
{
	char command[128];
	struct fixture_stmt *s;

	fixture_stop(f);
	loop_run(f->loop);
	loop_free(f->loop);
	while ((s = f->stmts) != NULL) {
		f->stmts = s->next;
		free(s);
	}
	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	must(system(command) == 0, "rm");
}

static void
on_timeout(void *arg)
{
	*(bool *)arg = true;
}

bool
fixture_until(struct fixture *f, const bool *flag, unsigned ms)
{
	struct loop_timer *timer = NULL;
	bool late = false;

	must(loop_timer_start(f->loop, ms, 0, on_timeout, &late, &timer) == STATUS_OK, "timer");
	while (!*flag && !late)
		uv_run(loop_uv(f->loop), UV_RUN_ONCE);
	loop_timer_stop(timer);
	return *flag;
}

void
fixture_turn(struct fixture *f, unsigned ms)
{
	bool never = false;

	fixture_until(f, &never, ms);
}

struct answer {
	bool come;
	enum status status;
	char text[4000];
};

static void
on_answer(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct answer *a = arg;

	a->come = true;
	a->status = st;
	if (result != NULL)
		snprintf(a->text, sizeof(a->text), "%s", db_text(result, 0, 0));
	else if (error != NULL)
		snprintf(a->text, sizeof(a->text), "%s %s %s", error->sqlstate, error->constraint, error->message);
}

enum status
fixture_sql(struct fixture *f, const char *sql, const char **text_out)
{
	static struct answer a;
	/* Kept to the end: connections know statements by their address. */
	struct fixture_stmt *s = malloc(sizeof(*s) + strlen(sql) + 1);

	must(s != NULL, "memory");
	*s = (struct fixture_stmt){f->stmts, {"test", (char *)(s + 1), 0}};
	memcpy(s + 1, sql, strlen(sql) + 1);
	f->stmts = s;
	a = (struct answer){0};
	db_query(f->db, &s->stmt, NULL, on_answer, &a);
	must(!a.come, "a callback inside its start");
	must(fixture_until(f, &a.come, 60000), "no answer");
	if (text_out != NULL)
		*text_out = a.text;
	return a.status;
}
