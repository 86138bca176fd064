// verdict: what the daemon says of the signatures of a file, one line for each, those over a signature below it.
import * as api from './api.js';
import {say, name} from './text.js';
import {el} from './dom.js';

function line(s) {
	const kind = {'TOTAL-PASSED': 'passed', INDETERMINATE: 'indeterminate'}[s.indication] || 'failed';
	return el('li', {class: kind}, `${s.indication}${s.sub_indication ? ` / ${s.sub_indication}` : ''} · ${s.level || ''} · ${s.signer?.subject || ''}`,
		el('br'), s.text?.[document.documentElement.lang] || '',
		s.mandate?.grantor ? [el('br'), `${say('web.mandate')}: ${name('mandate-kind', s.mandate.needed.toLowerCase())} · ${s.mandate.grantor.name}`] : null,
		s.counter_signatures?.length ? el('ul', {}, s.counter_signatures.map(line)) : '');
}

// As items of a list.
export async function verdictLines(document, version) {
	const report = await api.get(api.path`/v1/documents/${document}/versions/${version}/verdict`);
	return report.signatures.length ? report.signatures.map(line) : [el('li', {}, say('cli.report.none'))];
}
