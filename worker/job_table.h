/*
 * job_table: the functions of the table in jobs.c, one file per noun (job_NOUN.c). Parameters and
 * results: lib/wire/job.h.
 */
#ifndef CONGVAN_WORKER_JOB_TABLE_H
#define CONGVAN_WORKER_JOB_TABLE_H

#include "worker/jobs.h"

enum status job_sniff(struct job_run *run);
enum status job_edxml_read(struct job_run *run);
enum status job_edxml_write(struct job_run *run);
enum status job_pdf_inspect(struct job_run *run);
enum status job_pdf_text(struct job_run *run);
enum status job_pdf_preview(struct job_run *run);
enum status job_seal_prepare(struct job_run *run);
enum status job_seal_embed(struct job_run *run);
enum status job_pdf_fill(struct job_run *run);
enum status job_tsp_request(struct job_run *run);
enum status job_tsp_attach(struct job_run *run);
enum status job_verify(struct job_run *run);
enum status job_seal_proofs(struct job_run *run);
enum status job_seal_archive(struct job_run *run);
enum status job_seal_archived(struct job_run *run);
enum status job_report(struct job_run *run);
enum status job_needs(struct job_run *run);
enum status job_proof_read(struct job_run *run);
enum status job_entries(struct job_run *run);
enum status job_zip_unwrap(struct job_run *run);
enum status job_zip_build(struct job_run *run);

#endif
