/*
 * worker_client: starts the real congvan-worker of the build tree and gives it jobs, for tests.
 * Fails the running cmocka test on any fault.
 */
#ifndef CONGVAN_TESTS_UNIT_WORKER_CLIENT_H
#define CONGVAN_TESTS_UNIT_WORKER_CLIENT_H

#include <sys/types.h>

#include "lib/wire/job.h"

struct worker_client {
	pid_t pid;
	int fd;
	struct frame_reader *reader;
	struct frame_writer *writer;
	uint32_t id;
	char layers[128]; /* of the READY frame */
	bool last;        /* the last answer was a LAST_RESULT */
};

/* extra: further arguments, NULL-terminated, or NULL. Waits for READY. */
void worker_client_start(struct worker_client *w, const char *const *extra);

/* Becomes the worker, with this socket; in a forked child. */
_Noreturn void worker_client_exec(int fd);

/* Closes the socket and waits for the end: the exit status as waitpid gives it. */
int worker_client_stop(struct worker_client *w);

/*
 * Sends without waiting; the answer with worker_client_answer: STATUS_CANCELLED when the worker has
 * gone.
 */
void worker_client_send(struct worker_client *w, const struct job *job);
enum status worker_client_answer(struct worker_client *w, struct job_result *result);

/* Both. */
enum status
worker_client_call(struct worker_client *w, const struct job *job, struct job_result *result);

/* A sealed memfd with these bytes; a file of the source tree, opened for reading. */
int worker_client_file(const void *bytes, size_t n);
int worker_client_open(const char *path_in_source_tree);

/* Text of an output file (free it), and its bytes' number. */
char *worker_client_read(int fd, size_t *n_out);

#endif
