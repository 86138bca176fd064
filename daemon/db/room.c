/* room: see room.h. */
#include "daemon/db/room.h"

#include <sys/statvfs.h>

#include "lib/base/log.h"

bool
room_is_full(const char *dir, bool was_full)
{
	struct statvfs v;
	unsigned long long left;
	bool full;

	if (statvfs(dir, &v) != 0)
		return false;
	left = (unsigned long long)v.f_bavail * v.f_frsize;
	full = left < (was_full ? ROOM_ENOUGH : ROOM_LEAST);
	if (full && !was_full)
		log_error("db", "event=disk-full left_mib=%llu: writes are refused", left >> 20);
	else if (!full && was_full)
		log_info("db", "event=disk-has-room left_mib=%llu", left >> 20);
	return full;
}
