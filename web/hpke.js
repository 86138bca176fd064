// hpke: RFC 9180 base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, by WebCrypto: seals an approval to the signer, as
// lib/wire/activation.c opens it.
const text = new TextEncoder();
const KEM = new Uint8Array([...text.encode('KEM'), 0, 0x10]);
const SUITE = new Uint8Array([...text.encode('HPKE'), 0, 0x10, 0, 1, 0, 2]);

const join = (...parts) => new Uint8Array(parts.flatMap(p => [...p]));

async function hmac(key, data) {
	const k = await crypto.subtle.importKey('raw', key.length ? key : new Uint8Array(32), {name: 'HMAC', hash: 'SHA-256'}, false, ['sign']);
	return new Uint8Array(await crypto.subtle.sign('HMAC', k, data));
}

const extract = (suite, salt, label, ikm) => hmac(salt, join(text.encode('HPKE-v1'), suite, text.encode(label), ikm));

async function expand(suite, prk, label, info, length) {
	const labelled = join([length >> 8, length & 255], text.encode('HPKE-v1'), suite, text.encode(label), info);
	let block = new Uint8Array(), out = [];
	for (let i = 1; out.length < length; i++) {
		block = await hmac(prk, join(block, labelled, [i]));
		out = [...out, ...block];
	}
	return new Uint8Array(out.slice(0, length));
}

export const fromHex = hex => new Uint8Array(hex.match(/../g).map(h => parseInt(h, 16)));
export const toHex = bytes => [...bytes].map(b => b.toString(16).padStart(2, '0')).join('');

export async function seal(publicKey, info, plain) {
	const curve = {name: 'ECDH', namedCurve: 'P-256'};
	const theirs = await crypto.subtle.importKey('raw', publicKey, curve, false, []);
	const own = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
	const enc = new Uint8Array(await crypto.subtle.exportKey('raw', own.publicKey));
	const dh = new Uint8Array(await crypto.subtle.deriveBits({name: 'ECDH', public: theirs}, own.privateKey, 256));
	const eae = await extract(KEM, new Uint8Array(), 'eae_prk', dh);
	const shared = await expand(KEM, eae, 'shared_secret', join(enc, publicKey), 32);
	const context = join([0], await extract(SUITE, new Uint8Array(), 'psk_id_hash', new Uint8Array()),
		await extract(SUITE, new Uint8Array(), 'info_hash', text.encode(info)));
	const secret = await extract(SUITE, shared, 'secret', new Uint8Array());
	const key = await crypto.subtle.importKey('raw', await expand(SUITE, secret, 'key', context, 32), 'AES-GCM', false, ['encrypt']);
	const iv = await expand(SUITE, secret, 'base_nonce', context, 12);
	const cipher = new Uint8Array(await crypto.subtle.encrypt({name: 'AES-GCM', iv}, key, plain));
	return join(enc, cipher);
}
