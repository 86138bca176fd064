/* deadline: see deadline.h. */
#include "daemon/store/deadline.h"

#include <stdio.h>

#include "lib/base/log.h"

static const struct db_stmt tell = {"deadline_tell", "SELECT json_build_object('told', deadline_tell(now(), $1::integer))", 1};

static void
on_told(void *arg, enum status st, json_t *value, const char *constraint)
{
	(void)arg;
	(void)constraint;
	if (st != STATUS_OK)
		log_warn("deadline", "event=not-told status=%s", status_code(st));
	else if (store_number(value, "told") > 0)
		log_info("deadline", "event=told documents=%lld", (long long)store_number(value, "told"));
}

void
deadline_tell(struct db *db, int near_days)
{
	char days[16];

	snprintf(days, sizeof(days), "%d", near_days);
	store_read(db, &tell, (struct db_param[]){DB_TEXT(days)}, STORE_ONE, on_told, NULL);
}
