/*
 * job: what congvand asks of a worker and what comes back. A job is {type, JSON parameters, input
 * files} -> {status, findings, JSON result, output files}: a pure function. One table names every
 * job; worker/ has the functions, daemon/io/pool the sender. Files are descriptors of regular files
 * or memfds, read from offset 0; outputs are memfds.
 */
#ifndef CONGVAN_WIRE_JOB_H
#define CONGVAN_WIRE_JOB_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/wire/frame.h"

#define JOB_FILES 64
#define JOB_INPUT (UINT64_C(64) << 20)
#define JOB_INPUT_PER_SECOND (UINT64_C(16) << 20)
#define JOB_SECONDS_MOST 86400u

/* clang-format off */
/*
 * name, seconds, MiB of memory | parameters; inputs -> result; outputs
 * SNIFF        {"name"}; file -> {"mime","kind","agrees"}
 * EDXML_READ   {}; packet -> lib/doc/edxml_json.h shape (attachments' "index" k = output k), for a real signature block also
 *              "signature_report" (as VERIFY); attachment files
 *              (a refused packet that could be read to its end gives the JSON too, without files)
 * EDXML_WRITE  edxml_json shape (attachments' "index" k = input k), "raw":bool optional (attachments not in the SDK's ZIP form);
 *              attachment files -> {"sha256","size"}; packet
 * PDF_INSPECT  {}; pdf -> {"pages","version","encrypted","damaged","linearized","form":bool,"certified":0..3,"revisions","flags":[name],
 *              "page_list":[{"box":[4],"rotate"}],"fields":[{"name","kind":"text"|"signature"|"other","page","rect":[4],"filled"}],
 *              "signatures":[{"field","sub_filter","name","reason","location","time","is_timestamp","fault","revision_end",
 *              "covers_whole_file","docmdp"}]}; lists of at most 1000
 * PDF_TEXT     {}; pdf -> {"pages","characters"}; UTF-8 text in NFC
 * PDF_PREVIEW  {"page" (default 1, 0: the last),"width" (default 800)}; pdf -> {"width","height","page","pages"}; PNG. With the tail that SEAL_PREPARE gave as a second
 *              file: the prepared bytes, "page" is by default where the new signature is seen, and the result says it besides: "signature_page" (0: on no page),
 *              "signature_rect":[4], and of the page shown "box":[4],"rotate"
 * PDF_FILL     {"fields":[{"name","value"}]}; pdf -> {}; the pdf with the fields filled in by an incremental update
 * SEAL_PREPARE {"kind":"pdf"|"cms"|"asic"|"counter","field","signer","reason","location","time":RFC3339,"room","role":"leader"|"office"|"attachment"|
 *              "invisible","page","rect":[4],"anchor","lines":[…],"fields":[{"name","value","anchor","page","rect"}]};
 *              base, optional PNG -> {"digest":hex,"base_sha256","base_size","hole_at","hole_size"}; tail
 *              "form":"attached" (kind cms: the content goes inside), "asic-e", "asic-s" (kind asic: a new container) with "names":[…] of its files: base, and further
 *              files instead of the PNG; the result has "form","names" again, and for kind asic "objects":[{"name","sha256"}], what the signature covers
 *              kind digests (all jobs): as cms beside a file, and the file is the record of its digests (lib/base/imprints.h)
 * SEAL_EMBED   {"kind","base_sha256","hole_at","hole_size","digest"}; base, tail, cms -> report of the new file (as VERIFY), and "needs": what NEEDS says of it, not for kind counter; sealed file
 *              (kind cms: the .p7s or .p7m; asic: the container); with "form" and "names" as SEAL_PREPARE gave them the further files follow cms
 *              kind counter (both): base is a CMS in DER, which gets a counter-signature: the digest is of its signature value, the tail of SEAL_PREPARE is empty, SEAL_EMBED takes
 *              the document after cms unless it is inside, and its report has "own": the counter-signature's field
 * TSP_REQUEST  {"kind":"cms" (default)|"asic","field" (asic: entry of the signature)}; cms or container -> {"nonce":hex}; DER TimeStampReq over the signature value
 * TSP_ATTACH   {"nonce","kind","field"}; cms or container, TimeStampResp -> {"time","token_size"}; the same with the timestamp
 *              (a dry run: both with {"digest":hex} instead of the cms, and TSP_ATTACH without an output)
 * VERIFY       {"kind":"pdf"|"cms"|"asic"|"auto" (by content),"at":RFC3339 optional,"covers":hex (asic: each signature gets "covers":bool, whether it is over
 *              the file with this SHA-256)}; file, optional detached -> lib/seal report JSON
 * REPORT       {"form":"xml"|"html"|"text","name","lang":"vi"|"en"}; a report as VERIFY gives it, in JSON -> {}; the same in that form (lib/seal/seal_report_xml.h, _page.h)
 * NEEDS        {"kind"}; file, optional detached -> {"missing":[{"cert":hex of its SHA-256,"what":"issuer"|"revocation","subject","urls":[…],
 *              "ocsp":[…],"crl":[…],"request":base64 of the OCSP request,"of":base64 of the certificate,"issuer":base64}],
 *              "certs":[hex],"revoked":bool,"timestamps_until":end of the newest timestamp's certificate, or of one of its algorithms by the rules of the folder of trust, or "",
 *              "stands_until": first end of a certificate or of revocation data after now, or ""}
 * SEAL_PROOFS  {"kind","renew":bool (B-LTA may become B-LT: another archive timestamp follows)}; file, detached (empty: none) -> report of the new file (as VERIFY); the new file (kind cms: the new signature): its proofs are in it
 * SEAL_ARCHIVE {"kind","room"}; file, detached (empty: none) -> {"digest","base_sha256","base_size","hole_at","hole_size","nonce"}; tail, DER TimeStampReq
 * SEAL_ARCHIVED {"kind","base_sha256","hole_at","hole_size","digest","nonce"}; file, detached, tail, TimeStampResp -> report; the new file, or signature
 * PROOF_READ   {"kind":"cert"|"crl"|"ocsp","of":base64,"issuer":base64 (not for cert)}; an answer -> {"state":"good"|"held"|"revoked"|"",
 *              "this_update","next_update"}; the proof in DER
 * VERIFY, NEEDS, SEAL_EMBED, SEAL_PROOFS, SEAL_ARCHIVED take proofs got for the file besides: {"proofs":["cert"|"crl"|"ocsp", …]} names the last inputs, in order.
 * ENTRIES      {"name" of the container,"n"}; a container (ASiC, CMS with its content) -> without "n" {"items":[{"n","name","size","role"}]} (lib/seal/seal_entries.h), with it
 *              {"name","mime","sha256","size"}; that file
 * ZIP_UNWRAP   {}; zip -> {"entries":[{"name","size","sha256","index"}]}; entry files
 * ZIP_BUILD    {"entries":[{"name","stored":bool}]}; files -> {"sha256","size"}; zip
 */
#define JOB_TABLE(X)                                                                               \
	X(SNIFF, "sniff", 10, 256)                                                                 \
	X(EDXML_READ, "edxml_read", 60, 512)                                                       \
	X(EDXML_WRITE, "edxml_write", 60, 512)                                                     \
	X(PDF_INSPECT, "pdf_inspect", 30, 1024)                                                    \
	X(PDF_TEXT, "pdf_text", 60, 1024)                                                          \
	X(PDF_PREVIEW, "pdf_preview", 30, 1024)                                                    \
	X(PDF_FILL, "pdf_fill", 30, 1024)                                                          \
	X(SEAL_PREPARE, "seal_prepare", 30, 1024)                                                  \
	X(SEAL_EMBED, "seal_embed", 30, 1024)                                                      \
	X(TSP_REQUEST, "tsp_request", 10, 256)                                                     \
	X(TSP_ATTACH, "tsp_attach", 10, 256)                                                       \
	X(VERIFY, "verify", 60, 1024)                                                              \
	X(REPORT, "report", 20, 512)                                                               \
	X(SEAL_PROOFS, "seal_proofs", 60, 1024)                                                    \
	X(SEAL_ARCHIVE, "seal_archive", 30, 1024)                                                  \
	X(SEAL_ARCHIVED, "seal_archived", 60, 1024)                                                \
	X(NEEDS, "needs", 60, 1024)                                                                \
	X(PROOF_READ, "proof_read", 30, 512)                                                       \
	X(ENTRIES, "entries", 60, 512)                                                             \
	X(ZIP_UNWRAP, "zip_unwrap", 60, 512)                                                       \
	X(ZIP_BUILD, "zip_build", 60, 512)

enum job_type {
#define JOB_ENUM(name, text, seconds, mib) JOB_##name,
	JOB_TABLE(JOB_ENUM)
#undef JOB_ENUM
	JOB_COUNT_
};
/* clang-format on */

struct job {
	enum job_type type;
	json_t *params;       /* object; the caller keeps his reference */
	int files[JOB_FILES]; /* the caller keeps his descriptors */
	size_t file_count;
};

struct job_result {
	enum status status; /* STATUS_INVALID: refused, see findings; STATUS_CRASHED,
			       STATUS_TIMEOUT: the worker was lost */
	struct diag *diag;  /* findings, never NULL */
	json_t *value;      /* object or NULL */
	int files[JOB_FILES];
	size_t file_count;
};

/*
 * Types of the frames. The worker says READY (payload: its sandbox layers, a text, for the log),
 * then each JOB is answered by one RESULT with the same id before the next JOB is sent. LAST_RESULT
 * is a RESULT after which the worker ends by itself.
 */
enum job_frame {
	JOB_FRAME_JOB = 1,
	JOB_FRAME_RESULT = 2,
	JOB_FRAME_LAST_RESULT = 3,
	JOB_FRAME_READY = 4
};

const char *job_name(enum job_type t);
enum status job_from_name(const char *name, enum job_type *out);
/*
 * Processor time of a job with so many bytes of input: what the table says, good for JOB_INPUT bytes, and a second for every JOB_INPUT_PER_SECOND more (a day at most). What a large file costs is
 * its digests: one pass for each algorithm, by three programs.
 */
unsigned job_seconds(enum job_type t, uint64_t input);
/* Memory of its own: what it maps of its input is not counted. */
unsigned job_mib(enum job_type t);

/* Closes the files, frees diag and value; the struct itself is the caller's. */
void job_result_clear(struct job_result *r);

/* For a job made by job_decode: closes the files, frees the parameters. */
void job_clear(struct job *j);

/*
 * The wire form in a frame's payload, both ways; the descriptors travel beside it, in the order of
 * `files`. Decoding refuses what the table does not know, another number of descriptors than
 * announced, and trailing bytes: STATUS_MALFORMED. When it succeeds the descriptors belong to *out,
 * otherwise still to the caller. Encoding: STATUS_TOO_LARGE when the JSON does not fit a frame.
 */
enum status job_encode(const struct job *j, struct buf *to);
enum status job_decode(struct span payload, const int *fds, size_t fd_count, struct job *out);
enum status job_result_encode(const struct job_result *r, struct buf *to);
enum status
job_result_decode(struct span payload, const int *fds, size_t fd_count, struct job_result *out);

/*
 * Findings as JSON [{"severity","code","where","got","want","clause"}] and back; used by the API
 * too. Members that are NULL are left out. job_findings_json: a new reference, NULL without memory;
 * never NULL for a NULL list. job_findings_read adds to d.
 */
json_t *job_findings_json(const struct diag *d);
enum status job_findings_read(const json_t *findings, struct diag *d);

#endif
