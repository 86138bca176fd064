// content: a file shown from its very bytes: they are fetched whole, hashed here and held against the digest they must have before anything of them is shown. Of a PDF the pictures are
// a worker's; its bytes are held against the digest all the same, and can be taken. Text is shown as text, never as markup, with what is not seen marked by its number; PNG and JPEG as pictures; of anything else it is said that it is not shown.
import * as api from './api.js';
import {say, bytes as size} from './text.js';
import {el, fail, keep, marked} from './dom.js';
import {toHex} from './hpke.js';
import {pager} from './pages.js';
import {signatureValue} from './cms.js';

const TEXT_MOST = 8 << 20, PICTURE_MOST = 32 << 20; // bytes that the browser is asked to show; larger files are for a program of their own
const PAGE = 30000; // characters shown at once
const DIGESTS = {SHA256: 'SHA-256', SHA384: 'SHA-384', SHA512: 'SHA-512'};
const MANIFEST = 'http://uri.etsi.org/02918/v1.2.1#', DSIG = 'http://www.w3.org/2000/09/xmldsig#', SHA256_URI = 'http://www.w3.org/2001/04/xmlenc#sha256';

const hash = async (algorithm, bytes) => toHex(new Uint8Array(await crypto.subtle.digest(DIGESTS[algorithm], bytes)));

// An error of the kind that stops an approval: what the office shows is not what would be signed.
const differs = file => new Error(`${file}: ${say('web.digest-differs')}`);

const raw = async path => new Uint8Array(await (await api.blob(path)).arrayBuffer());

async function bytesOf(file) {
	const bytes = await raw(api.path`/v1/documents/${file.document}/versions/${file.version}/content`);
	for (const [algorithm, digest] of file.digests)
		if (await hash(algorithm, bytes) !== digest)
			throw differs(file.name);
	return bytes;
}

// --- which files a signing is over ---

const fileOf = (document, version, digests) => ({document: document.id, version: version.id, name: version.name, mime: version.mime, size: version.size,
	sha256: version.sha256, digests: [['SHA256', version.sha256], ...digests]});

const sorted = list => JSON.stringify([...list].sort());

function namedIn(manifest) {
	const xml = new DOMParser().parseFromString(new TextDecoder('utf-8', {fatal: true}).decode(manifest), 'application/xml');
	return [...xml.getElementsByTagNameNS(MANIFEST, 'DataObjectReference')].map(r => {
		const [method] = r.getElementsByTagNameNS(DSIG, 'DigestMethod'), [value] = r.getElementsByTagNameNS(DSIG, 'DigestValue');
		if (method.getAttribute('Algorithm') !== SHA256_URI)
			throw new TypeError('algorithm');
		return `${toHex(Uint8Array.from(atob(value.textContent.trim()), c => c.charCodeAt(0)))} ${decodeURIComponent(r.getAttribute('URI'))}`;
	});
}

// What ASiC-E signs is the manifest; so it has to be the one that the digest is of, and to name these files and no others (EN 319 162-1 A.4).
async function checkManifest(prepared) {
	const bytes = await raw(api.path`/v1/signings/${prepared.id}/tail`);
	let named = null;
	try {
		named = await hash(prepared.algorithm, bytes) === prepared.digest ? namedIn(bytes) : null;
	} catch (e) {
		// a manifest that cannot be read names nothing
	}
	if (!named || sorted(named) !== sorted(prepared.objects.map(o => `${o.sha256} ${o.name}`)))
		throw differs(prepared.title);
}

// A counter-signature's digest is of the value of the signature it is over.
async function checkCounter(prepared, file) {
	const bytes = await bytesOf(file);
	let found = '';
	try {
		found = await hash(prepared.algorithm, signatureValue(bytes));
	} catch (e) {
		// what has no signature in it has no value to sign
	}
	if (found !== prepared.digest)
		throw differs(file.name);
}

// The one byte range that preparing appended (ISO 32000-1 12.8.1): from the beginning to the end of the file, but for a hole of zeros that lies in the tail.
function signedPart(base, tail) {
	const ranges = [...new TextDecoder('latin1').decode(tail).matchAll(/\/ByteRange *\[ *0+ +(\d+) +(\d+) +(\d+) *\]/g)];
	const whole = new Uint8Array(base.length + tail.length), [from, to, rest] = ranges.length === 1 ? ranges[0].slice(1).map(Number) : [0, 0, 0];
	whole.set(base);
	whole.set(tail, base.length);
	const hole = String.fromCharCode(whole[from], whole[to - 1]);
	if (from <= base.length || from + 2 >= to || to + rest !== whole.length || hole !== '<>' || whole.subarray(from + 1, to - 1).some(b => b !== 0x30))
		return null;
	const part = new Uint8Array(from + rest);
	part.set(whole.subarray(0, from));
	part.set(whole.subarray(to), from);
	return {whole, part};
}

// A PDF as it will be signed, with the hole for the signature empty: the version, or the extract that the person gave himself, and what preparing appends. These are the bytes that the
// digest approved is of.
export async function preparedPdf(document, prepared, extract) {
	const version = document.versions.find(v => v.id === prepared.base_version);
	if (!version)
		throw differs(prepared.title);
	const base = extract ? new Uint8Array(await extract.arrayBuffer()) : await bytesOf(fileOf(document, version, []));
	const signed = signedPart(base, await raw(api.path`/v1/signings/${prepared.id}/tail`));
	if (!signed || await hash(prepared.algorithm, signed.part) !== prepared.digest)
		throw differs(prepared.title);
	return signed.whole;
}

// The files that one signing covers. Of a detached or enveloping CMS and of ASiC-S the digest approved is the file's own. `over`: of a counter-signature, the file with the
// signature that it is over.
export async function signedFiles(document, prepared) {
	const find = (id, name) => {
		const version = document.versions.find(v => v.id === id);
		if (!version)
			throw differs(name);
		return version;
	};
	const {counter, container, objects, algorithm, digest} = prepared;
	const over = counter ? fileOf(document, find(prepared.base_version, prepared.title), []) : null;
	const own = counter || container === 'asic-e' ? [] : [[algorithm, digest]];
	if (over)
		await checkCounter(prepared, over);
	else if (container === 'asic-e')
		await checkManifest(prepared);
	const files = objects ? objects.map(o => fileOf(document, find(o.version, o.name), [['SHA256', o.sha256], ...own])) :
		[fileOf(document, find(prepared.base_version, prepared.title), own)];
	return {files, over};
}

// The same of a version that is only looked at.
export const versionFile = (document, version) => fileOf(document, version, []);

// --- the ways to show one ---

// Pieces of at most PAGE characters that end with a line where there is one.
function split(text) {
	const pieces = [];
	for (let at = 0; at < text.length || pieces.length === 0;) {
		let end = Math.min(text.length, at + PAGE);
		const line = end < text.length ? text.lastIndexOf('\n', end - 1) : -1;
		if (line > at)
			end = line + 1;
		else if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1]))
			end--; // no half of a pair
		pieces.push(text.slice(at, end));
		at = end;
	}
	return pieces;
}

function textShown(bytes) {
	const pieces = split(new TextDecoder('utf-8', {fatal: true}).decode(bytes).replaceAll('\r\n', '\n'));
	const box = el('pre', {class: 'text', tabindex: '0', role: 'region', 'aria-label': say('web.content')}), count = el('span', {'aria-live': 'polite'});
	let page = 0;
	const turn = to => {
		page = to;
		box.replaceChildren(...marked(pieces[page]));
		box.scrollTop = 0;
		count.textContent = `${say('web.page')} ${page + 1}/${pieces.length}`;
		back.disabled = page === 0;
		on.disabled = page + 1 === pieces.length;
	};
	const back = el('button', {type: 'button', 'aria-label': say('web.previous'), onclick: () => turn(page - 1)}, '‹');
	const on = el('button', {type: 'button', 'aria-label': say('web.next'), onclick: () => turn(page + 1)}, '›');
	turn(0);
	return el('div', {}, box, pieces.length > 1 ? el('div', {class: 'pager'}, back, count, on) : null);
}

const SIGNS = {'image/png': '89504e470d0a1a0a', 'image/jpeg': 'ffd8ff'};

// Fitted into the page, and by a press as large as it is. createImageBitmap takes no picture that ends too early or is damaged; an element would show the part that there is.
async function pictureShown(bytes, type) {
	if (!toHex(bytes.subarray(0, 8)).startsWith(SIGNS[type]))
		throw new TypeError(type);
	const blob = new Blob([bytes], {type}), picture = el('img', {class: 'picture', alt: say('web.content')});
	(await createImageBitmap(blob)).close();
	picture.src = URL.createObjectURL(blob);
	await picture.decode();
	const whole = el('button', {type: 'button', 'aria-pressed': 'false', onclick: () => {
		whole.setAttribute('aria-pressed', String(picture.classList.toggle('whole')));
	}}, say('web.whole-size'));
	return el('div', {}, el('div', {class: 'wide', tabindex: '0', role: 'region', 'aria-label': say('web.content')}, picture), el('div', {class: 'pager'},
		el('span', {}, `${picture.naturalWidth} × ${picture.naturalHeight}`), whole));
}

// Pictures of the stored version, made by a worker.
async function pdfShown(file) {
	const shown = pager(page => api.path`/v1/documents/${file.document}/versions/${file.version}/preview?page=${page}&width=900`, 1);
	await shown.ready();
	return shown.element;
}

async function shown(file) {
	const pdf = file.mime === 'application/pdf', text = /^text\/plain(;|$)/.test(file.mime), picture = file.mime in SIGNS;
	if (!(pdf || text || picture) || file.size > (text ? TEXT_MOST : PICTURE_MOST))
		return null;
	const bytes = await bytesOf(file);
	if (pdf)
		return pdfShown(file).catch(e => { if (e.status === 422) return null; throw e; }); // no pictures of a PDF that cannot be read
	try {
		return text ? textShown(bytes) : await pictureShown(bytes, file.mime);
	} catch (e) {
		return null; // no UTF-8, no picture: then it is not shown, and that is said
	}
}

const save = async file => keep(new Blob([await bytesOf(file)]), file.name);

// A file with what can be seen of it. onTick given: what cannot be shown here has a box (name "looked") to be ticked before it is signed, and onTick is called when one is.
export async function contentShown(file, onTick) {
	const seen = await shown(file);
	const facts = el('p', {class: 'hint'}, `${size(file.size)} · SHA256 `, el('code', {}, file.sha256), ' ',
		el('button', {type: 'button', onclick: () => save(file).catch(fail)}, say('web.download')));
	const blind = seen ? null : [el('p', {class: 'failed'}, say('web.not-shown')),
		onTick ? el('label', {class: 'tick'}, el('input', {type: 'checkbox', name: 'looked', required: true, onchange: onTick}), say('web.looked')) : null];
	return el('div', {class: 'content'}, el('p', {}, el('strong', {}, file.name)), facts, seen, blind);
}
