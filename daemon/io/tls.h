/*
 * tls: TLS 1.3 of the server's side, by OpenSSL on the socket itself. The context is made once from
 * files; a connection's half is about reading and writing without waiting.
 */
#ifndef CONGVAN_IO_TLS_H
#define CONGVAN_IO_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/diag.h"
#include "lib/base/status.h"

struct tls_context;
struct tls;

/*
 * certificate: PEM with its chain; key: PEM without password; client_ca: PEM of the issuers whose
 * client certificates are accepted (a client may come without), or NULL; client_crl: PEM or DER of their revocation list
 * (one or several), or NULL: revocation is not checked. With one, a client certificate that is on it, or whose issuer has no list in it that is still in
 * time, does not get in. STATUS_INVALID with findings.
 */
enum status tls_context_new(const char *certificate, const char *key, const char *client_ca,
	const char *client_crl, struct diag *diag, struct tls_context **out);
void tls_context_free(struct tls_context *c);

/* What an operation on a socket that does not wait came to. */
enum io_result {
	IO_DONE,
	IO_WANT_READ,  /* again when it can be read */
	IO_WANT_WRITE, /* again when it can be written */
	IO_EOF,        /* the peer will send no more */
	IO_FAILED
};

/* fd stays the caller's. NULL without memory. */
struct tls *tls_new(struct tls_context *c, int fd);
void tls_free(struct tls *t);

enum io_result tls_handshake(struct tls *t);
enum io_result tls_read(struct tls *t, void *to, size_t size, size_t *got_out);
enum io_result tls_write(struct tls *t, const void *from, size_t n, size_t *put_out);

/* True when bytes have been read from the socket that tls_read has not given yet. */
bool tls_has_pending(const struct tls *t);

/* Says that no more will come (close_notify), if that can be said without waiting. */
void tls_say_end(struct tls *t);

/* SHA-256 of the client's verified certificate as hex; "" when it has none. */
void tls_peer_sha256(const struct tls *t, char to[65]);

#endif
