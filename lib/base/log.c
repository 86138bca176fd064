/* log: see log.h. */
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"

static struct {
	const char *program;
	int fd;
	enum log_level least;
} sink = {"congvan", 2, LOG_LEVEL_INFO};

static const char *const names[] = {"debug", "info", "warn", "error"};

void
log_init(const char *program, int fd, enum log_level least)
{
	sink.program = program;
	sink.fd = fd;
	sink.least = least;
}

enum status
log_to_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	int error;

	if (fd < 0)
		return STATUS_IO;
	error = dup2(fd, 2) < 0 ? errno : 0;
	if (fd != 2)
		close(fd);
	errno = error;
	return error == 0 ? STATUS_OK : STATUS_IO;
}

enum log_level
log_level_from_name(const char *name)
{
	for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_ERROR; i++)
		if (strcmp(names[i], name) == 0)
			return (enum log_level)i;
	return LOG_LEVEL_INFO;
}

void
log_write(enum log_level level, const char *object, const char *fmt, ...)
{
	char line[2048], when[CLOCK_TEXT];
	int n, m;
	va_list ap;

	if (level < sink.least)
		return;
	clock_format_utc(clock_now(), when);
	n = snprintf(line, sizeof(line) - 1, "%s %s %s %s ", when, sink.program, names[level],
		object != NULL ? object : "-");
	if (n < 0 || (size_t)n >= sizeof(line) - 1)
		return;
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - 1 - (size_t)n, fmt, ap);
	va_end(ap);
	if (m < 0)
		return;
	n += m;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	if (write(sink.fd, line, (size_t)n) < 0)
		return; /* nowhere left to say it */
}
