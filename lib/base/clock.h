/*
 * clock: points in time as microseconds since 1970-01-01T00:00:00Z. Stored in UTC, shown in Vietnamese time
 * (+07:00, no summer time).
 */
#ifndef CONGVAN_BASE_CLOCK_H
#define CONGVAN_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t clock_us;

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_DAY (INT64_C(86400) * CLOCK_SECOND)
#define CLOCK_VIETNAM_OFFSET (INT64_C(7) * 3600 * CLOCK_SECOND)
#define CLOCK_TEXT 40 /* room for any text these functions write */

struct clock_date {
	int year, month, day; /* 1-based */
};

/* Now, by the system's wall clock. */
clock_us clock_now(void);

/* Monotonic microseconds, for durations only. */
clock_us clock_monotonic(void);

/* "2026-11-24T06:25:54.123456Z" */
void clock_format_utc(clock_us t, char to[CLOCK_TEXT]);

/* "2026-11-24T13:25:54+07:00" (ISO 8601, seconds) */
void clock_format_vietnam(clock_us t, char to[CLOCK_TEXT]);

/* "24/11/2026 13:25:54 +07:00": the form shown to people and in visible signatures (Decree 30/2020 App. I) */
void clock_format_people(clock_us t, char to[CLOCK_TEXT]);

/* RFC 3339 with any offset, fraction optional. False when not a valid time. */
bool clock_parse(const char *s, clock_us *out);

/* The calendar day in Vietnam at t. */
struct clock_date clock_date_vietnam(clock_us t);

/* "yyyy-mm-dd" or "yyyy/mm/dd" (both by edXML partners). False when not a real day. */
bool clock_parse_date(const char *s, struct clock_date *out);

/* "yyyy-mm-dd" */
void clock_format_date(struct clock_date d, char to[CLOCK_TEXT]);

/* Midnight in Vietnam at the start of the day. */
clock_us clock_from_date(struct clock_date d);

#endif
