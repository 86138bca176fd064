// check.mjs ROOT.pem: a second checker of signatures that shares no code with congvan: pkijs over Node's WebCrypto. Reads a JSON list of jobs from standard input, writes one
// of answers. A job: {"cms": FILE, "content": FILE or null (inside)} or {"pdf": FILE}. An answer: {"error": text or null, "signatures": [{"algorithm", "digest", "attributes":
// [OID of the signed ones], "timestamps": [{"kind", "time", "right", "why"}], "right", "why"}]}. A signature is right when its value is over its signed attributes, these over the content, the
// signing-certificate-v2 is of the signer's certificate, and the path ends at ROOT; a timestamp when it is the same and its imprint is of what it should be about (for
// archive-time-stamp-v3 computed anew here, EN 319 122-1 5.5.3). With "parts": FOLDER, what other programs look at is written there: "cmsN" and "contentN", and for each
// timestamp "stampN-M" and what it is about, "aboutN-M", and OCSPResponses inside, "ocspN-M".
import { readFileSync, writeFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";

pkijs.setEngine("node", new pkijs.CryptoEngine({ name: "node", crypto: webcrypto }));

const OID = {
	tstInfo: "1.2.840.113549.1.9.16.1.4", signingCertificate: "1.2.840.113549.1.9.16.2.47", signatureStamp: "1.2.840.113549.1.9.16.2.14",
	archiveStamp: "0.4.0.1733.2.4", hashIndex: "0.4.0.19122.1.5", contentType: "1.2.840.113549.1.9.3", messageDigest: "1.2.840.113549.1.9.4",
};
const HASHES = { "2.16.840.1.101.3.4.2.1": "SHA-256", "2.16.840.1.101.3.4.2.2": "SHA-384", "2.16.840.1.101.3.4.2.3": "SHA-512" };

const buffer = (b) => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength);
const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

// DER has its own length: what follows (the rest of a hole in a PDF) is not part of it.
function trimmed(bytes) {
	const n = bytes[1] & 0x80 ? bytes[1] & 0x7f : 0;
	let length = n === 0 ? bytes[1] : 0;
	for (let i = 0; i < n; i++)
		length = length * 256 + bytes[2 + i];
	return bytes.subarray(0, 2 + n + length);
}

function signedData(bytes) {
	return new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(buffer(trimmed(bytes))).content });
}

const attribute = (list, oid) => (list?.attributes ?? []).filter((a) => a.type === oid);

// signing-certificate-v2: SEQUENCE { SEQUENCE OF ESSCertIDv2 { [AlgorithmIdentifier,] OCTET STRING, … } } of this certificate, SHA-256 when no algorithm is named (RFC 5035 3).
async function names(signer, certificate) {
	const [found, ...more] = attribute(signer.signedAttrs, OID.signingCertificate);
	if (!found || more.length !== 0 || found.values.length !== 1)
		return false;
	const id = found.values[0].valueBlock.value[0].valueBlock.value[0].valueBlock.value;
	const named = id[0] instanceof asn1js.Sequence;
	const hash = named ? HASHES[id[0].valueBlock.value[0].valueBlock.toString()] : "SHA-256";
	const own = await webcrypto.subtle.digest(hash, certificate.toSchema().toBER());
	return same(own, id[named ? 1 : 0].valueBlock.valueHexView);
}

async function verify(data, content, root) {
	const result = await data.verify({ signer: 0, data: content, trustedCerts: [root], checkChain: true, extendedMode: true });
	if (!result.signatureVerified || !result.signerCertificateVerified)
		throw new Error("pkijs: " + result.message);
	return result.signerCertificate;
}

// What an archive-time-stamp-v3 is about: the type of the content, the digest of the content, the fields of the SignerInfo up to its value, the index; from the bytes as they stand.
async function archived(bytes, token, content) {
	const data = asn1js.fromBER(buffer(trimmed(bytes))).result.valueBlock.value[1].valueBlock.value[0].valueBlock.value;
	const encapsulated = data.find((e, i) => i > 1 && e instanceof asn1js.Sequence).valueBlock.value;
	const fields = data[data.length - 1].valueBlock.value[0].valueBlock.value;
	const raw = (e) => Buffer.from(e.valueBeforeDecodeView);
	const [index] = attribute(token.signerInfos[0].unsignedAttrs, OID.hashIndex);
	const stamped = pkijs.TSTInfo.fromBER(token.encapContentInfo.eContent.getValue());
	const hash = HASHES[stamped.messageImprint.hashAlgorithm.algorithmId];
	const parts = [raw(encapsulated[0]), Buffer.from(await webcrypto.subtle.digest(hash, content))];
	for (const f of fields) {
		if (f.idBlock.tagClass === 3 && f.idBlock.tagNumber === 1)
			break;
		parts.push(raw(f));
	}
	parts.push(raw(index.values[0]));
	return buffer(Buffer.concat(parts));
}

let save = () => {};

async function stamp(kind, token, about, root, bytes) {
	save("stamp", bytes);
	save("about", about);
	const out = { kind, time: null, right: false, why: "" };
	try {
		out.time = pkijs.TSTInfo.fromBER(token.encapContentInfo.eContent.getValue()).genTime.toISOString();
		await verify(token, about, root);
		out.right = true;
	} catch (e) {
		out.why = String(e.message ?? e);
	}
	return out;
}

async function stamps(bytes, signer, content, root) {
	const list = [];
	for (const [kind, oid] of [["signature", OID.signatureStamp], ["archive", OID.archiveStamp]])
		for (const a of attribute(signer.unsignedAttrs, oid))
			for (const v of a.values) {
				const whole = Buffer.from(v.toBER());
				const token = signedData(whole);
				const about = kind === "signature" ? buffer(signer.signature.valueBlock.valueHexView) : await archived(bytes, token, content);
				list.push(await stamp(kind, token, about, root, whole));
			}
	return list;
}

async function signature(bytes, content, root) {
	const data = signedData(bytes);
	save("cms", trimmed(bytes));
	if (content)
		save("content", content);
	if (data.encapContentInfo.eContentType === OID.tstInfo)
	{
		const only = await stamp("document", data, content, root, trimmed(bytes));
		return { algorithm: "", digest: "", attributes: [], right: only.right, why: only.why, timestamps: [only] };
	}
	const signer = data.signerInfos[0];
	const inside = data.encapContentInfo.eContent;
	const about = inside ? inside.getValue() : content;
	const out = {
		algorithm: signer.signatureAlgorithm.algorithmId, digest: HASHES[signer.digestAlgorithm.algorithmId],
		attributes: (signer.signedAttrs?.attributes ?? []).map((a) => a.type), timestamps: [], right: false, why: "",
	};
	for (const r of data.crls ?? [])
		if (r instanceof pkijs.OtherRevocationInfoFormat)
			save("ocsp", Buffer.from(r.otherRevInfo.toBER()));
	try {
		const certificate = await verify(data, inside ? undefined : content, root);
		const [digest] = attribute(signer.signedAttrs, OID.messageDigest);
		if (!same(digest.values[0].valueBlock.valueHexView, await webcrypto.subtle.digest(out.digest, about)))
			throw new Error("messageDigest is not of the content");
		if (!await names(signer, certificate))
			throw new Error("signing-certificate-v2 is not of the signer's certificate");
		out.right = true;
	} catch (e) {
		out.why = String(e.message ?? e);
	}
	out.timestamps = await stamps(bytes, signer, about, root);
	return out;
}

// Every ByteRange of the file with the hexadecimal string in its gap.
function* pieces(pdf) {
	for (const m of pdf.toString("latin1").matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g)) {
		const [a, b, c, d] = m.slice(1).map(Number);
		yield [Buffer.from(pdf.subarray(a + b + 1, c - 1).toString("latin1"), "hex"), buffer(Buffer.concat([pdf.subarray(a, a + b), pdf.subarray(c, c + d)]))];
	}
}

async function answer(job, root) {
	try {
		const list = [];
		const counts = {};
		save = (what, bytes) => {
			if (job.parts)
				writeFileSync(`${job.parts}/${what}${list.length}${["cms", "content"].includes(what) ? "" : `-${counts[what + list.length] = (counts[what + list.length] ?? 0) + 1}`}`, Buffer.from(bytes));
		};
		if (job.pdf)
			for (const [cms, content] of pieces(readFileSync(job.pdf)))
				list.push(await signature(cms, content, root));
		else
			list.push(await signature(readFileSync(job.cms), job.content ? buffer(readFileSync(job.content)) : undefined, root));
		return { error: null, signatures: list };
	} catch (e) {
		return { error: String(e.message ?? e), signatures: [] };
	}
}

const pem = readFileSync(process.argv[2], "latin1").replace(/-----[^-]+-----|\s/g, "");
const root = pkijs.Certificate.fromBER(buffer(Buffer.from(pem, "base64")));
const answers = [];
for (const job of JSON.parse(readFileSync(0, "utf8")))
	answers.push(await answer(job, root));
process.stdout.write(JSON.stringify(answers));
