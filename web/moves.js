// moves: what each move asks for. The daemon says which moves a person may make now; this table says how to ask.
import * as api from './api.js';
import {say, name} from './text.js';
import {el, onSubmit, notice} from './dom.js';
import {signForm} from './sign.js';

const REASON = ['reason', 'textarea', true];
const NOTE = ['note', 'textarea', false];

// move: [field, kind, required] …
const fields = {
	reject: [REASON], return: [REASON], reopen: [REASON], withdraw: [REASON], keep: [REASON], recall: [REASON],
	cancel: [REASON], void: [REASON],
	register: [NOTE], accept: [NOTE], complete: [NOTE], dispatch: [NOTE], issue: [NOTE],
	assign: [['direction', 'textarea', true], ['lead', 'target', true], ['coordinate', 'targets', false], ['deadline', 'date', false]],
	review: [['reviewer', 'account', true], NOTE],
	submit: [['leader', 'leader', true], NOTE],
	file: [['file_code', 'text', true]],
};

// Moves that are signatures, or need a new version of the file: through /v1/signings.
const signings = {sign: true, seal: true, number: false};

async function choices(kind) {
	if (kind === 'account' || kind === 'leader') {
		const {items} = await api.get('/v1/accounts');
		return items.filter(a => kind === 'account' || a.roles?.includes('leader')).map(a => [a.id, `${a.name}${a.title ? ` · ${a.title}` : ''}`]);
	}
	const {items} = await api.get('/v1/units');
	return items.map(u => [u.id, u.name]);
}

async function input([field, kind, required]) {
	if (kind === 'textarea')
		return el('textarea', {name: field, required});
	if (kind === 'date' || kind === 'text')
		return el('input', {name: field, type: kind, required});
	return el('select', {name: field, required, multiple: kind === 'targets'},
		required ? null : kind === 'targets' ? null : el('option', {value: ''}, ''),
		(await choices(kind)).map(([id, text]) => el('option', {value: id}, text)));
}

export async function moveForm(document, move, me, done) {
	if (move in signings)
		return signForm(document, move, signings[move], me, done);
	const list = fields[move] || [NOTE];
	const inputs = await Promise.all(list.map(input));
	const form = el('form', {class: 'card'},
		el('h2', {}, name('move', move)),
		list.map(([field], i) => el('label', {}, name('field', field), inputs[i])),
		el('button', {class: 'main'}, name('move', move)));
	onSubmit(form, async data => {
		const body = {move};
		for (const [field, kind] of list) {
			const value = kind === 'targets' ? data.getAll(field) : data.get(field);
			if (value && value.length)
				body[field] = value;
		}
		await api.write('POST', api.path`/v1/documents/${document.id}/moves`, body, document.revision);
		notice(say('status.ok'));
		await done();
	});
	return form;
}
