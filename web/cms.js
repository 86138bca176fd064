// cms: the one thing the pages read of a CMS (RFC 5652) themselves: the value of its signature, which a counter-signature is over (11.4). DER only, one SignerInfo.
const SEQUENCE = 0x30, SET = 0x31, OCTETS = 0x04, INTEGER = 0x02;

// The element at the start of `bytes`: its tag, what is in it, what follows it.
function element(bytes) {
	let at = 2, length = bytes[1];
	if (length > 0x80 && length <= 0x84) {
		at = 2 + length - 0x80;
		length = bytes.subarray(2, at).reduce((n, b) => n * 256 + b, 0);
	}
	if (bytes.length < at || bytes[1] === 0x80 || bytes[1] > 0x84 || at + length > bytes.length)
		throw new TypeError('DER');
	return {tag: bytes[0], value: bytes.subarray(at, at + length), rest: bytes.subarray(at + length)};
}

function* elements(bytes) {
	for (let rest = bytes; rest.length > 0;) {
		const e = element(rest);
		yield e;
		({rest} = e);
	}
}

const inside = (bytes, tag) => {
	const e = element(bytes);
	if (e.tag !== tag)
		throw new TypeError('DER');
	return [...elements(e.value)];
};

export function signatureValue(cms) {
	const [, content] = inside(cms, SEQUENCE);
	const [signedData] = elements(content.value);
	const infos = [...elements(signedData.value)].at(-1);
	const [info, ...more] = elements(infos.value);
	if (infos.tag !== SET || more.length > 0 || info.tag !== SEQUENCE)
		throw new TypeError('CMS');
	const parts = [...elements(info.value)], value = parts.find(p => p.tag === OCTETS); // the signer is a SEQUENCE or [0], so no other octets stand here
	if (parts[0].tag !== INTEGER || !value)
		throw new TypeError('CMS');
	return value.value;
}
