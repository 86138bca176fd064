/*
 * attempts: how often a key's PIN was given wrong, on the disk, one small file a key. An attempt is
 * counted before the PIN is tried, so that ending the process at the right moment wins no free
 * guess. A file that cannot be read counts as locked.
 *
 * After a right PIN the next attempt is paid for in advance: the file goes on saying one, which this
 * process knows to be none, and the next right PIN costs no flush. After a crash the one stands,
 * until a right PIN; a process that ends in order takes it back.
 */
#ifndef CONGVAN_SIGNER_ATTEMPTS_H
#define CONGVAN_SIGNER_ATTEMPTS_H

#include <stdbool.h>

#include "lib/base/clock.h"
#include "lib/base/status.h"

struct attempts;

struct attempts_rules {
	unsigned free;  /* wrong PINs before the delay begins */
	unsigned most;  /* wrong PINs at which the key is locked until attempts_unlock */
	clock_us delay; /* the first delay; doubles */
};

struct attempts_state {
	unsigned left;        /* attempts until the key is locked */
	unsigned retry_after; /* seconds to wait before the next attempt; 0: none */
	enum status status; /* STATUS_OK: may be tried now; STATUS_TOO_MANY: wait; STATUS_LOCKED */
};

/* dir must exist. */
enum status
attempts_open(const char *dir, const struct attempts_rules *rules, struct attempts **out);
void attempts_close(struct attempts *a);

/* key: a valid key id (activation_key_id_valid). */
struct attempts_state attempts_state(const struct attempts *a, const char *key, clock_us now);

/* Counts one wrong attempt and returns when that is on the disk. */
enum status attempts_charge(struct attempts *a, const char *key, clock_us now);

/* The PIN was wrong: the charge stands, and its time is on the disk when this returns. */
void attempts_wrong(struct attempts *a, const char *key, clock_us now);

/* The PIN was right, or was not tried after all: `failed` attempts stand as before the charge (0
 * after a right PIN). */
void attempts_refund(struct attempts *a, const char *key, bool pin_was_right);

/* The administrator's word. On the disk when it returns STATUS_OK. */
enum status attempts_unlock(struct attempts *a, const char *key);

#endif
