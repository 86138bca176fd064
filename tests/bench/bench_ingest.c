/*
 * bench_ingest: documents taken in per second: a register number, a document row with its search vector, a version, the content, a log leaf, all in one
 * transaction with a flush. Through the write combiner (32 clients that each wait for their answer), and by pgbench with the same rows
 * on the same server in the same run (its content is made by the server and not sent, which favours it).
 *
 *   bench_ingest [seconds per measurement]
 *
 * Prints one line per measurement and the ratio to the better pgbench. Not part of make check.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/db/db.h"
#include "daemon/io/loop.h"
#include "daemon/io/loop_uv.h"
#include "daemon/store/content.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/uuid.h"

#define CLIENTS 32

static const char schema[] =
	"CREATE TABLE register (id int PRIMARY KEY, next int NOT NULL);\n"
	"INSERT INTO register VALUES (1, 1);\n"
	"CREATE TABLE document (id uuid PRIMARY KEY, register int NOT NULL, number int NOT NULL, notation text NOT NULL, kind text NOT NULL,\n"
	" subject text NOT NULL, sender text NOT NULL, signer text, place text, pages int, urgency int, secrecy int, state text NOT NULL,\n"
	" revision int NOT NULL DEFAULT 1, organ uuid, unit uuid, assignee uuid, due date, dated date, arrived timestamptz NOT NULL DEFAULT now(),\n"
	" note text, folder text, source text, folded text, search tsvector, UNIQUE (register, number));\n"
	"CREATE INDEX ON document USING gin (search);\n"
	"CREATE INDEX ON document (arrived DESC, id);\n"
	"CREATE TABLE version (document uuid NOT NULL REFERENCES document, n int NOT NULL, sha256 bytea NOT NULL REFERENCES content,\n"
	" name text NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (document, n));\n"
	"CREATE INDEX ON version (sha256);\n"
	"CREATE TABLE leaf (seq bigserial PRIMARY KEY, document uuid NOT NULL, body jsonb NOT NULL);\n"
	"CREATE TABLE sample (size int PRIMARY KEY, bytes bytea NOT NULL);\n"
	"ALTER TABLE sample ALTER bytes SET STORAGE EXTERNAL;\n"
	"INSERT INTO sample SELECT n, (SELECT substr(string_agg(sha256(int4send(i)), ''), 1, n) FROM generate_series(1, n / 32 + 1) i)\n"
	" FROM (VALUES (20000), (200000)) v(n);\n";

/* The statements; pgbench's script below has the same. */
#define SQL_NUMBER "UPDATE register SET next = next + 1 WHERE id = 1 RETURNING next - 1"
#define SQL_DOCUMENT                                                                               \
	"INSERT INTO document (id, register, number, notation, kind, subject, sender, signer, place, pages, urgency, secrecy, state, " \
	"dated, note, source, folded, search) VALUES (%s, 1, %s, '15/QĐ-UBND', 'quyet-dinh', "     \
	"'Về việc phê duyệt kế hoạch công tác văn thư, lưu trữ năm 2026 của các cơ quan, tổ chức', 'Văn phòng Huyện ủy', 'Nguyễn Văn A', " \
	"'Hà Nội', 3, 0, 0, 'arrived', current_date, '', 'axis', '15qdubnd', "                     \
	"to_tsvector('simple', 've viec phe duyet ke hoach cong tac van thu luu tru nam 2026 cua cac co quan to chuc van phong huyen uy nguyen van a'))"
#define SQL_VERSION "INSERT INTO version (document, n, sha256, name) VALUES (%s, 1, %s, 'van-ban.pdf')"
#define SQL_LEAF "INSERT INTO leaf (document, body) VALUES (%s, '{\"v\":1,\"what\":\"arrived\",\"who\":\"van-thu\",\"from\":\"\",\"to\":\"arrived\"}')"

static char sql_document[2000], sql_version[300], sql_leaf[300];
static struct db_stmt stmt_number = {"number", SQL_NUMBER, 0};
static struct db_stmt stmt_document = {"document", sql_document, 2};
static struct db_stmt stmt_version = {"version", sql_version, 2};
static struct db_stmt stmt_leaf = {"leaf", sql_leaf, 1};

static struct loop *loop;
static struct db *db;
static bool flag;

struct client {
	struct act *act;
	char id[UUID_TEXT];
	struct digest sha256;
	bool uploaded; /* the content is there: sha256 names it */
};

/* One measurement. */
static struct {
	size_t size;
	bool first; /* content first, as an upload, then the act */
	unsigned char *bytes;
	unsigned done, failed, flying;
	clock_us until;
} run;

static void next(struct client *c);

/* ---- one document ---- */

static void
ignore(void *arg, enum status st, const struct db_result *r, const struct db_error *e)
{
	(void)arg;
	(void)r;
	if (st != STATUS_OK && e != NULL)
		fprintf(stderr, "%s\n", e->message);
}

/* The number is known: nothing else is to be decided. */
static void
on_number(void *arg, enum status st, const struct db_result *r, const struct db_error *e)
{
	struct client *c = arg;

	(void)e;
	if (st != STATUS_OK)
		return;
	act_query(c->act, &stmt_document, (struct db_param[]){DB_TEXT(c->id), DB_TEXT(db_text(r, 0, 0))}, ignore, c);
	act_query(c->act, &stmt_version, (struct db_param[]){DB_TEXT(c->id), DB_BYTES(c->sha256.bytes, DIGEST_BYTES)}, ignore, c);
	act_query(c->act, &stmt_leaf, &DB_TEXT(c->id), ignore, c);
	act_end(c->act, STATUS_OK);
}

static void
fresh_bytes(struct client *c)
{
	uuid_new(c->id);
	memcpy(run.bytes, c->id, UUID_TEXT - 1);
}

static void
act_run(struct act *act, void *arg)
{
	struct client *c = arg;

	c->act = act;
	if (!c->uploaded) {
		fresh_bytes(c);
		content_act_put(act, run.bytes, run.size, &c->sha256, ignore, c);
	}
	act_query(act, &stmt_number, NULL, on_number, c);
}

static void
act_done(void *arg, enum status st)
{
	run.done += st == STATUS_OK;
	run.failed += st != STATUS_OK;
	run.flying--;
	next(arg);
}

static const struct act_kind kind = {.run = act_run, .done = act_done};

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct client *c = arg;

	if (st != STATUS_OK) {
		act_done(c, st);
		return;
	}
	c->sha256 = stored->sha256;
	c->uploaded = true;
	db_act(db, &kind, c);
}

static void
on_more(void *arg)
{
	(void)arg;
}

static void
next(struct client *c)
{
	struct content_put *put;

	if (clock_monotonic() >= run.until) {
		flag = run.flying == 0;
		return;
	}
	run.flying++;
	c->uploaded = false;
	if (!run.first) {
		db_act(db, &kind, c);
		return;
	}
	fresh_bytes(c);
	put = content_put_begin(db, CONTENT_NO_LIMIT, on_more, c);
	content_put_write(put, run.bytes, run.size);
	content_put_end(put, on_stored, c);
}

/* ---- measurements ---- */

static void
wait_flag(void)
{
	while (!flag)
		uv_run(loop_uv(loop), UV_RUN_ONCE);
	flag = false;
}

static double
measure(size_t size, bool first, unsigned clients, unsigned seconds)
{
	static struct client list[CLIENTS];
	struct db_counters before = db_counters(db), after;
	clock_us start = clock_monotonic();
	double rate;

	loop_reset_longest_turn(loop);
	run.size = size;
	run.first = first;
	run.done = run.failed = 0;
	run.until = start + seconds * CLOCK_SECOND;
	for (unsigned i = 0; i < clients; i++)
		next(&list[i]);
	wait_flag();
	after = db_counters(db);
	rate = run.done * 1e6 / (double)(clock_monotonic() - start);
	printf("combiner, %u clients, %zu bytes%s: %.0f documents/s (%.1f acts a commit, %u failed, longest turn %.1f ms)\n", clients,
		size, first ? ", uploaded first" : "", rate,
		(double)(after.acts - before.acts) / (double)(after.batches - before.batches), run.failed,
		(double)loop_longest_turn_us(loop) / 1000);
	fflush(stdout);
	return rate;
}

static double
pgbench(const char *dir, size_t size, int clients, unsigned seconds)
{
	char command[600], path[200], line[200];
	double tps = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/script", dir);
	f = fopen(path, "w");
	if (f == NULL)
		return 0;
	fprintf(f, "BEGIN;\nSELECT gen_random_uuid() AS id \\gset\n"
		   "SELECT s.sha AS sha, content_store(gen_random_uuid(), s.sha, s.b) FROM (SELECT b, sha256(b) AS sha FROM "
		   "(SELECT convert_to(:id::text, 'UTF8') || substr(bytes, 37) AS b FROM sample WHERE size = %zu OFFSET 0) x OFFSET 0) s \\gset\n", size);
	fprintf(f, SQL_NUMBER " AS number \\gset\n");
	fprintf(f, SQL_DOCUMENT ";\n", ":id", ":number");
	fprintf(f, SQL_VERSION ";\n", ":id", ":sha");
	fprintf(f, SQL_LEAF ";\nCOMMIT;\n", ":id");
	fclose(f);
	snprintf(command, sizeof(command),
		"/usr/lib/postgresql/15/bin/pgbench -n -M prepared -f '%s' -c %d -j 1 -T %u -h '%s/data/postgresql/run' -U congvan postgres 2>&1",
		path, clients, seconds, dir);
	f = popen(command, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "tps = %lf", &tps) != 1 && strstr(line, "rror") != NULL)
			fputs(line, stderr);
	}
	if (f != NULL)
		pclose(f);
	printf("pgbench, %d clients, %zu bytes: %.0f documents/s\n", clients, size, tps);
	fflush(stdout);
	return tps;
}

/* ---- the server ---- */

static void
on_ready(void *arg, enum status st)
{
	(void)arg;
	if (st != STATUS_OK) {
		fprintf(stderr, "bench_ingest: the database does not start: %s\n", status_code(st));
		exit(1);
	}
	flag = true;
}

static void
on_stopped(void *arg)
{
	(void)arg;
	flag = true;
}

static int
prepare(char *dir, size_t room)
{
	const char *source = getenv("CONGVAN_SRCDIR");
	const char *base = getenv("TMPDIR");
	char command[500], path[300];
	FILE *f;

	snprintf(dir, room, "%s/congvan-bench-XXXXXX", base != NULL ? base : "/var/tmp");
	if (mkdtemp(dir) == NULL || chmod(dir, 0711) != 0)
		return -1;
	snprintf(command, sizeof(command), "mkdir '%s/sql' && cd '%s/schemas/sql' && cp 001_content.sql 130_content_base.sql '%s/sql'", dir,
		source != NULL ? source : "../..", dir);
	if (system(command) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/sql/002_bench.sql", dir);
	f = fopen(path, "w");
	if (f == NULL || fputs(schema, f) < 0 || fclose(f) != 0)
		return -1;
	snprintf(sql_document, sizeof(sql_document), SQL_DOCUMENT, "$1", "$2");
	snprintf(sql_version, sizeof(sql_version), SQL_VERSION, "$1", "$2");
	snprintf(sql_leaf, sizeof(sql_leaf), SQL_LEAF, "$1");
	run.bytes = malloc(CONTENT_CHUNK);
	for (size_t i = 0; i < CONTENT_CHUNK; i++)
		run.bytes[i] = (unsigned char)(i * 2654435761U >> 13);
	return 0;
}

int
main(int argc, char **argv)
{
	static const size_t sizes[] = {20000, 200000};
	unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 5;
	struct db_config config = {0};
	char dir[100], data[120], sql[120], command[150];

	log_init("bench", 2, LOG_LEVEL_WARN);
	if (loop_new(&loop) != STATUS_OK || prepare(dir, sizeof(dir)) != 0)
		return 1;
	snprintf(data, sizeof(data), "%s/data", dir);
	snprintf(sql, sizeof(sql), "%s/sql", dir);
	config = (struct db_config){.data_dir = data, .migrations = sql, .connections = 4, .queue = 2000, .as_owner = true};
	if (db_start(loop, &config, on_ready, NULL, &db) != STATUS_OK)
		return 1;
	wait_flag();
	for (size_t i = 0; i < 2; i++) {
		double one = pgbench(dir, sizes[i], 1, seconds), eight = pgbench(dir, sizes[i], 8, seconds);
		double best = one > eight ? one : eight;
		double act = measure(sizes[i], false, CLIENTS, seconds), first = measure(sizes[i], true, CLIENTS, seconds);

		printf("%zu bytes: %.1f times pgbench (content in the act), %.1f (uploaded first)\n", sizes[i], act / best, first / best);
	}
	db_stop(db, on_stopped, NULL);
	wait_flag();
	free(run.bytes);
	loop_run(loop);
	loop_free(loop);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : 1;
}
