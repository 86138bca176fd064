/* log_store: see log_store.h. */
#include "daemon/store/log_store.h"

#include "daemon/store/visible.h"

const struct db_stmt log_store_size = {"log_size",
	"SELECT coalesce(max(index) + 1, 0) FROM leaf", 0};

const struct db_stmt log_store_waiting = {"log_waiting",
	"SELECT id, hash FROM leaf WHERE index IS NULL ORDER BY id LIMIT 1000", 0};

const struct db_stmt log_store_number = {"log_number",
	"UPDATE leaf SET index = w.index FROM unnest($1::uuid[], $2::bigint[]) AS w(id, index)"
	" WHERE leaf.id = w.id", 2};

const struct db_stmt log_store_put_nodes = {"log_put_nodes",
	"INSERT INTO tree_node (level, number, hash)"
	" SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])", 3};

const struct db_stmt log_store_get_nodes = {"log_get_nodes",
	"SELECT w.level, w.number, coalesce(n.hash, l.hash)"
	" FROM unnest($1::smallint[], $2::bigint[]) AS w(level, number)"
	" LEFT JOIN tree_node n ON n.level = w.level AND n.number = w.number"
	" LEFT JOIN leaf l ON w.level = 0 AND l.index = w.number", 2};

const struct db_stmt log_store_checkpoint = {"log_checkpoint",
	"SELECT size, root, note FROM checkpoint ORDER BY size DESC LIMIT 1", 0};

const struct db_stmt log_store_put_checkpoint = {"log_put_checkpoint",
	"INSERT INTO checkpoint (size, root, note) VALUES ($1::bigint, $2, $3)"
	" ON CONFLICT (size) DO NOTHING", 3};

const struct db_stmt log_store_leaves = {"log_leaves",
	"SELECT l.index, l.id, to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), l.type,"
	" CASE WHEN s.seen THEN l.document END, CASE WHEN s.seen THEN convert_from(l.body, 'UTF8') END, encode(l.hash, 'hex')"
	" FROM leaf l JOIN account me ON me.id = $3::uuid"
	" CROSS JOIN LATERAL (SELECT CASE WHEN l.document IS NOT NULL THEN EXISTS (SELECT 1 FROM document d WHERE d.id = l.document AND " VISIBLE ")"
	" ELSE convert_from(l.body, 'UTF8')::json->>'organ' IN ('', (SELECT o.code FROM organ o WHERE o.id = me.organ)) END AS seen) s"
	" WHERE l.index >= $1::bigint AND l.index < $1::bigint + $2::bigint ORDER BY l.index", 3};

const struct db_stmt log_store_leaf = {"log_leaf",
	"SELECT l.index, encode(l.hash, 'hex'), c.size, c.note, (SELECT coalesce(max(index) + 1, 0) FROM leaf)"
	" FROM leaf l LEFT JOIN (SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1) c ON true"
	" WHERE l.id = $1::uuid", 1};

const struct db_stmt log_store_of_document = {"log_of_document",
	"SELECT l.index, l.id, encode(l.hash, 'hex'), convert_from(l.body, 'UTF8'), c.size, c.note"
	" FROM leaf l LEFT JOIN (SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1) c ON true"
	" WHERE l.document = $1::uuid ORDER BY l.id LIMIT 1001", 1};

const struct db_stmt log_store_origin = {"log_origin",
	"SELECT code FROM organ WHERE own ORDER BY id LIMIT 1", 0};
