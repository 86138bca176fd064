/* prepare_private: one signing being prepared, shared by prepare.c (the steps), prepare_choose.c (what the wish means), prepare_look.c (what will be seen) and prepare_whole.c (a document with its attachments). */
#ifndef CONGVAN_SIGN_PREPARE_PRIVATE_H
#define CONGVAN_SIGN_PREPARE_PRIVATE_H

#include "daemon/flow/facts.h"
#include "daemon/sign/container.h"
#include "daemon/sign/objects.h"
#include "daemon/sign/sign.h"
#include "daemon/sign/sign_move.h"
#include "lib/base/uuid.h"

/* One file of a document that is signed together with others of it. */
struct sign_whole {
	const char *id;   /* of the main file's signing, by which all are known */
	int count;        /* of files */
	int attachment;   /* part_number; 0: the main file */
};

struct prepare {
	const struct sign_office *office;
	const struct person *person;
	const json_t *wish;
	sign_cb cb;
	void *arg;
	struct diag *diag;
	json_t *loaded;               /* what document_load answered; facts borrow from it */
	struct flow_document document;
	json_t *plan;                 /* what the worker answered, kept for completion */
	json_t *row;
	json_t *chain;                /* of the signer's key; NULL for the person's own */
	const struct sign_whole *whole; /* NULL: the main file alone */
	const json_t *own;            /* the newest version of the main file, or of the attachment; borrowed from loaded */
	const json_t *file;           /* the version that is signed, or made into a file beside: that one, or the container or signature that holds one more; borrowed from loaded */
	const char *base_sha256;      /* what is signed: that version's, or the extract's */
	const char *extract;          /* the same of a trích sao, which is no version; else NULL */
	size_t room, least;           /* of the hole; 0: none */
	int base, png, tail;
	bool digested;                /* base is the record of a larger file's digests (content_get_imprints) */
	struct content_new *stored;   /* the tail, for the act that stores it with the row; NULL: nothing was made */
	const struct sign_move *move;
	const char *role;
	struct container_choice form;
	struct objects more;          /* those besides the main one */
	char algorithm[16];           /* of the digest, as the signer says for the key */
	char id[UUID_TEXT];
};

/* One file. whole (NULL: the main file alone) must live until cb, as wish and person. */
void sign_prepare_file(const struct sign_office *o, const struct person *person, const json_t *wish, const struct sign_whole *whole, size_t least,
	sign_cb cb, void *arg);

/* With wish "attachments":true: the main file, then each attachment. -> the main file's answer with "attachments": the others'. */
void sign_prepare_whole(const struct sign_office *o, const struct person *person, const json_t *wish, size_t least, sign_cb cb, void *arg);

/* --- prepare_choose.c --- */

/* Form, role, file, level and key, from the document and the wish. Not OK: with a finding. */
enum status prepare_choose(struct prepare *p);
/* The level wanted: the wish's, the office's, or what can be held. */
const char *prepare_level(const struct prepare *p);

/* --- prepare_look.c; new references --- */

bool prepare_is_attachment(const struct prepare *p);
/* Text near which the signature is placed, or "". */
const char *prepare_anchor(const struct prepare *p);
/* Form fields for number and date, made under the first signature of the document so that filling them in later is a permitted change. */
json_t *prepare_fields(const struct prepare *p);
/* What is written in it; empty: what the role shows by itself. now: RFC 3339. */
json_t *prepare_lines(const struct prepare *p, const char *now);
/* The form of a certified copy. */
const char *prepare_copy(const struct prepare *p);
/* Number and notation as an appendix shows them, NULL while there are none. */
json_t *prepare_notation(const struct prepare *p);
/* Whose name the signature dictionary has. */
const char *prepare_signer(const struct prepare *p);

#endif
