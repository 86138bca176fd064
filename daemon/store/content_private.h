/* content_private: statements that the files of the content store share. */
#ifndef CONGVAN_STORE_CONTENT_PRIVATE_H
#define CONGVAN_STORE_CONTENT_PRIVATE_H

#include "daemon/db/db.h"

/* size, upload, and whether it has a base, of a content by its hash */
extern const struct db_stmt content_stmt_find;
/* upload, hash, bytes: a content of one chunk */
extern const struct db_stmt content_stmt_store;

#endif
