// batch: the documents that wait for a leader's signature, as many as he chooses, each looked at and all signed in one approval with one PIN (lib/wire/activation.h: one list). Each
// document stands by itself: what cannot be prepared or signed is said, and the others are signed.
import * as api from './api.js';
import {say, name} from './text.js';
import {el, showing, onSubmit, notice} from './dom.js';
import {levelText, outcomeLevel, below} from './levels.js';
import {boxes} from './moves.js';
import {approvalPart, files, keyChoice, notSigned, ownKeys, usualWish} from './sign.js';

const MOVE = 'sign';

export const waitsForSignature = item => item.why === MOVE;

const titleOf = document => [document.notation, document.subject].filter(Boolean).join(' · ');

// Prepares each; what cannot be is said in `results`.
async function prepareAll(ids, wish, results) {
	const entries = [];
	for (const id of ids) {
		const document = await api.get(api.path`/v1/documents/${id}`);
		try {
			entries.push({document, prepared: await api.write('POST', '/v1/signings', {document: id, move: MOVE, ...wish, ...usualWish(document, MOVE)})});
		} catch (e) {
			results.append(el('li', {class: 'failed'}, `${titleOf(document)} · ${e.text || e.message}`));
		}
	}
	return entries;
}

// What became of each document; those that have to be looked at and approved once more (larger than the room kept) are given back.
function tell(entries, outcomes, results) {
	const left = [];
	for (const {document, prepared} of entries) {
		const own = files(prepared).map(p => outcomes.find(o => o.id === p.id)), [first] = own;
		if (first?.again)
			left.push({document, prepared: first.again});
		else if (first?.state !== 'done')
			results.append(el('li', {class: 'failed'}, `${titleOf(document)} · ${first ? notSigned(first) : say('cli.not-signed')}`));
		else {
			const levels = own.map(outcomeLevel);
			results.append(el('li', {class: levels.some(l => below(l.held, l.wanted)) ? 'indeterminate' : 'passed'},
				[titleOf(document), say('web.signed'), ...new Set(levels.map(levelText))].join(' · ')));
		}
	}
	return left;
}

export async function batchPage() {
	const show = showing();
	const waiting = (await api.get('/v1/inbox?limit=100')).items.filter(waitsForSignature);
	const heading = el('h1', {}, say('web.sign-many')), results = el('ul', {class: 'outcomes', 'aria-live': 'polite'});
	if (waiting.length === 0)
		return show(heading, el('p', {class: 'empty'}, say('web.nothing')));
	const keys = await ownKeys();
	const part = approvalPart(name('move', MOVE), say('web.prepare'), keys);
	const chooser = el('div', {}, boxes('document', say('web.sign-many.which'), waiting.map(i => [i.document.id, i.document.subject])), keyChoice(keys),
		el('label', {}, say('web.picture'), el('input', {name: 'png', type: 'file', accept: 'image/png'})));
	const form = el('form', {class: 'card'}, chooser, part.elements);
	chooser.querySelectorAll('input[name=document]').forEach(i => { i.checked = true; });
	let entries = [];
	const look = () => part.show(entries.flatMap(({document, prepared}) => files(prepared).map(p => ({document, prepared: p}))));
	onSubmit(form, async data => {
		if (entries.length === 0) {
			const chosen = data.getAll('document'), wish = {key: data.get('key')};
			if (chosen.length === 0)
				throw new Error(say('web.sign-many.none'));
			if (data.get('png')?.size)
				wish.png = {sha256: (await api.upload('/v1/contents', data.get('png'))).sha256};
			results.replaceChildren();
			entries = await prepareAll(chosen, wish, results);
			if (entries.length === 0)
				throw new Error(say('cli.not-signed'));
			chooser.hidden = true;
		}
		if (!part.seen)
			return look();
		entries = tell(entries, await part.approve(data.get('key'), entries.flatMap(e => files(e.prepared))), results);
		if (entries.length > 0) {
			notice(say('cli.approve-again'));
			return look();
		}
		form.remove();
	});
	show(heading, el('p', {}, el('a', {href: '#/inbox'}, say('web.inbox'))), results, form);
}
