// verdict: what the daemon says of the signatures of a file: for each one line, what it means, when it was signed, and what is to be looked at or done; facts for who asks
// are folded away. Those over a signature stand below it.
import * as api from './api.js';
import {say, name, time, inWords} from './text.js';
import {el, keep, fail} from './dom.js';

const KINDS = {'TOTAL-PASSED': 'passed', INDETERMINATE: 'indeterminate'};
const CHANGES = {suspicious: 'indeterminate', forbidden: 'failed'}; // those that a person must see; permitted ones are folded away

// Sentences of a verdict that warn (lib/seal/seal_report_words.c): a valid signature with one of them is not to be taken for one without.
const WARNINGS = ['verdict.warn.revocation', 'verdict.warn.weak', 'verdict.warn.plain', 'verdict.warn.claimed-time', 'seal.changes.suspicious', 'seal.changes.forbidden'];

const inLanguage = texts => texts?.[document.documentElement.lang] || '';
const when = value => Number.isNaN(Date.parse(value)) ? value : time(value); // a PDF's claimed time is what its signer wrote

function sentence(s) {
	const text = inLanguage(s.text), warned = WARNINGS.map(say).filter(w => text.includes(w)).sort((a, b) => text.indexOf(a) - text.indexOf(b));
	const parts = [];
	let at = 0;
	for (const w of warned) {
		const found = text.indexOf(w, at);
		parts.push(text.slice(at, found), el('strong', {class: s.indication === 'TOTAL-PASSED' ? 'indeterminate' : null}, w));
		at = found + w.length;
	}
	return [...parts, text.slice(at)];
}

const listed = (code, items, kind) => items.length ? el('div', {class: kind}, say(code), el('ul', {}, items.map(i => el('li', {}, i)))) : null;

function times(s) {
	const list = [['cli.report.claimed', s.claimed_time], ['cli.report.proven', s.proven_time], ['seal.page.revoked', s.revoked_at]].filter(([, t]) => t);
	return list.length ? el('small', {class: 'times'}, list.map(([code, t]) => `${say(code)}: ${when(t)}`).join(' · ')) : null;
}

const changes = s => (s.change_list || []).map(c => [inLanguage(c.text), c.arguments].filter(Boolean).join(': '));

const stamp = t => [`${say(`seal.page.stamp.${t.kind.toLowerCase()}`)}`, [time(t.time), t.tsa, t.sub_indication].filter(Boolean).join(' · ')];

function details(s) {
	const rows = [['seal.page.field', s.field], ['cli.report.organ', s.signer?.organ], ['cli.report.issuer', s.signer?.issuer], ['seal.page.from', time(s.signer?.not_before)],
		['seal.page.until', time(s.signer?.not_after)], ['seal.page.algorithm', s.algorithm], ['seal.page.digest', s.digest], ['seal.page.anchor', s.anchor],
		['seal.page.policy', s.signature_policy], ['seal.page.why', s.why]].map(([code, value]) => [say(code), value]);
	const shown = [...rows, ...(s.timestamps || []).map(stamp)].filter(([, value]) => value);
	return el('details', {}, el('summary', {}, say('web.details')), el('dl', {}, shown.flatMap(([what, value]) => [el('dt', {}, what), el('dd', {}, value)])),
		s.changes in CHANGES ? null : listed('seal.page.changes', changes(s)));
}

function line(s) {
	const passed = s.indication === 'TOTAL-PASSED';
	return el('li', {class: KINDS[s.indication] || 'failed'},
		[`${s.indication}${s.sub_indication ? ` / ${s.sub_indication}` : ''}`, s.is_timestamp ? say('seal.page.timestamp') : s.level === 'none' ? '' : s.level,
			s.signer?.subject].filter(Boolean).join(' · '),
		el('br'), sentence(s),
		s.mandate?.grantor ? [el('br'), `${say('web.mandate')}: ${name('mandate-kind', s.mandate.needed.toLowerCase())} · ${s.mandate.grantor.name}`] : null,
		el('div', {class: 'facts'}, times(s),
			s.changes in CHANGES ? listed('seal.page.changes', changes(s), CHANGES[s.changes]) : null,
			listed(passed ? 'seal.page.better' : 'seal.page.needs', (s.needs || []).map(n => inLanguage(n.text))), details(s)),
		s.counter_signatures?.length ? el('ul', {}, s.counter_signatures.map(line)) : '');
}

// Issuers and revocation data that could not be had, whosever they are.
const missing = m => el('li', {class: 'indeterminate'}, `${name('missing', m.what)} “${m.subject}”${m.why ? `: ${inWords(m.why)}` : ''}`);

// A report (docs/api.md) as items of a list.
export const reportLines = report => [...report.signatures.length ? report.signatures.map(line) : [el('li', {}, say('cli.report.none'))], ...(report.missing || []).map(missing)];

export const verdictLines = async (document, version) => reportLines(await api.get(api.path`/v1/documents/${document}/versions/${version}/verdict`));

// The verdict as a file to keep, print or hand on: the page for people, and the form of the standard. get(media type): its bytes.
export function reportButtons(get, file) {
	const button = (type, suffix, code) => el('button', {type: 'button', onclick: () => get(type).then(blob => keep(blob, `${file}.${suffix}`)).catch(fail)}, say(code));
	return el('li', {}, button('text/html', 'html', 'web.report'), ' ', button('application/xml', 'xml', 'web.report-xml'));
}
