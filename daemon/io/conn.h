/*
 * conn: one accepted connection, plain or TLS, as a stream of bytes in the loop. Knows nothing of
 * HTTP. Its owner is told by callbacks, none of which is ever called inside a function of conn that
 * the owner has called.
 *
 * Reading: bytes are read into memory shared by all connections and shown to the owner, who takes
 * as many as it wants. What it leaves is kept, and nothing more is read (back-pressure) until
 * conn_resume. Writing: conn_write takes everything and sends what it can; the owner looks at
 * conn_queued and stops while it is high.
 */
#ifndef CONGVAN_IO_CONN_H
#define CONGVAN_IO_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "daemon/io/loop.h"
#include "daemon/io/tls.h"
#include "lib/base/status.h"

enum conn_state {
	CONN_HANDSHAKE, /* TLS: until `opened`; nothing may be written */
	CONN_OPEN,      /* both ways */
	CONN_FINISHING, /* conn_finish: what is queued is still sent, what comes is dropped */
	CONN_CLOSING    /* `closed` comes in a later turn, then the connection is gone */
};

/* The other end, as the transport knows it. */
struct conn_peer {
	bool is_unix;
	uid_t uid; /* Unix socket: peer credentials at connect */
	gid_t gid;
	pid_t pid;
	char address[64];     /* numeric, with port; "unix" otherwise */
	char cert_sha256[65]; /* TLS: of the verified client certificate, or "" */
};

struct conn_events {
	/*
	 * The TLS handshake is complete and peer.cert_sha256 is set. Not for plain connections:
	 * those are open at once.
	 */
	void (*opened)(void *arg);
	/*
	 * n > 0 bytes have arrived: returns how many are taken. Leaving some pauses reading until
	 * conn_resume.
	 */
	size_t (*data)(void *arg, const unsigned char *p, size_t n);
	/* The peer will send no more (all it sent has been taken). It may still read. */
	void (*ended)(void *arg);
	/*
	 * n more bytes of the queue were taken by the peer's side. Only what did not leave inside
	 * conn_write.
	 */
	void (*wrote)(void *arg, size_t n);
	/*
	 * The last callback, always, exactly once: closed by conn_close, after conn_finish, or
	 * because the peer has gone.
	 */
	void (*closed)(void *arg);
};

struct conn;

/*
 * What connections of one server share. One per loop and server; freed after its last connection.
 */
struct conn_group;
enum status conn_group_new(struct loop *loop, struct conn_group **out);
void conn_group_free(struct conn_group *g);

/*
 * fd: a connected socket, taken over if STATUS_OK. tls: NULL for plain. The peer is copied; events
 * must outlive the connection.
 */
enum status
conn_new(struct conn_group *g, int fd, struct tls_context *tls, const struct conn_peer *peer,
	const struct conn_events *events, void *arg, struct conn **out);

enum conn_state conn_state(const struct conn *c);
const struct conn_peer *conn_peer(const struct conn *c);

/*
 * Copies n bytes behind what is queued and sends what can be sent. In CONN_FINISHING and
 * CONN_CLOSING: nothing.
 */
void conn_write(struct conn *c, const void *p, size_t n);
/* The same for bytes in several pieces, which leave together. */
void conn_write_pieces(struct conn *c, const struct iovec *pieces, int count);

/* Bytes given to conn_write that have not left yet. */
size_t conn_queued(const struct conn *c);

/*
 * How much is asked for in one read: bounds what may have to be kept of a peer that sends ahead. At
 * first CONN_READ_FEW; CONN_READ_MUCH suits a stream that is taken as it comes.
 */
#define CONN_READ_FEW 8192u
#define CONN_READ_MUCH 65536u
void conn_read_size(struct conn *c, size_t n);

/*
 * The owner wants data again: what was left is shown first, in a later turn. Nothing if none was
 * left.
 */
void conn_resume(struct conn *c);

/* True while the peer is known to have sent its last byte. */
bool conn_has_ended(const struct conn *c);

/*
 * No more will be written: sends what is queued, then says the end, and drops what still comes
 * until the peer ends too, so that a peer in the middle of sending reads the answer and not a reset
 * (RFC 9112 section 9.6). The owner bounds it by conn_close.
 */
void conn_finish(struct conn *c);

/* Closes at once. Legal in any state and in any callback. */
void conn_close(struct conn *c);

uint64_t conn_bytes_in(const struct conn *c);
uint64_t conn_bytes_out(const struct conn *c);

#endif
