/*
 * csc: a key at a remote signing service, by the Cloud Signature Consortium's API v2: credentials/list, credentials/info, credentials/authorize and
 * signatures/signHash. The client speaks to the service himself: PIN and one-time password go to nobody else, congvand never sees them, and what
 * the service signs are digests of attributes built here. A batch is authorised once, for exactly its digests.
 */
#ifndef CONGVAN_CLI_CSC_H
#define CONGVAN_CLI_CSC_H

#include <openssl/x509.h>

#include "cli/cli.h"
#include "lib/base/imprint.h"
#include "lib/pki/cms_build.h"

#define CSC_BATCH 100 /* digests in one authorisation */

struct csc;

/*
 * Opens the credential that the options name (--csc URL, --csc-token-file, --csc-ca, --csc-proxy, --credential; the only one there is without the last). The
 * certificate, and those beside it, are added to `to`, its own first. CLI_OK, or an exit code after having said why.
 */
int csc_open(struct cli *cli, const struct cli_args *args, STACK_OF(X509) *to, struct csc **out);
void csc_close(struct csc *c);

/*
 * Authorises these digests of attributes at once and has them signed; csc_sign then hands the values out. Asks for PIN and one-time password as the credential
 * demands. CLI_OK or an exit code after having said why.
 */
int csc_authorise(struct cli *cli, struct csc *c, enum cms_scheme scheme, const struct imprint *digests, size_t count);

/* cms_sign_fn; arg: the csc. STATUS_NOT_FOUND: not one of the digests authorised. */
enum status csc_sign(void *arg, const struct cms_to_sign *what, unsigned char *to, size_t *len);

#endif
