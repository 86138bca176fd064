/*
 * signer_msg: what congvand may ask of the signer. Payloads are JSON objects (at most FRAME_MAX); there is no message that carries a
 * document. Type -> reply has the same type; an error reply is SIGNER_MSG_ERROR {"status":code,"retry_after":seconds optional,"attempts_left":n optional}.
 *
 * HELLO       {} -> {"version":1,"signer":text,"activation_key":hex 65 bytes,"log_key":{"name","algorithm":"ed25519","public":base64}}
 * KEYS        {} -> {"keys":[{"id","subject","organ","algorithm","not_after":RFC3339,"chain":[base64 DER, signer first],"state":"ready"|"locked","kind":"p12"|"p11"}]}
 * SIGN        {"activation":base64,"digests":[hex…],"format":"pades"|"cades","time":RFC3339} -> {"cms":[base64 DER…]} in the order of the digests, all or nothing
 * CHECKPOINT  {"note":text} -> {"signature":text line "— name base64"}; refused unless origin is ours and the size does not shrink; equal size only with equal root
 */
#ifndef CONGVAN_WIRE_SIGNER_MSG_H
#define CONGVAN_WIRE_SIGNER_MSG_H

enum signer_msg {
	SIGNER_MSG_HELLO = 1,
	SIGNER_MSG_KEYS = 2,
	SIGNER_MSG_SIGN = 3,
	SIGNER_MSG_CHECKPOINT = 4,
	SIGNER_MSG_ERROR = 127
};

#endif
