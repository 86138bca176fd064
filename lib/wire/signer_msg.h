/*
 * signer_msg: what congvand may ask of the signer. Payloads are JSON objects (at most FRAME_MAX);
 * there is no message that carries a document. Type -> reply has the same type and id; an error
 * reply is SIGNER_MSG_ERROR {"status":code,"why":code of the catalogue, "retry_after":seconds
 * optional,"attempts_left":n optional}.
 *
 * HELLO       {} -> {"version":2,"signer":text,"activation_key":hex 65
 * bytes,"log_key":{"name","algorithm":"ed25519","public":base64}, "record":{"seq":n,"head":hex}}.
 * The first message of a connection; anything else before it closes. KEYS        {} or {"key":id} for that one alone ->
 * {"keys":[{"id","subject","organ","algorithm","digest":"SHA256"…,"not_after":RFC3339,"chain":[base64 DER, signer
 * first],"state":"ready"|"locked","kind":"p12"|"p11","pin_pad":bool}]} SIGN
 * {"activation":base64,"algorithm":"SHA256"…,"digests":[hex…],"format":"pades"|"cades"|"counter","time":RFC3339} -> {"cms":[base64
 * DER…],"record":{"seq","head"}} in the order of the digests. "formats":[…] in place of "format": of each digest its own; then the activation says them too. Fewer than asked: the key's token failed after them, and "skipped":code of the catalogue
 * says why the rest was not signed. The request is taken in its canonical
 * form only (members in this order, no white space, no escapes): it is long, and read without a JSON library. When the SignedData
 * together are large: {"shared":n,"sizes":[n…],"record":…} and one descriptor of a file in memory: n bytes that all of them have (the certificates),
 * then for each a piece of its size: a byte k, the k bytes before the shared ones, and all after them (signer_msg_join makes it the first form). CHECKPOINT  {"note":text} ->
 * {"signature":text line "— name base64"}; refused unless origin is ours and the size does not
 * shrink; equal size only with equal root UNLOCK      {"key":id} -> {}. Only from root or the
 * signer's own user: congvand has no say in it.
 */
#ifndef CONGVAN_WIRE_SIGNER_MSG_H
#define CONGVAN_WIRE_SIGNER_MSG_H

#include <jansson.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/imprint.h"
#include "lib/base/status.h"
#include "lib/wire/signer_format.h"

#define SIGNER_NOTE 4096             /* bytes of a checkpoint */
#define SIGNER_CMS_TOTAL (64u << 20) /* bytes of all SignedData of one reply */

enum signer_msg {
	SIGNER_MSG_HELLO = 1,
	SIGNER_MSG_KEYS = 2,
	SIGNER_MSG_SIGN = 3,
	SIGNER_MSG_CHECKPOINT = 4,
	SIGNER_MSG_UNLOCK = 5,
	SIGNER_MSG_ERROR = 127
};

/* "hello", "sign" …; "unknown" outside the table. */
const char *signer_msg_name(unsigned type);

/*
 * The payload as a JSON object. STATUS_MALFORMED: not UTF-8 JSON, not an object, a member twice,
 * deeper than any message is, or bytes after it.
 */
enum status signer_msg_decode(struct span payload, json_t **out);

/* The canonical form (members sorted, no white space), appended. */
enum status signer_msg_encode(const json_t *value, struct buf *to);

/* A SIGN request, checked in form: 1 to ACTIVATION_DIGESTS digests, nothing else in it. */
struct signer_sign {
	unsigned char *sealed; /* the activation, still sealed */
	size_t sealed_len;
	enum imprint_kind algorithm;
	struct imprint *digests;
	size_t count;
	enum signer_format *formats; /* of each */
	clock_us time; /* claimed time of signing; goes into the signature for cades and counter */
};

/* From the payload of the frame. STATUS_MALFORMED, STATUS_NO_MEMORY. */
enum status signer_sign_decode(struct span payload, struct signer_sign **out);
void signer_sign_free(struct signer_sign *s);

struct activation;
/* True when it asks for exactly what the activation lists: algorithm, count, order and every byte, each in the form that was approved; without any said (an older client) in one form for all. */
bool signer_sign_is_about(const struct signer_sign *s, const struct activation *a);

/* The request congvand sends, digests all of one kind; new reference, NULL without memory or when activation is not text. */
json_t *signer_sign_encode(const char *activation_base64, const struct imprint *digests,
	size_t count, enum signer_format format, clock_us time);

/* The same with a form for each. */
json_t *signer_sign_encode_each(const char *activation_base64, const struct imprint *digests, const enum signer_format *formats, size_t count, clock_us time);

/* {"key":id} of UNLOCK, {"note":text} of CHECKPOINT: the one member, which lives as long as the
 * request, or NULL. */
const char *signer_text_decode(const json_t *request, const char *member, size_t max);

/*
 * Makes the reply to SIGN that came with a file the usual one: "sizes" gives way to "cms".
 * STATUS_MALFORMED when sizes and file do not fit.
 */
enum status signer_msg_join(json_t *reply, struct span file);

/*
 * The same in steps of at most `limit` signatures, for a loop that must not be kept: *rest is the
 * whole file at first and then what is left of it. STATUS_UNAVAILABLE: there is more to do.
 */
enum status signer_msg_join_some(json_t *reply, struct span file, struct span *rest, size_t limit);

#endif
