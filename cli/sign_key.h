/*
 * sign_key: a key of the client's own: a PKCS#12 file (--p12), a PKCS#11 token (--module, --token, --slot, --certificate), or at a remote service (--csc, cli/csc.h). It never leaves its place;
 * what is signed here are the attributes that lib/pki builds.
 */
#ifndef CONGVAN_CLI_SIGN_KEY_H
#define CONGVAN_CLI_SIGN_KEY_H

#include "cli/cli.h"
#include "lib/base/imprint.h"
#include "lib/pki/cms_build.h"

/* The options that name such a key, for tables of options. */
#define SIGN_KEY_OPTIONS \
	{"p12", NULL, CLI_LOCAL}, {"module", NULL, CLI_LOCAL}, {"token", NULL, CLI_LOCAL}, {"slot", NULL, CLI_LOCAL}, \
	{"certificate", NULL, CLI_LOCAL}, {"csc", NULL, CLI_LOCAL}, {"csc-token-file", NULL, CLI_LOCAL}, \
	{"csc-ca", NULL, CLI_LOCAL}, {"csc-proxy", NULL, CLI_LOCAL}, {"credential", NULL, CLI_LOCAL}, {"otp-file", NULL, CLI_LOCAL}, {"pss", NULL, CLI_FLAG}, {"digest", NULL, CLI_LOCAL}

struct sign_key;

/* True when the options name such a key. */
bool sign_key_given(const struct cli_args *args);

/* Opens it, asking for the PIN as session_secret does. CLI_OK, or an exit code after having said why. */
int sign_key_open(struct cli *cli, const struct cli_args *args, struct sign_key **out);
void sign_key_free(struct sign_key *k);

X509 *sign_key_cert(const struct sign_key *k);
enum imprint_kind sign_key_digest(const struct sign_key *k);

/* The most bytes a SignedData of sign_key_sign can have; 0: none can be made. */
size_t sign_key_size(const struct sign_key *k);

/*
 * Says beforehand what sign_key_sign will be asked for, in order and with these times: a remote key is authorised for all of it at once. CLI_OK or an exit
 * code after having said why; the other keys have nothing to do.
 */
int sign_key_expect(struct cli *cli, struct sign_key *k, const struct imprint *imprints, const clock_us *times, size_t count);

/* A SignedData over the imprint (of sign_key_digest's kind). signing_time: CAdES, with this time; 0: PAdES. CLI_OK or an exit code after having said why. */
int sign_key_sign(struct cli *cli, struct sign_key *k, const struct imprint *imprint, clock_us signing_time, struct buf *out);

#endif
