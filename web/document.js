// document: one document: what it is, its pages, its signatures, what was done and what can be done now.
import * as api from './api.js';
import {say, name, day, time, bytes} from './text.js';
import {el, showing, keep, fail} from './dom.js';
import {levelList} from './levels.js';
import {pager} from './pages.js';
import {contentShown, versionFile} from './content.js';
import {mandateState} from './mandates.js';
import {verdictLines, reportButtons} from './verdict.js';
import {moveForm, moveName, changeForm, noteForm} from './moves.js';

const receivers = d => d.direction === 'outgoing' ? (d.receivers || []).map(r => r.organ_name || r.organ_id).join('; ') : '';
const assigned = (d, role) => (d.assignments || []).filter(a => a.role === role && ['open', 'accepted'].includes(a.state))
	.map(a => a.account_name || a.unit_name).join('; ');

function facts(d) {
	const rows = [['web.col.direction', name('direction', d.direction)], ['cli.col.state', name('state', d.state)],
		['cli.col.number', d.notation], ['cli.col.arrival', d.arrival_number], ['cli.col.date', day(d.issued_date)],
		['web.col.kind', d.kind_name], ['cli.col.issuer', d.issuer_name], ['cli.col.signer', [d.signer_competence, d.signer_position, d.signer_name].filter(Boolean).join(' ')],
		['cli.col.deadline', day(d.deadline || d.due_date)], ['cli.col.receiver', receivers(d)], ['web.lead', assigned(d, 'lead')],
		['web.field.coordinate', assigned(d, 'coordinate')], ['web.field.file_code', d.file_code]];
	return el('dl', {}, rows.filter(([, v]) => v !== null && v !== undefined && v !== '')
		.flatMap(([code, v]) => [el('dt', {}, say(code)), el('dd', {}, String(v))]));
}

function pages(d, version) {
	const shown = pager(page => api.path`/v1/documents/${d.id}/versions/${version.id}/preview?page=${page}&width=900`, 1);
	shown.ready().catch(e => e.status === 422 || fail(e)); // no picture of a PDF that cannot be read
	return shown.element;
}

// What the document says, where that can be seen here.
function contents(d, main) {
	if (!main)
		return null;
	if (main.mime === 'application/pdf')
		return pages(d, main);
	const holder = el('div', {class: 'card'});
	contentShown(versionFile(d, main)).then(shown => holder.replaceChildren(shown), fail);
	return holder;
}

const save = async (path, filename) => keep(await api.blob(path), filename);

const download = (d, v) => save(api.path`/v1/documents/${d.id}/versions/${v.id}/content`, v.name);

// The files inside a container, each to take out; nothing of them is judged here.
const CONTAINERS = ['application/vnd.etsi.asic-e+zip', 'application/vnd.etsi.asic-s+zip', 'application/pkcs7-mime'];

async function insideOf(d, v) {
	const path = api.path`/v1/documents/${d.id}/versions/${v.id}/entries`;
	const {items} = await api.get(path);
	return items.map(e => el('li', {}, el('button', {class: 'file', onclick: () => save(`${path}/${e.n}`, e.name.split('/').at(-1)).catch(fail)}, e.name),
		` ${name('entry', e.role)} · ${bytes(e.size)}`));
}

// Any file may have a signature inside or beside it: whether this one has, the daemon says. The verdict stands under its file.
function versionLine(d, v) {
	const verdict = el('ul', {'aria-live': 'polite'}), inside = el('ul', {'aria-live': 'polite'});
	const judge = async () => {
		verdict.replaceChildren(...await verdictLines(d.id, v.id), reportButtons(type => api.blob(api.path`/v1/documents/${d.id}/versions/${v.id}/verdict`, type), v.name));
	};
	return el('li', {},
		el('button', {class: 'file', onclick: () => download(d, v).catch(fail)}, v.name), ` ${name('part', v.part)} · ${name('cause', v.cause)} `,
		(v.findings || []).map(f => el('span', {class: 'state late'}, say(f))),
		el('button', {onclick: () => judge().catch(fail)}, say('web.check')),
		CONTAINERS.includes(v.mime) ? [' ', el('button', {onclick: () => insideOf(d, v).then(list => inside.replaceChildren(...list)).catch(fail)}, say('web.inside')), inside] : null,
		verdict);
}

const versions = d => el('ul', {}, (d.versions || []).map(v => versionLine(d, v)));

// One receiver: how the packet went, what he says, what he answered when it was asked back.
function deliveryLine(t) {
	const said = t.status ? `${name('status', t.status)}${t.description ? ` (${t.description})` : ''} · ${time(t.heard_at)}` :
		`${name('sending', t.sending)}${t.sent_at ? ` · ${time(t.sent_at)}` : ''}`;
	const asked = t.asked_back_at ? ` · ${name('status', t.asked_back_answer || '13')}` : '';
	return el('li', {class: t.status === '02' || t.sending === 'failed' ? 'failed' : t.accepted ? 'passed' : ''}, `${t.receiver_name}: ${said}${asked}`);
}

function links(d) {
	const link = (id, code) => el('p', {}, el('a', {href: `#/document/${encodeURIComponent(id)}`}, say(code)));
	return [d.mandate ? el('p', {}, el('a', {href: `#/mandates/${encodeURIComponent(d.mandate.id)}`}, say('web.mandate')), ` · ${mandateState(d.mandate)}`) : null,
		d.answers ? link(d.answers, 'web.answers') : null, ...(d.answered_by || []).map(id => link(id, 'web.field.answer')),
		d.replaces ? link(d.replaces, 'web.replaces') : null, ...(d.replaced_by || []).map(id => link(id, 'web.replaced-by'))];
}

// What may be done besides the moves: changing what one holds, answering what came, saying an opinion.
function further(d, open) {
	const may = new Set(d.moves || []), list = [];
	if (['draft', 'returned', 'under_review'].includes(d.state) && may.has('submit'))
		list.push(el('button', {onclick: () => open(changeForm)}, name('move', 'change')));
	if (d.direction === 'incoming' && ['assigned', 'in_progress'].includes(d.state))
		list.push(el('button', {onclick: () => { location.hash = `#/draft/${encodeURIComponent(d.id)}`; }}, say('web.answer')));
	list.push(el('button', {onclick: () => open(noteForm)}, say('web.note')));
	return list;
}

export async function documentPage(id, me) {
	const show = showing();
	const [d, {items: history}] = await Promise.all([api.get(api.path`/v1/documents/${id}`),
		api.get(api.path`/v1/documents/${id}/history`)]);
	const formHolder = el('div');
	const again = () => documentPage(id, me);
	const open = async (make, ...more) => {
		try {
			const form = await make(d, ...more, again);
			formHolder.replaceChildren(form);
			form.querySelector('input, select, textarea')?.focus();
		} catch (e) {
			fail(e);
		}
	};
	const main = (d.versions || []).filter(v => v.part === 'main').at(-1);
	const moves = el('div', {class: 'moves'}, [...new Set(d.moves || [])].map(m =>
		el('button', {onclick: () => open(moveForm, m, me)}, moveName(d, m))), further(d, open));
	show(el('h1', {}, d.subject), el('div', {class: 'two'},
		el('div', {},
			el('div', {class: 'card'}, facts(d), links(d)), moves, formHolder,
			(d.deliveries || []).length ? [el('h2', {}, say('web.deliveries')), el('ul', {}, d.deliveries.map(deliveryLine))] : null,
			(d.levels || []).length ? [el('h2', {}, say('cli.levels')), levelList(d.levels)] : null,
			el('h2', {}, say('cli.versions')), versions(d),
			(d.notes || []).length ? [el('h2', {}, say('web.notes')), el('ul', {}, d.notes.map(n =>
				el('li', {}, `${n.author?.name || ''}: ${n.body}`)))] : null,
			el('h2', {}, say('web.history')), el('ul', {}, history.map(h =>
				el('li', {}, [time(h.at), name('move', h.name), h.actor?.name || say('web.by-exchange'), h.note].filter(Boolean).join(' · '))))),
		el('div', {}, contents(d, main))));
}
