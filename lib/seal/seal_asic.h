/* seal_asic: the judging half of the ASiC container (seal_asic_verify.c), for its table in seal_asic.c; and making a container to sign. */
#ifndef CONGVAN_SEAL_SEAL_ASIC_H
#define CONGVAN_SEAL_SEAL_ASIC_H

#include "lib/doc/pack.h"
#include "lib/seal/seal.h"

enum status seal_asic_verify(struct span file, struct span detached, const struct policy *policy,
	struct seal_report **out, struct diag *diag);

/*
 * Writes to the empty file fd an ASiC container of the data objects (pack_member, as pack_build; not in META-INF): ASiC-E, to be signed by
 * prepare and embed; or, with `simple`, ASiC-S of the only one with its detached signature (.p7s, DER) or timestamp (.tst), of which one may be
 * given (the other empty). STATUS_INVALID with findings.
 */
enum status seal_asic_make(int fd, const struct pack_member *data, size_t count, bool simple, struct span signature,
	struct span timestamp, struct diag *diag);

#endif
