// draft: a new outgoing or internal document, as an answer to an incoming one when the address names it.
import * as api from './api.js';
import {say, name} from './text.js';
import {el, showing, onSubmit} from './dom.js';
import {openDocument} from './lists.js';
import {boxes, competences} from './moves.js';

async function uploaded(file) {
	const {sha256} = await api.upload('/v1/contents', file);
	return {sha256, name: file.name};
}

export async function draftPage(me, [answered]) {
	const show = showing();
	const [{items: kinds}, organs, before] = await Promise.all([api.get('/v1/kinds'), api.all('/v1/organs'),
		answered ? api.get(api.path`/v1/documents/${answered}`) : null]);
	const others = organs.filter(o => !o.own);
	const distinct = [...new Map(kinds.map(k => [k.code, k])).values()];
	const form = el('form', {class: 'card'},
		el('label', {}, say('web.col.direction'), el('select', {name: 'direction'},
			['outgoing', 'internal'].map(d => el('option', {value: d}, name('direction', d))))),
		el('label', {}, say('web.col.kind'), el('select', {name: 'kind'},
			distinct.map(k => el('option', {value: k.code, selected: k.code === 'CV'}, k.name)))),
		el('label', {}, say('cli.col.subject'), el('textarea', {name: 'subject', required: true, maxlength: '2000'})),
		boxes('to', say('web.receivers'), others.map(o => [o.code, o.name])),
		await competences(),
		el('label', {}, say('web.signer'), el('input', {name: 'signer_name'})),
		el('label', {}, say('web.signer-position'), el('input', {name: 'signer_position'})),
		el('label', {}, say('web.main-file'), el('input', {name: 'main', type: 'file', accept: 'application/pdf', required: true})),
		el('label', {}, say('web.attachments'), el('input', {name: 'attachments', type: 'file', multiple: true})),
		el('button', {class: 'main'}, say('web.save')));
	onSubmit(form, async data => {
		if (data.get('direction') === 'outgoing' && data.getAll('to').length === 0)
			throw new Error(say('move.receivers'));
		const body = {direction: data.get('direction'), kind: data.get('kind'), subject: data.get('subject'),
			receivers: data.getAll('to').map(code => ({organ_id: code, organ_name: organs.find(o => o.code === code)?.name})),
			main: await uploaded(data.get('main'))};
		for (const f of ['signer_name', 'signer_position', 'signer_competence'])
			if (data.get(f))
				body[f] = data.get(f);
		if (before)
			body.answers = before.id;
		const files = data.getAll('attachments').filter(f => f.size > 0);
		if (files.length)
			body.attachments = await Promise.all(files.map(uploaded));
		openDocument((await api.write('POST', '/v1/documents', body)).id);
	});
	if (before)
		form.querySelectorAll('input[name=to]').forEach(i => { i.checked = i.value === before.issuer_code; });
	show(el('h1', {}, say('web.draft')), before ? el('p', {class: 'hint'}, `${say('web.answers')}: ${before.notation} · ${before.subject}`) : null, form);
}
