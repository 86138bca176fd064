/*
 * seal: one vtable for each container a signature can live in (PDF, detached CMS, ASiC). The flow is always
 * prepare (a digest to sign) -> the signer's CMS -> embed -> verify. Everything works on whole files mapped in memory and
 * returns only what is added: signing never rewrites a byte of the base (ISO 32000-1 7.5.6, incremental update).
 */
#ifndef CONGVAN_SEAL_SEAL_H
#define CONGVAN_SEAL_SEAL_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/diag.h"
#include "lib/base/digest.h"
#include "lib/base/imprint.h"
#include "lib/base/status.h"
#include "lib/pki/policy.h"
#include "lib/pki/verdict.h"

struct pdf_cache;

/* Who signs, which decides the picture (Decree 30/2020 Appendix I). */
enum seal_role {
	SEAL_ROLE_LEADER,      /* handwritten picture between title and name, no text */
	SEAL_ROLE_OFFICE,      /* red seal over one third of the leader's, to its left; name and time */
	SEAL_ROLE_ATTACHMENT,  /* appendix in a file of its own: top right corner of page 1, text only: `notation` (or the signer), time */
	SEAL_ROLE_COPY,        /* sao y, sao lục, trích sao: the same corner: form of copy, signer, time */
	SEAL_ROLE_ARRIVAL,     /* stamp "ĐẾN" (App. IV): signer is the organ; lines: số đến, ngày đến, chuyển, số và ký hiệu hồ sơ */
	SEAL_ROLE_INVISIBLE
};

/* The form of an electronic copy (Decree 30/2020 article 25). */
enum seal_copy { SEAL_COPY_SAO_Y, SEAL_COPY_SAO_LUC, SEAL_COPY_TRICH_SAO };

struct seal_look {
	enum seal_role role;
	int page;             /* 1-based; 0: last page, or the page where the anchor is found */
	double rect[4];       /* x0 y0 x1 y1 in points of the unrotated page; all 0: find the place */
	const char *anchor;   /* text near which to place it (signer's name as printed), or NULL */
	const char *lines[4]; /* text to show; NULL-terminated unless full; none: what the role shows. Lines too long are broken */
	enum seal_copy copy;  /* SEAL_ROLE_COPY */
	const char *notation; /* SEAL_ROLE_ATTACHMENT: "Số: 12-CV/QU" of the document it belongs to; or NULL */
	struct span png;      /* picture with transparency; data NULL: none */
	const char *font;     /* TrueType file for the text; NULL: PDF_FONT_DEFAULT (Liberation Serif) */
};

struct seal_request {
	const char *field;      /* signature field name to make, or an existing empty one; NULL: choose */
	const char *signer;     /* name shown in the signature dictionary (/Name) */
	const char *reason;     /* may be NULL */
	const char *location;   /* may be NULL */
	clock_us time;          /* claimed signing time (/M for PAdES) */
	struct seal_look look;
	struct pdf_cache *cache; /* of a worker, kept between requests (lib/doc/pdf_cache.h); NULL: none */
	enum imprint_kind algorithm; /* of the digest to sign: what the key signs with */
	bool attached;          /* CMS: the content goes inside (.p7m) instead of the signature beside it (.p7s) */
	size_t room;            /* bytes to keep for the CMS (DER); 0: 16384 */
	/*
	 * Form fields to fill in in this same revision (number and date after the leader's signature): pairs of field name and
	 * text value, NULL name ends. Fields are made beforehand by the prepare of the leader's signature when
	 * `make_fields` is set (text boxes placed at their anchor or rect), so that filling is a permitted change.
	 */
	struct seal_field {
		const char *name;
		const char *value;    /* NULL: make the field only */
		const char *anchor;   /* where to make it: printed text it follows ("Số", "ngày"), or NULL */
		int page;
		double rect[4];
	} fields[8];
};

/* What prepare gives: the tail to append to the base, where the hole for the CMS is, and the digest to sign. */
struct seal_prepared {
	struct buf tail;            /* appended bytes, with a hole of zeros; empty for detached CMS */
	uint64_t base_size;
	uint64_t hole_at;           /* offset in base+tail of the hole's first hex digit (PDF) */
	uint64_t hole_size;         /* hex digits */
	struct digest digest;       /* SHA-256 of what is signed (PDF: the ByteRange): by it embed knows the bytes again */
	bool attached;              /* as asked; embed puts the content in */
	struct imprint imprint;     /* the same by the request's algorithm; becomes messageDigest */
	struct digest base;         /* SHA-256 of the base, when … */
	bool base_known;            /* … prepare came by it anyway (PDF) */
	/*
	 * For embed, from who has just hashed the same base to know it again: a SHA-256 that has taken in the base and nothing else, to
	 * go on from. NULL: none. seal_prepared_free frees it.
	 */
	struct imprint_stream *over_base;
	bool judged;                /* who embeds reads and judges the whole result himself before anybody stores it: embed does not read it too (PDF) */
};

/* One signature found in a file, with its verdict. Strings belong to the report. */
struct seal_signature {
	const char *field;          /* field name (PDF) or entry name */
	const char *sub_filter;     /* as found: "ETSI.CAdES.detached", "adbe.pkcs7.detached", …; NULL for CMS */
	bool is_timestamp;          /* document timestamp (ETSI.RFC3161) */
	size_t counter_of;          /* a counter-signature: the number (from 1) in the report of the signature whose value it is over; 0: none */
	bool covers_whole_file;
	uint64_t range[4];          /* PDF: the bytes signed, /ByteRange, and the hole between them, when it is sound; else zeros */
	uint64_t revision_end;      /* bytes of the file that this signature's revision has */
	const char *changes;        /* "none", "permitted", "suspicious", "forbidden": after this signature */
	const char *change_list;    /* what changed, one per line, message codes with arguments; may be NULL */
	const char *claimed_time;   /* RFC 3339 or NULL */
	const char *own_sub;        /* a sub-indication of this office's own ("MANDATE_NOT_HELD"), laid over the verdict by congvand; else NULL */
	const char *words[2];       /* the sentences for people by enum language, where somebody has added to them; NULL: as the verdict says */
	struct verdict *verdict;
};

struct seal_report;

/* Proof to put into a file for the long term, DER. The bytes belong to the caller and outlive the call. */
enum seal_proof_kind { SEAL_PROOF_CERT, SEAL_PROOF_CRL, SEAL_PROOF_OCSP };
struct seal_proof {
	enum seal_proof_kind kind;
	struct span der;
};

/* What a file holds besides its content: for finding out what its signatures still lack (lib/pki/needs). */
enum seal_piece { SEAL_PIECE_CMS, SEAL_PIECE_CERT, SEAL_PIECE_CRL, SEAL_PIECE_OCSP };
/* The bytes live during the call. Anything but STATUS_OK ends the walk. */
typedef enum status (*seal_piece_fn)(void *arg, enum seal_piece kind, struct span der);

struct seal_kind {
	const char *name;           /* "pdf", "cms", "digests", "asic", "xml", "counter" */
	/* NULL with embed for containers that are only read (xml). */
	enum status (*prepare)(struct span base, const struct seal_request *req,
		struct seal_prepared *out, struct diag *diag);
	/* Puts the CMS into base + prepared->tail. For PDF: fills the hole in `tail` in place; for detached CMS: `tail` becomes the .p7s file. STATUS_TOO_LARGE when the hole is too small. */
	enum status (*embed)(struct span base, struct seal_prepared *prepared, struct span cms,
		struct diag *diag);
	/*
	 * Fills in the fields of req without signing: number and date after the leader's signature. The bytes to append go to `tail`. NULL
	 * for containers that have no fields.
	 */
	enum status (*fill)(struct span base, const struct seal_request *req, struct buf *tail,
		struct diag *diag);
	/* Judges every signature. `detached`: the signature file for detached CMS, else empty. */
	enum status (*verify)(struct span file, struct span detached, const struct policy *policy,
		struct seal_report **out, struct diag *diag);
	/* Every signature and timestamp token (SEAL_PIECE_CMS), and certificates and revocation data kept beside them. */
	enum status (*pieces)(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag);
	/* verify, and then pieces, in one reading of the file. NULL: verify and pieces are called one after the other. */
	enum status (*verify_pieces)(struct span file, const struct policy *policy, seal_piece_fn found, void *arg, struct seal_report **out, struct diag *diag);

	/*
	 * Raising a level after signing (EN 319 142-1 5.4, EN 319 122-1 5.5). NULL where the container has no such form. None of them
	 * alters a byte that a signature or an earlier timestamp covers.
	 */

	/*
	 * B-T to B-LT: puts the proofs in (PDF: DSS in a revision of its own, `out` is the tail; CMS, ASiC: `out` is the whole new signature
	 * file or container). Proofs already there are not put in twice; when all are there `out` stays empty. STATUS_INVALID with
	 * seal.proof: one is not what its kind says.
	 */
	enum status (*add_proofs)(struct span file, struct span detached, const struct seal_proof *proofs, size_t count,
		struct buf *out, struct diag *diag);
	/*
	 * B-LT to B-LTA, and again when that timestamp ages: prepared->digest is the imprint for the TSA (PDF: a document timestamp; CMS:
	 * archive-time-stamp-v3). `room`: bytes to keep for the token where a hole is kept (PDF); 0: the usual.
	 */
	enum status (*prepare_archive)(struct span file, struct span detached, size_t room, struct seal_prepared *out,
		struct diag *diag);
	/* Puts the TSA's token into what prepare_archive gave; `tail` becomes the bytes to append (PDF) or the whole new file (CMS, ASiC). STATUS_TOO_LARGE: prepare again with more room; STATUS_INVALID: no token about this digest. */
	enum status (*embed_archive)(struct span file, struct span detached, struct seal_prepared *prepared, struct span token,
		struct diag *diag);
};

extern const struct seal_kind seal_pdf;
extern const struct seal_kind seal_cms;
extern const struct seal_kind seal_digests; /* seal_cms, beside a file that is not here: the base is the record of its digests (lib/base/imprints.h) */
extern const struct seal_kind seal_asic; /* ASiC-S and ASiC-E: `tail` of embed and embed_archive is the whole new container */
extern const struct seal_kind seal_counter; /* the base is a CMS in DER: another signature over its signature's value; `tail` of embed is the whole new CMS */
extern const struct seal_kind seal_xml;  /* XML documents with signatures in them; only verify */

/* The container that the file is by its content; with a signature beside it, or when it is nothing else: seal_cms. */
const struct seal_kind *seal_kind_for(struct span file, bool detached);

void seal_prepared_free(struct seal_prepared *p);

/*
 * The digest that a signature over prepared bytes (base and tail) will be about, from the bytes alone: for a PDF all of the file around the one hole that
 * is still empty, for anything else the file. STATUS_INVALID: a PDF without such a hole.
 */
enum status seal_prepared_imprint(struct span file, enum imprint_kind kind, struct imprint *out);

/* The same for counter-signing a CMS: the digest of its signature value. STATUS_INVALID: not a DER SignedData with one SignerInfo. */
enum status seal_counter_imprint(struct span cms, enum imprint_kind kind, struct imprint *out);

struct seal_report *seal_report_new(void);
void seal_report_free(struct seal_report *r);
/*
 * The new signature is zeroed and belongs to the report; strings put in it are made with seal_report_keep. Its verdict is there
 * (INDETERMINATE, not NULL) and belongs to the report too. NULL over SEAL_SIGNATURES_MAX or without memory.
 */
#define SEAL_SIGNATURES_MAX 500
struct seal_signature *seal_report_add(struct seal_report *r);
/* A copy of s that lives as long as the report; NULL for NULL, over 8 MiB in all, or without memory. */
const char *seal_report_keep(struct seal_report *r, const char *s);
size_t seal_report_count(const struct seal_report *r);
const struct seal_signature *seal_report_at(const struct seal_report *r, size_t i);

#endif
