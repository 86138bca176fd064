/* clock: see clock.h. */
#include "lib/base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static clock_us
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (clock_us)ts.tv_sec * CLOCK_SECOND + ts.tv_nsec / 1000;
}

clock_us
clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

clock_us
clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static clock_us
floor_second(clock_us t)
{
	clock_us s = t / CLOCK_SECOND;

	return t % CLOCK_SECOND < 0 ? s - 1 : s;
}

static struct tm
broken_down(clock_us t)
{
	time_t s = (time_t)floor_second(t);
	struct tm tm;

	gmtime_r(&s, &tm);
	return tm;
}

void
clock_format_utc(clock_us t, char to[CLOCK_TEXT])
{
	struct tm tm = broken_down(t);
	size_t n = strftime(to, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);

	snprintf(to + n, CLOCK_TEXT - n, ".%06dZ", (int)(t - floor_second(t) * CLOCK_SECOND));
}

void
clock_format_vietnam(clock_us t, char to[CLOCK_TEXT])
{
	struct tm tm = broken_down(t + CLOCK_VIETNAM_OFFSET);

	strftime(to, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S+07:00", &tm);
}

void
clock_format_people(clock_us t, char to[CLOCK_TEXT])
{
	struct tm tm = broken_down(t + CLOCK_VIETNAM_OFFSET);

	strftime(to, CLOCK_TEXT, "%d/%m/%Y %H:%M:%S +07:00", &tm);
}

/* n digits at *s, advancing it; -1 when there are fewer. */
static int
digits(const char **s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + (**s - '0');
	}
	return v;
}

static bool
valid_date(struct clock_date d)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;

	return d.year >= 1 && d.month >= 1 && d.month <= 12 && d.day >= 1 &&
		d.day <= days[d.month - 1] + (leap && d.month == 2);
}

static bool
take_date(const char **s, struct clock_date *out)
{
	struct clock_date d;
	char sep;

	d.year = digits(s, 4);
	sep = **s;
	if (d.year < 0 || (sep != '-' && sep != '/'))
		return false;
	(*s)++;
	d.month = digits(s, 2);
	if (d.month < 0 || **s != sep)
		return false;
	(*s)++;
	d.day = digits(s, 2);
	if (d.day < 0 || !valid_date(d))
		return false;
	*out = d;
	return true;
}

bool
clock_parse_date(const char *s, struct clock_date *out)
{
	struct clock_date d;

	if (!take_date(&s, &d) || *s != '\0')
		return false;
	*out = d;
	return true;
}

void
clock_format_date(struct clock_date d, char to[CLOCK_TEXT])
{
	snprintf(to, CLOCK_TEXT, "%04d-%02d-%02d", d.year, d.month, d.day);
}

static clock_us
days_from_civil(struct clock_date d)
{
	struct tm tm = {.tm_year = d.year - 1900, .tm_mon = d.month - 1, .tm_mday = d.day};

	return (clock_us)timegm(&tm) / 86400;
}

clock_us
clock_from_date(struct clock_date d)
{
	return days_from_civil(d) * CLOCK_DAY - CLOCK_VIETNAM_OFFSET;
}

struct clock_date
clock_date_vietnam(clock_us t)
{
	struct tm tm = broken_down(t + CLOCK_VIETNAM_OFFSET);

	return (struct clock_date){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
}

/* ".ffffff" of any length as microseconds; further digits are dropped. */
static bool
take_fraction(const char **s, clock_us *out)
{
	clock_us unit = CLOCK_SECOND / 10;

	*out = 0;
	if (**s != '.')
		return true;
	(*s)++;
	if (!isdigit((unsigned char)**s))
		return false;
	for (; isdigit((unsigned char)**s); (*s)++, unit /= 10)
		*out += (**s - '0') * unit;
	return true;
}

static bool
take_offset(const char **s, clock_us *out)
{
	int sign, h, m;

	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		*out = 0;
		return true;
	}
	if (**s != '+' && **s != '-')
		return false;
	sign = *(*s)++ == '-' ? -1 : 1;
	h = digits(s, 2);
	if (h < 0 || h > 23 || *(*s)++ != ':')
		return false;
	m = digits(s, 2);
	if (m < 0 || m > 59)
		return false;
	*out = sign * (h * 3600 + m * 60) * CLOCK_SECOND;
	return true;
}

bool
clock_parse(const char *s, clock_us *out)
{
	struct clock_date d;
	clock_us fraction, offset;
	int h, m, sec;

	if (strlen(s) >= CLOCK_TEXT || !take_date(&s, &d) || (*s != 'T' && *s != 't' && *s != ' '))
		return false;
	s++;
	h = digits(&s, 2);
	if (h < 0 || h > 23 || *s++ != ':')
		return false;
	m = digits(&s, 2);
	if (m < 0 || m > 59 || *s++ != ':')
		return false;
	sec = digits(&s, 2);
	if (sec < 0 || sec > 59 || !take_fraction(&s, &fraction) || !take_offset(&s, &offset) ||
		*s != '\0')
		return false;
	*out = days_from_civil(d) * CLOCK_DAY + (h * 3600 + m * 60 + sec) * CLOCK_SECOND +
		fraction - offset;
	return true;
}
