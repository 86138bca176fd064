// sign: prepare, look, approve. The list of digests and the PIN are sealed in the browser to the signer's key, which is remembered at
// first use; pages served by congvand can only be as honest as congvand (docs/security.md).
import * as api from './api.js';
import {say, name, time, inWords} from './text.js';
import {el, onSubmit, notice, fail, keep} from './dom.js';
import {below, levelText, outcomeLevel} from './levels.js';
import {pager} from './pages.js';
import {signedFiles, contentShown, preparedPdf} from './content.js';
import {verdictLines} from './verdict.js';
import {seal, fromHex, toHex} from './hpke.js';

const PIN_KEY = 'congvan.signer';

// Asked for once a visit, and anew after an approval that failed: the signer may have another key now.
let offered;

// What people call the key by (lib/wire/activation.h, activation_key_code), without its hyphens.
const codeOf = async key => toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', fromHex(key)))).slice(0, 20);

// Another key than the one known seals nothing until the person has said its code, which the administrator tells him and no page shows.
async function signerKey(code) {
	offered ??= (await api.get('/v1/signer')).activation_key;
	const known = localStorage.getItem(PIN_KEY), said = code.replace(/[\s-]/g, '').toLowerCase();
	if (known && known !== offered && said !== await codeOf(offered)) {
		offered = undefined;
		throw Object.assign(new Error(say(said ? 'web.signer-other' : 'web.signer-changed')), {asksCode: true});
	}
	localStorage.setItem(PIN_KEY, offered);
	return fromHex(offered);
}

// What is approved of one document: the main file, and the attachments prepared with it.
export const files = prepared => [prepared, ...prepared.attachments || []];

// The form of each signature is approved with its digest (lib/wire/signer_format.h).
const format = p => p.counter ? 'counter' : p.container === 'pdf' ? 'pades' : 'cades';
const formInWords = p => say(`signing.form.${p.counter ? 'counter' : p.container}`);

// Canonical JSON: members in order of their names, no white space (lib/wire/activation.h).
function approval(key, list, pin) {
	const value = {algorithm: list[0].algorithm, count: list.length, digests: list.map(p => p.digest), expires: new Date(Date.now() + 5 * 60000).toISOString(),
		formats: list.map(format), key, nonce: toHex(crypto.getRandomValues(new Uint8Array(16))), pin, titles: list.map(p => p.title || '')};
	return new TextEncoder().encode(JSON.stringify(value));
}

const base64 = bytes => btoa(Array.from(bytes, b => String.fromCharCode(b)).join(''));

// The outcome of each file, in the order of the list.
async function approve(key, list, pin, code) {
	const sealed = await seal(await signerKey(code), 'congvan activation 1', approval(key, list, pin));
	const body = {activation: base64(sealed), signings: list.map(p => p.id)};
	return (await api.write('POST', '/v1/signings/approve', body).catch(e => { offered = undefined; throw e; })).signings;
}

export const notSigned = outcome => `${say('cli.not-signed')}: ${inWords(outcome.error)}`;

// Signed, and at which level: one that is not the level wanted stays on the screen as long as a fault does (and stands on the document's page).
export const sayLevels = levels => notice([say('web.signed'), ...new Set(levels.map(levelText))].join('\n'), levels.some(l => below(l.held, l.wanted)));

// What a certified copy and the stamp ĐẾN ask for besides.
function wishes(move) {
	if (move === 'stamp')
		return el('label', {}, name('field', 'forward'), el('input', {name: 'forward', type: 'text', maxlength: '200'}));
	if (move !== 'copy')
		return null;
	const extract = el('label', {hidden: true}, name('field', 'extract'), el('input', {name: 'extract', type: 'file', accept: 'application/pdf'}));
	const form = el('select', {name: 'copy', required: true, onchange: () => { extract.hidden = form.value !== 'trich-sao'; }},
		['sao-y', 'sao-luc', 'trich-sao'].map(f => el('option', {value: f}, name('copy', f))));
	return [el('label', {}, name('field', 'copy'), form), extract];
}

const CMS = ['application/pkcs7-signature', 'application/pkcs7-mime'];

// Signatures beside the newest main file that may be counter-signed: in their place nothing newer stands (ids of versions grow with time).
function counterable(document) {
	const versions = document.versions || [], main = versions.filter(v => v.part === 'main').at(-1);
	return versions.filter(v => v.part === 'signature' && CMS.includes(v.mime) && v.id > main.id &&
		!versions.some(w => w.part === 'signature' && w.part_number === v.part_number && w.id > v.id));
}

// Level, form and counter-signature, where the person wants another than the office's rule; the form of a PDF's signature is always the PDF.
function choices(document, move) {
	const main = (document.versions || []).filter(v => v.part === 'main').at(-1);
	const select = (field, list) => el('label', {}, name('field', field), el('select', {name: field}, el('option', {value: ''}, say(`web.${field}.usual`)),
		list.map(([value, text]) => el('option', {value}, text))));
	const beside = main && main.mime !== 'application/pdf' && !['copy', 'stamp'].includes(move), over = beside ? counterable(document) : [];
	const apart = withAttachments(document, move) && mainIsPdf(document) && document.versions.some(v => v.part === 'attachment' && !isPdf(v));
	return el('details', {class: 'choices'}, el('summary', {}, say('web.choices')),
		select('level', ['B-B', 'B-T', 'B-LT', 'B-LTA'].map(l => [l, l])),
		beside ? select('container', ['cms', 'cms-attached', 'asic-e', 'asic-s'].map(c => [c, name('container', c)])) : null,
		apart ? select('attachment_container', ['cms', 'cms-attached', 'asic-e', 'asic-s'].map(c => [c, say(`signing.form.${c}`)])) : null,
		over.length ? select('counter', over.map(v => [v.id, v.name])) : null);
}

// Attachments go with the document in one approval, unless the person says otherwise: a PDF's each by itself, a PDF in itself and another file in the form that it gets (which is
// listed); those of anything else in one container with it.
const isPdf = v => v.mime === 'application/pdf';
const mainIsPdf = document => isPdf((document.versions || []).filter(v => v.part === 'main').at(-1) || {});
const withAttachments = (document, move) => ['sign', 'seal'].includes(move) &&
	(document.versions || []).some(v => v.part === 'attachment');

const baseName = (document, prepared) => document.versions.find(v => v.id === prepared.base_version).name;

// One file of the approval, as it will be signed: of a PDF every page of the prepared bytes, the one with the signature first, once those bytes have the digest that is approved; of
// anything else the content of every file that the signature covers, or a box to tick where it cannot be shown.
function fileShown(document, prepared, extract, place, onTick) {
	const path = page => api.path`/v1/signings/${prepared.id}/preview` + (page ? `?page=${page}` : '');
	const shown = prepared.container === 'pdf' ? pager(path, 0, prepared.attachment ? null : place) : null;
	const contents = el('div');
	const bytes = () => preparedPdf(document, prepared, extract);
	const take = shown ? el('button', {type: 'button', class: 'take', onclick: () => bytes().then(b => keep(new Blob([b]), baseName(document, prepared))).catch(fail)}, say('web.take-prepared')) : null;
	const ready = async () => {
		if (shown) {
			await bytes();
			return shown.ready();
		}
		const {files: covered, over} = await signedFiles(document, prepared);
		if (over)
			contents.append(el('p', {}, `${name('field', 'counter')}: `, el('strong', {}, over.name)), el('ul', {}, await verdictLines(document.id, over.version)));
		for (const file of covered)
			contents.append(await contentShown(file, onTick));
	};
	return {ready,
		element: el('li', {}, prepared.title, el('br'), el('small', {class: 'form'}, formInWords(prepared)), el('br'), el('small', {}, `${prepared.algorithm} ${prepared.digest}`), shown ? [shown.element, take] : contents)};
}

// How a document's attachments are signed with it where the person wishes nothing else.
export const usualWish = (document, move) => !withAttachments(document, move) ? {} : mainIsPdf(document) ? {attachments: true} : {container: 'asic-e'};

export async function ownKeys() {
	const keys = (await api.get('/v1/keys')).items;
	if (keys.length === 0)
		throw new Error(say('web.no-key'));
	return keys;
}

// Of a certificate that ends within 30 days, or has ended: when. Whether it may sign the daemon says.
const SOON = 30 * 86400000;

function ending({not_after: end}) {
	const left = Date.parse(end) - Date.now();
	return left < SOON ? `${say(left < 0 ? 'web.key.ended' : 'web.key.ends')} ${time(end)}` : ''; // without an end nothing is known of it
}

export const keyChoice = keys => el('label', {}, say('web.key'), el('select', {name: 'key', required: true}, keys.map(k =>
	el('option', {value: k.id}, [k.subject || k.id, ending(k)].filter(Boolean).join(' · ')))));

// The part of a form where files are looked at and then approved. The PIN is asked once every file is on the screen (of a PDF the page with the signature) and the boxes of those that
// cannot be shown are ticked; until then the button shows them again, whatever went wrong.
export function approvalPart(label, first, keys) {
	const list = el('ol', {class: 'files', hidden: true}), button = el('button', {class: 'main'}, first);
	const secret = el('input', {name: 'pin', type: 'password', autocomplete: 'off', inputmode: 'numeric'}), pin = el('label', {class: 'pin', hidden: true}, say('cli.prompt.pin'), secret);
	const pad = el('p', {class: 'hint pad', hidden: true}, say('cli.pin-pad'));
	const said = el('input', {name: 'code', type: 'text', autocomplete: 'off', maxlength: '40', spellcheck: 'false'}), code = el('label', {class: 'code', hidden: true}, say('web.signer-code'), said);
	const part = {elements: [list, pin, pad, code, button], button, seen: false};
	const atReader = () => Boolean(keys.find(k => k.id === button.form.elements.key.value)?.pin_pad);
	const ask = shown => {
		part.seen = shown && [...list.querySelectorAll('input[name=looked]')].every(i => i.checked);
		pad.hidden = !part.seen || !atReader();
		pin.hidden = !part.seen || atReader();
		secret.required = !pin.hidden;
		if (!part.seen)
			secret.value = '';
		button.textContent = part.seen ? label : say('web.look');
	};
	// looked: [{document, prepared, extract, place}], the last two where there are any (fileShown).
	part.show = async looked => {
		ask(false);
		const all = looked.map(l => fileShown(l.document, l.prepared, l.extract, l.place, () => ask(true)));
		list.replaceChildren(...all.map(f => f.element));
		list.hidden = false;
		for (const f of all)
			await f.ready();
		ask(true);
		(!part.seen ? list.querySelector('input[name=looked]') : atReader() ? button : secret).focus({preventScroll: true});
	};
	part.approve = async (key, approved) => {
		try {
			const outcomes = await approve(key, approved, secret.value, said.value); // no PIN for a PIN pad
			code.hidden = true;
			return outcomes;
		} catch (e) {
			if (e.asksCode) {
				code.hidden = false;
				said.focus();
			}
			throw e;
		}
	};
	return part;
}

export async function signForm(document, move, needsKey, me, done) {
	const keys = needsKey ? await ownKeys() : [];
	let prepared = null, body = null, extract = null;
	const part = approvalPart(name('move', move), needsKey ? say('web.prepare') : name('move', move), keys);
	const form = el('form', {class: 'card'},
		el('h2', {}, name('move', move)),
		needsKey ? keyChoice(keys) : null,
		wishes(move),
		needsKey && !['copy', 'stamp'].includes(move) ? el('label', {}, say('web.picture'), el('input', {name: 'png', type: 'file', accept: 'image/png'})) : null,
		withAttachments(document, move) ? el('label', {}, el('input', {type: 'checkbox', name: 'attachments', checked: true}), say('web.with-attachments')) : null,
		needsKey ? choices(document, move) : null,
		part.elements);
	const {button} = part;
	const show = () => part.show(files(prepared).map(p => ({document, prepared: p, extract: p.attachment ? null : extract, place})));
	// Another place is another file to sign: prepared, shown and approved anew.
	const place = async (page, rect) => {
		button.disabled = true;
		try {
			prepared = await api.write('POST', '/v1/signings', {...body, page, rect});
			await show();
		} catch (e) {
			fail(e);
		} finally {
			button.disabled = false;
		}
	};
	onSubmit(form, async data => {
		if (!prepared) {
			body = {document: document.id, move};
			if (needsKey)
				body.key = data.get('key');
			for (const field of ['copy', 'forward', 'level', 'container', 'counter'])
				if (data.get(field))
					body[field] = data.get(field);
			if (body.copy === 'trich-sao' && data.get('extract')?.size) {
				extract = data.get('extract');
				body.extract = {sha256: (await api.upload('/v1/contents', extract)).sha256};
			}
			if (withAttachments(document, move) && !data.get('attachments'))
				body.main_only = true;
			else if (!body.container && !body.counter)
				Object.assign(body, usualWish(document, move));
			if (body.attachments && data.get('attachment_container'))
				body.attachment_container = data.get('attachment_container');
			const png = data.get('png');
			if (png?.size)
				body.png = {sha256: (await api.upload('/v1/contents', png)).sha256};
			prepared = await api.write('POST', '/v1/signings', body);
			if (!needsKey) {
				notice(say('status.ok'));
				return done();
			}
			form.querySelectorAll('select, input[type=file], input[type=checkbox], input[type=text]').forEach(e => { e.closest('label').hidden = true; });
			form.querySelector('.choices').hidden = true;
		}
		if (!part.seen)
			return show();
		const outcomes = await part.approve(data.get('key'), files(prepared)), [outcome] = outcomes;
		if (outcome.again) { // larger than the room kept for it: prepared once more, with another digest
			prepared = outcome.again;
			notice(say('cli.approve-again'));
			return show();
		}
		if (outcome.state !== 'done')
			throw new Error(notSigned(outcome));
		await done();
		sayLevels(outcomes.map(outcomeLevel));
	});
	return form;
}
