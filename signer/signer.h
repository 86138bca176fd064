/* signer: the running service: puts the parts together in the right order, then serves. */
#ifndef CONGVAN_SIGNER_SIGNER_H
#define CONGVAN_SIGNER_SIGNER_H

#include "lib/base/diag.h"
#include "signer/settings.h"

/*
 * Runs until SIGTERM. STATUS_OK after a clean end. STATUS_CONFLICT: another signer has the folder
 * or the socket. STATUS_INVALID: the signing record or a state file is damaged (findings): a person
 * must look before anything is signed again.
 */
enum status signer_run(const struct settings *s, bool allow_unsandboxed, struct diag *diag);

/*
 * Makes the folders that are missing; as root, for the user of the settings. STATUS_DENIED: others
 * may write to one of them.
 */
enum status signer_make_folders(const struct settings *s);

#endif
