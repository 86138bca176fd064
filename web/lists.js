// lists: pages that are lists: inbox, documents found, registers, packets.
import * as api from './api.js';
import {say, name, day, time} from './text.js';
import {el, showing, table, onSubmit, notice} from './dom.js';
import {waitsForSignature} from './batch.js';

export const openDocument = id => { location.hash = `#/document/${encodeURIComponent(id)}`; };

const state = value => el('span', {class: 'state'}, name('state', value));
const short = text => el('span', {class: 'short'}, text || '');
const deadline = (value, late) => late ? el('span', {class: 'state late'}, `${day(value)} · ${say('web.overdue')}`) : short(day(value));

export async function inboxPage() {
	const show = showing();
	const {items} = await api.get('/v1/inbox?limit=100');
	const sign = items.filter(waitsForSignature).length;
	show(el('h1', {}, say('web.inbox')), sign > 1 ? el('p', {}, el('a', {href: '#/sign', class: 'do'}, `${say('web.sign-many')} (${sign})`)) : null, items.length === 0 ? el('p', {class: 'empty'}, say('web.nothing')) :
		table([say('web.why'), say('cli.col.deadline'), say('cli.col.number'), say('cli.col.subject'), say('cli.col.state')],
			items.map(i => ({open: i.document.id, cells: [name('why', i.why), deadline(i.deadline, i.overdue),
				short(i.document.notation), i.document.subject, state(i.document.state)]})), openDocument, 3));
}

const filters = ['q', 'number', 'organ', 'from', 'to'];

export async function documentsPage() {
	const show = showing();
	const holder = el('div');
	const form = el('form', {class: 'line', role: 'search'},
		filters.map(f => el('label', {}, say(`web.filter.${f}`),
			el('input', {name: f, type: f === 'from' || f === 'to' ? 'date' : 'search'}))),
		el('label', {}, say('web.col.direction'), el('select', {name: 'direction'},
			['', 'incoming', 'outgoing', 'internal'].map(d => el('option', {value: d}, d ? name('direction', d) : say('web.all'))))),
		el('button', {class: 'main'}, say('web.search')));
	const run = async (data, cursor, before = []) => {
		const query = new URLSearchParams([...data].filter(([, v]) => v));
		if (cursor)
			query.set('cursor', cursor);
		const {items, next} = await api.get(`/v1/documents?${query}`);
		const all = [...before, ...items];
		holder.replaceChildren(all.length === 0 ? el('p', {class: 'empty'}, say('web.nothing')) :
			table([say('cli.col.number'), say('cli.col.date'), say('cli.col.issuer'), say('cli.col.subject'), say('cli.col.state')],
				all.map(d => ({open: d.id, cells: [short(d.notation), short(day(d.issued_date)), d.issuer_name, d.subject, state(d.state)]})),
				openDocument, 3));
		if (next)
			holder.append(el('p', {}, el('button', {onclick: () => run(data, next, all)}, say('web.more'))));
	};
	onSubmit(form, data => run(data));
	show(el('h1', {}, say('web.documents')), form, holder);
	await run(new FormData(form));
}

// The registers of the office, or the lines of one.
export async function registersPage(me, [id]) {
	const show = showing();
	const {items} = await api.get('/v1/registers');
	const chosen = items.find(r => r.id === id);
	if (!chosen)
		return show(el('h1', {}, say('web.registers')),
			table([say('web.col.direction'), say('cli.col.period'), say('cli.col.name')],
				items.map(r => ({open: r.id, cells: [name('direction', r.direction), name('period', r.period), r.name]})),
				one => { location.hash = `#/registers/${encodeURIComponent(one)}`; }, 2));
	const {items: entries} = await api.get(api.path`/v1/registers/${id}/entries?limit=200`);
	show(el('h1', {}, chosen.name), el('p', {}, el('a', {href: '#/registers'}, say('web.back'))),
		entries.length === 0 ? el('p', {class: 'empty'}, say('web.nothing')) :
			table([say('cli.col.number'), say('cli.col.line'), say('cli.col.void')],
				entries.map(e => ({open: e.document, cells: [short(String(e.number)), e.text || '', e.void_reason]})), openDocument, 1));
}

export async function packetsPage() {
	const show = showing();
	const {items} = await api.get('/v1/packets?limit=100');
	const findings = el('div', {'aria-live': 'polite'});
	const form = el('form', {class: 'line'},
		el('label', {}, say('web.packet-file'), el('input', {type: 'file', name: 'file', required: true})),
		el('button', {class: 'main'}, say('web.receive')));
	onSubmit(form, async data => {
		const answer = await api.upload(api.path`/v1/packets?name=${data.get('file').name}`, data.get('file'));
		notice(say('web.received'));
		openDocument(answer.document?.id || answer.document);
	});
	const explain = p => findings.replaceChildren(el('h2', {}, p.source), table([say('web.finding'), say('cli.where'), say('cli.got'), say('cli.want')],
		(p.findings || []).map(f => ({cells: [f.text || f.code, f.where, f.got, f.want]}))));
	show(el('h1', {}, say('web.packets')), form, findings,
		table([say('cli.col.time'), say('cli.col.way'), say('cli.col.state'), say('cli.col.kind'), say('cli.col.source')],
			items.map(p => ({open: p, cells: [short(time(p.at)), name('way', p.way), el('span', {class: p.state === 'refused' ? 'state late' : 'state'},
				name('state', p.state)), name('packet', p.kind), p.source]})),
			p => p.document ? openDocument(p.document) : explain(p), 4));
}
