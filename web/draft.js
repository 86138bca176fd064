// draft: a new outgoing or internal document.
import * as api from './api.js';
import {say, name} from './text.js';
import {el, show, onSubmit} from './dom.js';
import {openDocument} from './lists.js';

async function uploaded(file) {
	const {sha256} = await api.upload('/v1/contents', file);
	return {sha256, name: file.name};
}

export async function draftPage() {
	const [{items: kinds}, {items: organs}] = await Promise.all([api.get('/v1/kinds'), api.get('/v1/organs')]);
	const distinct = [...new Map(kinds.map(k => [k.code, k])).values()];
	const form = el('form', {class: 'card'},
		el('label', {}, say('cli.col.direction'), el('select', {name: 'direction'},
			['outgoing', 'internal'].map(d => el('option', {value: d}, name('direction', d))))),
		el('label', {}, say('cli.col.kind'), el('select', {name: 'kind'},
			distinct.map(k => el('option', {value: k.code, selected: k.code === 'CV'}, k.name)))),
		el('label', {}, say('cli.col.subject'), el('textarea', {name: 'subject', required: true, maxlength: '2000'})),
		el('label', {}, say('cli.col.receiver'), el('select', {name: 'to', multiple: true},
			organs.filter(o => !o.own).map(o => el('option', {value: o.code}, o.name)))),
		el('label', {}, say('web.signer'), el('input', {name: 'signer_name'})),
		el('label', {}, say('web.signer-position'), el('input', {name: 'signer_position'})),
		el('label', {}, say('web.main-file'), el('input', {name: 'main', type: 'file', accept: 'application/pdf', required: true})),
		el('label', {}, say('web.attachments'), el('input', {name: 'attachments', type: 'file', multiple: true})),
		el('button', {class: 'main'}, say('web.save')));
	onSubmit(form, async data => {
		const body = {direction: data.get('direction'), kind: data.get('kind'), subject: data.get('subject'),
			receivers: data.getAll('to').map(code => ({organ_id: code, organ_name: organs.find(o => o.code === code)?.name})),
			main: await uploaded(data.get('main'))};
		for (const f of ['signer_name', 'signer_position'])
			if (data.get(f))
				body[f] = data.get(f);
		const files = data.getAll('attachments').filter(f => f.size > 0);
		if (files.length)
			body.attachments = await Promise.all(files.map(uploaded));
		openDocument((await api.write('POST', '/v1/documents', body)).id);
	});
	show(el('h1', {}, say('web.draft')), form);
}
