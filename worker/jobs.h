/*
 * jobs: the table {job type -> pure function of lib/} and what a function gets and gives. A
 * function knows nothing of sockets and frames: it has parameters, mapped inputs, a list for
 * findings, a place for a JSON result and for output files.
 */
#ifndef CONGVAN_WORKER_JOBS_H
#define CONGVAN_WORKER_JOBS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/wire/job.h"

/* The read-only folders, as given on the command line; NULL when not. */
struct jobs_folders {
	const char *schemas, *fonts, *trust;
};

struct jobs;

struct job_run {
	const struct jobs *jobs;
	const json_t *params;
	struct span inputs[JOB_FILES]; /* mapped read-only; the bytes end with the run */
	size_t input_count;
	const int *input_fds;
	struct diag *diag;
	json_t *value; /* the result; the run owns the reference */
	int *outputs;
	size_t *output_count;
};

/*
 * STATUS_OK, or STATUS_INVALID with findings when the input is refused; others as they come.
 * Parameters that are missing or of the wrong type are a fault of congvand: STATUS_MALFORMED.
 */
typedef enum status (*job_fn)(struct job_run *run);

/* Reads schemas and whatever else all jobs share, before the sandbox. Folders must live as long. */
enum status jobs_open(const struct jobs_folders *folders, struct jobs **out);
void jobs_close(struct jobs *j);

/* Runs one job. result is filled in for every outcome; outputs only with STATUS_OK. */
void jobs_run(struct jobs *j, const struct job *job, struct job_result *result);

/* Bytes of all input files of the job. */
uint64_t jobs_input_bytes(const struct job *job);

const struct jobs_folders *jobs_folders(const struct jobs *j);

/* The font for text that is shown in documents, in the folder of fonts; NULL: lib/doc's default. */
const char *jobs_font(const struct jobs *j);

/*
 * Pictures and fonts kept for the next signature; emptied, as all that is kept, after every job that did not end well.
 * NULL without memory.
 */
struct pdf_cache;
struct pdf_cache *jobs_cache(const struct jobs *j);

/* The folder of trust, parsed again when a byte of it changes; NULL without one. */
struct policy_folder;
struct policy_folder *jobs_trust(const struct jobs *j);

/* The XSDs, loaded once; NULL without a folder of schemas. */
struct edxml_schemas;
const struct edxml_schemas *jobs_edxml_schemas(const struct jobs *j);

/* --- for job functions --- */

/* A parameter; false when it is there with another type. Absent: *out stays as it was. */
bool job_text(const struct job_run *run, const char *name, const char **out);
bool
job_number(const struct job_run *run, const char *name, int64_t least, int64_t most, int64_t *out);

/*
 * For a parameter that is missing or makes no sense: adds the finding and gives STATUS_MALFORMED.
 */
enum status job_bad_parameter(const struct job_run *run, const char *name);

/*
 * Adds an output file with these bytes, or one that is open already (taken over also on failure);
 * sealed.
 */
enum status job_output_bytes(struct job_run *run, struct span bytes);
enum status job_output_parts(struct job_run *run, const struct span *parts, size_t count); /* one file, parts in order */
enum status job_output_file(struct job_run *run, int fd);

/* The same, and makes {"sha256","size"} of it the result. */
enum status job_output_digested(struct job_run *run, int fd);

/* Sets a member of the result, making the object when there is none; takes the reference. */
enum status job_set(struct job_run *run, const char *name, json_t *value);

#endif
