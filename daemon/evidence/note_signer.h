/*
 * note_signer: has checkpoints signed by congvan-signer over its link, and checks what comes back against the log key the signer named in its
 * HELLO: nothing that does not verify is stored.
 */
#ifndef CONGVAN_EVIDENCE_NOTE_SIGNER_H
#define CONGVAN_EVIDENCE_NOTE_SIGNER_H

#include "daemon/evidence/sequencer.h"
#include "daemon/sign/signer_link.h"

struct note_signer;

/* The link stays the caller's and must outlive it. NULL without memory. */
struct note_signer *note_signer_new(struct signer_link *link);
/* After the sequencer has stopped. Legal on NULL. */
void note_signer_free(struct note_signer *n);

struct sequencer_signer note_signer_of(struct note_signer *n);

#endif
