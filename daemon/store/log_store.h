/*
 * log_store: SQL of the evidence log: leaves waiting for their index, nodes of the tree, checkpoints. Constants only; who runs them
 * when is daemon/evidence's business.
 */
#ifndef CONGVAN_STORE_LOG_STORE_H
#define CONGVAN_STORE_LOG_STORE_H

#include "daemon/db/db.h"

/* () -> size: leaves that have an index */
extern const struct db_stmt log_store_size;
/* () -> id, hash: the oldest waiting leaves, at most 1000 */
extern const struct db_stmt log_store_waiting;
/* (ids uuid[], indexes bigint[]) */
extern const struct db_stmt log_store_number;
/* (levels, numbers, hashes as arrays) */
extern const struct db_stmt log_store_put_nodes;
/* (levels smallint[], numbers bigint[]) -> level, number, hash; level 0 is the leaf of that index */
extern const struct db_stmt log_store_get_nodes;
/* () -> size, root, note: the newest checkpoint */
extern const struct db_stmt log_store_checkpoint;
/* (size, root, note) */
extern const struct db_stmt log_store_put_checkpoint;
/* (first index, count, account) -> index, id, at, type, document, body as text, hash hex; document and body NULL when the account may not see them */
extern const struct db_stmt log_store_leaves;
/* (id) -> index, hash hex, size and note of the newest checkpoint, number of leaves that have an index */
extern const struct db_stmt log_store_leaf;
/* (document) -> index, id, hash hex, body as text, size and note of the newest checkpoint; the oldest first, at most 1001 */
extern const struct db_stmt log_store_of_document;
/* () -> code of the first own organ */
extern const struct db_stmt log_store_origin;

#endif
