/*
 * sign: prepare, approve, complete (docs/architecture.md "Signing"), the same flow for every key. Documents are opened by workers, keys are held by the signer;
 * here only digests, bytes in descriptors and rows pass by.
 */
#ifndef CONGVAN_SIGN_SIGN_H
#define CONGVAN_SIGN_SIGN_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/store/person.h"
#include "daemon/store/repeat.h"
#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"

struct db;
struct loop;
struct pool;
struct fetch;
struct proofs;
struct signer_link;
struct trust;

#define SIGN_FILE_MOST (256ull << 20)   /* bytes of a file to be signed: a worker maps it whole */
#define SIGN_PICTURE_MOST (4ull << 20)  /* bytes of a PNG */

/* Text fields made under the leader's signature in the gaps after "Số", "ngày", "tháng", and filled in by sign_number. */
#define SIGN_FIELD_NUMBER "congvan_number"
#define SIGN_FIELD_DAY "congvan_day"
#define SIGN_FIELD_MONTH "congvan_month"

/* Timestamp authorities that gave nothing a while ago (tsa.c); by their places in the list. */
#define SIGN_TSA_MOST 32 /* in one list; further ones are never left for later */
struct sign_tsa_rests {
	int64_t until[SIGN_TSA_MOST]; /* clock_us; 0: none */
};

struct sign_counters {
	uint64_t verdict_hits, verdict_misses;
};

/* The timestamp authority's tokens, and what was worked out with them: room.h. */
#define SIGN_ROOMS 16
struct sign_tokens {
	size_t last;     /* bytes of the newest; 0: none has come */
	int64_t asked;   /* clock_monotonic() of the last dry run; 0: none */
	struct {
		struct digest of; /* chain, digest and token */
		size_t room;      /* 0: no entry */
	} rooms[SIGN_ROOMS]; /* reading the certificates again takes half a millisecond of the loop */
	size_t next;
};

/* What signing needs of congvand; outlives every call. */
struct sign_office {
	struct loop *loop;
	struct db *db;
	struct pool *pool;
	struct signer_link *signer;
	struct fetch *fetch;
	struct proofs *proofs;   /* revocation data and issuers' certificates */
	struct trust *trust;     /* NULL without workers */
	struct sign_counters *counters;
	struct sign_tokens *tokens;
	unsigned verdict_seconds; /* a verdict is used again for so long at most */
	unsigned verdict_rows;   /* verdicts kept; 0: none */
	unsigned gather_ms;      /* what a person waits for them at most */
	struct sign_tsa_rests *tsa_rests;
	unsigned tsa_rest_seconds; /* so long an authority that gave nothing is asked after the others */
	const char *tsa_url;     /* places separated by blanks; "" without: level B-B is then the best that can be held */
	const char *attachment_container; /* usual form of an attachment that is no PDF, signed together with its document */
	const char *level;       /* wanted unless the wish says otherwise; "": B-T with a timestamp authority, else B-B */
	unsigned level_retry_seconds; /* first pause of the queue that raises levels */
	unsigned renew_days;     /* before the end of the timestamp's certificate */
	unsigned alarm_seconds;  /* a level not reached for so long is told to people */
	bool certified;          /* state secrets may have content here */
};

#define SIGN_CMS_MOST (1u << 20)       /* bytes of a CMS that a client made */

/* value: the answer's JSON, borrowed, NULL unless OK. code: catalogue code of the problem, or NULL for the status' own. */
typedef void (*sign_cb)(void *arg, enum status st, const struct diag *diag, json_t *value);

/* True for the moves that are signatures: initial, sign, seal, copy (a certified copy), stamp (ĐẾN). */
bool sign_move_is_signature(const char *move);

/*
 * Prepares one document. wish: {"document","move":"sign"|"seal","key","role","page","rect":[4],"anchor","png":{"sha256"},"reason","level":"B-B"|"B-T"|"B-LT"|"B-LTA",
 * "container": one of daemon/sign/container.h,"main_only":bool (ASiC-E: without the attachments)},
 * for a key of the person's own also "algorithm" and "cms_size" (the most bytes that his CMS will have); for a copy "copy":"sao-y"|"sao-luc"|"trich-sao" and for the last "extract":{"sha256"}; for a stamp "forward". "attachments":true: every
 * attachment besides, a PDF inside itself, another in the form "attachment_container"; the answer then has "attachments" (prepared the same way), and only all of them can be approved, in this order.
 * -> {"id","base_version","digest","algorithm","title","document","move","level","container","objects" (ASiC: the files inside, [{"name","sha256","version"}])}. Nothing of the document changes. person and wish must live until cb, which fires
 * once, never inside.
 */
void sign_prepare(const struct sign_office *o, const struct person *person, const json_t *wish, sign_cb cb, void *arg);

/* The same with at least so many bytes kept for the signature: an earlier attempt was too small. */
void sign_prepare_again(const struct sign_office *o, const struct person *person, const json_t *wish, size_t least, sign_cb cb, void *arg);

/*
 * Gives number and date without a signature: fills the form fields made for them by an incremental update (a permitted change under the leader's signature)
 * and takes the number in the same act. wish: {"document","register","note"}. -> what moved.
 */
void sign_number(const struct sign_office *o, const struct person *person, const json_t *wish, const struct repeat *repeat,
	sign_cb cb, void *arg);

/*
 * A key of the person's own, kept in no signer: the account's key is then the SHA-256 of the certificate in hex. Such a signing is prepared with
 * wish "key" and "algorithm" (SHA256, SHA384, SHA512), and completed with the CMS that the client made over the digest.
 */
bool sign_key_is_own(const char *key);

/*
 * Completes signings with CMSs by the person's own key, in order: one file, or a document's main file and the attachments prepared with it; embedded, judged (intact,
 * by the certificate of the account, over the prepared digest), timestamped, stored and moved like any other. -> as sign_approve. ids and cms are copied.
 */
void sign_own(const struct sign_office *o, const struct person *person, const json_t *ids, const struct span *cms, sign_cb cb, void *arg);

/*
 * Completes a batch: the sealed approval goes to the signer with the digests of the signings, in order; each signature is timestamped, embedded, judged and
 * stored in the act that moves its document. -> {"signings":[{"id","state","level","version","error"}]}. A document that fails does not stop the others: their
 * signatures exist. One whose signature turned out larger than what was kept for it is "failed" with "again": another signing, prepared with more room, which has
 * another digest and so must be approved itself.
 */
void sign_approve(const struct sign_office *o, const struct person *person, const char *activation, const json_t *signings,
	sign_cb cb, void *arg);

#endif
