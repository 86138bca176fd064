/*
 * log: operational lines to stderr (systemd's journal, or a file), each `time level object key=value …`. The
 * only mutable global of the program is the sink. Never contents of documents, PINs or tokens. The evidence
 * log is something else: typed records in the database.
 */
#ifndef CONGVAN_BASE_LOG_H
#define CONGVAN_BASE_LOG_H

#include "lib/base/status.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* program: name in front of each line (static string). fd: where lines go (2 until set). */
void log_init(const char *program, int fd, enum log_level least);

/*
 * Everything that goes to standard error, lines and what libraries and child processes started later say there, goes to the end of this file from
 * now on; it is made when it is not there (0640). Called again after it was renamed, it goes on in a new one. STATUS_IO (errno): nothing has changed.
 */
enum status log_to_file(const char *path);

/* "debug", "info", "warn", "error" -> level; LOG_LEVEL_INFO for anything else. */
enum log_level log_level_from_name(const char *name);

/*
 * One line. object: what it is about ("conn=12", "job=4711", "db"). fmt: `key=value` words; values with spaces
 * are quoted by the caller. Control bytes are replaced, so that hostile input cannot forge a line.
 */
void log_write(enum log_level level, const char *object, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
