/* archive_store: SQL of derived texts (schemas/sql/020_document.sql, derived_text). Constants only; daemon/archive runs them. */
#ifndef CONGVAN_STORE_ARCHIVE_STORE_H
#define CONGVAN_STORE_ARCHIVE_STORE_H

#include "daemon/db/db.h"

/* (): rows for contents of versions that have none, at most 10000 */
extern const struct db_stmt archive_store_fill;
/* (n) -> sha256, mime, attempts: waiting ones whose turn it is; counted as tried */
extern const struct db_stmt archive_store_claim;
/* (sha256, pages or NULL, body, words): the text; the row still waits until archive_store_finish */
extern const struct db_stmt archive_store_put;
/* (sha256): documents whose versions have it are searched by it from now on */
extern const struct db_stmt archive_store_refresh;
/* (sha256, state) */
extern const struct db_stmt archive_store_finish;
/* (sha256 hex) -> body: when the text is there */
extern const struct db_stmt archive_store_body;

#endif
