/*
 * cms_room: how many bytes to keep in a document for a signature that is still to be made: what a dry run with the real certificate,
 * chain and timestamp size gives, plus a margin; and how many next when that was too few. A hole is paid for in every copy of the
 * document (two hexadecimal digits a byte), and one that is too small costs the person another approval.
 */
#ifndef CONGVAN_PKI_CMS_ROOM_H
#define CONGVAN_PKI_CMS_ROOM_H

#include <stddef.h>
#include <openssl/x509.h>

#include "lib/base/status.h"
#include "lib/pki/cms_build.h"

#define CMS_ROOM_TOKEN 7168u    /* a TimeStampToken of a TSA not met yet: its chain of three RSA-4096 certificates inside */
#define CMS_ROOM_MOST 1048576u

/*
 * `token`: bytes of the last TimeStampToken from the TSA that will be asked (0: no timestamp; CMS_ROOM_TOKEN: not met yet). The margin is an eighth, at
 * least 512 bytes: a TSA may renew its certificate. Rounded up to 256. Errors as of cms_template_new.
 */
enum status cms_room(X509 *cert, const STACK_OF(X509) *chain, const struct cms_options *options, size_t token, size_t *room_out);

/*
 * The same from the most bytes that the SignedData has without its timestamp, where another makes it (0: a timestamp stands in the hole alone). 0: over
 * CMS_ROOM_MOST.
 */
size_t cms_room_for(size_t signature, size_t token);

/*
 * After a signature of `needed` bytes did not fit into `room`: what to keep at the next attempt, at least twice as much. 0: give up (over CMS_ROOM_MOST).
 */
size_t cms_room_larger(size_t room, size_t needed);

#endif
