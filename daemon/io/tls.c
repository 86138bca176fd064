/*
 * tls: see tls.h. OpenSSL reads and writes the socket directly: measured faster than memory BIOs
 * and half the code. Buffers of idle connections are given back (SSL_MODE_RELEASE_BUFFERS);
 * sessions resume by tickets only, so that nothing is kept per client.
 */
#include "daemon/io/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"

struct tls_context {
	SSL_CTX *ctx;
};

/* struct tls is OpenSSL's SSL; nothing of our own to keep. */
static SSL *
ssl(const struct tls *t)
{
	return (SSL *)(uintptr_t)t;
}

static enum status
complain(struct diag *diag, const char *code, const char *where)
{
	char why[256];

	ERR_error_string_n(ERR_peek_last_error(), why, sizeof(why));
	diag_error(diag, code, where, why, NULL);
	ERR_clear_error();
	return STATUS_INVALID;
}

/* A key with a password is a mistake of configuration; OpenSSL would ask for it on the terminal. */
static int
no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

/*
 * http/1.1 or, for clients that do not ask, nothing; who wants only other protocols is told so (RFC
 * 7301 section 3.2).
 */
static int
select_protocol(SSL *s, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
	unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";

	(void)s;
	(void)arg;
	if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, ours, sizeof(ours) - 1,
		    in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

/* The list decides over clients' own certificates; those of the CAs between are the administrator's, who put them into the file of issuers. */
static bool
load_crl(SSL_CTX *ctx, const char *file)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	if (lookup == NULL || (X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) < 1 && X509_load_crl_file(lookup, file, X509_FILETYPE_ASN1) < 1))
		return false;
	ERR_clear_error();
	return X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) == 1;
}

static enum status
load_files(SSL_CTX *ctx, const char *certificate, const char *key, const char *client_ca,
	const char *client_crl, struct diag *diag)
{
	STACK_OF(X509_NAME) * names;

	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		return complain(diag, "tls.certificate", certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return complain(diag, "tls.key", key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return complain(diag, "tls.key", key);
	if (client_ca == NULL)
		return STATUS_OK;
	names = SSL_load_client_CA_file(client_ca);
	if (names == NULL || SSL_CTX_load_verify_file(ctx, client_ca) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return complain(diag, "tls.client-ca", client_ca);
	}
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_verify_depth(ctx, 4);
	return client_crl != NULL && !load_crl(ctx, client_crl) ? complain(diag, "tls.client-crl", client_crl) : STATUS_OK;
}

static bool
set_options(SSL_CTX *ctx)
{
	static const unsigned char scope[] = "congvan";

	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
		SSL_CTX_set1_groups_list(ctx, "X25519:P-256") != 1 ||
		SSL_CTX_set_session_id_context(ctx, scope, sizeof(scope) - 1) != 1)
		return false;
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx,
		SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
			SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_read_ahead(ctx, 1); /* one system call for a small record instead of two */
	SSL_CTX_set_alpn_select_cb(ctx, select_protocol, NULL);
	SSL_CTX_set_default_passwd_cb(ctx, no_password);
	return true;
}

enum status
tls_context_new(const char *certificate, const char *key, const char *client_ca, const char *client_crl,
	struct diag *diag, struct tls_context **out)
{
	struct tls_context *c = calloc(1, sizeof(*c));
	enum status st = STATUS_NO_MEMORY;

	ERR_clear_error();
	if (c == NULL || (c->ctx = SSL_CTX_new(TLS_server_method())) == NULL ||
		!set_options(c->ctx))
		goto out;
	st = load_files(c->ctx, certificate, key, client_ca, client_crl, diag);
	if (st == STATUS_OK) {
		*out = c;
		c = NULL;
	}
out:
	tls_context_free(c);
	return st;
}

void
tls_context_free(struct tls_context *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ctx);
	free(c);
}

struct tls *
tls_new(struct tls_context *c, int fd)
{
	SSL *s = SSL_new(c->ctx);

	if (s == NULL || SSL_set_fd(s, fd) != 1) {
		SSL_free(s);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_accept_state(s);
	return (struct tls *)s;
}

void
tls_free(struct tls *t)
{
	SSL_free(ssl(t));
}

static enum io_result
result(const struct tls *t, int returned)
{
	switch (SSL_get_error(ssl(t), returned)) {
	case SSL_ERROR_NONE:
		return IO_DONE;
	case SSL_ERROR_WANT_READ:
		return IO_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return IO_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return IO_EOF;
	default:
		ERR_clear_error();
		return IO_FAILED;
	}
}

enum io_result
tls_handshake(struct tls *t)
{
	ERR_clear_error();
	return result(t, SSL_do_handshake(ssl(t)));
}

enum io_result
tls_read(struct tls *t, void *to, size_t size, size_t *got_out)
{
	*got_out = 0;
	ERR_clear_error();
	return result(t, SSL_read_ex(ssl(t), to, size, got_out));
}

enum io_result
tls_write(struct tls *t, const void *from, size_t n, size_t *put_out)
{
	*put_out = 0;
	ERR_clear_error();
	return result(t, SSL_write_ex(ssl(t), from, n, put_out));
}

bool
tls_has_pending(const struct tls *t)
{
	return SSL_has_pending(ssl(t)) == 1;
}

void
tls_say_end(struct tls *t)
{
	ERR_clear_error();
	if (SSL_is_init_finished(ssl(t)))
		SSL_shutdown(ssl(t));
	ERR_clear_error();
}

void
tls_peer_sha256(const struct tls *t, char to[65])
{
	X509 *cert = SSL_get1_peer_certificate(ssl(t));
	unsigned char *der = NULL;
	struct digest d;
	int n;

	to[0] = '\0';
	if (cert != NULL && SSL_get_verify_result(ssl(t)) == X509_V_OK &&
		(n = i2d_X509(cert, &der)) > 0) {
		d = digest_of(der, (size_t)n);
		digest_hex(&d, to);
	}
	OPENSSL_free(der);
	X509_free(cert);
}
