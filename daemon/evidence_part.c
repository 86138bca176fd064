/*
 * evidence_part: the parts of congvand that look after what is kept: the sequencer of the evidence log with its signer, and the archive that
 * reads texts out of files.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/app.h"
#include "daemon/archive/archive.h"
#include "daemon/evidence/note_signer.h"
#include "daemon/evidence/sequencer.h"
#include "daemon/store/log_store.h"
#include "lib/base/log.h"
#include "lib/pki/checkpoint.h"

/* ---- archive: before the workers start and after they have ended, so that jobs under way end at once ---- */

void
archive_start_part(struct app *app)
{
	struct archive_config config = {.loop = app->loop, .db = app->api.db, .pool = &app->api.pool, .offload = app->api.offload,
		.interval_ms = (unsigned)conf_number(app->conf, "archive", "interval_ms")};

	app_started(app, archive_start(&config, &app->api.archive));
}

static void
archive_stopped(void *arg)
{
	struct app *app = arg;

	app->api.archive = NULL;
	app_stopped(app);
}

void
archive_stop_part(struct app *app)
{
	archive_stop(app->api.archive, archive_stopped, app);
}

/* ---- evidence ---- */

struct evidence_part {
	char origin[CHECKPOINT_NAME_MAX];
	struct note_signer *signer;
};

static void
part_free(struct app *app)
{
	note_signer_free(app->evidence->signer);
	free(app->evidence);
	app->evidence = NULL;
}

static void
begin(struct app *app)
{
	struct evidence_part *e = app->evidence;
	struct sequencer_config config = {.loop = app->loop, .db = app->api.db, .origin = e->origin,
		.interval_ms = (unsigned)conf_number(app->conf, "evidence", "interval_ms")};
	struct sequencer_signer signer;
	enum status st = STATUS_OK;

	if (!checkpoint_name_is_right(e->origin)) {
		diag_error(app->diag, "conf.value", "evidence origin", e->origin, NULL);
		st = STATUS_INVALID;
	}
	/* A link of its own (daemon/outside.c): a checkpoint does not wait behind a batch of signatures. */
	if (st == STATUS_OK && app->log_signer != NULL && (e->signer = note_signer_new(app->log_signer)) == NULL)
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK && e->signer != NULL) {
		signer = note_signer_of(e->signer);
		config.signer = &signer;
	}
	if (st == STATUS_OK)
		st = sequencer_start(&config, &app->api.sequencer);
	if (st == STATUS_OK)
		log_info("evidence", "event=started origin=%s signer=%s", e->origin, e->signer != NULL ? "yes" : "no");
	else
		part_free(app);
	app_started(app, st);
}

static void
on_origin(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct app *app = arg;

	(void)error;
	if (st != STATUS_OK) {
		part_free(app);
		app_started(app, st);
		return;
	}
	snprintf(app->evidence->origin, sizeof(app->evidence->origin), "congvan/%s", db_rows(rows) > 0 ? db_text(rows, 0, 0) : "unnamed");
	begin(app);
}

void
evidence_start_part(struct app *app)
{
	const char *origin = conf_string(app->conf, "evidence", "origin");

	app->evidence = calloc(1, sizeof(*app->evidence));
	if (app->evidence == NULL) {
		app_started(app, STATUS_NO_MEMORY);
		return;
	}
	if (origin[0] == '\0') {
		db_query(app->api.db, &log_store_origin, NULL, on_origin, app);
		return;
	}
	snprintf(app->evidence->origin, sizeof(app->evidence->origin), "%s", origin);
	begin(app);
}

static void
sequencer_stopped(void *arg)
{
	struct app *app = arg;

	app->api.sequencer = NULL;
	part_free(app);
	app_stopped(app);
}

void
evidence_stop_part(struct app *app)
{
	sequencer_stop(app->api.sequencer, sequencer_stopped, app);
}
