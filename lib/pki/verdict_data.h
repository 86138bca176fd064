/* verdict_data: filling in a verdict, for judge.c only. */
#ifndef CONGVAN_PKI_VERDICT_DATA_H
#define CONGVAN_PKI_VERDICT_DATA_H

#include <openssl/x509.h>

#include "lib/pki/verdict.h"

/* The sub-indication with the indication it belongs to; SUB_NONE: passed. */
void verdict_set(struct verdict *v, enum sub_indication sub, const char *why);

void verdict_set_signer(struct verdict *v, const X509 *cert);

#endif
