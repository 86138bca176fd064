// mandates: who may sign for whom. One is made here as an internal document that its grantor then signs like any other; here it is also revoked, by him or an administrator.
import * as api from './api.js';
import {say, name, dayOf, time} from './text.js';
import {el, showing, table, onSubmit, notice} from './dom.js';
import {openDocument} from './lists.js';
import {boxes, choices} from './moves.js';

const KINDS = ['KT', 'TL', 'TM', 'TUQ', 'Q'];
const lastDay = m => dayOf(new Date(m.until) - 1000); // it ends with that day

export function mandateState(m) {
	const now = Date.now();
	const state = m.in_force ? 'in_force' : m.revoked_from && new Date(m.revoked_from) <= now ? 'revoked' : !m.signed_at ? 'unsigned' : new Date(m.from) > now ? 'not_yet' : 'over';
	return name('mandate-state', state);
}

async function kindsOfDocuments() {
	const {items} = await api.get('/v1/kinds');
	return [...new Map(items.map(k => [k.code, k.name])).entries()];
}

const covered = (m, kinds) => m.kinds.length ? m.kinds.map(k => new Map(kinds).get(k) || k).join(', ') : say('web.mandate.all-kinds');
const open = id => { location.hash = `#/mandates/${encodeURIComponent(id)}`; };

// --- one ---

function revokeForm(mandate, again) {
	const form = el('form', {class: 'card'},
		el('h2', {}, say('web.mandate.revoke')),
		el('label', {}, name('field', 'reason'), el('textarea', {name: 'reason', required: true, maxlength: '1000'})),
		el('label', {}, say('web.mandate.revoke-from'), el('input', {name: 'from', type: 'date'})),
		el('button', {class: 'main'}, say('web.mandate.revoke')));
	return onSubmit(form, async data => {
		await api.write('POST', api.path`/v1/mandates/${mandate.id}/revoke`, {reason: data.get('reason'), ...data.get('from') ? {from: data.get('from')} : {}});
		notice(say('status.ok'));
		await again();
	});
}

async function mandatePage(me, id) {
	const show = showing();
	const [m, kinds] = await Promise.all([api.get(api.path`/v1/mandates/${id}`), kindsOfDocuments()]);
	const person = p => p ? [p.name, p.title].filter(Boolean).join(' · ') : '';
	const rows = [['cli.col.state', mandateState(m)], ['web.field.grantor', person(m.grantor)], ['web.field.holder', person(m.holder)], ['web.field.kinds', covered(m, kinds)],
		['web.field.from', dayOf(m.from)], ['web.field.until', lastDay(m)], ['web.field.basis', m.basis], ['web.mandate.signed', time(m.signed_at)],
		['web.mandate.revoked-from', time(m.revoked_from)], ['web.mandate.revoke-reason', m.revoke_reason]];
	const mayRevoke = !m.revoked_at && (me.roles.includes('admin') || me.roles.includes('leader') && m.grantor?.id === me.id);
	show(el('h1', {}, `${say('web.mandate')}: ${name('mandate-kind', m.kind.toLowerCase())}`), el('p', {}, el('a', {href: '#/mandates'}, say('web.back'))),
		el('div', {class: 'card'}, el('dl', {}, rows.filter(([, v]) => v).flatMap(([code, v]) => [el('dt', {}, say(code)), el('dd', {}, v)])),
			el('p', {}, el('a', {href: `#/document/${encodeURIComponent(m.document)}`}, say('web.mandate.document')))),
		mayRevoke ? revokeForm(m, () => mandatePage(me, id)) : null);
}

// --- a new one ---

async function makingForm() {
	const [leaders, kinds] = await Promise.all([choices('leader'), kindsOfDocuments()]);
	const select = (field, label, list) => el('label', {}, label, el('select', {name: field, required: true}, el('option', {value: ''}, ''),
		list.map(([value, text]) => el('option', {value}, text))));
	const form = el('form', {class: 'card'},
		el('h2', {}, say('web.mandate.make')), el('p', {class: 'hint'}, say('web.mandate.hint')),
		select('kind', say('web.mandate.kind'), KINDS.map(k => [k, name('mandate-kind', k.toLowerCase())])),
		select('grantor', name('field', 'grantor'), leaders), select('holder', name('field', 'holder'), leaders),
		boxes('kinds', say('web.mandate.kinds'), kinds),
		el('label', {}, say('web.mandate.from'), el('input', {name: 'from', type: 'date'})),
		el('label', {}, name('field', 'until'), el('input', {name: 'until', type: 'date', required: true})),
		el('label', {}, name('field', 'basis'), el('textarea', {name: 'basis', required: true, maxlength: '1000'})),
		el('button', {class: 'main'}, say('web.mandate.make')));
	return onSubmit(form, async data => {
		const body = Object.fromEntries(['kind', 'grantor', 'holder', 'from', 'until', 'basis'].map(f => [f, data.get(f)]).filter(([, v]) => v));
		openDocument((await api.write('POST', '/v1/mandates', {...body, kinds: data.getAll('kinds')})).id);
	});
}

// --- all ---

export async function mandatesPage(me, [id]) {
	const show = showing();
	if (id)
		return mandatePage(me, id);
	const kinds = await kindsOfDocuments(), holder = el('div'), making = el('div');
	const force = el('input', {type: 'checkbox', onchange: () => run().catch(() => {})});
	const run = async (cursor, before = []) => {
		const query = new URLSearchParams({limit: '50', in_force: String(force.checked), ...cursor ? {cursor} : {}});
		const {items, next} = await api.get(`/v1/mandates?${query}`);
		const all = [...before, ...items];
		holder.replaceChildren(all.length === 0 ? el('p', {class: 'empty'}, say('web.nothing')) :
			table([say('web.mandate.kind'), name('field', 'grantor'), name('field', 'holder'), name('field', 'kinds'), say('web.mandate.days'), say('cli.col.state')],
				all.map(m => ({open: m.id, cells: [name('mandate-kind', m.kind.toLowerCase()), m.grantor?.name, m.holder?.name, covered(m, kinds), `${dayOf(m.from)} – ${lastDay(m)}`,
					el('span', {class: m.in_force ? 'state' : 'state late'}, mandateState(m))]})), open));
		if (next)
			holder.append(el('p', {}, el('button', {onclick: () => run(next, all)}, say('web.more'))));
	};
	const make = me.roles.includes('specialist') || me.roles.includes('clerk');
	show(el('h1', {}, say('web.mandates')), el('div', {class: 'moves'},
		make ? el('button', {onclick: async () => { making.replaceChildren(await makingForm()); making.querySelector('select').focus(); }}, say('web.mandate.make')) : null),
	making, el('form', {class: 'line'}, el('label', {class: 'tick'}, force, say('web.mandate.only-in-force'))), holder);
	await run();
}
