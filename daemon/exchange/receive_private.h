/* receive_private: one packet on its way in, shared by receive.c (the machine) and receive_apply.c (what packets mean). */
#ifndef CONGVAN_EXCHANGE_RECEIVE_PRIVATE_H
#define CONGVAN_EXCHANGE_RECEIVE_PRIVATE_H

#include "daemon/exchange/exchange.h"
#include "daemon/flow/act.h"
#include "daemon/store/packet.h"
#include "lib/base/arena.h"
#include "lib/base/text.h"
#include "lib/base/uuid.h"
#include "lib/wire/job.h"

struct receive {
	const struct exchange_office *office;
	const struct person *person;
	exchange_cb cb;
	void *arg;
	struct diag *diag;
	struct arena *arena;
	char id[UUID_TEXT], document[UUID_TEXT];
	char sha256[65], transport[16], source[300];
	uint64_t size;
	int business;
	bool again, refused, heard;
	int packet_fd;
	json_t *body, *context, *params, *senders;
	int files[JOB_FILES];
	char digests[JOB_FILES][65];
	size_t file_count, stored;
	struct flow_version versions[JOB_FILES + 1];
	size_t version_count;
	struct flow_creation creation;
};

void receive_finish(struct receive *r, enum status st);

/* A status of a receiver was kept: what follows for the whole document when it was the last; then receive_finish(r, STATUS_OK). */
void receive_settle(struct receive *r);
json_t *receive_packet_row(const struct receive *r, const char *state);

/* Keeps the packet, and a status it brought, without changing a document. */
void receive_note(struct receive *r);
void receive_refuse(struct receive *r);

/* The same came by another way while this one was read, and was taken: then it is as if this had come later. */
void receive_late(struct receive *r);

/* The files go to the content store, then receive_apply. */
void receive_store(struct receive *r);

/* receive_apply.c */
void receive_decide(struct receive *r);
void receive_apply(struct receive *r);
/* The statements of a status heard, in any act. */
void receive_hear(struct receive *r, struct act *act);

#endif
