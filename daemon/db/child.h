/*
 * child: a program run for the embedded PostgreSQL (initdb, postgres), with its own user, no descriptor of ours, and SIGINT when we die. Its end
 * and its output come through the loop by a pidfd and a pipe.
 */
#ifndef CONGVAN_DB_CHILD_H
#define CONGVAN_DB_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/status.h"

struct loop;
struct child;

struct child_user {
	bool change; /* to uid and gid; only root can */
	uid_t uid;
	gid_t gid;
};

/*
 * argv[0] is a path. label: what its lines are logged under, static. ended(arg, status of waitpid) once, after its last line was logged; the child struct is gone
 * then. STATUS_IO when it cannot be started (a program that cannot be executed ends with 127).
 */
enum status child_start(struct loop *loop, const char *label, char *const argv[], const struct child_user *user,
	void (*ended)(void *arg, int wait_status), void *arg, struct child **out);

/* Sends a signal; safe against a reused process id. */
void child_kill(const struct child *c, int signum);

pid_t child_pid(const struct child *c);

#endif
