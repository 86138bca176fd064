/* auth: who asks: bearer token, client certificate, peer of the Unix socket, in that order. The hook of the HTTP server. */
#ifndef CONGVAN_API_AUTH_H
#define CONGVAN_API_AUTH_H

#include "daemon/http/http.h"
#include "lib/base/digest.h"

extern const struct http_auth api_auth;

#define AUTH_TOKEN 48 /* room for a token with NUL */

/* A new token: "cv_" and 32 random bytes in base64url; what is kept of it. */
void auth_token_new(char to[AUTH_TOKEN], struct digest *kept);
struct digest auth_token_digest(const char *token);

#endif
