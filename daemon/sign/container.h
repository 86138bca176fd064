/*
 * container: the forms of a signature by the name that wishes, rows and answers give them: what a worker calls them, and what becomes of the result.
 */
#ifndef CONGVAN_SIGN_CONTAINER_H
#define CONGVAN_SIGN_CONTAINER_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/flow/facts.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

struct container {
	const char *name;           /* "pdf", "cms", "cms-attached", "asic-e", "asic-s" */
	const char *kind, *form;    /* of jobs (lib/wire/job.h); form NULL: none */
	const char *suffix, *mime;  /* of the file that comes out */
	const char *part;           /* of the version: "main", or "signature" beside the main file, which stays as it is */
	bool beside;                /* the signature alone: it is judged together with the file */
	bool grows;                 /* a further signature goes into the same file */
};

/* NULL: no such container. */
const struct container *container_find(const char *name);

/* True for the name of one that is a file beside the one signed: any but "pdf". */
bool container_is_beside(const char *name);

struct container_choice {
	const struct container *container;
	const json_t *grown; /* the container that the signature is added to: a version of the document's view, borrowed; NULL: the file itself, or a new one */
	bool counter;        /* a counter-signature: over the signature in `grown`, not over the document */
	json_t *inside;      /* files of a new ASiC container, what is signed first: [{"name","sha256"}], json_decref it; or NULL */
};

/*
 * The form of the signature of one file: a PDF is signed inside itself, because its number and date are filled in after the leader's signature; for anything else "container" of the wish says
 * it, or the signature of the file before, or it is `usual`. file: the newest main file or attachment, of the document's view. Where a form takes several signatures the next one goes into the same file. A new ASiC-E container takes the newest attachments too,
 * unless the wish says "main_only"; one for an attachment has that attachment alone. With "counter" (a version of the document that is a CMS over its newest main file) the signature in that one is signed. STATUS_INVALID with a finding: no form for this file.
 */
enum status container_choose(const struct flow_document *d, const json_t *file, const json_t *wish, const char *usual, struct container_choice *out, struct diag *diag);

/*
 * A signature beside a file belongs to it by its name, here and where it is sent to: so none of the newest files of the document has the attachment's name, or the one that its signature
 * will have. The name of one that has; NULL: none.
 */
const char *container_name_taken(const struct flow_document *d, const json_t *attachment, const struct container *c);

/* The names of the files alone, for a job; new. */
json_t *container_names(const json_t *files);

/* The objects of a prepared container, each with the version whose bytes it is, so that who approves can look at them; new. */
json_t *container_objects(const struct flow_document *d, const json_t *objects);

/* The names of the newest attachments that a signature of the main file by itself, with these objects in its container (NULL: none), does not cover; new. */
json_t *container_left_out(const struct flow_document *d, const json_t *objects);

/* True when the file is among the objects; objects NULL: no container. */
bool container_holds(const json_t *objects, const char *sha256);

#endif
