/* judge_data: one signature being judged: shared by judge.c, judge_time.c and judge_value.c. */
#ifndef CONGVAN_PKI_JUDGE_DATA_H
#define CONGVAN_PKI_JUDGE_DATA_H

#include <openssl/evp.h>

#include "lib/pki/cades.h"
#include "lib/pki/verdict_data.h"

#define JUDGE_ARCHIVES_MAX 64 /* archive timestamps of one signature that are looked at */

struct judge_stamp_path {
	STACK_OF(X509) *path;    /* a reference of its own */
	clock_us at;
};

struct judge {
	struct verdict_run *run;
	struct verdict *v;
	content_digest_fn content;
	void *content_arg;
	struct {
		int nid;
		unsigned char bytes[EVP_MAX_MD_SIZE];
		size_t len;
	} known[2]; /* digests of the content that were asked for */
	size_t known_count;
	size_t covered_by;

	bool counter;              /* a counter-signature: archive timestamps of its own are not looked at, those of the signature cover it */
	const struct verdict_value *raw; /* judge_value: not a CMS; then only value and algorithms are filled in in `cms` */
	struct cms_signature cms;
	struct cms_parts parts;    /* with is_der */
	bool is_der;
	X509 *cert;                /* in cms, the run or the policy */
	bool referred;             /* the certificate is named in what was signed */
	enum strength strength;
	clock_us good_until;       /* the first end of an algorithm that it uses (ageing.h) */
	char ageing[48];           /* which one that is */
	clock_us best;             /* the signature existed then: best-signature-time */
	clock_us made_after;       /* and did not exist before; 0: nothing known */
	bool archived;             /* an archive or document timestamp that is believed covers it */
	const char *note;          /* why a timestamp is not believed; static, or note_text; NULL: none is doubted */
	char note_text[120];

	STACK_OF(X509) *path;
	X509 *last;                /* without a path: where it ended */
	struct chain_finding finding;
	struct past past;
	struct judge_stamp_path stamp_paths[CADES_TIMESTAMPS_MAX]; /* of believed signature timestamps */
	size_t stamp_path_count;
};

enum status judge_content(struct judge *j, int nid, struct span *out);

/*
 * Document timestamps, archive timestamps, signature timestamps, content timestamps, in this order: each may rest on those before it.
 * Fills in best, made_after, archived, note and the verdict's facts, and what is proven in the run's policy.
 */
void judge_timestamps(struct judge *j);

void judge_free(struct judge *j);

/* The steps that every form of signature shares: an empty verdict, its algorithms' names, a weak one, time and certificate, what would help. */
void judge_start(struct verdict *out, const struct policy *p);
void judge_name_algorithms(struct verdict *v, const struct cms_signature *s, const X509 *cert);
void judge_weaken(struct judge *j, enum strength s, const char *name);
void judge_own_algorithms(struct judge *j);
void judge_digest(struct judge *j, int nid);
void judge_age(struct judge *j, clock_us until, const char *name);
enum sub_indication judge_conclude(struct judge *j, const char **why);
void judge_tell(struct judge *j);

#endif
