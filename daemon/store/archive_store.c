/* archive_store: see archive_store.h. */
#include "daemon/store/archive_store.h"

#define READABLE "mime IN ('application/pdf', 'text/plain')"

const struct db_stmt archive_store_fill = {"archive_fill",
	"INSERT INTO derived_text (sha256, state) SELECT DISTINCT v.sha256, 'waiting' FROM version v WHERE v.part IN ('main', 'attachment')"
	" AND v." READABLE " AND NOT EXISTS (SELECT 1 FROM derived_text t WHERE t.sha256 = v.sha256) LIMIT 10000"
	" ON CONFLICT DO NOTHING", 0};

/* One that was tried before waits longer each time, so that it never stands before the others. */
const struct db_stmt archive_store_claim = {"archive_claim",
	"UPDATE derived_text t SET attempts = t.attempts + 1, at = now() FROM (SELECT sha256 FROM derived_text WHERE state = 'waiting'"
	" AND (attempts = 0 OR at < now() - attempts * interval '15 seconds') ORDER BY at LIMIT $1::integer) w"
	" WHERE t.sha256 = w.sha256 RETURNING t.sha256, coalesce((SELECT v.mime FROM version v WHERE v.sha256 = t.sha256"
	" AND v." READABLE " LIMIT 1), ''), t.attempts", 1};

const struct db_stmt archive_store_put = {"archive_put",
	"UPDATE derived_text SET pages = $2::integer, body = $3, search = strip(to_tsvector('simple', $4)) WHERE sha256 = $1", 4};

/* The trigger document_guard puts the searched form together. */
const struct db_stmt archive_store_refresh = {"archive_refresh",
	"UPDATE document SET words = words WHERE id IN (SELECT document FROM version WHERE sha256 = $1)", 1};

const struct db_stmt archive_store_finish = {"archive_finish",
	"UPDATE derived_text SET state = $2, at = now() WHERE sha256 = $1", 2};

const struct db_stmt archive_store_body = {"archive_body",
	"SELECT body FROM derived_text WHERE sha256 = decode($1, 'hex') AND state = 'done'", 1};
