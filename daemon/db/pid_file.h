/*
 * pid_file: postmaster.pid of a data directory. Lines: process id, data directory, start time, port, socket directory, address, shared memory
 * key, state (PostgreSQL source, pidfile.h).
 */
#ifndef CONGVAN_DB_PID_FILE_H
#define CONGVAN_DB_PID_FILE_H

#include <stdbool.h>
#include <sys/types.h>

struct pid_file {
	pid_t pid;
	bool ready; /* accepts connections */
};

/* False when there is none or it is not readable (yet). */
bool pid_file_read(const char *data_dir, struct pid_file *out);

/*
 * A pidfd of the process in the file if that is alive and really stands in data_dir (a postmaster's working directory is its data directory): not another
 * process that was given the number later. -1 otherwise.
 */
int pid_file_open(const char *data_dir);

/*
 * Removes a file whose number now belongs to a process that has nothing to do with data_dir (after a restart of the machine, say): postgres
 * would take that for itself and refuse to start. Only when no process at all stands in data_dir, so that the backends of a killed postmaster, which
 * postgres finds by the shared memory named in the file, are never overlooked. True when removed.
 */
bool pid_file_drop_stale(const char *data_dir);

#endif
