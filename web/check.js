// check: any file of one's own, judged by the daemon and shown like a version's verdict; no document comes of it.
import * as api from './api.js';
import {say, bytes} from './text.js';
import {el, show, onSubmit} from './dom.js';
import {reportLines, reportButtons} from './verdict.js';

// Where the file is judged: with the signature beside it, which the daemon is given first, or by itself.
async function placeFor(signature) {
	if (!signature?.size)
		return '/v1/verifications';
	const {sha256} = await api.upload('/v1/contents', signature);
	return `/v1/verifications?detached=${sha256}`;
}

export async function checkPage() {
	const verdict = el('div', {'aria-live': 'polite'});
	const form = el('form', {class: 'card', onchange: () => verdict.replaceChildren()},
		el('p', {class: 'hint'}, say('web.check-file.hint')),
		el('label', {}, say('web.check-file.file'), el('input', {name: 'file', type: 'file', required: true})),
		el('label', {}, say('web.check-file.signature'), el('input', {name: 'signature', type: 'file', accept: '.p7s,.p7m,application/pkcs7-signature'})),
		el('button', {class: 'main'}, say('web.check')));
	onSubmit(form, async data => {
		const file = data.get('file'), signature = data.get('signature');
		verdict.replaceChildren();
		const place = await placeFor(signature), report = await api.upload(place, file);
		if (form.elements.file.files[0] !== file || (form.elements.signature.files[0]?.name || '') !== signature.name)
			return; // another was chosen meanwhile
		verdict.replaceChildren(el('div', {class: 'card'}, el('h2', {}, [file.name, signature.size ? signature.name : ''].filter(Boolean).join(' + ')),
			el('p', {class: 'hint'}, bytes(file.size)),
			el('ul', {}, reportLines(report), reportButtons(async type => (await api.sent(place, file, type)).blob(), file.name))));
	});
	show(el('h1', {}, say('web.check-file')), form, verdict);
}
