/*
 * folder: the drop folder transport. files in ROOT/in whose names end in .edxml or .xml are packets for us: one is taken when its size has not changed since the last look, and
 * moved to ROOT/done or ROOT/refused (with NAME.findings.json beside it) only after the database has it. ROOT/out/ADDRESS/ gets ours: written
 * under another name, synced, renamed.
 */
#ifndef CONGVAN_EXCHANGE_FOLDER_H
#define CONGVAN_EXCHANGE_FOLDER_H

#include "daemon/exchange/exchange.h"
#include "lib/base/clock.h"

struct folder;

/* Makes the folders. STATUS_IO when it cannot. */
enum status folder_open(const struct exchange_office *o, struct folder **out);

/* Looks at the folder, takes what is there one after the other, calls done once. No second look before that. */
void folder_look(struct folder *f, void (*done)(void *arg), void *arg);

/* Writes a packet from a descriptor to ROOT/out/address/name, durable before it returns. Blocks for the length of a copy of a local file. */
enum status folder_deliver(const struct folder *f, const char *address, const char *name, int fd, char *why, size_t size);

/* How long a packet waits that could not be taken for the failures-th time in a row (1 …) for a reason not its own: 1 s, doubling, at most 5 min. */
clock_us folder_pause(unsigned failures);

/* A look under way ends after the packet it is at. Legal on NULL. */
void folder_halt(struct folder *f);

/* Not while a look is under way. */
void folder_close(struct folder *f);

#endif
