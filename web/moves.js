// moves: what each move asks for. The daemon says which moves a person may make now; this table says how to ask.
import * as api from './api.js';
import {say, name} from './text.js';
import {el, onSubmit, notice} from './dom.js';
import {signForm} from './sign.js';

const REASON = ['reason', 'textarea', true];
const NOTE = ['note', 'textarea', false];
const UNSEALED = ['unsealed', 'flag', false]; // where there are attachments

// move: [field, kind, required] …
const fields = {
	reject: [REASON], return: [REASON], reopen: [REASON], withdraw: [REASON], keep: [REASON], recall: [REASON],
	cancel: [REASON], void: [REASON], ask_back: [REASON],
	update: [REASON, ['due_date', 'date', false], ['summary', 'textarea', false]],
	register: [NOTE], accept: [NOTE], complete: [['answer', 'answer', false], NOTE], dispatch: [UNSEALED, NOTE], issue: [UNSEALED, NOTE],
	assign: [['direction', 'textarea', true], ['lead', 'target', true], ['coordinate', 'targets', false], ['deadline', 'date', false]],
	review: [['reviewer', 'account', true], NOTE],
	submit: [['leader', 'leader', true], ['cosigners', 'leaders', false], ['order', 'order', false], NOTE],
	file: [['file_code', 'text', true]],
};

// Moves that are signatures, or need a new version of the file: through /v1/signings.
const signings = {initial: true, sign: true, seal: true, copy: true, stamp: true, number: false};

export async function choices(kind) {
	if (kind === 'order')
		return ['sequence', 'parallel'].map(o => [o, name('order', o)]);
	if (kind === 'account' || kind === 'leader' || kind === 'leaders') {
		const items = await api.all('/v1/accounts');
		return items.filter(a => kind === 'account' || a.roles?.includes('leader')).map(a => [a.id, `${a.name}${a.title ? ` · ${a.title}` : ''}`]);
	}
	const [{items}, {account}] = await Promise.all([api.get('/v1/units'), api.get('/v1/me')]);
	return items.filter(u => u.organ === account.organ || u.organ === undefined).map(u => [u.id, u.name]);
}

// Our documents that answer this one, by what people call them.
async function answers(document) {
	const list = await Promise.all((document.answered_by || []).map(id => api.get(api.path`/v1/documents/${id}`).catch(() => null)));
	return list.filter(Boolean).map(d => [d.id, [d.notation, d.subject].filter(Boolean).join(' · ')]);
}

export const boxes = (field, legend, list) => el('fieldset', {class: 'boxes'}, el('legend', {}, legend),
	list.map(([id, text]) => el('label', {}, el('input', {type: 'checkbox', name: field, value: id}), text)));

const isList = kind => kind === 'targets' || kind === 'leaders';

async function input([field, kind, required], document) {
	if (isList(kind))
		return boxes(field, name('field', field), await choices(kind));
	if (kind === 'textarea')
		return el('textarea', {name: field, required});
	if (kind === 'flag')
		return el('input', {name: field, type: 'checkbox'});
	if (kind === 'date' || kind === 'text')
		return el('input', {name: field, type: kind, required});
	const list = kind === 'answer' ? await answers(document) : await choices(kind);
	return el('select', {name: field, required}, required && list.length === 1 ? null : el('option', {value: ''}, ''),
		list.map(([id, text]) => el('option', {value: id}, text)));
}

const labelled = ([field, kind], e) => isList(kind) ? e : el('label', {}, name('field', field), e);

// What a move is called: of ours, "complete" says that the receivers have it.
export const moveName = (document, move) => name('move', move === 'complete' && document.direction === 'outgoing' ? 'received' : move);

export async function moveForm(document, move, me, done) {
	if (move in signings)
		return signForm(document, move, signings[move], me, done);
	const list = (fields[move] || [NOTE]).filter(([field, kind]) => (kind !== 'answer' || document.answered_by?.length) &&
		(field !== 'unsealed' || document.versions?.some(v => v.part === 'attachment')));
	const inputs = await Promise.all(list.map(f => input(f, document)));
	const form = el('form', {class: 'card'},
		el('h2', {}, moveName(document, move)),
		list.map((f, i) => labelled(f, inputs[i])),
		el('button', {class: 'main'}, moveName(document, move)));
	onSubmit(form, async data => {
		const body = {move};
		for (const [field, kind] of list) {
			const value = isList(kind) ? data.getAll(field) : data.get(field);
			if (value && value.length)
				body[field] = kind === 'flag' ? true : value;
		}
		await api.write('POST', api.path`/v1/documents/${document.id}/moves`, body, document.revision);
		notice(say('status.ok'));
		await done();
	});
	return form;
}

// In whose place the signer signs, as the office writes it (Decree 30/2020 App. I; the Party's offices write K/T). "": in his own. What stands there already stays to choose.
export async function competences(chosen = '') {
	const {account} = await api.get('/v1/me');
	const own = (await api.all('/v1/organs?own=true')).find(o => o.id === account.organ || o.code === account.organ);
	const written = own?.regime === 'state' ? {TM: 'TM.', KT: 'KT.', TL: 'TL.', TUQ: 'TUQ.', Q: 'Q.'} : {TM: 'T/M', KT: 'K/T', TL: 'T/L', TUQ: 'TUQ.', Q: 'Q.'};
	const list = Object.entries(written).map(([kind, text]) => [text, `${text} (${name('mandate-kind', kind.toLowerCase())})`]);
	if (chosen && !list.some(([text]) => text === chosen))
		list.push([chosen, chosen]);
	return el('label', {}, name('field', 'signer_competence'), el('select', {name: 'signer_competence'}, el('option', {value: ''}, say('web.competence.own')),
		list.map(([value, text]) => el('option', {value, selected: value === chosen}, text))));
}

// Metadata of what one holds, and a new version of its main file.
export async function changeForm(document, done) {
	const texts = ['subject', 'signer_name', 'signer_position'], all = [...texts, 'signer_competence'];
	const form = el('form', {class: 'card'},
		el('h2', {}, name('move', 'change')),
		texts.map(f => el('label', {}, name('field', f), el('input', {name: f, value: document[f] || '', required: f === 'subject'}))),
		await competences(document.signer_competence || ''),
		el('label', {}, say('web.new-file'), el('input', {name: 'main', type: 'file'})),
		el('button', {class: 'main'}, say('web.save')));
	onSubmit(form, async data => {
		const changed = Object.fromEntries(all.map(f => [f, data.get(f)]).filter(([f, v]) => v !== (document[f] || '')));
		const file = data.get('main');
		let {revision} = document;
		if (Object.keys(changed).length > 0)
			({revision} = await api.write('PATCH', api.path`/v1/documents/${document.id}`, changed, revision));
		if (file.size > 0) {
			const {sha256} = await api.upload('/v1/contents', file);
			await api.write('POST', api.path`/v1/documents/${document.id}/versions`, {part: 'main', sha256, name: file.name}, revision);
		}
		notice(say('status.ok'));
		await done();
	});
	return form;
}

export async function noteForm(document, done) {
	const form = el('form', {class: 'card'},
		el('h2', {}, say('web.note')),
		el('label', {}, name('field', 'note'), el('textarea', {name: 'body', required: true, maxlength: '4000'})),
		el('button', {class: 'main'}, say('web.save')));
	onSubmit(form, async data => {
		await api.write('POST', api.path`/v1/documents/${document.id}/notes`, {kind: 'opinion', body: data.get('body')});
		await done();
	});
	return form;
}
